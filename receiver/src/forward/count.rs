//! What became of what was to be forwarded.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Counts since the start. Each stands alone, so nothing is ordered by them.
#[derive(Debug, Default)]
pub(crate) struct Count {
    forwarded: AtomicU64,
    refused: AtomicU64,
    unreadable: AtomicU64,
    rejected: AtomicU64,
    failing: AtomicBool,
}

/// The counts of one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Parts that the backend has.
    pub(crate) forwarded: u64,
    /// Parts that it will never take.
    pub(crate) refused: u64,
    /// Parts that are damaged, or of contracts that are not known any more.
    pub(crate) unreadable: u64,
    /// Points of what it has that it will not take.
    pub(crate) rejected: u64,
    /// Whether it could not be reached when it was last tried.
    pub(crate) failing: bool,
}

impl Count {
    pub(super) fn forward(&self, rejected: u64) {
        self.forwarded.fetch_add(1, Ordering::Relaxed);
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
        let Self { forwarded, refused, unreadable, rejected, failing } = self;
        let [forwarded, refused, unreadable, rejected] =
            [forwarded, refused, unreadable, rejected].map(|count| count.load(Ordering::Relaxed));
        Counted {
            forwarded,
            refused,
            unreadable,
            rejected,
            failing: failing.load(Ordering::Relaxed),
        }
    }
}
