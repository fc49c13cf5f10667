//! While its database cannot be written, a receiver asks every client to repeat, over HTTP and gRPC; what is stored can
//! be read on; and it works again by itself as soon as the database does.
#![cfg(target_os = "linux")]

mod full;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_tests::{
    Connection, Encoding, Numbered, Receiver, Serving, Way, database, post, reports,
};
use rusqlite::Connection as Database;
use tempfile::TempDir;

use crate::expected::yesterday;

/// gRPC's `UNAVAILABLE`.
const UNAVAILABLE: i32 = 14;
/// How soon it must work again.
const HEALS: Duration = Duration::from_secs(20);

/// A receiver and what it acknowledged.
struct Life {
    receiver: Receiver,
    numbered: Numbered,
    acknowledged: BTreeSet<u64>,
    next: u64,
}

impl Life {
    fn of(receiver: Receiver) -> anyhow::Result<Self> {
        let acknowledged = BTreeSet::new();
        Ok(Self { receiver, numbered: Numbered::at(yesterday())?, acknowledged, next: 1 })
    }

    fn start(folder: &Arc<TempDir>) -> anyhow::Result<Self> {
        Self::of(Serving::in_folder(folder).start()?)
    }

    /// Reports, and says whether that was acknowledged. Every other answer must ask to repeat it.
    fn report(&mut self) -> anyhow::Result<bool> {
        let reply = Connection::open(self.receiver.address())?
            .post(&self.numbered.request(&[self.next]))
            .with_context(|| self.receiver.log())?;
        if reply.acknowledges() {
            self.acknowledged.insert(self.next);
            self.next += 1;
            return Ok(true);
        }
        ensure!(reply.asks_to_repeat() && reply.status == 503, "{reply:?}");
        Ok(false)
    }

    fn taken(&mut self) -> anyhow::Result<()> {
        ensure!(self.report()?, "expected it to be kept: {}", self.receiver.log());
        Ok(())
    }

    /// Nothing is taken, whichever way it comes.
    fn refused(&mut self) -> anyhow::Result<()> {
        ensure!(!self.report()?, "expected to be asked to repeat");
        let request = self.numbered.request(&[self.next]);
        let answer = post(self.receiver.address(), &request, Way::Grpc, Encoding::Identity)?;
        ensure!(answer.grpc_status() == Some(UNAVAILABLE), "{answer:?}");
        // google.rpc.Status with RetryInfo: when to come again.
        ensure!(!answer.header("grpc-status-details-bin").is_empty(), "{answer:?}");
        Ok(())
    }

    /// It works again by itself.
    fn healed(&mut self) -> anyhow::Result<()> {
        let begin = Instant::now();
        while !self.report()? {
            ensure!(begin.elapsed() < HEALS, "it does not heal: {}", self.receiver.log());
        }
        self.taken()?;
        // What it writes is read by a thread of its own, which may be a little behind.
        while !self.receiver.log().contains("works again") && begin.elapsed() < HEALS {
            thread::sleep(Duration::from_millis(20));
        }
        let log = self.receiver.log();
        ensure!(!log.contains("panicked"), "{log}");
        ensure!(log.contains("clients are asked to repeat"), "the operator is told: {log}");
        ensure!(log.contains("works again"), "the operator is told: {log}");
        Ok(())
    }

    /// Everything that was acknowledged can be read, and at most the report that is sent now beside it.
    fn readable(&self, lines: &[String]) -> anyhow::Result<()> {
        let numbers = lines.iter().map(|line| self.numbered.number(line));
        let mut stored: BTreeSet<_> = numbers.collect::<anyhow::Result<_>>()?;
        ensure!(stored.len() == lines.len(), "a report is there twice");
        stored.remove(&self.next);
        ensure!(stored == self.acknowledged, "{stored:?} instead of {:?}", self.acknowledged);
        Ok(())
    }

    fn read(&self) -> anyhow::Result<()> {
        self.readable(&reports(self.receiver.folder(), &[])?)
    }

    fn database(&self) -> PathBuf {
        database(self.receiver.folder())
    }

    /// Ends it, and looks at what a new one finds.
    fn end(mut self) -> anyhow::Result<()> {
        ensure!(self.receiver.stop()? == Some(0), "{}", self.receiver.log());
        self.read()
    }
}

fn folder() -> anyhow::Result<Arc<TempDir>> {
    Ok(Arc::new(tempfile::tempdir()?))
}

#[test]
fn locked_by_another_process() -> anyhow::Result<()> {
    let mut life = Life::start(&folder()?)?;
    life.taken()?;
    let other = Database::open(life.database())?;
    other.execute_batch("BEGIN IMMEDIATE")?;
    life.refused()?;
    life.read()?;
    other.execute_batch("ROLLBACK")?;
    drop(other);
    life.healed()?;
    life.end()
}

#[test]
fn gone_and_back() -> anyhow::Result<()> {
    let folder = folder()?;
    let mut life = Life::start(&folder)?;
    life.taken()?;
    let there = life.database();
    let away = folder.path().join("away");
    fs::rename(&there, &away)?;
    life.refused()?;
    ensure!(!there.exists(), "a database that is gone is not made anew");
    fs::rename(&away, &there)?;
    life.healed()?;
    life.read()?;
    life.end()
}

