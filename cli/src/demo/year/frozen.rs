//! Freezes each day as soon as it is due. The receiver's own task does the same, but looks only once a second: by then
//! many days are over here.

use std::sync::Arc;
use std::time::{Duration, Instant};

use headcount_contract::Library;
use headcount_figures::Counting;
use headcount_receiver::{Clock, Store};

/// What is frozen, and how long that took.
pub(super) struct Freezing {
    countings: Vec<Arc<Counting>>,
    store: Arc<dyn Store>,
    clock: Clock,
    pub(super) took: Duration,
}

impl Freezing {
    /// Freezes the figures of these applications, as far as their contracts publish any.
    pub(super) fn of(names: &[&str], store: Arc<dyn Store>, clock: Clock) -> Self {
        let library = Library::built_in();
        let countings = names.iter().filter_map(|name| Counting::of(&library, name));
        let countings = countings.map(Arc::new).collect();
        Self { countings, store, clock, took: Duration::ZERO }
    }

    /// Freezes all that is due now.
    ///
    /// Errors: the store does not work.
    pub(super) async fn freeze(&mut self) -> anyhow::Result<()> {
        let begin = Instant::now();
        for counting in &self.countings {
            while self.store.freeze(counting.clone(), self.clock.now()).await?.more {}
        }
        self.took += begin.elapsed();
        Ok(())
    }

    /// How many days are frozen, over all applications.
    ///
    /// Errors: the store does not work.
    pub(super) async fn days(&self) -> anyhow::Result<usize> {
        let mut days = 0;
        for counting in &self.countings {
            days += self.store.snapshot(counting.contract().name(), None).await?.days.len();
        }
        Ok(days)
    }
}
