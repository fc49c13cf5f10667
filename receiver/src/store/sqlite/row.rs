//! A report as columns.

use headcount_contract::Part;
use jiff::Timestamp;
use rusqlite::types::{FromSqlError, Type};

use super::schema::{COUNTS, FORWARDS, OLDEST, SEALED, VERSION};
use crate::error::{Error, Kind};
use crate::store::key::{bound, date};
use crate::store::{Derived, InstanceKey, Row, Seal, StoredKey};

/// How reports are kept in a database, and what else is: its version says so.
#[derive(Clone, Copy)]
pub(super) struct Form<'s> {
    version: i64,
    seal: &'s Seal,
}

impl<'s> Form<'s> {
    /// That of a database of a version.
    pub(super) fn of(version: i64, seal: &'s Seal) -> Self {
        Self { version, seal }
    }

    /// That of a database that is up to date.
    pub(super) fn newest(seal: &'s Seal) -> Self {
        Self::of(VERSION, seal)
    }

    /// What [`Form::read`] reads.
    pub(super) fn columns(&self) -> &'static str {
        if self.is_sealed() {
            "contract, version, date, instance, part, received_at, source"
        } else {
            "contract, version, date, instance, part, NULL, NULL"
        }
    }

    /// Whether erasures are remembered.
    pub(super) fn has_erasures(&self) -> bool {
        self.version > OLDEST
    }

    /// Whether reports are sealed, what the receiver adds is with them, and there is a list of instances.
    pub(super) fn is_sealed(&self) -> bool {
        self.version >= SEALED
    }

    /// Whether there is an outbox.
    pub(super) fn has_outbox(&self) -> bool {
        self.version >= FORWARDS
    }

    /// Whether there are figures.
    pub(super) fn has_figures(&self) -> bool {
        self.version >= COUNTS
    }

    /// Reads a row.
    pub(super) fn read(&self, row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
        let key = key(row)?;
        let stored = row.get_ref(4)?.as_blob().map_err(|_| wrong(4, Type::Blob))?;
        let part = if self.is_sealed() {
            open(&key, stored, self.seal).and_then(|stored| part(&key, &stored))
        } else {
            part(&key, stored)
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
    seal.seal(&bound(key), report).map_err(unsealed)
}

/// What a transaction comes to where something cannot be sealed.
pub(super) fn unsealed(error: Error) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
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