#[test]
fn the_whole_folder_gone_and_back() -> anyhow::Result<()> {
    let folder = folder()?;
    let inner = folder.path().join("inner");
    fs::create_dir(&inner)?;
    let store = format!("sqlite:{}", inner.join("reports.sqlite").display());
    let receiver = Serving::in_folder(&folder).store(&store).start()?;
    let mut life = Life::of(receiver)?;
    life.taken()?;
    let away = folder.path().join("away");
    fs::rename(&inner, &away)?;
    life.refused()?;
    fs::rename(&away, &inner)?;
    life.healed()?;
    ensure!(life.receiver.stop()? == Some(0), "{}", life.receiver.log());
    for file in fs::read_dir(&inner)? {
        let file = file?;
        fs::rename(file.path(), folder.path().join(file.file_name()))?;
    }
    life.read()
}

/// Has another file stand in the database's place for a while.
fn replaced(other: impl FnOnce(&Path) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let folder = folder()?;
    let mut life = Life::start(&folder)?;
    life.taken()?;
    let there = life.database();
    let away = folder.path().join("away");
    fs::rename(&there, &away)?;
    other(&there)?;
    life.refused()?;
    fs::rename(&away, &there)?;
    life.healed()?;
    life.end()
}

#[test]
fn replaced_by_an_empty_file() -> anyhow::Result<()> {
    replaced(|there| Ok(fs::write(there, "")?))
}

#[test]
fn replaced_by_what_is_no_database() -> anyhow::Result<()> {
    replaced(|there| Ok(fs::write(there, vec![b'x'; 65_536])?))
}

#[test]
fn replaced_by_another_receiver_s() -> anyhow::Result<()> {
    replaced(|there| {
        let folder = folder()?;
        let mut life = Life::start(&folder)?;
        life.taken()?;
        ensure!(life.receiver.stop()? == Some(0));
        Ok(fs::copy(life.database(), there).map(drop)?)
    })
}

#[test]
fn replaced_by_another_application_s() -> anyhow::Result<()> {
    replaced(|there| {
        let folder = folder()?;
        let other = folder.path().join("other");
        Database::open(&other)?.execute_batch("CREATE TABLE other (x)")?;
        Ok(fs::copy(other, there).map(drop)?)
    })
}

/// SQLite would delete the log of an empty file, and with it what was acknowledged.
#[test]
fn an_empty_file_beside_the_log_of_a_killed_receiver() -> anyhow::Result<()> {
    let folder = folder()?;
    let mut life = Life::start(&folder)?;
    life.taken()?;
    let Life { receiver, numbered, acknowledged, next } = life;
    receiver.kill()?;
    let there = database(folder.path());
    let away = folder.path().join("away");
    fs::rename(&there, &away)?;
    fs::write(&there, "")?;
    for _ in 0..2 {
        let ended = Serving::in_folder(&folder).attempt(|_| {})?;
        let ended = ended.err().context("it does not start")?;
        ensure!(ended.stderr.contains("an empty one beside a log"), "{ended:?}");
        ensure!(reports(folder.path(), &[]).is_err());
    }
    fs::rename(&away, &there)?;
    let receiver = Serving::in_folder(&folder).start()?;
    Life { receiver, numbered, acknowledged, next }.end()
}

#[test]
fn slower_than_anybody_waits() -> anyhow::Result<()> {
    let folder = folder()?;
    // The tables are made before, so that only the writing of reports is slow.
    ensure!(Life::start(&folder)?.receiver.stop()? == Some(0));
    let slow = "inject=fsync,fdatasync:delay_exit=12s:when=4";
    let strace = ["strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"];
    let serving = Serving::in_folder(&folder).under(strace).under(["-e", slow]);
    let mut life = Life::of(serving.start()?)?;
    let mut refused = 0;
    let begin = Instant::now();
    while refused == 0 {
        refused += usize::from(!life.report()?);
        ensure!(begin.elapsed() < HEALS, "it was never slow");
    }
    ensure!(begin.elapsed() < Duration::from_secs(12), "clients are told before the disk is done");
    life.read()?;
    // What was late was kept: it is a duplicate now.
    while !life.report()? {
        ensure!(begin.elapsed() < HEALS + HEALS, "it does not heal: {}", life.receiver.log());
    }
    life.end()
}

#[test]
fn damaged() -> anyhow::Result<()> {
    let folder = folder()?;
    let mut life = Life::start(&folder)?;
    (0..200).try_for_each(|_| life.taken())?;
    ensure!(life.receiver.stop()? == Some(0));
    let path = life.database();
    let healthy = fs::read(&path)?;
    let flip = |place: usize| {
        let mut bytes = healthy.clone();
        bytes[place] ^= 0xff;
        bytes
    };
    let half = healthy[..healthy.len() / 2].to_vec();
    let cases = [("its name", flip(0)), ("its page size", flip(16)), ("a half", half)];
    for (case, bytes) in cases {
        fs::write(&path, bytes)?;
        match Serving::in_folder(&folder).attempt(|_| {})? {
            // It says what is wrong, and where.
            Err(ended) => {
                ensure!(ended.code()? != 0, "{case}: {ended:?}");
                ensure!(ended.stderr.contains("reports.sqlite"), "{case}: {ended:?}");
                ensure!(!ended.stderr.contains("panicked"), "{case}: {ended:?}");
            }
            Ok(receiver) => {
                life.receiver = receiver;
                life.report().context(case)?;
                life.receiver.stop()?;
            }
        }
        for end in ["-wal", "-shm"] {
            // What it wrote belongs to what was damaged.
            let _ = fs::remove_file(path.with_file_name(format!("reports.sqlite{end}")));
        }
        fs::write(&path, &healthy)?;
        life.acknowledged = (1..=200).collect();
        life.receiver = Serving::in_folder(&folder).start()?;
        life.read().context(case)?;
        life.next = 201;
        ensure!(life.receiver.stop()? == Some(0));
    }
    Ok(())
}
