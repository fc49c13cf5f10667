//! Tells the operator that points are rejected: now and then, and never what a client wrote.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Between two warnings for the same reason: 1 min, so that a wrong sender does not fill the log.
const PAUSE: Duration = Duration::from_mins(1);

const HOUR: Duration = Duration::from_hours(1);

/// What was warned of, by the reason's label.
#[derive(Debug, Default)]
pub(crate) struct Warnings(Mutex<BTreeMap<&'static str, Warned>>);

#[derive(Debug)]
struct Warned {
    at: Instant,
    /// Points that were rejected since then.
    since: u64,
}

impl Warnings {
    /// Warns of points that were rejected now. `contract` is the label of the one
    /// that other points of the request were accepted for, if any.
    pub(crate) fn rejected(&self, reason: &'static str, contract: Option<&str>, points: u64) {
        if let Some(points) = self.due(reason, points, Instant::now()) {
            tracing::warn!(reason, contract, points, "rejected data points; their sender is told");
        }
    }

    /// The points to warn of, if it is time to.
    fn due(&self, reason: &'static str, points: u64, now: Instant) -> Option<u64> {
        let mut warned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = match warned.get_mut(reason) {
            Some(warned) if now.saturating_duration_since(warned.at) < PAUSE => {
                warned.since += points;
                return None;
            }
            Some(warned) => warned.since,
            None => 0,
        };
        warned.insert(reason, Warned { at: now, since: 0 });
        Some(since + points)
    }
}

/// Lets something be told once an hour.
#[derive(Debug, Default)]
pub(crate) struct Hourly(Mutex<Option<Instant>>);

impl Hourly {
    /// Whether it is time to.
    pub(crate) fn due(&self, now: Instant) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = told.is_none_or(|told| now.saturating_duration_since(told) >= HOUR);
        if due {
            *told = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_once_a_minute_with_all_its_points() {
        let (warnings, start) = (Warnings::default(), Instant::now());
        let due = |reason, points, seconds| {
            warnings.due(reason, points, start + Duration::from_secs(seconds))
        };
        assert_eq!(due("unlisted", 3, 0), Some(3));
        assert_eq!(due("unlisted", 4, 59), None);
        assert_eq!(due("kind", 1, 59), Some(1));
        assert_eq!(due("unlisted", 5, 60), Some(9));
        assert_eq!(due("unlisted", 1, 61), None);
    }

    #[test]
    fn what_is_told_hourly_is_told_at_first_and_after_an_hour() {
        let (hourly, start) = (Hourly::default(), Instant::now());
        let due = [0, 1, 3_599, 3_600, 3_601].map(|s| hourly.due(start + Duration::from_secs(s)));
        assert_eq!(due, [true, false, false, true, false]);
    }
}
