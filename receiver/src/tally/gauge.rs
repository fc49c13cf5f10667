//! How many there are of something now.

use std::sync::atomic::{AtomicU64, Ordering};

/// A number that whoever is counted in it holds up.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicU64);

/// One, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held<'g>(&'g Gauge);

impl Gauge {
    /// Counts one more, for as long as what is returned lives.
    pub(crate) fn hold(&self) -> Held<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(self)
    }

    /// How many there are.
    pub(crate) fn now(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
