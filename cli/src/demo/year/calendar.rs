//! What day it is in the world: what the receiver takes for the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use headcount_receiver::Clock;
use jiff::Timestamp;
use jiff::civil::{Date, time};
use jiff::tz::TimeZone;

/// The world's calendar. Clones show the same day.
#[derive(Clone, Debug)]
pub(super) struct Calendar {
    /// Seconds since 1970.
    now: Arc<AtomicI64>,
}

/// Says that the time is everybody's.
const OURS: i64 = i64::MIN;

impl Calendar {
    /// A calendar that shows this day.
    pub(super) fn at(day: Date) -> Self {
        let calendar = Self { now: Arc::default() };
        calendar.turn_to(day);
        calendar
    }

    /// Goes on to the last minute of a day, when all of its reports are made.
    pub(super) fn turn_to(&self, day: Date) {
        let evening = day.to_datetime(time(23, 59, 0, 0)).to_zoned(TimeZone::UTC);
        let evening = evening.map_or(0, |evening| evening.timestamp().as_second());
        self.now.store(evening, Ordering::Release);
    }

    /// From now on the time is that of the machine.
    pub(super) fn follow_the_clock(&self) {
        self.now.store(OURS, Ordering::Release);
    }

    /// The clock of a receiver in this world.
    pub(super) fn clock(&self) -> Clock {
        let now = self.now.clone();
        Clock::new(move || match now.load(Ordering::Acquire) {
            OURS => Timestamp::now(),
            seconds => Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_clock_shows_the_day_that_it_is() {
        let calendar = Calendar::at(date(2026, 2, 28));
        let clock = calendar.clock();
        assert_eq!(clock.today(), date(2026, 2, 28));
        calendar.turn_to(date(2026, 3, 1));
        assert_eq!(clock.today(), date(2026, 3, 1));
        calendar.follow_the_clock();
        let before = Timestamp::now();
        let now = clock.now();
        assert!((before..=Timestamp::now()).contains(&now));
    }
}
