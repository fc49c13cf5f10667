//! When a day is frozen, and what a step of it did.

use jiff::Timestamp;
use jiff::civil::Date;

use super::InstanceKey;
use super::key::{date, days};
use crate::clock::day;

/// Days after which a day is frozen: at the beginning of the second one after it, so that reports have a whole day to
/// come.
const CLOSES: i64 = 2;

/// What a step of freezing did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Froze {
    /// Reports that were counted.
    pub counted: u64,
    /// Reports that cannot be read, and that are not counted.
    pub damaged: u64,
    /// The day that was frozen, if it was.
    pub frozen: Option<Date>,
    /// Days that are closed and not frozen yet.
    pub due: u64,
    /// Whether another step has something to do.
    pub more: bool,
    /// Whether the clock is not believed yet, so that nothing was done.
    pub doubted: bool,
}

impl Froze {
    /// What is left to do when it is counted so far.
    pub(super) fn left(self, at: &Counted, now: Timestamp) -> Self {
        let due = closed_since(days(at.day), day(now));
        Self { due, more: due > 0, ..self }
    }
}

/// Days behind `newest` that are closed.
pub(crate) fn closed_days_behind(newest: Date, today: Date) -> u64 {
    closed_since(days(newest) + 1, today)
}

/// Days from that one on that are closed.
fn closed_since(first: i64, today: Date) -> u64 {
    (closed(today) - first + 1).max(0).unsigned_abs()
}

/// The last day that is closed.
fn closed(today: Date) -> i64 {
    days(today) - CLOSES
}

/// Up to where the reports of an application are counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    /// The day whose reports are counted: all days before are frozen.
    pub(super) day: Date,
    /// Which of them was the last: its version and its instance.
    pub(super) last: Option<(String, InstanceKey)>,
}

impl Counted {
    /// Nothing of a day.
    pub(super) fn before(day: Date) -> Self {
        Self { day, last: None }
    }

    /// Nothing of the day after it.
    pub(super) fn next(&self) -> Self {
        Self::before(date(days(self.day) + 1).unwrap_or(Date::MAX))
    }

    /// Whether the day is closed.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        days(self.day) <= closed(day(now))
    }

    /// The versions of which reports of the day are not counted, each with the last one that is, in the order of `versions`.
    ///
    /// Where the version that was counted last is not known any more, all are counted again, which changes nothing.
    pub(super) fn open<'v>(
        &self,
        versions: &'v [String],
    ) -> impl Iterator<Item = (&'v str, Option<InstanceKey>)> {
        let last = self.last.clone();
        let at = last.as_ref().and_then(|(last, _)| versions.iter().position(|v| v == last));
        versions.iter().enumerate().skip(at.unwrap_or(0)).map(move |(index, version)| {
            let behind = last.as_ref().filter(|_| at == Some(index));
            (version.as_str(), behind.map(|(_, instance)| *instance))
        })
    }
}
