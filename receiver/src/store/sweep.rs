//! What is forgotten with time, and whose clock says so.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::key::{date, days};
use crate::clock::day;

/// How far ahead of the last sweep or step of freezing a clock is believed at once: 2 days. A receiver that stood still
/// for longer waits a day before it deletes or freezes.
const STEP_DAYS: i64 = 2;
/// How long a clock that jumped must go on from there before it is believed: a day.
const DOUBT: SignedDuration = SignedDuration::from_hours(24);

/// How long the reports of a contract are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The contract's name.
    pub contract: String,
    /// The contract's version.
    pub version: String,
    /// Days: a report for a day that is further back than so many is deleted.
    pub days: u32,
}

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Erasures that are remembered no longer.
    pub erasures: u64,
    /// Reports that were deleted since their contract keeps them no longer.
    pub reports: u64,
    /// Instances of which nothing is left.
    pub instances: u64,
    /// Parts of such reports that waited to be forwarded.
    pub waiting: u64,
    /// Whether another sweep has something to do.
    pub more: bool,
    /// Whether the clock is not believed yet, so that nothing was forgotten by it.
    pub doubted: bool,
}

impl Keep {
    /// The first day of which reports are kept.
    pub(super) fn first(&self, today: Date) -> Date {
        date(days(today) - i64::from(self.days)).unwrap_or(Date::MIN)
    }
}

/// How far the clock is believed. A clock that jumps must not delete what nobody can bring back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Trust {
    /// The latest moment that is believed to have passed.
    pub(super) believed: Option<Timestamp>,
    /// A clock that jumped: when it was first seen there, and when last.
    pub(super) doubted: Option<(Timestamp, Timestamp)>,
}

impl Trust {
    /// When something that happens now is remembered to have happened: a clock that went back must not have it forgotten
    /// as soon as it is set right.
    pub(super) fn moment(&self, now: Timestamp) -> Timestamp {
        self.believed.map_or(now, |believed| believed.max(now))
    }

    /// What a sweep, or a step of freezing, makes of the clock; whether it is believed.
    pub(super) fn hear(&mut self, now: Timestamp) -> bool {
        if self.believed.is_some_and(|believed| near(believed, now) || now <= believed) {
            // One that went back deletes nothing, and does not make the true one a jump.
            self.believed = self.believed.max(Some(now));
            self.doubted = None;
            return true;
        }
        match self.doubted {
            Some((first, last)) if last <= now && near(last, now) => {
                if now.duration_since(first) >= DOUBT {
                    *self = Self { believed: Some(now), doubted: None };
                    return true;
                }
                self.doubted = Some((first, now));
            }
            _ => self.doubted = Some((now, now)),
        }
        false
    }
}

/// Whether no more than the step lies between two moments, the later last.
fn near(before: Timestamp, now: Timestamp) -> bool {
    days(day(now)) - days(day(before)) <= STEP_DAYS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A clock that has been believed on that day.
    fn trusted() -> Trust {
        Trust { believed: Some(at("2026-11-21T12:00:00Z")), doubted: None }
    }

    #[test]
    fn a_clock_that_goes_on_is_believed() {
        let mut trust = trusted();
        for now in ["2026-11-21T13:00:00Z", "2026-11-22T00:00:00Z", "2026-11-24T23:00:00Z"] {
            assert!(trust.hear(at(now)), "{now}");
            assert_eq!(trust, Trust { believed: Some(at(now)), doubted: None });
        }
    }

    #[test]
    fn a_jump_is_believed_after_a_day_on_which_the_clock_goes_on() {
        let mut trust = trusted();
        for now in ["2036-01-01T00:00:00Z", "2036-01-01T01:00:00Z", "2036-01-01T23:59:59Z"] {
            assert!(!trust.hear(at(now)), "{now}");
        }
        let mut restarted = trust;
        assert!(!restarted.hear(at("2046-01-01T00:00:00Z")), "another jump begins another doubt");
        assert!(!restarted.hear(at("2046-01-01T23:00:00Z")));
        assert!(trust.hear(at("2036-01-02T00:00:00Z")));
        assert!(trust.hear(at("2036-01-02T01:00:00Z")));
    }

    #[test]
    fn a_jump_that_is_taken_back_leaves_nothing_behind() {
        let mut trust = trusted();
        assert!(!trust.hear(at("2036-01-01T00:00:00Z")));
        assert!(trust.hear(at("2026-11-21T13:00:00Z")));
        assert_eq!(trust.doubted, None);
        assert!(!trust.hear(at("2036-01-01T20:00:00Z")));
        assert!(!trust.hear(at("2036-01-02T10:00:00Z")), "the first day counts anew");
    }

    #[test]
    fn a_clock_that_goes_back_forgets_nothing_and_its_return_is_no_jump() {
        let mut trust = trusted();
        assert!(trust.hear(at("1970-01-01T00:00:00Z")));
        assert_eq!(trust, trusted());
        assert!(trust.hear(at("2026-11-22T00:00:00Z")));
    }

    #[test]
    fn what_happens_while_the_clock_is_behind_is_no_older_than_what_is_believed() {
        let (before, after) = (at("1970-01-01T00:00:00Z"), at("2026-11-22T00:00:00Z"));
        assert_eq!(trusted().moment(before), at("2026-11-21T12:00:00Z"));
        assert_eq!(trusted().moment(after), after);
        assert_eq!(Trust::default().moment(before), before);
    }

    #[test]
    fn a_new_store_believes_no_clock_yet() {
        let mut trust = Trust::default();
        assert!(!trust.hear(at("2026-11-21T12:00:00Z")));
        assert!(!trust.hear(at("2026-11-22T11:00:00Z")));
        assert!(trust.hear(at("2026-11-22T12:00:00Z")));
    }
}
