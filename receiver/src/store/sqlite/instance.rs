//! Reading what is held about one instance.

use rusqlite::{OptionalExtension as _, params};

use super::days::Days;
use super::{Reader, erasing};
use crate::error::Error;
use crate::store::key;
use crate::store::{InstanceKey, PAGE_BYTES, Row, StoredKey, Tombstone};

impl Reader {
    /// As [`Store::instance_page`](crate::Store::instance_page).
    pub fn instance_page(
        &self,
        contract: &str,
        instance: &InstanceKey,
        after: Option<&StoredKey>,
        most: usize,
    ) -> Result<Vec<Row>, Error> {
        let mut days = match after {
            Some(after) => Days::behind(contract, &after.version, after.date),
            None => Days::all(contract),
        };
        self.reading(|transaction, form| {
            let select = format!(
                "SELECT {}, length(part) FROM report \
                 WHERE contract = ? AND version = ? AND date = ? AND instance = ?",
                form.columns()
            );
            let (mut rows, mut bytes) = (Vec::new(), 0);
            while rows.len() < most && bytes < PAGE_BYTES {
                let Some((version, date)) = days.next(transaction)? else { break };
                let values = params![contract, version, key::days(date), instance.as_bytes()];
                let mut statement = transaction.prepare_cached(&select)?;
                let sized = |row: &rusqlite::Row<'_>| Ok((form.read(row)?, row.get::<_, i64>(7)?));
                if let Some((row, length)) = statement.query_row(values, sized).optional()? {
                    bytes += usize::try_from(length).unwrap_or(usize::MAX);
                    rows.push(row);
                }
            }
            Ok(rows)
        })
    }

    /// As [`Store::tombstone`](crate::Store::tombstone).
    pub fn tombstone(&self, instance: &InstanceKey) -> Result<Option<Tombstone>, Error> {
        let read = erasing::tombstone(&self.connection, instance);
        read.map_err(|error| self.database.explain(&error))
    }
}
