//! How full the store may become.

use std::time::Duration;

use crate::refusal::Refusal;
use crate::warnings::Hourly;

/// What a client is asked to wait where there is no room: what is deleted every hour may make some.
const WAIT: Duration = Duration::from_hours(1);

/// The bytes that the store may take. New instances are turned away first, so that those who report already can go on.
#[derive(Debug)]
pub(super) struct Quota {
    bytes: u64,
    told: Hourly,
}

/// Whom there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// For everybody.
    All,
    /// For instances that are known.
    Known,
    /// For nobody.
    None,
}

impl Quota {
    pub(super) fn new(bytes: u64) -> Self {
        Self { bytes, told: Hourly::default() }
    }

    /// Whom there is room for in a store that takes so many bytes.
    pub(super) fn room(&self, stored: u64) -> Room {
        if stored >= self.bytes {
            Room::None
        } else if stored >= self.bytes - self.bytes / 10 {
            Room::Known
        } else {
            Room::All
        }
    }

    /// The refusal of a request that there is no room for. The operator is told, too, once an hour.
    pub(super) fn refuse(&self, stored: u64) -> Refusal {
        if self.told.due(std::time::Instant::now()) {
            let quota = self.bytes;
            tracing::warn!(stored, quota, "the store has no room for all: reports are put off");
        }
        Refusal::Full(WAIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_nine_tenths_on_only_known_instances_have_room_and_from_all_on_nobody() {
        for (quota, known) in [(1_000, 900), (8 << 30, 7_730_941_133), (5, 5), (1, 1)] {
            let room = |stored| Quota::new(quota).room(stored);
            assert_eq!(room(known - 1), Room::All, "{quota}");
            if known < quota {
                assert_eq!((room(known), room(quota - 1)), (Room::Known, Room::Known), "{quota}");
            }
            assert_eq!((room(quota), room(u64::MAX)), (Room::None, Room::None), "{quota}");
        }
    }
}
