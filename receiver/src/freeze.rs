//! Freezes the days that are closed, and tells whoever publishes.

use std::collections::BTreeMap;
use std::sync::Arc;

use headcount_contract::Library;
use headcount_figures::Snapshot;
use tokio::sync::watch;

use crate::error::Error;
use crate::store::Store;

/// What is shown of each application that publishes figures, by its name. One without frozen days has an empty
/// snapshot.
pub(crate) type Snapshots = BTreeMap<String, Arc<Snapshot>>;

/// Freezes what is due.
#[derive(Debug)]
pub(crate) struct Freezing {
    store: Arc<dyn Store>,
    shown: watch::Sender<Arc<Snapshots>>,
}

impl Freezing {
    /// Freezes by these contracts, and shows what is frozen already, as far as the store can be read.
    pub(crate) async fn of(library: &Library, store: Arc<dyn Store>) -> Self {
        let newest = library.iter().filter_map(|contract| library.newest(contract.name()));
        let publishing = newest.filter(|contract| !contract.publish().figures.is_empty());
        let snapshots = publishing.map(|contract| (contract.name().to_owned(), Arc::default()));
        let (shown, _) = watch::channel(Arc::new(snapshots.collect()));
        let freezing = Self { store, shown };
        if let Err(error) = freezing.catch_up().await {
            tracing::warn!(%error, "cannot read the frozen days yet");
        }
        freezing
    }

    /// What is shown, now and after every day that is frozen: filled from the beginning.
    pub(crate) fn shown(&self) -> watch::Receiver<Arc<Snapshots>> {
        self.shown.subscribe()
    }

    /// Shows what was frozen since.
    async fn catch_up(&self) -> Result<(), Error> {
        let mut snapshots = Snapshots::clone(&self.shown.borrow());
        let mut moved = false;
        for (contract, shown) in &mut snapshots {
            let last = shown.newest().map(|newest| newest.day);
            let new = self.store.snapshot(contract, last).await?;
            if !new.days.is_empty() {
                Arc::make_mut(shown).days.extend(new.days);
                moved = true;
            }
        }
        if moved {
            self.shown.send_replace(Arc::new(snapshots));
        }
        Ok(())
    }
}
