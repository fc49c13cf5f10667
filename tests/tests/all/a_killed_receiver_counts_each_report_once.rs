//! Killed again and again while it counts the reports of closed days, a receiver freezes the same numbers as one that
//! is left alone.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_contract::Library;
use headcount_receiver::{Location, Receiver, Settings};
use headcount_tests::{Random, Serving, database};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::counted::{Shown, copy, fill, shown};

/// Instances that reported, and the days.
const INSTANCES: u64 = 3_000;
const DAYS: u32 = 3;
/// So many kills are enough if any of them meets a receiver that counts.
const KILLS: usize = 12;
/// How soon a receiver counts.
const BEGINS: Duration = Duration::from_secs(20);
/// How long it may count then before it is killed.
const PAUSE: Duration = Duration::from_millis(20);

/// Whether some of a day's reports are counted, and not all.
fn is_in_the_middle(folder: &Path) -> anyhow::Result<bool> {
    let database = rusqlite::Connection::open(database(folder))?;
    let counting = "SELECT count(*) FROM counting WHERE instance IS NOT NULL";
    Ok(database.query_row(counting, [], |row| row.get::<_, i64>(0))? > 0)
}

/// What a receiver shows that is left alone, on a copy.
fn left_alone(runtime: &Runtime, folder: &Path) -> anyhow::Result<Shown> {
    let apart = tempfile::tempdir()?;
    copy(folder, apart.path())?;
    runtime.block_on(async {
        let (store, keys) = Location::Sqlite(database(apart.path())).open()?;
        let settings = Settings { listen: vec!["127.0.0.1:0".parse()?], ..Settings::default() };
        let library = Arc::new(Library::built_in());
        let receiver = Receiver::bind(settings, library, keys, store).await?;
        let done = async {
            while shown(apart.path()).map_or(0, |shown| shown.len()) < DAYS as usize {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), receiver.run(done)).await?;
        shown(apart.path())
    })
}

fn all_days(folder: &Arc<TempDir>) -> anyhow::Result<()> {
    let mut receiver = Serving::in_folder(folder).start()?;
    let deadline = Instant::now() + Duration::from_mins(2);
    while shown(folder.path())?.len() < DAYS as usize {
        ensure!(Instant::now() < deadline, "{}", receiver.log());
        std::thread::sleep(Duration::from_millis(20));
    }
    ensure!(receiver.stop()? == Some(0), "{}", receiver.log());
    Ok(())
}

#[test]
fn wherever_it_is_killed() -> anyhow::Result<()> {
    let (runtime, folder) = (Runtime::new()?, Arc::new(tempfile::tempdir()?));
    runtime.block_on(fill(&database(folder.path()), INSTANCES, DAYS))?;
    let expected = left_alone(&runtime, folder.path())?;
    let (mut random, mut in_the_middle) = (Random::new(6), 0);
    for kill in 0..KILLS {
        let receiver = Serving::in_folder(&folder).start().with_context(|| format!("{kill}"))?;
        // It is somewhere in a day when it is killed, unless all of them are frozen.
        let begin = Instant::now();
        while !is_in_the_middle(folder.path())?
            && shown(folder.path())?.len() < DAYS as usize
            && begin.elapsed() < BEGINS
        {
            std::thread::sleep(Duration::from_millis(1));
        }
        let pause = u64::try_from(PAUSE.as_micros())?;
        std::thread::sleep(Duration::from_micros(random.below(pause)));
        receiver.kill()?;
        in_the_middle += usize::from(is_in_the_middle(folder.path())?);
        let so_far = shown(folder.path())?;
        ensure!(so_far[..] == expected[..so_far.len()], "after kill {kill}");
    }
    ensure!(in_the_middle > 0, "no kill met a receiver that counted");
    all_days(&folder)?;
    ensure!(shown(folder.path())? == expected, "the numbers differ");
    Ok(())
}
