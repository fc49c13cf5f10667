//! What became of what was for a backend.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts since the start. Each stands alone, so nothing is ordered by them.
#[derive(Debug, Default)]
pub(crate) struct Count {
    taken: AtomicU64,
    refused: AtomicU64,
    unreadable: AtomicU64,
    rejected: AtomicU64,
    failing: AtomicBool,
}

/// The counts of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Requests, a part or a day each, that the backend has.
    pub(crate) taken: u64,
    /// Those that it will never take.
    pub(crate) refused: u64,
    /// Those that could not be made: parts that are damaged, or of contracts that are not known any more.
    pub(crate) unreadable: u64,
    /// Points of what it has that it will not take.
    pub(crate) rejected: u64,
    /// Whether it could not be reached when it was last tried.
    pub(crate) failing: bool,
}

impl Count {
    pub(super) fn take(&self, rejected: u64) {
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.rejected.fetch_add(rejected, Ordering::Relaxed);
    }

    pub(super) fn refuse(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn give_up(&self) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes whether the backend can be reached, and gives whether it could not before.
    pub(super) fn fail(&self, failing: bool) -> bool {
        self.failing.swap(failing, Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> Counted {
        let Self { taken, refused, unreadable, rejected, failing } = self;
        let [taken, refused, unreadable, rejected] =
            [taken, refused, unreadable, rejected].map(|count| count.load(Ordering::Relaxed));
        Counted { taken, refused, unreadable, rejected, failing: failing.load(Ordering::Relaxed) }
    }
}
