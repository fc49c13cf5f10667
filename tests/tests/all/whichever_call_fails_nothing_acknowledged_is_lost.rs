//! Each system call that matters fails once, or is the last, wherever it stands: the receiver asks to repeat or ends
//! with a message, and whatever it acknowledged is there when the disk is well again.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use headcount_tests::{Connection, Numbered, Receiver, Serving};
use tempfile::TempDir;

use crate::expected::yesterday;
use crate::faults::{Fault, KILL, everywhere, happened, strace};
use crate::stored::stored;

const FAULTS: [Fault; 27] = [
    ("fcntl", "error=EIO"),
    ("pwrite64", "error=EIO"),
    ("pwrite64", "error=ENOSPC"),
    ("pwrite64", KILL),
    ("fsync,fdatasync", "error=EIO"),
    ("fsync,fdatasync", "error=ENOSPC"),
    ("fsync,fdatasync", KILL),
    ("ftruncate", "error=EIO"),
    ("ftruncate", "error=ENOSPC"),
    ("ftruncate", KILL),
    ("openat", "error=EIO"),
    ("openat", "error=ENOSPC"),
    ("openat", "error=EMFILE"),
    ("openat", KILL),
    ("unlink", "error=EIO"),
    ("unlink", KILL),
    ("linkat", "error=EIO"),
    ("linkat", "error=ENOSPC"),
    ("linkat", KILL),
    ("read", "error=EIO"),
    ("pread64", "error=EIO"),
    ("mmap", "error=ENOMEM"),
    ("newfstatat,statx", "error=EIO"),
    ("getrandom", "error=EIO"),
    ("accept4", "error=EMFILE"),
    ("accept4", "error=ECONNABORTED"),
    ("writev", "error=EIO"),
];

/// Requests that are repeated until they are acknowledged, at most so often: the n-th call fails once in each thread.
const TRIES: usize = 10;

/// What clients were told.
#[derive(Debug, Default)]
struct Told {
    acknowledged: BTreeSet<u64>,
    erased: BTreeSet<u64>,
    /// Sent, and never acknowledged.
    unknown: BTreeSet<u64>,
}

/// One run of a receiver in which the n-th call fails.
struct Run {
    fault: Fault,
    nth: usize,
    folder: Arc<TempDir>,
    numbered: Numbered,
}

impl Run {
    /// Runs it, and says whether there was an n-th call.
    fn run(&self) -> anyhow::Result<bool> {
        let log = tempfile::NamedTempFile::new()?;
        let serving = Serving::in_folder(&self.folder).under(strace(
            self.fault,
            self.nth,
            self.folder.path(),
            log.path(),
        )?);
        let mut told = Told::default();
        match serving.attempt(|_| {})? {
            Ok(receiver) => self.speak(receiver, &mut told)?,
            Err(ended) => self.clean(ended.status.code(), &ended.stderr, false)?,
        }
        let stored = stored(self.folder.path(), &self.numbered).context("healthy again")?;
        let Told { acknowledged, erased, unknown } = told;
        let lost: Vec<_> = acknowledged.difference(&stored).collect();
        ensure!(lost.is_empty(), "{lost:?} were acknowledged, and are not there");
        let kept: Vec<_> = erased.intersection(&stored).collect();
        ensure!(kept.is_empty(), "{kept:?} were erased, and are there");
        let known = &acknowledged | &unknown;
        ensure!(stored.is_subset(&known), "{stored:?} are there, {known:?} were sent");
        happened(log.path())
    }

    /// Reports four times, and erases the second report.
    fn speak(&self, mut receiver: Receiver, told: &mut Told) -> anyhow::Result<()> {
        for number in [1, 2, 3, 4] {
            told.unknown.insert(number);
            if acknowledged(&receiver, &self.numbered.request(&[number]))? {
                told.unknown.remove(&number);
                told.acknowledged.insert(number);
            }
        }
        told.acknowledged.remove(&2);
        told.unknown.insert(2);
        if acknowledged(&receiver, &self.numbered.erasure(2))? {
            told.unknown.remove(&2);
            told.erased.insert(2);
        }
        let code = receiver.stop()?;
        let log = receiver.log();
        self.clean(code, &log, true).with_context(|| format!("{told:?}"))?;
        let ended = code != Some(0);
        ensure!(ended || told.unknown.is_empty(), "never acknowledged any more: {told:?} {log}");
        Ok(())
    }

    /// A receiver ends by itself and says why, unless it is killed. `asked`: it was asked to end.
    fn clean(&self, code: Option<i32>, said: &str, asked: bool) -> anyhow::Result<()> {
        let (calls, fails) = self.fault;
        // Rust's own library ends the process where it gets no seed for its hash maps.
        let seedless = calls == "getrandom" && said.contains("failed to generate random data");
        if (fails == KILL && code.is_none()) || seedless {
            return Ok(());
        }
        ensure!(!said.contains("panicked"), "{said}");
        ensure!(said.contains("headcount: "), "ended with {code:?} and said: {said}");
        match code {
            Some(0) if asked => Ok(()),
            Some(1..) if !asked => Ok(()),
            _ => bail!("ended with {code:?} and said: {said}"),
        }
    }
}

/// Whether a request is acknowledged in the end. Every other answer must ask to repeat it.
fn acknowledged(receiver: &Receiver, request: &[u8]) -> anyhow::Result<bool> {
    for _ in 0..TRIES {
        let reply = Connection::open(receiver.address()).and_then(|mut open| open.post(request));
        match reply {
            Ok(reply) if reply.acknowledges() => return Ok(true),
            Ok(reply) if reply.asks_to_repeat() => {}
            Ok(reply) => bail!("{reply:?}: {}", receiver.log()),
            Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
                bail!("no answer: {}", receiver.log());
            }
            // It broke: the client repeats.
            Err(_) => {}
        }
    }
    Ok(false)
}

#[test]
fn wherever_it_stands() -> anyhow::Result<()> {
    let numbered = Numbered::at(yesterday())?;
    everywhere(&FAULTS, |fault, nth| {
        let folder = Arc::new(tempfile::tempdir()?);
        Run { fault, nth, folder, numbered: numbered.clone() }.run()
    })
}
