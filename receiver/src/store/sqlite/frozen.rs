//! The days that are frozen.

use headcount_figures::{FrozenDay, Snapshot};
use jiff::civil::Date;
use rusqlite::{Connection, params};

use super::Reader;
use crate::error::{Error, Kind};
use crate::store::key::days;

const BEHIND: &str = "SELECT numbers FROM frozen WHERE contract = ? AND day > ? ORDER BY day";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[BEHIND];

impl Reader {
    /// As [`Store::snapshot`](crate::Store::snapshot).
    ///
    /// Errors: the database cannot be read, or a frozen day is damaged.
    pub fn snapshot(&self, contract: &str, behind: Option<Date>) -> Result<Snapshot, Error> {
        let read = self.reading(|transaction, form| {
            if form.has_figures { numbers(transaction, contract, behind) } else { Ok(Vec::new()) }
        });
        let day = |numbers: String| {
            serde_json::from_str(&numbers).map_err(|error| {
                let (what, reason) = ("a frozen day".to_owned(), error.to_string());
                Kind::DamagedFigures { contract: contract.to_owned(), what, reason }.into()
            })
        };
        let days = read?.into_iter().map(day).collect::<Result<Vec<FrozenDay>, Error>>()?;
        Ok(Snapshot { days })
    }
}

fn numbers(
    connection: &Connection,
    contract: &str,
    behind: Option<Date>,
) -> rusqlite::Result<Vec<String>> {
    let mut select = connection.prepare_cached(BEHIND)?;
    let behind = behind.map_or(i64::MIN, days);
    let numbers = select.query_map(params![contract, behind], |row| row.get(0))?;
    numbers.collect()
}
