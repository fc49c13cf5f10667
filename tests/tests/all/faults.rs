//! System calls that fail, or are the last, by `strace -e inject`.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::{Context as _, anyhow, bail, ensure};
use headcount_tests::database;

/// Calls, and what becomes of the n-th of them.
pub(crate) type Fault = (&'static str, &'static str);

/// The process is killed before the call does anything.
pub(crate) const KILL: &str = "signal=KILL";

/// Calls of which only those count that concern the database: the loader and the runtime make many others.
const OURS: [&str; 6] = ["fcntl", "openat", "read", "pread64", "mmap", "newfstatat,statx"];

/// Receivers at once. A lock that cannot be taken or let go is waited for, for seconds.
const AT_ONCE: usize = 4;

/// The command line under which a receiver in this folder has the fault at its n-th such call. Each thread counts its
/// calls for itself, so the n-th fails once in each.
pub(crate) fn strace(
    (calls, fails): Fault,
    nth: usize,
    folder: &Path,
    log: &Path,
) -> anyhow::Result<Vec<String>> {
    let log = log.to_str().context("a path of our own")?;
    let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:{fails}:when={nth}"));
    let words = ["strace", "-D", "-f", "-qq", "-o", log, "-e", &trace, "-e", &inject];
    let mut words = words.map(str::to_owned).to_vec();
    if OURS.contains(&calls) {
        let database = database(folder).display().to_string();
        for end in ["", "-wal", "-shm", "-journal", ".secret"] {
            words.extend(["-P".to_owned(), format!("{database}{end}")]);
        }
    }
    Ok(words)
}

/// Whether there was an n-th call.
pub(crate) fn happened(log: &Path) -> anyhow::Result<bool> {
    let log = fs::read_to_string(log)?;
    Ok(log.contains("(INJECTED)") || log.contains("+++ killed by SIGKILL +++"))
}

/// Has each of the calls fail, one in each run, until there are no more. `run` says whether there was such a call.
pub(crate) fn everywhere(
    faults: &[Fault],
    run: impl Fn(Fault, usize) -> anyhow::Result<bool> + Sync,
) -> anyhow::Result<()> {
    let of_each = faults.iter().flat_map(|fault| (1..=AT_ONCE).map(|first| (*fault, first)));
    let waiting = Mutex::new(of_each);
    let done = Mutex::new(BTreeMap::<Fault, usize>::new());
    let work = || {
        let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
        let mut wrong = Vec::new();
        while let Some((fault, first)) = next() {
            match every(fault, first, &run) {
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
    let without: Vec<_> = faults.iter().filter(|fault| done[fault] == 0).collect();
    ensure!(without.is_empty(), "there are no such calls: {without:?}");
    Ok(())
}

/// Of the calls every [`AT_ONCE`]-th, from this one on. Gives how many there were.
fn every(
    fault: Fault,
    first: usize,
    run: impl Fn(Fault, usize) -> anyhow::Result<bool>,
) -> anyhow::Result<usize> {
    for (done, nth) in (first..).step_by(AT_ONCE).enumerate() {
        if !run(fault, nth).with_context(|| format!("{fault:?}, number {nth}"))? {
            return Ok(done);
        }
    }
    bail!("{fault:?} never ends")
}
