//! How far another backend has the frozen days.

use jiff::civil::Date;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::Reader;
use crate::error::Error;
use crate::store::key::{date, days};

const LAST: &str = "SELECT day FROM pushed WHERE contract = ?";
const NOTE: &str = "INSERT INTO pushed (contract, day) VALUES (?, ?) \
    ON CONFLICT (contract) DO UPDATE SET day = excluded.day";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[LAST, NOTE];

impl Reader {
    /// As [`Store::pushed`](crate::Store::pushed).
    ///
    /// Errors: the database cannot be read.
    pub fn pushed(&self, contract: &str) -> Result<Option<Date>, Error> {
        let day = self.reading(|transaction, form| {
            if !form.has_figures() {
                return Ok(None);
            }
            let mut select = transaction.prepare_cached(LAST)?;
            select.query_row([contract], |row| row.get(0)).optional()
        })?;
        Ok(day.and_then(date))
    }
}

/// Notes the newest day that the backend has.
pub(super) fn note(
    transaction: &Transaction<'_>,
    contract: &str,
    day: Date,
) -> rusqlite::Result<()> {
    transaction.prepare_cached(NOTE)?.execute(params![contract, days(day)])?;
    Ok(())
}
