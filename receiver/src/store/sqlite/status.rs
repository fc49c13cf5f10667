//! What the writer knows of the database, for whoever asks meanwhile.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::metrics::Commits;
use crate::store::Outbox;
use crate::tally::{Gauge, Held};

/// The state after the last transaction. Each figure stands alone, so nothing is ordered by it.
#[derive(Debug, Default)]
pub(super) struct Status {
    used: AtomicU64,
    failing: AtomicBool,
    gone: AtomicBool,
    closing: AtomicBool,
    waiting: Gauge,
    forwarding: Forwarding,
    commits: OnceLock<Commits>,
}

/// What waits to be forwarded.
#[derive(Debug, Default)]
struct Forwarding {
    /// Bytes that may wait; none, nothing is forwarded.
    most: AtomicU64,
    parts: AtomicU64,
    bytes: AtomicU64,
    displaced: AtomicU64,
}

impl Status {
    /// Bytes that may wait to be forwarded; none, nothing is forwarded.
    pub(super) fn may_wait(&self) -> u64 {
        self.forwarding.most.load(Ordering::Relaxed)
    }

    /// Notes how many bytes may wait to be forwarded.
    pub(super) fn let_wait(&self, most: u64) {
        self.forwarding.most.store(most, Ordering::Relaxed);
    }

    /// How much waits to be forwarded.
    pub(super) fn outbox(&self) -> Outbox {
        let Forwarding { parts, bytes, displaced, .. } = &self.forwarding;
        let [parts, bytes, displaced] =
            [parts, bytes, displaced].map(|n| n.load(Ordering::Relaxed));
        Outbox { parts, bytes, displaced }
    }

    /// Notes how much waits to be forwarded, and how many parts had to go since that was noted last.
    pub(super) fn hold(&self, Outbox { parts, bytes, displaced }: Outbox) {
        self.forwarding.parts.store(parts, Ordering::Relaxed);
        self.forwarding.bytes.store(bytes, Ordering::Relaxed);
        self.forwarding.displaced.fetch_add(displaced, Ordering::Relaxed);
    }

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

    /// Counts a request that waits for its transaction, for as long as what is returned lives.
    pub(super) fn wait(&self) -> Held<'_> {
        self.waiting.hold()
    }

    /// Requests that wait for their transaction, those included that are in it.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.now()
    }

    /// From now on transactions are recorded, once.
    pub(super) fn observe(&self, commits: Commits) {
        // Whoever came first sees all of them.
        let _ = self.commits.set(commits);
    }

    /// Records a transaction of so many jobs.
    pub(super) fn record(&self, jobs: usize, committed: bool, took: Duration) {
        if let Some(commits) = self.commits.get() {
            commits.record(jobs, committed, took);
        }
    }

    /// Notes that the store is being closed.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Whether the store is being closed: whoever reads would hold the database open.
    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Notes that nobody writes any more.
    pub(super) fn go(&self) {
        self.gone.store(true, Ordering::Relaxed);
    }
}
