//! Hostile input gets its answer, or none, and changes nothing for others: every vector of
//! `tests/vectors/`, over every way in that it fits, against both stores.

use std::sync::Arc;

use anyhow::ensure;
use headcount_tests::{Serving, Vector, Watched};

/// Sends every vector to one receiver, and says what it did not withstand.
fn withstands_all(serving: Serving) -> anyhow::Result<Watched> {
    // Memory that is taken for pages, which are written beside, would be counted as the first vectors'.
    let serving = serving.arguments(["--set", "publish.enabled=false"]);
    let mut watched = Watched::start(serving)?;
    let mut failed = Vec::new();
    let (slow, quick): (Vec<_>, Vec<_>) = Vector::all()?.into_iter().partition(Vector::is_slow);
    if let Err(error) = watched.withstands_together(&slow) {
        failed.push(format!("those that wait: {error:#}"));
    }
    for vector in quick {
        if let Err(error) = watched.withstands(&vector) {
            failed.push(format!("{}: {error:#}", vector.name));
        }
    }
    ensure!(failed.is_empty(), "{} failed:\n{}", failed.len(), failed.join("\n"));
    watched.adds_up()?;
    Ok(watched)
}

#[test]
fn with_a_store_on_the_disk() -> anyhow::Result<()> {
    let folder = Arc::new(tempfile::tempdir()?);
    let mut watched = withstands_all(Serving::in_folder(&folder))?;
    let kept = watched.receiver().reports(&["--contract", "manyfold/0.90"])?;
    let kept = kept.iter().filter(|line| line.contains(Watched::INSTANCES)).count();
    ensure!(kept == watched.probes(), "expected {} right reports, got {kept}", watched.probes());
    ensure!(watched.receiver().stop()? == Some(0), "expected an orderly end");
    Ok(())
}

#[test]
fn with_a_store_in_memory() -> anyhow::Result<()> {
    let folder = Arc::new(tempfile::tempdir()?);
    let mut watched = withstands_all(Serving::in_folder(&folder).in_memory())?;
    ensure!(watched.receiver().stop()? == Some(0), "expected an orderly end");
    Ok(())
}
