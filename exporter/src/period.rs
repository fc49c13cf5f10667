//! The period that a report is for. Its bounds are the only times that travel.

use headcount_contract::{Covers, Header, Reason};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use uuid::Uuid;

/// A day, and the time that stands on its points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    date: Date,
    /// In nanoseconds since the Unix epoch.
    time: u64,
    /// Whole hours from then until the report is made.
    hours_later: u16,
}

/// A clock that no report can be dated by: before 1970, or later than OTLP's nanoseconds reach.
#[derive(Debug, thiserror::Error)]
#[error("expected a time between the years 1970 and 2554, the clock shows another")]
pub(crate) struct ImpossibleTime;

impl Period {
    /// The period of a report for this day that is made at `now`: a finished UTC day, whose figures
    /// stand at the midnight after it, or the running one, up to the whole second.
    pub(crate) fn for_day(
        covers: Covers,
        day: Date,
        now: Timestamp,
    ) -> Result<Self, ImpossibleTime> {
        let stands = Self::stands(covers, day, now).map_err(|_| ImpossibleTime)?;
        let time = u64::try_from(stands.as_nanosecond()).map_err(|_| ImpossibleTime)?;
        let hours = (now.as_second() - stands.as_second()) / 3_600;
        let hours_later = u16::try_from(hours.max(0)).unwrap_or(u16::MAX);
        Ok(Self { date: day, time, hours_later })
    }

    fn stands(covers: Covers, day: Date, now: Timestamp) -> Result<Timestamp, jiff::Error> {
        match covers {
            Covers::PreviousDay => {
                Ok(day.checked_add(1.day())?.to_zoned(TimeZone::UTC)?.timestamp())
            }
            Covers::Now => Timestamp::from_second(now.as_second()),
        }
    }

    /// The same, where a report for it was made already: what is made now has a greater id, also within the hour.
    pub(crate) fn after(self, report_id: &str) -> Self {
        let made = Uuid::try_parse(report_id).ok().map(Uuid::into_bytes);
        let hour = made.map_or(0, |made| u16::from_be_bytes([made[6] & 0x0f, made[7]]));
        Self { hours_later: self.hours_later.max(hour.saturating_add(1)), ..self }
    }

    /// The header of a report for the period.
    pub(crate) fn header(self, random: [u8; 8], reason: Reason) -> Header {
        let report_id = Header::report_id_at(self.time, self.hours_later, random);
        Header { report_id, date: self.date, time_unix_nano: self.time, reason, dropped: 0 }
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::schedule::{covered, day_of};

    fn made_at(covers: Covers, now: Timestamp) -> Result<Period, ImpossibleTime> {
        Period::for_day(covers, covered(covers, day_of(now)), now)
    }

    fn period(covers: Covers, time: &str) -> (String, String) {
        let now: Timestamp = time.parse().expect("an RFC 3339 time");
        let period = made_at(covers, now).expect("a possible time");
        let time = Timestamp::from_nanosecond(period.time.into()).expect("a possible time");
        (period.date.to_string(), time.to_string())
    }

    #[test]
    fn a_report_for_the_day_before_stands_at_its_end() {
        let expected = ("2026-02-28".to_owned(), "2026-03-01T00:00:00Z".to_owned());
        assert_eq!(period(Covers::PreviousDay, "2026-03-01T00:00:00Z"), expected);
        assert_eq!(period(Covers::PreviousDay, "2026-03-01T23:59:59.999999999Z"), expected);
    }

    #[test]
    fn of_two_reports_for_one_day_the_later_has_the_greater_id() {
        let id = |time: &str, random| {
            let now: Timestamp = time.parse().expect("an RFC 3339 time");
            let period = made_at(Covers::PreviousDay, now).expect("a possible time");
            period.header([random; 8], Reason::Daily).report_id
        };
        assert!(id("2026-03-01T01:30:00Z", 255) < id("2026-03-01T09:30:00Z", 0));
    }

    #[test]
    fn a_report_for_now_stands_at_the_whole_second() {
        let expected = ("2026-03-01".to_owned(), "2026-03-01T09:30:07Z".to_owned());
        assert_eq!(period(Covers::Now, "2026-03-01T09:30:07.987654321Z"), expected);
    }

    #[test]
    fn the_header_holds_the_bound_in_nanoseconds() {
        let now = Timestamp::new(86_400 + 7, 123).expect("a time");
        let period = made_at(Covers::PreviousDay, now).expect("a possible time");
        let header = period.header([7; 8], Reason::Backfill);
        assert_eq!(header.time_unix_nano, 86_400_000_000_000);
        assert_eq!(header.date.to_string(), "1970-01-01");
    }

    #[test]
    fn a_clock_before_1970_makes_no_report() {
        let now = Timestamp::UNIX_EPOCH - SignedDuration::from_hours(25);
        for covers in [Covers::PreviousDay, Covers::Now] {
            let error = made_at(covers, now).expect_err("before 1970");
            assert!(error.to_string().contains("1970"), "{error}");
        }
    }

    #[test]
    fn a_clock_beyond_the_reach_of_nanoseconds_makes_no_report() {
        let last = Timestamp::from_nanosecond(u64::MAX.into()).expect("a time");
        let years = SignedDuration::from_hours(600 * 366 * 24);
        for covers in [Covers::PreviousDay, Covers::Now] {
            assert!(made_at(covers, last).is_ok());
            for now in [last + SignedDuration::from_hours(25), Timestamp::UNIX_EPOCH + years] {
                let error = made_at(covers, now).expect_err("after 2554");
                assert!(error.to_string().contains("2554"), "{error}");
            }
        }
    }
}
