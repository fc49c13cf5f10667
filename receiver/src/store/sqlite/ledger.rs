//! What is counted of an application: how far, what of each instance, and the counters.

use headcount_figures::{CellKey, Cells, Entry};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::check::DamagedPlace;
use crate::error::{Error, Kind};
use crate::store::freezing::Counted;
use crate::store::key::{counted, date, days};
use crate::store::{InstanceKey, Seal};

const COUNTED: &str = "SELECT day, version, instance FROM counting WHERE contract = ?";
const COUNT: &str = "INSERT INTO counting (contract, day, version, instance) VALUES (?, ?, ?, ?) \
    ON CONFLICT (contract) DO UPDATE \
    SET day = excluded.day, version = excluded.version, instance = excluded.instance";
const ENTRY: &str = "SELECT entry FROM ledger WHERE contract = ? AND instance = ?";
const KEEP: &str = "INSERT INTO ledger (contract, instance, entry) VALUES (?, ?, ?) \
    ON CONFLICT (contract, instance) DO UPDATE SET entry = excluded.entry";
const FORGET: &str = "DELETE FROM ledger WHERE contract = ? AND instance = ?";
const CELLS: &str = "SELECT key, counters FROM cell WHERE contract = ? ORDER BY key";
const CELL: &str = "INSERT INTO cell (contract, key, counters) VALUES (?, ?, ?) \
    ON CONFLICT (contract, key) DO UPDATE SET counters = excluded.counters";
const DROP: &str = "DELETE FROM cell WHERE contract = ? AND key = ?";
const DELETIONS: &str = "SELECT deletions FROM receiver";
const DELETED: &str = "UPDATE receiver SET deletions = deletions + 1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[COUNTED, COUNT, ENTRY, KEEP, FORGET, CELLS, CELL, DROP];

/// Counters of an application, as they are stored; `None`, where they are to be deleted.
pub(super) type Sealed = (CellKey, Option<Vec<u8>>);

/// Whose entry it is.
#[derive(Clone, Copy)]
pub(super) struct Whose<'w> {
    pub(super) contract: &'w str,
    pub(super) instance: &'w InstanceKey,
}

impl Whose<'_> {
    /// What the entry is sealed for.
    fn row(self) -> Vec<u8> {
        counted("ledger", self.contract, self.instance.as_bytes())
    }
}

/// How far the reports of an application are counted; `None` where nothing is.
pub(super) fn how_far(
    connection: &Connection,
    contract: &str,
) -> rusqlite::Result<Option<Counted>> {
    let read = |row: &rusqlite::Row<'_>| {
        let (version, instance): (Option<_>, Option<_>) = (row.get(1)?, row.get(2)?);
        let day = date(row.get(0)?).unwrap_or(Date::MAX);
        Ok(Counted { day, last: version.zip(instance.map(InstanceKey::new)) })
    };
    connection.prepare_cached(COUNTED)?.query_row([contract], read).optional()
}

/// Notes how far the reports of an application are counted.
pub(super) fn count(
    transaction: &Transaction<'_>,
    contract: &str,
    Counted { day, last }: &Counted,
) -> rusqlite::Result<()> {
    let last = last.as_ref();
    let (version, instance) =
        last.map(|(version, instance)| (version, instance.as_bytes())).unzip();
    let values = params![contract, days(*day), version, instance];
    transaction.prepare_cached(COUNT)?.execute(values)?;
    Ok(())
}

/// What is remembered of an instance, if anything is.
pub(super) fn entry(
    connection: &Connection,
    seal: &Seal,
    whose: Whose<'_>,
) -> rusqlite::Result<Option<Result<Entry, Error>>> {
    let mut select = connection.prepare_cached(ENTRY)?;
    let key = params![whose.contract, whose.instance.as_bytes()];
    let sealed = select.query_row(key, |row| row.get::<_, Vec<u8>>(0)).optional()?;
    Ok(sealed.map(|sealed| open_entry(seal, whose, &sealed)))
}

