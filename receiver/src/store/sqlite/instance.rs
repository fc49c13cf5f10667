//! Reading what is held about one instance.

use rusqlite::{OptionalExtension as _, params};

use super::days::Days;
use super::{Reader, erasing, row};
use crate::error::Error;
use crate::store::{InstanceKey, PAGE_BYTES, Row, StoredKey, Tombstone};

const SELECT: &str = "SELECT contract, version, date, instance, part, length(part) FROM report \
    WHERE contract = ? AND version = ? AND date = ? AND instance = ?";

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
        let mut read = || {
            let (mut rows, mut bytes) = (Vec::new(), 0);
            while rows.len() < most && bytes < PAGE_BYTES {
                let Some((version, date)) = days.next(&self.connection)? else { break };
                let values = params![contract, version, row::days(date), instance.as_bytes()];
                let mut statement = self.connection.prepare_cached(SELECT)?;
                let sized = |row: &rusqlite::Row<'_>| Ok((row::read(row)?, row.get::<_, i64>(5)?));
                if let Some((row, length)) = statement.query_row(values, sized).optional()? {
                    bytes += usize::try_from(length).unwrap_or(usize::MAX);
                    rows.push(row);
                }
            }
            Ok(rows)
        };
        read().map_err(|error| self.database.explain(&error))
    }

    /// As [`Store::tombstone`](crate::Store::tombstone).
    pub fn tombstone(&self, instance: &InstanceKey) -> Result<Option<Tombstone>, Error> {
        let read = erasing::tombstone(&self.connection, instance);
        read.map_err(|error| self.database.explain(&error))
    }
}
