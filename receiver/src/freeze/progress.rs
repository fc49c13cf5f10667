//! How far freezing is, for whoever asks meanwhile.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;

use crate::clock::Clock;
use crate::store::{Froze, closed_days_behind};

/// How far each application is that publishes figures.
#[derive(Debug)]
pub(crate) struct Progress {
    clock: Clock,
    applications: Mutex<BTreeMap<String, Application>>,
}

/// How far an application is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Application {
    /// The newest frozen day, if there is one.
    pub(crate) newest: Option<Date>,
    /// Days that are closed and not frozen.
    pub(crate) due: u64,
    /// Reports that were counted since the receiver began.
    pub(crate) counted: u64,
    /// Those that could not be read, and were not.
    pub(crate) damaged: u64,
    /// How long it took to count and freeze the newest of the days that were frozen since then.
    pub(crate) took: Option<Duration>,
    /// When counting that day began.
    begin: Option<Instant>,
}

impl Progress {
    /// Nothing is known of these applications.
    pub(crate) fn of(clock: Clock, names: impl Iterator<Item = String>) -> Self {
        let applications = names.map(|name| (name, Application::default())).collect();
        Self { clock, applications: Mutex::new(applications) }
    }

    /// How far each application is now, by its name.
    pub(crate) fn now(&self) -> Vec<(String, Application)> {
        let today = self.clock.today();
        let applications = self.applications().clone().into_iter();
        let of = applications.map(|(name, mut of)| {
            // Also where freezing stands still.
            of.due = of.newest.map_or(of.due, |newest| closed_days_behind(newest, today));
            (name, of)
        });
        of.collect()
    }

    /// Notes that a step of an application begins.
    pub(crate) fn begin(&self, contract: &str) {
        if let Some(of) = self.applications().get_mut(contract) {
            of.begin.get_or_insert_with(Instant::now);
        }
    }

    /// Notes what the step did.
    pub(crate) fn add(&self, contract: &str, froze: &Froze) {
        let mut applications = self.applications();
        let Some(of) = applications.get_mut(contract) else { return };
        of.due = froze.due;
        of.counted += froze.counted;
        of.damaged += froze.damaged;
        if froze.frozen.is_some() {
            of.newest = froze.frozen;
            of.took = of.begin.map(|begin| begin.elapsed());
        }
        if froze.frozen.is_some() || !froze.more {
            of.begin = None;
        }
    }

    /// Notes the newest frozen day that was found.
    pub(super) fn found(&self, contract: &str, newest: Option<Date>) {
        if let Some(of) = self.applications().get_mut(contract) {
            of.newest = newest.or(of.newest);
        }
    }

    fn applications(&self) -> MutexGuard<'_, BTreeMap<String, Application>> {
        // Each number stands alone.
        self.applications.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_day_is_due_when_it_is_closed_whether_or_not_anybody_freezes() {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let progress = Progress::of(Clock::new(move || now), ["openfn".to_owned()].into_iter());
        let due = || progress.now()[0].1.due;
        assert_eq!(due(), 0, "nothing was ever reported, as far as is known");
        progress.add("openfn", &Froze { due: 7, more: true, ..Froze::default() });
        assert_eq!(due(), 7);
        for (newest, expected) in [("2026-11-19", 0), ("2026-11-18", 1), ("2026-11-30", 0)] {
            progress.found("openfn", newest.parse().ok());
            assert_eq!(due(), expected, "after {newest}");
        }
    }
}
