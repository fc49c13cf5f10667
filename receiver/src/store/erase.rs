//! What an instance asked to have erased, and how long that is remembered.

use headcount_contract::{Cutoff, Part};
use jiff::{SignedDuration, Timestamp};

use super::InstanceKey;

/// How long an erasure is remembered: 30 days. For so long a report that was sent before it, and that a Collector
/// held back, is not kept again; Collectors keep nothing for longer.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// An instance whose reports are to be erased, of every version and day up to the cutoff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erase {
    /// The contract's name.
    pub contract: String,
    /// What stands for the instance.
    pub instance: InstanceKey,
    /// Up to where.
    pub cutoff: Cutoff,
}

/// What an erasure did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Reports that are gone, or that lost what was before the cutoff.
    pub reports: u64,
    /// Whether the same had been asked for before, and is remembered.
    pub known: bool,
}

impl Erased {
    /// Whether nothing was known of the instance: neither reports nor an erasure that went as far.
    pub(crate) fn is_new(self) -> bool {
        self.reports == 0 && !self.known
    }
}

/// What stays of an erasure: up to where it went, and since when that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Up to where.
    pub cutoff: Cutoff,
    /// When it was last asked for.
    pub since: Timestamp,
}

impl Tombstone {
    /// Until when it is remembered: 30 days after it was last asked for.
    pub fn until(&self) -> Timestamp {
        self.since.checked_add(REMEMBERED).unwrap_or(Timestamp::MAX)
    }

    /// The tombstone after another erasure, and whether that one was known already.
    pub(super) fn after(held: Option<Self>, cutoff: &Cutoff, now: Timestamp) -> (Self, bool) {
        match held {
            None => (Self { cutoff: cutoff.clone(), since: now }, false),
            Some(mut held) => {
                let moved = held.cutoff.join(cutoff);
                held.since = held.since.max(now);
                (held, !moved)
            }
        }
    }
}

/// Tombstones since before then are forgotten.
pub(super) fn forgotten_before(now: Timestamp) -> Timestamp {
    now.checked_sub(REMEMBERED).unwrap_or(Timestamp::MIN)
}

/// Takes from a part what was erased before it came, and says how many points that were.
pub(super) fn late(part: &mut Part, tombstone: Option<&Tombstone>) -> u64 {
    tombstone.map_or(0, |tombstone| part.erase(&tombstone.cutoff))
}
