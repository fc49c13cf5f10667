//! What the writer knows of the database, for whoever asks meanwhile.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The state after the last transaction. Each figure stands alone, so nothing is ordered by it.
#[derive(Debug, Default)]
pub(super) struct Status {
    used: AtomicU64,
    failing: AtomicBool,
    gone: AtomicBool,
}

impl Status {
    /// Bytes of the pages that hold something.
    pub(super) fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Notes how much holds something.
    pub(super) fn use_bytes(&self, bytes: u64) {
        self.used.store(bytes, Ordering::Relaxed);
    }

    /// Whether there is a writer, and its last transaction was committed.
    pub(super) fn works(&self) -> bool {
        !self.failing.load(Ordering::Relaxed) && !self.gone.load(Ordering::Relaxed)
    }

    /// Notes what became of a transaction, and gives what became of the one before.
    pub(super) fn fail(&self, failing: bool) -> bool {
        self.failing.swap(failing, Ordering::Relaxed)
    }

    /// Whether the last transaction failed.
    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::Relaxed)
    }

    /// Notes that nobody writes any more.
    pub(super) fn go(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}
