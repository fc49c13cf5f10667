//! What tells stored reports apart.

use std::fmt;

use jiff::civil::Date;
use jiff::{Span, Unit};

/// What tells stored reports apart. Its order is the order in which they are listed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoredKey {
    /// The contract's name.
    pub contract: String,
    /// The contract's version.
    pub version: String,
    /// The UTC day that the report is for.
    pub date: Date,
    /// What stands for the instance.
    pub instance: InstanceKey,
}

/// What stands for an instance in a store: a code that only the receiver's secret makes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceKey([u8; 32]);

impl InstanceKey {
    /// The key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InstanceKey({self})")
    }
}

impl fmt::Display for StoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { contract, version, date, instance } = self;
        write!(f, "{contract}/{version} {date} {instance}")
    }
}

/// The key as bytes, of which no two keys have the same: each text with its length before it.
pub(super) fn bound(StoredKey { contract, version, date, instance }: &StoredKey) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64 + contract.len() + version.len());
    for text in [contract, version] {
        bytes.extend_from_slice(&(text.len() as u64).to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.extend_from_slice(&days(*date).to_be_bytes());
    bytes.extend_from_slice(instance.as_bytes());
    bytes
}

/// The same for what waits to be forwarded: a row of another table is another row.
pub(super) fn waiting(key: &StoredKey) -> Vec<u8> {
    [b"outbox".as_slice(), &bound(key)].concat()
}

/// A row of what is counted of an application, as bytes: of the ledger, with the instance; of the cells and of the frozen
/// days, with the number.
pub(super) fn counted(table: &str, contract: &str, row: &[u8]) -> Vec<u8> {
    let length = (contract.len() as u64).to_be_bytes();
    [table.as_bytes(), &length, contract.as_bytes(), row].concat()
}

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
