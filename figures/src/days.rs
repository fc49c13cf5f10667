//! Days and months as numbers.

use jiff::civil::Date;
use jiff::{Span, ToSpan as _, Unit};

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days since 1970-01-01.
pub(crate) fn days(date: Date) -> i64 {
    let span = EPOCH.until((Unit::Day, date)).expect("civil dates are less than a span apart");
    span.get_days().into()
}

/// The day of that number; none where there is no such day.
pub(crate) fn date(days: i64) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// So many days before.
pub(crate) fn before(date: Date, days: u32) -> Date {
    date.saturating_sub(i64::from(days).days())
}

/// The day after.
pub(crate) fn after(date: Date) -> Date {
    date.saturating_add(1.day())
}

/// The first day of its month.
pub(crate) fn month(date: Date) -> Date {
    date.first_of_month()
}

/// How many months lie between the first days of two.
pub(crate) fn months_between(from: Date, to: Date) -> i32 {
    let months = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
    months(to) - months(from)
}
