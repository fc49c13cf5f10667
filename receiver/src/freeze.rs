//! Freezes the days that are closed, and tells whoever publishes.

mod progress;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use headcount_contract::Library;
use headcount_figures::{Counting, Snapshot};
use jiff::civil::Date;
use tokio::sync::watch;
use tokio::time::timeout;

pub(crate) use progress::{Application, Progress};

use crate::clock::Clock;
use crate::error::Error;
use crate::retention::Retention;
use crate::store::{Froze, Store};

/// After so long it is looked what is due whatever the clock says: an hour.
const AGAIN: Duration = Duration::from_hours(1);
/// The same where something could not be done: a minute.
const SOON: Duration = Duration::from_mins(1);
/// How often long work says how far it is, and shows what is frozen.
const TELL: Duration = Duration::from_secs(10);

/// What is shown of each application that publishes figures, by its name. One without frozen days has an empty
/// snapshot.
pub(crate) type Snapshots = BTreeMap<String, Arc<Snapshot>>;

/// Freezes what is due, and then has the store forget what is kept no longer: in this order, so that a report is counted
/// before it goes.
#[derive(Debug)]
pub(crate) struct Freezing {
    countings: Vec<Arc<Counting>>,
    retention: Retention,
    store: Arc<dyn Store>,
    clock: Clock,
    shown: watch::Sender<Arc<Snapshots>>,
    progress: Arc<Progress>,
}

impl Freezing {
    /// Freezes by these contracts, and shows what is frozen already, as far as the store can be read.
    pub(crate) async fn of(library: &Library, store: Arc<dyn Store>, clock: Clock) -> Self {
        let countings = library.names().into_iter().filter_map(|name| Counting::of(library, name));
        let countings: Vec<_> = countings.map(Arc::new).collect();
        let snapshots = countings.iter().map(|counting| (name(counting), Arc::default()));
        let (shown, _) = watch::channel(Arc::new(snapshots.collect()));
        let retention = Retention::of(library);
        let progress = Arc::new(Progress::of(clock.clone(), countings.iter().map(|it| name(it))));
        let freezing = Self { countings, retention, store, clock, shown, progress };
        freezing.show().await;
        freezing
    }

    /// What is shown, now and after every day that is frozen: filled from the beginning.
    pub(crate) fn shown(&self) -> watch::Receiver<Arc<Snapshots>> {
        self.shown.subscribe()
    }

    /// How far it is.
    pub(crate) fn progress(&self) -> Arc<Progress> {
        self.progress.clone()
    }

    /// Freezes and forgets whenever something is due, until it is no longer needed.
    pub(crate) async fn run(&self) -> Infallible {
        loop {
            let today = self.clock.today();
            let all = self.freeze().await;
            self.retention.sweep(&*self.store, &self.clock).await;
            // Whichever comes first.
            let _ = timeout(if all { AGAIN } else { SOON }, self.clock.leaves(today)).await;
        }
    }

    /// Freezes all that is due now. Whether it could be done.
    async fn freeze(&self) -> bool {
        let mut all = true;
        for counting in &self.countings {
            if let Err(error) = self.freeze_days(counting).await {
                tracing::warn!(%error, "cannot freeze the days that are closed; it is tried again");
                all = false;
            }
        }
        self.show().await && all
    }

    /// Freezes the days of an application, step by step, with room between the steps for what comes meanwhile.
    async fn freeze_days(&self, counting: &Arc<Counting>) -> Result<(), Error> {
        let mut work = Work::begin(name(counting));
        loop {
            let begin = Instant::now();
            self.progress.begin(&work.contract);
            let froze = self.store.freeze(counting.clone(), self.clock.now()).await?;
            self.progress.add(&work.contract, &froze);
            work.add(froze);
            if !froze.more {
                work.end(froze);
                return Ok(());
            }
            if work.is_to_tell(froze) {
                self.show().await;
            }
            if self.store.waiting() > 0 {
                tokio::time::sleep(begin.elapsed()).await;
            } else {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Shows what was frozen since, of each application whose days can be read. Whether all can.
    async fn show(&self) -> bool {
        let mut snapshots = Snapshots::clone(&self.shown.borrow());
        let (mut all, mut moved) = (true, false);
        for (contract, shown) in &mut snapshots {
            let last = shown.newest().map(|newest| newest.day);
            let new = match self.store.snapshot(contract, last).await {
                Ok(new) => new,
                Err(error) => {
                    tracing::warn!(%error, "cannot read the days that are frozen; it is tried again");
                    all = false;
                    continue;
                }
            };
            self.progress.found(contract, new.newest().map(|newest| newest.day));
            if !new.days.is_empty() {
                Arc::make_mut(shown).days.extend(new.days);
                moved = true;
            }
        }
        if moved {
            self.shown.send_replace(Arc::new(snapshots));
        }
        all
    }
}

fn name(counting: &Counting) -> String {
    counting.contract().name().to_owned()
}

/// What is done so far for one application.
struct Work {
    contract: String,
    begin: Instant,
    told: Instant,
    reports: u64,
    damaged: u64,
    days: u64,
    last: Option<Date>,
}

impl Work {
    fn begin(contract: String) -> Self {
        let begin = Instant::now();
        Self { contract, begin, told: begin, reports: 0, damaged: 0, days: 0, last: None }
    }

    fn add(&mut self, Froze { counted, damaged, frozen, .. }: Froze) {
        self.reports += counted;
        self.damaged += damaged;
        self.days += u64::from(frozen.is_some());
        self.last = frozen.or(self.last);
    }

    /// Whether it is time to show how far it is.
    fn is_to_tell(&mut self, Froze { due, .. }: Froze) -> bool {
        let long = self.told.elapsed() >= TELL;
        if long {
            self.told = Instant::now();
            let Self { contract, reports, days, .. } = self;
            tracing::info!(contract, reports, days, due, "counting the reports of closed days");
        }
        long
    }

    fn end(&self, Froze { doubted, due, .. }: Froze) {
        let Self { contract, reports, damaged, days, .. } = self;
        if doubted {
            tracing::info!(contract, due, "the clock is ahead: no day is frozen by it yet");
        }
        if *damaged > 0 {
            tracing::error!(contract, damaged, "reports that cannot be read are not counted");
        }
        if let Some(last) = self.last {
            let took = self.begin.elapsed();
            tracing::info!(contract, %last, days, reports, ?took, "froze what is shown of closed days");
        }
    }
}
