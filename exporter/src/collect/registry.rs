//! What the application has created: the series of its gauges, and its callbacks.
//!
//! The meter, the tee and the typed handles share one registry with the collector. Whoever holds
//! it may record, also when the exporter has gone: then nobody reads it any more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::observed::Observed;
use super::series::Series;
use super::{Fault, LeftOut, Reading};

/// How many instruments that cannot be are remembered by name: a name may come from a request.
const REFUSED_LIMIT: usize = 1_000;

/// A gauge's callback, which observes for one collection.
pub(crate) type Observe = Box<dyn Fn(&Observed) + Send + Sync>;

/// See the module.
pub(crate) struct Registry {
    listed: BTreeSet<String>,
    /// Of gauges that are told when they change.
    series: Mutex<BTreeMap<String, Arc<Series>>>,
    /// Of gauges that are asked.
    observers: Mutex<Vec<Arc<Observer>>>,
    /// Instruments that record nothing.
    refused: Mutex<BTreeSet<LeftOut>>,
}

/// A callback, and the gauge that it observes.
pub(super) struct Observer {
    pub(super) metric: String,
    pub(super) observe: Observe,
}

impl Registry {
    pub(super) fn new(listed: BTreeSet<String>) -> Self {
        Self {
            listed,
            series: Mutex::default(),
            observers: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// Whether the contract names this gauge.
    pub(crate) fn lists(&self, metric: &str) -> bool {
        self.listed.contains(metric)
    }

    /// The series of this gauge: the same for everything of that name.
    pub(crate) fn series(&self, metric: &str) -> Arc<Series> {
        let mut series = lock(&self.series);
        if let Some(known) = series.get(metric) {
            return Arc::clone(known);
        }
        Arc::clone(series.entry(metric.to_owned()).or_default())
    }

    /// Has this gauge asked in every collection.
    pub(crate) fn observe(&self, metric: &str, observe: Observe) {
        lock(&self.observers).push(Arc::new(Observer { metric: metric.to_owned(), observe }));
    }

    /// Notes an instrument that records nothing, and why.
    pub(crate) fn refuse(&self, metric: &str, fault: Fault) {
        let mut refused = lock(&self.refused);
        if refused.len() < REFUSED_LIMIT {
            refused.insert(LeftOut { metric: metric.to_owned(), fault });
        }
    }

    /// The callbacks so far, in the order in which they came.
    pub(super) fn observers(&self) -> Vec<Arc<Observer>> {
        lock(&self.observers).clone()
    }

    /// Reads what was told, and what was refused.
    pub(super) fn read(&self, reading: &mut Reading) {
        // A copy, so that nobody who creates a gauge waits for the reading of another.
        let series = lock(&self.series).clone();
        for (metric, series) in series {
            series.read(&metric, reading);
        }
        for LeftOut { metric, fault } in lock(&self.refused).iter() {
            reading.leave_out(metric, fault.clone());
        }
    }
}

/// What the locks protect is whole between any two statements.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
