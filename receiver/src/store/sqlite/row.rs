//! A report as columns.

use headcount_contract::Part;
use jiff::civil::Date;
use jiff::{Span, Unit};
use rusqlite::types::{FromSqlError, Type};

use crate::error::{Error, Kind};
use crate::store::{InstanceKey, Row, StoredKey};

const EPOCH: Date = Date::constant(1970, 1, 1);

/// Days since 1970-01-01.
pub(super) fn days(date: Date) -> i64 {
    let span = EPOCH.until((Unit::Day, date)).expect("civil dates are less than a span apart");
    span.get_days().into()
}

/// The day of that number; none where there is no such day.
pub(super) fn date(days: i64) -> Option<Date> {
    EPOCH.checked_add(Span::new().try_days(days).ok()?).ok()
}

/// Reads `contract, version, date, instance, part`.
pub(super) fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let wrong = |column, kind| {
        let source = Box::new(FromSqlError::OutOfRange(0));
        rusqlite::Error::FromSqlConversionFailure(column, kind, source)
    };
    let key = StoredKey {
        contract: row.get(0)?,
        version: row.get(1)?,
        date: date(row.get(2)?).ok_or_else(|| wrong(2, Type::Integer))?,
        instance: InstanceKey::new(row.get(3)?),
    };
    let part = part(&key, row.get_ref(4)?.as_blob().map_err(|_| wrong(4, Type::Blob))?);
    Ok((key, part))
}

/// Reads a stored part. What is wrong with it is told with the report's key.
pub(super) fn part(key: &StoredKey, bytes: &[u8]) -> Result<Part, Error> {
    let damaged = |reason: String| Kind::Damaged { key: Box::new(key.clone()), reason };
    let part = Part::decode(bytes).map_err(|error| damaged(error.to_string()))?;
    if part.date() == key.date {
        Ok(part)
    } else {
        Err(damaged("its date is another".to_owned()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_back_as_dates() {
        for (day, number) in [("1970-01-01", 0), ("2024-04-25", 19_838), ("1969-12-31", -1)] {
            let day: Date = day.parse().unwrap();
            assert_eq!(days(day), number);
            assert_eq!(date(number), Some(day));
        }
        for day in [Date::MIN, Date::MAX] {
            assert_eq!(date(days(day)), Some(day));
        }
        assert_eq!(date(i64::MAX), None);
    }
}
