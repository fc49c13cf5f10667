//! A round: every callback, once, on a thread of its own, because nobody knows when one returns.
//!
//! A callback cannot break its round. A panic is contained, and where one hangs the round is given
//! up: the thread ends when the callback returns, without running another.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Instant;

use super::observed::Observed;
use super::registry::Observer;
use super::{CollectError, Fault, Reading};

thread_local! {
    /// Whether this thread is inside a callback.
    static OBSERVING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a callback that a collection runs.
pub(super) fn is_observing() -> bool {
    OBSERVING.get()
}

/// Runs rounds, one at a time.
#[derive(Debug, Default)]
pub(super) struct Rounds {
    /// Held by the thread of a round, perhaps one that was given up.
    running: Weak<()>,
}

impl Rounds {
    /// Runs the callbacks, and waits for them until `deadline`.
    pub(super) fn run(
        &mut self,
        observers: Vec<Arc<Observer>>,
        deadline: Instant,
    ) -> Result<Reading, CollectError> {
        if self.running.strong_count() > 0 {
            return Err(CollectError::StillRunning);
        }
        if observers.is_empty() {
            return Ok(Reading::default());
        }
        let running = Arc::new(());
        self.running = Arc::downgrade(&running);
        let given_up = Arc::new(AtomicBool::new(false));
        let (done, answer) = channel();
        let seen = Arc::clone(&given_up);
        thread::Builder::new().name("headcount-collect".to_owned()).spawn(move || {
            let reading = ask(&observers, &seen);
            // They may hold whatever the host put into them: first let go, then tell.
            drop((observers, running));
            // Nobody listens any more where the round was given up.
            let _ = done.send(reading);
        })?;
        let patience = deadline.saturating_duration_since(Instant::now());
        answer.recv_timeout(patience).map_err(|error| {
            given_up.store(true, Ordering::Release);
            match error {
                RecvTimeoutError::Timeout => CollectError::Slow(patience),
                RecvTimeoutError::Disconnected => CollectError::Ended,
            }
        })
    }

    #[cfg(test)]
    pub(super) fn is_running(&self) -> bool {
        self.running.strong_count() > 0
    }
}

/// Asks every gauge. Callbacks of one gauge observe into the same series.
fn ask(observers: &[Arc<Observer>], given_up: &AtomicBool) -> Reading {
    let mut reading = Reading::default();
    let mut gauges: BTreeMap<&str, Observed> = BTreeMap::new();
    for observer in observers {
        if given_up.load(Ordering::Acquire) {
            return reading;
        }
        let observed = gauges.entry(&observer.metric).or_default();
        OBSERVING.set(true);
        let result = catch_unwind(AssertUnwindSafe(|| (observer.observe)(observed)));
        OBSERVING.set(false);
        if let Err(payload) = result {
            reading.leave_out(&observer.metric, Fault::Panicked);
            // Dropping what was thrown could panic again, and nothing would catch that.
            std::mem::forget(payload);
        }
    }
    for (metric, observed) in gauges {
        observed.into_reading(metric, &mut reading);
    }
    reading
}
