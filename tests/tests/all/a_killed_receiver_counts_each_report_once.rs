//! Killed again and again while it counts the reports of closed days, a receiver freezes the same numbers as one that
//! is left alone.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use headcount_contract::Library;
use headcount_proto::to_json;
use headcount_receiver::{Importer, Location, Receiver, Settings};
use headcount_tests::{Numbered, Random, Serving, database};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Instances that reported for each of the days, some of them for one day only.
const INSTANCES: u64 = 3_000;
const DAYS: u32 = 3;
/// So many kills are enough if any of them meets a receiver that counts.
const KILLS: usize = 12;
/// How soon a receiver counts.
const BEGINS: Duration = Duration::from_secs(20);
/// How long it may count then before it is killed.
const PAUSE: Duration = Duration::from_millis(20);

/// What is shown of each day, but for the day on which it was frozen.
type Shown = Vec<String>;

fn shown(folder: &Path) -> anyhow::Result<Shown> {
    let (reader, _) = Location::Sqlite(database(folder)).read(None)?;
    let days = reader.snapshot("manyfold", None)?.days;
    Ok(days.into_iter().map(|day| format!("{} {:?}", day.day, day.numbers)).collect())
}

/// Whether some of a day's reports are counted, and not all.
fn is_in_the_middle(folder: &Path) -> anyhow::Result<bool> {
    let database = rusqlite::Connection::open(database(folder))?;
    let counting = "SELECT count(*) FROM counting WHERE instance IS NOT NULL";
    Ok(database.query_row(counting, [], |row| row.get::<_, i64>(0))? > 0)
}

/// Makes a store with the reports of closed days, whose clock is believed.
async fn fill(path: &Path) -> anyhow::Result<()> {
    let (store, keys) = Location::Sqlite(path.to_owned()).open()?;
    let (now, day) = (Timestamp::now(), SignedDuration::from_hours(24));
    let importer = Importer::new(Arc::new(Library::built_in()), keys, store.clone()).await?;
    for back in (0..DAYS).rev() {
        let time = now - day * i32::try_from(2 + back)?;
        let numbered = Numbered::at(time.as_nanosecond().try_into()?)?;
        let numbers: Vec<u64> = (0..INSTANCES).filter(|n| n % 5 != u64::from(back)).collect();
        for numbers in numbers.chunks(200) {
            let answer = importer.json(to_json(&numbered.request(numbers))?).await;
            ensure!(answer.is_ok_and(|it| it.added == numbers.len() as u64), "not all were new");
        }
    }
    for now in [now - day, now] {
        store.sweep(now, Vec::new()).await?;
    }
    store.close().await;
    Ok(())
}

/// What a receiver shows that is left alone, on a copy.
fn left_alone(runtime: &Runtime, folder: &Path) -> anyhow::Result<Shown> {
    let copy = Arc::new(tempfile::tempdir()?);
    for suffix in ["", ".secret"] {
        let name = |folder| format!("{}{suffix}", database(folder).display());
        fs::copy(name(folder), name(copy.path()))?;
    }
    runtime.block_on(async {
        let (store, keys) = Location::Sqlite(database(copy.path())).open()?;
        let settings = Settings { listen: vec!["127.0.0.1:0".parse()?], ..Settings::default() };
        let library = Arc::new(Library::built_in());
        let receiver = Receiver::bind(settings, library, keys, store).await?;
        let done = async {
            while shown(copy.path()).map_or(0, |shown| shown.len()) < DAYS as usize {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), receiver.run(done)).await?;
        shown(copy.path())
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
    runtime.block_on(fill(&database(folder.path())))?;
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
