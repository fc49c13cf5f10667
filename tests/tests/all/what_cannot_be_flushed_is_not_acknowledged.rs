//! A disk that fails to flush for a while, and then loses its power: what was acknowledged is there, though it had been
//! written already when it came again.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use headcount_tests::disk::{CALLS, Cut, Disk, Event, Recording};
use headcount_tests::{Connection, Numbered, Serving, trace};
use tempfile::TempDir;

use crate::expected::yesterday;
use crate::stored::{scratch, stored};

/// Answers that ask to repeat a request, before it is acknowledged.
const PATIENCE: usize = 20;

/// A receiver's life: the log of strace, and what each answer acknowledged.
fn live(
    folder: &Arc<TempDir>,
    numbered: &Numbered,
    fault: Option<&str>,
    numbers: &[u64],
) -> anyhow::Result<(String, Vec<Option<u64>>)> {
    let log = tempfile::NamedTempFile::new()?;
    let path = log.path().to_str().context("a path of our own")?;
    let mut strace = [&["strace"], &trace::OPTIONS[..], &["-e", CALLS, "-o", path]].concat();
    strace.extend(fault.into_iter().flat_map(|fault| ["-e", fault]));
    let mut receiver = Serving::in_folder(folder).under(strace).start()?;
    let mut connection = Connection::open(receiver.address())?;
    let mut told = Vec::new();
    for number in numbers {
        for tries in 0.. {
            let reply = connection.post(&numbered.request(&[*number]))?;
            let acknowledged = reply.acknowledges();
            ensure!(acknowledged || reply.asks_to_repeat(), "{reply:?}");
            told.push(Some(*number).filter(|_| acknowledged));
            if acknowledged {
                break;
            }
            ensure!(tries < PATIENCE, "it does not heal: {}", receiver.log());
        }
    }
    receiver.stop()?;
    Ok((fs::read_to_string(log)?, told))
}

/// Cuts the power of a disk at every answer.
fn cut(
    mut disk: Disk,
    recording: &Recording,
    told: &[Option<u64>],
    folder: &Path,
    numbered: &Numbered,
) -> anyhow::Result<()> {
    let mut told = told.iter();
    let mut acknowledged = BTreeSet::new();
    for (place, event) in recording.events.iter().enumerate() {
        if let Event::Answer(_) = event {
            acknowledged.extend(told.next().context("an answer for each request")?);
            let folder = tempfile::tempdir_in(folder)?;
            disk.cut(Cut::Forgets, folder.path())?;
            let stored = stored(folder.path(), numbered)?;
            let lost: Vec<_> = acknowledged.difference(&stored).collect();
            ensure!(lost.is_empty(), "{lost:?} were acknowledged, and are not there");
        }
        disk.take(place, event);
    }
    ensure!(told.next().is_none(), "an answer for each request");
    Ok(())
}

#[test]
fn however_often_it_fails() -> anyhow::Result<()> {
    let numbered = Numbered::at(yesterday())?;
    let scratch = scratch()?;
    let mut failed = 0;
    for first in 1..=6 {
        for last in first..first + 4 {
            let folder = Arc::new(tempfile::tempdir()?);
            let (log, mut told) = live(&folder, &numbered, None, &[1])?;
            let fault = format!("inject=fsync,fdatasync:error=EIO:when={first}..{last}");
            let (more, then) = live(&folder, &numbered, Some(&fault), &[2, 3, 4])?;
            failed += more.matches("(INJECTED)").count();
            told.extend(then);
            let recording = Recording::read(&(log + &more), folder.path())?;
            for disk in [Disk::default(), Disk::giving_up()] {
                cut(disk, &recording, &told, scratch.path(), &numbered)
                    .with_context(|| fault.clone())?;
            }
        }
    }
    ensure!(failed > 24, "expected every run to have flushes that fail, got {failed} of them");
    Ok(())
}
