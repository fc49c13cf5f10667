//! The days that are frozen.

use headcount_figures::{FrozenDay, Shown, Snapshot};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::Reader;
use super::ledger::damaged;
use crate::error::Error;
use crate::store::Seal;
use crate::store::key::{counted, days};

const WRITE: &str = "INSERT INTO frozen (contract, day, numbers, sketches) VALUES (?, ?, ?, ?)";
const SKETCHES: &str = "SELECT day, sketches FROM frozen WHERE contract = ? ORDER BY day";
const NEWEST: &str = "SELECT numbers FROM frozen WHERE contract = ? ORDER BY day DESC LIMIT 1";
const BEHIND: &str = "SELECT numbers FROM frozen WHERE contract = ? AND day > ? ORDER BY day";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[WRITE, SKETCHES, NEWEST, BEHIND];

impl Reader {
    /// As [`Store::snapshot`](crate::Store::snapshot).
    ///
    /// Errors: the database cannot be read, or a frozen day is damaged.
    pub fn snapshot(&self, contract: &str, behind: Option<Date>) -> Result<Snapshot, Error> {
        let stored = self.reading(|transaction, form| {
            if form.has_figures() { numbers(transaction, contract, behind) } else { Ok(Vec::new()) }
        })?;
        let days = stored.iter().map(|numbers| read(contract, numbers));
        Ok(Snapshot { days: days.collect::<Result<_, Error>>()? })
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

/// A frozen day, ready to be written.
pub(super) struct Day {
    number: i64,
    numbers: String,
    /// Sealed.
    sketches: Vec<u8>,
}

impl Day {
    /// What is shown of a day, and what later ones are compared with.
    pub(super) fn seal(
        seal: &Seal,
        contract: &str,
        frozen: &FrozenDay,
        sketches: &[u8],
    ) -> Result<Self, Error> {
        let day = days(frozen.day);
        let numbers = serde_json::to_string(frozen).expect("numbers and texts can be JSON");
        let sketches = seal.seal(&row(contract, day), sketches)?;
        Ok(Self { number: day, numbers, sketches })
    }

    /// Writes it, for ever.
    pub(super) fn write(
        &self,
        transaction: &Transaction<'_>,
        contract: &str,
    ) -> rusqlite::Result<()> {
        let Self { number, numbers, sketches } = self;
        let values = params![contract, number, numbers, sketches];
        transaction.prepare_cached(WRITE)?.execute(values)?;
        Ok(())
    }
}

fn row(contract: &str, day: i64) -> Vec<u8> {
    counted("frozen", contract, &day.to_be_bytes())
}

/// What was shown of an application, as far as the next day has to know.
pub(super) fn shown(
    connection: &Connection,
    seal: &Seal,
    contract: &str,
) -> rusqlite::Result<Result<Shown, Error>> {
    let newest = connection.prepare_cached(NEWEST)?.query_row([contract], |row| row.get(0));
    let newest = newest.optional()?.map(|numbers: String| read(contract, &numbers)).transpose();
    let mut select = connection.prepare_cached(SKETCHES)?;
    let days = select.query_map([contract], |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)))?;
    let days = days.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(newest.and_then(|newest| {
        let days = days.iter().map(|(day, sketches)| open(seal, (contract, *day), sketches));
        let days = days.collect::<Result<Vec<_>, _>>();
        let shown =
            days.and_then(|days| Shown::decode(newest, days).map_err(|error| error.to_string()));
        shown.map_err(|error| damaged(contract, "the sketches of a frozen day".to_owned(), error))
    }))
}

/// Opens what later days are compared with, or says what is wrong with it.
pub(super) fn open(
    seal: &Seal,
    (contract, day): (&str, i64),
    sealed: &[u8],
) -> Result<Vec<u8>, String> {
    seal.open(&row(contract, day), sealed).map_err(|error| error.to_string())
}

/// Reads what is shown of a day.
pub(super) fn read(contract: &str, numbers: &str) -> Result<FrozenDay, Error> {
    let day = serde_json::from_str(numbers);
    day.map_err(|error| damaged(contract, "a frozen day".to_owned(), error.to_string()))
}
