//! The days on which an instance was heard of.

use jiff::civil::Date;

use super::key::{date, days};

/// A new last day is written down when it is so many days after the one that is: an instance that reports every day would
/// else cost a second write each time.
const LAG: i64 = 7;

/// The days for which an instance reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// The first of them.
    pub(super) first: Date,
    /// The last of them, or one up to six days before it.
    pub(super) last: Date,
}

impl Seen {
    /// What one report says.
    pub(super) fn on(date: Date) -> Self {
        Self { first: date, last: date }
    }

    /// Takes another report's day in. Whether that is to be written down.
    pub(super) fn add(&mut self, date: Date) -> bool {
        if date < self.first {
            self.first = date;
            return true;
        }
        let later = days(date) >= days(self.last) + LAG;
        if later {
            self.last = date;
        }
        later
    }

    /// The day behind which there is certainly no report.
    pub(super) fn latest(self) -> Date {
        date(days(self.last) + LAG - 1).unwrap_or(Date::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_lags_less_than_a_week() {
        let day = |number| date(number).unwrap();
        let mut seen = Seen::on(day(100));
        let mut written = 0;
        for number in 101..=200 {
            written += u32::from(seen.add(day(number)));
            assert!(seen.last <= day(number) && day(number) <= seen.latest(), "day {number}");
        }
        assert_eq!(written, 14);
        assert!(!seen.add(day(150)));
        assert!(seen.add(day(99)));
        assert_eq!(seen.first, day(99));
    }
}
