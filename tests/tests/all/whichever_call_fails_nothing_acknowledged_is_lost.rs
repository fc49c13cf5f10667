//! Each system call that matters fails once, or is the last, wherever it stands: the receiver asks to repeat or ends
//! with a message, and whatever it acknowledged is there when the disk is well again.
#![cfg(target_os = "linux")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, thread};

use anyhow::{Context as _, anyhow, bail, ensure};
use headcount_tests::{Connection, Numbered, Receiver, Serving, database};
use tempfile::TempDir;

use crate::expected::yesterday;
use crate::stored::stored;

/// Calls, and what becomes of the n-th of them.
type Fault = (&'static str, &'static str);

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

/// The process is killed before the call does anything.
const KILL: &str = "signal=KILL";

/// Calls of which only those count that concern the database: the loader and the runtime make many others.
const OURS: [&str; 6] = ["fcntl", "openat", "read", "pread64", "mmap", "newfstatat,statx"];

/// Receivers at once. A lock that cannot be taken or let go is waited for, for seconds.
const AT_ONCE: usize = 4;

/// Requests that are repeated until they are acknowledged, at most so often. Each thread of the receiver counts its
/// calls for itself, so the n-th fails once in each.
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
    fn strace(&self, log: &Path) -> anyhow::Result<Vec<String>> {
        let (calls, fails) = self.fault;
        let log = log.to_str().context("a path of our own")?;
        let inject = format!("inject={calls}:{fails}:when={}", self.nth);
        let words = [
            "strace",
            "-D",
            "-f",
            "-qq",
            "-o",
            log,
            "-e",
            &format!("trace={calls}"),
            "-e",
            &inject,
        ];
        let mut words = words.map(str::to_owned).to_vec();
        if OURS.contains(&calls) {
            let database = database(self.folder.path()).display().to_string();
            for end in ["", "-wal", "-shm", "-journal", ".secret"] {
                words.extend(["-P".to_owned(), format!("{database}{end}")]);
            }
        }
        Ok(words)
    }

    /// Runs it, and says whether there was an n-th call.
    fn run(&self) -> anyhow::Result<bool> {
        let log = tempfile::NamedTempFile::new()?;
        let serving = Serving::in_folder(&self.folder).under(self.strace(log.path())?);
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
        let log = fs::read_to_string(log)?;
        Ok(log.contains("(INJECTED)") || log.contains("+++ killed by SIGKILL +++"))
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

/// Has every call fail, one in each run, until there are no more: of those calls every [`AT_ONCE`]-th, from this one
/// on. Gives how many there were.
fn every(fault: Fault, first: usize, numbered: &Numbered) -> anyhow::Result<usize> {
    for (done, nth) in (first..).step_by(AT_ONCE).enumerate() {
        let folder = Arc::new(tempfile::tempdir()?);
        let run = Run { fault, nth, folder, numbered: numbered.clone() };
        if !run.run().with_context(|| format!("{fault:?}, number {nth}"))? {
            return Ok(done);
        }
    }
    bail!("{fault:?} never ends")
}

#[test]
fn wherever_it_stands() -> anyhow::Result<()> {
    let numbered = Numbered::at(yesterday())?;
    let faults = FAULTS.iter().flat_map(|fault| (1..=AT_ONCE).map(|first| (*fault, first)));
    let waiting = Mutex::new(faults);
    let done = Mutex::new(BTreeMap::<Fault, usize>::new());
    let work = || {
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
        let mut wrong = Vec::new();
        while let Some((fault, first)) = next() {
            match every(fault, first, &numbered) {
                Ok(calls) => {
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    *done.entry(fault).or_default() += calls;
                }
                Err(error) => wrong.push(format!("{error:#}")),
            }
        }
        wrong
    };
    let wrong = thread::scope(|scope| {
        let threads = [(); AT_ONCE].map(|()| scope.spawn(work));
        let wrong = threads.map(|thread| thread.join().map_err(|_| anyhow!("a run panicked")));
        wrong.into_iter().collect::<anyhow::Result<Vec<_>>>()
    })?;
    let wrong = wrong.concat();
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    let without: Vec<_> = FAULTS.iter().filter(|fault| done[fault] == 0).collect();
    ensure!(without.is_empty(), "there are no such calls: {without:?}");
    Ok(())
}
