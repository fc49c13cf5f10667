//! Stores with days that are due, and what is shown of them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::ensure;
use headcount_contract::Library;
use headcount_proto::to_json;
use headcount_receiver::{Importer, Location};
use headcount_tests::{Numbered, database};
use jiff::{SignedDuration, Timestamp};

/// What is shown of each day, but for the day on which it was frozen.
pub(crate) type Shown = Vec<String>;

pub(crate) fn shown(folder: &Path) -> anyhow::Result<Shown> {
    let (reader, _) = Location::Sqlite(database(folder)).read(None)?;
    let days = reader.snapshot("manyfold", None)?.days;
    Ok(days.into_iter().map(|day| format!("{} {:?}", day.day, day.numbers)).collect())
}

/// Copies a store that nobody uses from one receiver's folder to another's.
pub(crate) fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for suffix in ["", ".secret"] {
        let name = |folder| format!("{}{suffix}", database(folder).display());
        fs::copy(name(from), name(to))?;
    }
    Ok(())
}

/// Makes a store with the reports of so many closed days, whose clock is believed. Some of the instances reported for
/// one day only.
pub(crate) async fn fill(path: &Path, instances: u64, days: u32) -> anyhow::Result<()> {
    let (store, keys) = Location::Sqlite(path.to_owned()).open()?;
    let (now, day) = (Timestamp::now(), SignedDuration::from_hours(24));
    let importer = Importer::new(Arc::new(Library::built_in()), keys, store.clone()).await?;
    for back in (0..days).rev() {
        let time = now - day * i32::try_from(2 + back)?;
        let numbered = Numbered::at(time.as_nanosecond().try_into()?)?;
        let numbers: Vec<u64> = (0..instances).filter(|n| n % 5 != u64::from(back)).collect();
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
