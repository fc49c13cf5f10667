//! What waits to be forwarded.

use headcount_contract::{Merged, Part};

use super::StoredKey;
use crate::error::Error;

/// A part that waits to be forwarded, as it came.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// Its number, which nothing else that ever waited has; those that came later have greater ones.
    pub id: u64,
    /// Which report it is of.
    pub key: StoredKey,
    /// What came, or why it cannot be read.
    pub part: Result<Part, Error>,
}

/// How much waits to be forwarded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Parts.
    pub parts: u64,
    /// Their bytes, as they are stored.
    pub bytes: u64,
    /// Parts that had to go since the store was opened, because others came and there was no more room.
    pub displaced: u64,
}

/// Leaves of a part that came only what was accepted, by what became of it and of its report.
pub(super) fn accepted(came: &mut Part, became: &Merged, report: Option<&Part>) {
    if let (true, Some(report)) = (became.refused > 0, report) {
        came.retain_known(report);
    }
}
