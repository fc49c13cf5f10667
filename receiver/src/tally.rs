//! What came and what became of it, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::front::Answer;
use crate::refusal::Refusal;

/// Counts since the start. A request's points are counted in one go, when it is answered.
#[derive(Debug, Default)]
pub struct Tally {
    answered: AtomicU64,
    refused: [AtomicU64; Refusal::LABELS.len()],
    sent: AtomicU64,
    accepted: AtomicU64,
    rejected: AtomicU64,
    duplicate: AtomicU64,
}

/// The counts of one moment. `accepted + rejected + duplicate = sent`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that were answered with success, full or partial.
    pub answered: u64,
    /// Requests that were refused, by [`Refusal::LABELS`].
    pub refused: [u64; Refusal::LABELS.len()],
    /// Data points of the answered requests.
    pub sent: u64,
    /// Points that were kept.
    pub accepted: u64,
    /// Points that were rejected.
    pub rejected: u64,
    /// Points that changed nothing.
    pub duplicate: u64,
}

impl Tally {
    pub(crate) fn answered(&self, answer: &Answer) {
        let add = |counter: &AtomicU64, amount| counter.fetch_add(amount, Ordering::Relaxed);
        add(&self.answered, 1);
        add(&self.sent, answer.sent);
        add(&self.accepted, answer.accepted());
        add(&self.rejected, answer.rejected);
        add(&self.duplicate, answer.duplicate);
    }

    pub(crate) fn refused(&self, refusal: &Refusal) {
        self.refused[refusal.index()].fetch_add(1, Ordering::Relaxed);
    }

    /// The counts now. While requests are being answered, single counts may be one request apart.
    pub fn counts(&self) -> Counts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            answered: read(&self.answered),
            refused: std::array::from_fn(|index| read(&self.refused[index])),
            sent: read(&self.sent),
            accepted: read(&self.accepted),
            rejected: read(&self.rejected),
            duplicate: read(&self.duplicate),
        }
    }
}
