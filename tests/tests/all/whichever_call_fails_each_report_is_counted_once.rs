//! Each system call that matters fails once, or is the last, wherever it stands while the reports of closed days are
//! counted: what is shown in the end is what a receiver shows that met no fault.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_contract::Library;
use headcount_figures::Counting;
use headcount_receiver::Location;
use headcount_tests::{Receiver, Serving, database};
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::counted::{Shown, copy, fill, shown};
use crate::faults::{Fault, KILL, everywhere, happened, strace};
use crate::stored::scratch;

const FAULTS: [Fault; 8] = [
    ("fcntl", "error=EIO"),
    ("pwrite64", "error=EIO"),
    ("pwrite64", "error=ENOSPC"),
    ("pwrite64", KILL),
    ("fsync,fdatasync", "error=EIO"),
    ("fsync,fdatasync", KILL),
    ("ftruncate", "error=EIO"),
    ("pread64", "error=EIO"),
];

/// Instances that reported, and the days.
const INSTANCES: u64 = 40;
const DAYS: u32 = 2;
/// How soon a receiver counts, or says that it cannot.
const SOON: Duration = Duration::from_secs(30);

/// A store with days that are due, and what is to be shown of them.
struct Due {
    folder: TempDir,
    counting: Arc<Counting>,
    expected: Shown,
}

impl Due {
    fn new() -> anyhow::Result<Self> {
        let folder = scratch()?;
        Runtime::new()?.block_on(fill(&database(folder.path()), INSTANCES, DAYS))?;
        let counting = Counting::of(&Library::built_in(), "manyfold").context("it publishes")?;
        let mut due = Self { folder, counting: Arc::new(counting), expected: Shown::new() };
        let alone = due.copy()?;
        due.count(alone.path())?;
        due.expected = shown(alone.path())?;
        ensure!(due.expected.len() == DAYS as usize, "{:?}", due.expected);
        Ok(due)
    }

    fn copy(&self) -> anyhow::Result<Arc<TempDir>> {
        let to = Arc::new(scratch()?);
        copy(self.folder.path(), to.path())?;
        Ok(to)
    }

    /// Counts what is left, with nothing in the way.
    fn count(&self, folder: &Path) -> anyhow::Result<()> {
        let (store, _) = Location::Sqlite(database(folder)).open()?;
        Runtime::new()?.block_on(async {
            while store.freeze(self.counting.clone(), Timestamp::now()).await?.more {}
            store.close().await;
            Ok(())
        })
    }

    /// Runs a receiver whose n-th call fails, and says whether there was one.
    fn run(&self, fault: Fault, nth: usize) -> anyhow::Result<bool> {
        let (folder, log) = (self.copy()?, tempfile::NamedTempFile::new()?);
        let words = strace(fault, nth, folder.path(), log.path())?;
        if let Ok(mut receiver) = Serving::in_folder(&folder).under(words).attempt(|_| {})? {
            self.wait(&receiver, fault, log.path())?;
            let code = receiver.stop()?;
            let ended = code == Some(0) || (fault.1 == KILL && code.is_none());
            ensure!(ended, "ended with {code:?}: {}", receiver.log());
        }
        let so_far = shown(folder.path())?;
        ensure!(so_far[..] == self.expected[..so_far.len()], "{so_far:?}");
        self.count(folder.path())?;
        let shown = shown(folder.path())?;
        ensure!(shown == self.expected, "{shown:?}");
        happened(log.path())
    }

    /// Waits until all days are counted, or the receiver cannot.
    fn wait(&self, receiver: &Receiver, fault: Fault, log: &Path) -> anyhow::Result<()> {
        let begin = Instant::now();
        while shown(receiver.folder()).map_or(0, |shown| shown.len()) < self.expected.len() {
            if receiver.log().contains("it is tried again") || (fault.1 == KILL && happened(log)?) {
                break;
            }
            ensure!(begin.elapsed() < SOON, "neither counted nor told why: {}", receiver.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

#[test]
fn wherever_it_stands() -> anyhow::Result<()> {
    let due = Due::new()?;
    everywhere(&FAULTS, |fault, nth| due.run(fault, nth))
}
