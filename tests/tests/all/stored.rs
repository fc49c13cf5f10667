//! What a store holds, opened in this process as a receiver opens it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use anyhow::{Context as _, ensure};
use headcount_contract::{Library, Part};
use headcount_receiver::{Filter, InstanceKey, Location};
use headcount_tests::{Numbered, database};
use tokio::runtime::Builder;

/// More reports than a test sends that looks at them here.
const MOST: usize = 10_000;

/// The numbers of the reports in the store of a receiver's folder. Anything else in it is an error.
pub(crate) fn stored(folder: &Path, numbered: &Numbered) -> anyhow::Result<BTreeSet<u64>> {
    let rows = rows(folder)?.into_iter();
    rows.map(|(_, part)| number(&part, numbered)).collect()
}

/// The reports in it.
pub(crate) fn rows(folder: &Path) -> anyhow::Result<Vec<(InstanceKey, Part)>> {
    let (store, _) = Location::Sqlite(database(folder)).open()?;
    let rows = Builder::new_current_thread().enable_all().build()?.block_on(async {
        let rows = store.page(&Filter::default(), None, MOST).await;
        store.close().await;
        rows
    })?;
    ensure!(rows.len() < MOST, "the store holds more than was ever sent");
    rows.into_iter().map(|row| Ok((row.key.instance, row.part?))).collect()
}

/// A folder in memory, where there is one: what is flushed there need not be.
pub(crate) fn scratch() -> std::io::Result<tempfile::TempDir> {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }
}

/// The number of a report.
pub(crate) fn number(part: &Part, numbered: &Numbered) -> anyhow::Result<u64> {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    let library = LIBRARY.get_or_init(Library::built_in);
    let contract = library.find("manyfold/0.90").context("a contract that ships")?;
    numbered.number(&contract.report(part)?.to_string())
}