/// Opens what is remembered of an instance.
pub(super) fn open_entry(seal: &Seal, whose: Whose<'_>, sealed: &[u8]) -> Result<Entry, Error> {
    let opened = seal.open(&whose.row(), sealed).map_err(|error| error.to_string());
    let entry = opened.and_then(|it| Entry::decode(&it).map_err(|error| error.to_string()));
    entry.map_err(|reason| damaged(whose.contract, "the entry of an instance".to_owned(), reason))
}

/// Seals what is to be remembered of an instance.
pub(super) fn seal_entry(seal: &Seal, whose: Whose<'_>, entry: &Entry) -> Result<Vec<u8>, Error> {
    seal.seal(&whose.row(), &entry.encode())
}

/// Remembers something of an instance, sealed.
pub(super) fn keep(
    transaction: &Transaction<'_>,
    Whose { contract, instance }: Whose<'_>,
    sealed: &[u8],
) -> rusqlite::Result<()> {
    transaction.prepare_cached(KEEP)?.execute(params![contract, instance.as_bytes(), sealed])?;
    Ok(())
}

/// Deletes what is remembered of an instance.
pub(super) fn forget(
    transaction: &Transaction<'_>,
    Whose { contract, instance }: Whose<'_>,
) -> rusqlite::Result<()> {
    transaction.prepare_cached(FORGET)?.execute(params![contract, instance.as_bytes()])?;
    Ok(())
}

/// The counters of an application.
pub(super) fn cells(
    connection: &Connection,
    seal: &Seal,
    contract: &str,
) -> rusqlite::Result<Result<Cells, Error>> {
    let mut select = connection.prepare_cached(CELLS)?;
    let mut rows = select.query([contract])?;
    let mut opened: Vec<(CellKey, Vec<u8>)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (key, sealed) = (row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?);
        match open_cell(seal, (contract, key), &sealed) {
            Ok(cell) => opened.push((key, cell)),
            Err(reason) => {
                return Ok(Err(damaged(contract, DamagedPlace::Cell(key).to_string(), reason)));
            }
        }
    }
    let cells = Cells::decode(opened);
    Ok(cells.map_err(|error| damaged(contract, "the counters".to_owned(), error.to_string())))
}

/// Opens counters, or says what is wrong with them.
pub(super) fn open_cell(
    seal: &Seal,
    (contract, key): (&str, CellKey),
    sealed: &[u8],
) -> Result<Vec<u8>, String> {
    let row = counted("cell", contract, &key.to_be_bytes());
    seal.open(&row, sealed).map_err(|error| error.to_string())
}

/// Seals the counters that changed.
pub(super) fn seal_cells(
    seal: &Seal,
    contract: &str,
    cells: &mut Cells,
) -> Result<Vec<Sealed>, Error> {
    let changed = cells.encode_changed().into_iter().map(|(key, cell)| {
        let row = counted("cell", contract, &key.to_be_bytes());
        Ok((key, cell.map(|cell| seal.seal(&row, &cell)).transpose()?))
    });
    changed.collect()
}

/// Writes counters.
pub(super) fn write_cells(
    transaction: &Transaction<'_>,
    contract: &str,
    cells: &[Sealed],
) -> rusqlite::Result<()> {
    for (key, cell) in cells {
        match cell {
            Some(cell) => {
                transaction.prepare_cached(CELL)?.execute(params![contract, key, cell])?
            }
            None => transaction.prepare_cached(DROP)?.execute(params![contract, key])?,
        };
    }
    Ok(())
}

/// How often reports were deleted.
pub(super) fn deletions(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached(DELETIONS)?.query_row([], |row| row.get(0))
}

/// Notes that reports were deleted: nobody is to count one that was read before.
pub(super) fn deleted(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.prepare_cached(DELETED)?.execute([])?;
    Ok(())
}

pub(super) fn damaged(contract: &str, what: String, reason: String) -> Error {
    Kind::DamagedFigures { contract: contract.to_owned(), what, reason }.into()
}
