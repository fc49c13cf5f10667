//! A report as columns.

use headcount_contract::Part;
use jiff::Timestamp;
use rusqlite::types::{FromSqlError, Type};

use super::schema::{COUNTS, FORWARDS, OLDEST, SEALED};
use crate::error::{Error, Kind};
use crate::store::key::{bound, date};
use crate::store::{Derived, InstanceKey, Row, Seal, StoredKey};

/// How reports are kept in a database: since version 3 they are sealed, and what the receiver adds is with them.
#[derive(Clone, Copy)]
pub(super) struct Form<'s> {
    /// What [`Form::read`] reads.
    pub(super) columns: &'static str,
    /// Whether erasures are remembered: since version 2.
    pub(super) has_erasures: bool,
    /// Whether there is an outbox: since version 4.
    pub(super) has_outbox: bool,
    /// Whether there are figures: since version 5.
    pub(super) has_figures: bool,
    seal: Option<&'s Seal>,
}

impl<'s> Form<'s> {
    /// That of a database of a version.
    pub(super) fn of(version: i64, seal: &'s Seal) -> Self {
        if version < SEALED {
            let columns = "contract, version, date, instance, part, NULL, NULL";
            let has_erasures = version > OLDEST;
            let (has_outbox, has_figures) = (false, false);
            return Self { columns, has_erasures, has_outbox, has_figures, seal: None };
        }
        let (has_outbox, has_figures) = (version >= FORWARDS, version >= COUNTS);
        Self { has_outbox, has_figures, ..Self::newest(seal) }
    }

    /// That of a database that is up to date.
    pub(super) fn newest(seal: &'s Seal) -> Self {
        let columns = "contract, version, date, instance, part, received_at, source";
        let seal = Some(seal);
        Self { columns, has_erasures: true, has_outbox: true, has_figures: true, seal }
    }

    /// Whether reports are sealed, and there is a list of instances.
    pub(super) fn is_sealed(&self) -> bool {
        self.seal.is_some()
    }

    /// Reads a row.
    pub(super) fn read(&self, row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
        let key = key(row)?;
        let stored = row.get_ref(4)?.as_blob().map_err(|_| wrong(4, Type::Blob))?;
        let part = match self.seal {
            Some(seal) => open(&key, stored, seal).and_then(|stored| part(&key, &stored)),
            None => part(&key, stored),
        };
        Ok(Row { derived: derived(row, 5)?, part, key })
    }
}

/// Reads `contract, version, date, instance`.
pub(super) fn key(row: &rusqlite::Row<'_>) -> rusqlite::Result<StoredKey> {
    Ok(StoredKey {
        contract: row.get(0)?,
        version: row.get(1)?,
        date: date(row.get(2)?).ok_or_else(|| wrong(2, Type::Integer))?,
        instance: InstanceKey::new(row.get(3)?),
    })
}

/// Reads `received_at, source` from that column on.
pub(super) fn derived(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<Derived> {
    let received_at = row.get::<_, Option<i64>>(column)?;
    let received_at = received_at.and_then(|second| Timestamp::from_second(second).ok());
    Ok(Derived { received_at, source: row.get(column + 1)? })
}

/// Seals a report for its row.
pub(super) fn seal(key: &StoredKey, report: &[u8], seal: &Seal) -> rusqlite::Result<Vec<u8>> {
    let sealed = seal.seal(&bound(key), report);
    sealed.map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// Opens a stored report. What is wrong with it is told with the report's key.
pub(super) fn open(key: &StoredKey, stored: &[u8], seal: &Seal) -> Result<Vec<u8>, Error> {
    seal.open(&bound(key), stored).map_err(|error| damaged(key, error.to_string()))
}

/// Reads a report that is open.
pub(super) fn part(key: &StoredKey, bytes: &[u8]) -> Result<Part, Error> {
    let part = Part::decode(bytes).map_err(|error| damaged(key, error.to_string()))?;
    if part.date() == key.date {
        Ok(part)
    } else {
        Err(damaged(key, "its date is another".to_owned()))
    }
}

pub(super) fn damaged(key: &StoredKey, reason: String) -> Error {
    Kind::Damaged { key: Box::new(key.clone()), reason }.into()
}

fn wrong(column: usize, kind: Type) -> rusqlite::Error {
    let source = Box::new(FromSqlError::OutOfRange(0));
    rusqlite::Error::FromSqlConversionFailure(column, kind, source)
}
