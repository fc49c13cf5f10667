//! Which instances are known.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use crate::store::key::{date, days};
use crate::store::seen::Seen;
use crate::store::{InstanceKey, StoredKey};

const SELECT: &str = "SELECT first, last FROM instance WHERE instance = ?";
const UPSERT: &str = "INSERT INTO instance (instance, contract, first, last) VALUES (?, ?, ?, ?) \
    ON CONFLICT (instance) DO UPDATE SET first = excluded.first, last = excluded.last";
const DELETE: &str = "DELETE FROM instance WHERE instance = ?";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[SELECT, UPSERT, DELETE];

/// The days on which an instance was heard of, if it ever was.
pub(super) fn seen(
    connection: &Connection,
    instance: &InstanceKey,
) -> rusqlite::Result<Option<Seen>> {
    let read = |row: &rusqlite::Row<'_>| {
        let day = |column| row.get(column).map(|days| date(days).unwrap_or(Date::MIN));
        Ok(Seen { first: day(0)?, last: day(1)? })
    };
    connection.prepare_cached(SELECT)?.query_row([instance.as_bytes()], read).optional()
}

/// Whose instance it is, if it is known.
pub(super) fn contract(
    connection: &Connection,
    instance: &InstanceKey,
) -> rusqlite::Result<Option<String>> {
    let contract = "SELECT contract FROM instance WHERE instance = ?";
    let mut select = connection.prepare_cached(contract)?;
    select.query_row([instance.as_bytes()], |row| row.get(0)).optional()
}

/// Writes down exactly when an instance was heard of.
pub(super) fn correct(
    transaction: &Transaction<'_>,
    instance: &InstanceKey,
    Seen { first, last }: Seen,
) -> rusqlite::Result<()> {
    let update = "UPDATE instance SET first = ?, last = ? WHERE instance = ?";
    let values = params![days(first), days(last), instance.as_bytes()];
    transaction.prepare_cached(update)?.execute(values)?;
    Ok(())
}

/// Forgets an instance of which nothing is left.
pub(super) fn forget(
    transaction: &Transaction<'_>,
    instance: &InstanceKey,
) -> rusqlite::Result<()> {
    transaction.prepare_cached(DELETE)?.execute([instance.as_bytes()])?;
    Ok(())
}

/// The instances of the reports that a transaction adds.
#[derive(Default)]
pub(super) struct Instances(BTreeMap<InstanceKey, Instance>);

struct Instance {
    contract: String,
    seen: Seen,
    /// Whether it is to be written.
    changed: bool,
}

impl Instances {
    /// Takes in that a report is new. Whether its instance is, too.
    pub(super) fn add(
        &mut self,
        transaction: &Transaction<'_>,
        key: &StoredKey,
    ) -> rusqlite::Result<bool> {
        if let Some(known) = self.0.get_mut(&key.instance) {
            known.changed |= known.seen.add(key.date);
            return Ok(false);
        }
        let held = seen(transaction, &key.instance)?;
        let mut seen = held.unwrap_or(Seen::on(key.date));
        let changed = seen.add(key.date) || held.is_none();
        let contract = key.contract.clone();
        self.0.insert(key.instance, Instance { contract, seen, changed });
        Ok(held.is_none())
    }

    /// Writes what changed.
    pub(super) fn write(self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        for (instance, Instance { contract, seen: Seen { first, last }, changed }) in self.0 {
            if changed {
                let values = params![instance.as_bytes(), contract, days(first), days(last)];
                transaction.prepare_cached(UPSERT)?.execute(values)?;
            }
        }
        Ok(())
    }
}
