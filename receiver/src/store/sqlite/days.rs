//! The versions and days of which there are reports: what finds the reports of one instance.
//!
//! An index by instance would cost every report that comes. So whoever asks for the reports of one instance looks
//! once for each version and day that there is.

use jiff::civil::Date;
use rusqlite::{Connection, params};

use crate::store::key;

const NEXT_VERSION: &str = "SELECT min(version) FROM report WHERE contract = ? AND version > ?";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[NEXT_VERSION, NEXT_DATE];
const NEXT_DATE: &str =
    "SELECT min(date) FROM report WHERE contract = ? AND version = ? AND date > ?";

/// Goes through the versions of a contract and their days, in order.
pub(super) struct Days<'c> {
    contract: &'c str,
    version: String,
    /// The day that was given last; before the first of a version, the smallest number.
    day: i64,
}

impl<'c> Days<'c> {
    /// From the first one on.
    pub(super) fn all(contract: &'c str) -> Self {
        // No version is empty.
        Self { contract, version: String::new(), day: i64::MAX }
    }

    /// From the first one behind a day of a version on.
    pub(super) fn behind(contract: &'c str, version: &str, date: Date) -> Self {
        Self { contract, version: version.to_owned(), day: key::days(date) }
    }

    /// The next version and day.
    pub(super) fn next(
        &mut self,
        connection: &Connection,
    ) -> rusqlite::Result<Option<(String, Date)>> {
        loop {
            let mut statement = connection.prepare_cached(NEXT_DATE)?;
            let values = params![self.contract, self.version, self.day];
            if let Some(day) = statement.query_row(values, |row| row.get(0))? {
                self.day = day;
                // A day that no report can have is damage, and nobody's.
                let Some(date) = key::date(day) else { continue };
                return Ok(Some((self.version.clone(), date)));
            }
            let Some(version) = next_version(connection, self.contract, &self.version)? else {
                return Ok(None);
            };
            (self.version, self.day) = (version, i64::MIN);
        }
    }
}

/// The first version of a contract behind that one.
pub(super) fn next_version(
    connection: &Connection,
    contract: &str,
    version: &str,
) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached(NEXT_VERSION)?;
    statement.query_row(params![contract, version], |row| row.get(0))
}
