//! A round: the short time in which the SDK may ask the gauges.
//!
//! The instruments, the SDK's exporter and the collector share one `Round`. While it is closed,
//! callbacks are not run and whatever the SDK exports is dropped, so a late or a last export
//! (the SDK makes one when its provider goes) reaches nobody.

use std::collections::BTreeSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

use headcount_contract::Observation;

use super::{Fault, LeftOut};

/// What a reading of the SDK's data holds: points, and gauges that had to be left out.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub(super) points: Vec<Observation>,
    pub(super) left_out: BTreeSet<LeftOut>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Round {
    answer: Mutex<Option<Sender<Reading>>>,
    /// Kept from one round to the next for gauges that never came to be.
    left_out: Mutex<BTreeSet<LeftOut>>,
}

impl Round {
    /// Opens the round; what the SDK reads arrives at the receiver.
    pub(super) fn open(&self) -> Receiver<Reading> {
        let (sender, receiver) = channel();
        *lock(&self.answer) = Some(sender);
        lock(&self.left_out)
            .retain(|entry| matches!(entry.fault, Fault::CreatedInCallback | Fault::Unlisted));
        receiver
    }

    /// Whether callbacks may run.
    pub(super) fn is_open(&self) -> bool {
        lock(&self.answer).is_some()
    }

    /// Takes the SDK's reading to the round, if one is open.
    pub(super) fn answer(&self, reading: impl FnOnce() -> Reading) {
        if let Some(sender) = lock(&self.answer).as_ref() {
            // The collector holds the receiver until it closes the round.
            let _ = sender.send(reading());
        }
    }

    /// Notes that a gauge has no usable value.
    pub(super) fn leave_out(&self, metric: &str, fault: Fault) {
        lock(&self.left_out).insert(LeftOut { metric: metric.to_owned(), fault });
    }

    /// Closes the round, and says which gauges the instruments left out.
    pub(super) fn close(&self) -> BTreeSet<LeftOut> {
        *lock(&self.answer) = None;
        lock(&self.left_out).clone()
    }
}

/// What the locks protect is replaced as a whole, so a panic while one is held leaves it whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
