//! The days that can still be reported.

use std::ops::RangeInclusive;

use headcount_contract::Contract;
use jiff::civil::Date;
use jiff::{Span, Timestamp, tz::Offset};

/// A clock that shows an earlier day was never set: machines without a battery begin in 1970. It does not know what lies
/// ahead.
const NOT_SET_BEFORE: Date = Date::constant(2024, 1, 1);

/// How many days before today can still be reported: those that the contract makes up for, and yesterday.
pub(crate) fn open_days(contract: &Contract) -> u32 {
    contract.schedule().backfill.max(1)
}

/// The days of which values are taken: as far back as they can still be reported, and until tomorrow, since an application may
/// be ahead by its clock.
pub(crate) fn open(contract: &Contract, today: Date) -> RangeInclusive<Date> {
    let last = today.tomorrow().ok().filter(|_| today >= NOT_SET_BEFORE).unwrap_or(Date::MAX);
    first_open(contract, today)..=last
}

/// The first of them.
pub(crate) fn first_open(contract: &Contract, today: Date) -> Date {
    let days = Span::new().try_days(open_days(contract));
    days.map_or(Date::MIN, |days| today.saturating_sub(days))
}

/// The UTC day of a moment.
pub(crate) fn day_of(moment: Timestamp) -> Date {
    Offset::UTC.to_datetime(moment).date()
}

#[cfg(test)]
mod tests {
    use headcount_contract::Library;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_open_as_long_as_the_contract_makes_up_for_them() {
        let library = Library::built_in();
        let open = |label| open(library.find(label).expect("it ships"), date(2026, 11, 21));
        assert_eq!(open("openfn/2"), date(2026, 11, 11)..=date(2026, 11, 22));
        assert_eq!(open("manyfold/0.90"), date(2026, 11, 20)..=date(2026, 11, 22));
    }
}
