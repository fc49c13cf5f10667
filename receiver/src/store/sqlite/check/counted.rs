//! Looking whether what is counted and frozen is whole.

use std::fmt;

use headcount_figures::{Cells, Shown};
use rusqlite::{Transaction, params};

use super::{Damage, PAGE};
use crate::store::key::date;
use crate::store::sqlite::ledger::{self, Whose};
use crate::store::sqlite::row::Form;
use crate::store::sqlite::{Reader, frozen};
use crate::store::{InstanceKey, Seal};

/// A place in what is counted of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DamagedPlace {
    /// What is remembered of an instance.
    Entry(InstanceKey),
    /// Counters, by their number.
    Cell(i64),
    /// What is shown of a day, by its number since 1970-01-01.
    Day(i64),
}

impl fmt::Display for DamagedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(instance) => write!(f, "what is counted of instance {instance}"),
            Self::Cell(key) => write!(f, "the counters of {key}"),
            Self::Day(day) => match date(*day) {
                Some(day) => write!(f, "the frozen day {day}"),
                None => write!(f, "the frozen day of number {day}"),
            },
        }
    }
}

const ENTRIES: &str = "SELECT contract, instance, \
    EXISTS (SELECT 1 FROM instance WHERE instance.instance = ledger.instance) \
    FROM ledger WHERE (contract, instance) > (?, ?) ORDER BY contract, instance LIMIT ?";

/// Looks at everything that is counted and frozen, and tells of each damage.
pub(super) fn check(
    reader: &Reader,
    tell: &mut impl FnMut(Vec<Damage>),
) -> Result<(), crate::Error> {
    let mut last = (String::new(), Vec::new());
    while let Some((next, damages)) = reader.reading(|transaction, form| {
        if form.has_figures() {
            entries(transaction, reader.database.seal(), &last)
        } else {
            Ok(None)
        }
    })? {
        last = next;
        tell(damages);
    }
    tell(reader.reading(|transaction, form| counters_and_days(transaction, form, reader))?);
    Ok(())
}

type Last = (String, Vec<u8>);

/// Some entries of the ledger behind that one, and the last of them.
fn entries(
    transaction: &Transaction<'_>,
    seal: &Seal,
    (contract, instance): &Last,
) -> rusqlite::Result<Option<(Last, Vec<Damage>)>> {
    let mut select = transaction.prepare_cached(ENTRIES)?;
    let rows = select.query_map(params![contract, instance, PAGE], |row| {
        Ok((row.get(0)?, InstanceKey::new(row.get(1)?), row.get(2)?))
    })?;
    let rows: Vec<(String, InstanceKey, bool)> = rows.collect::<rusqlite::Result<_>>()?;
    let Some((contract, instance, _)) = rows.last() else { return Ok(None) };
    let last = (contract.clone(), instance.as_bytes().to_vec());
    let mut damages = Vec::new();
    for (contract, instance, is_known) in rows {
        let whose = Whose { contract: &contract, instance: &instance };
        let reason = match ledger::entry(transaction, seal, whose)? {
            Some(Err(error)) => Some(error.damage()),
            _ if !is_known => Some("there is no report of it".to_owned()),
            _ => None,
        };
        let place = DamagedPlace::Entry(instance);
        damages.extend(reason.map(|reason| Damage::Counted { contract, place, reason }));
    }
    Ok(Some((last, damages)))
}

fn counters_and_days(
    transaction: &Transaction<'_>,
    form: Form<'_>,
    reader: &Reader,
) -> rusqlite::Result<Vec<Damage>> {
    if !form.has_figures() {
        return Ok(Vec::new());
    }
    let (seal, mut damages) = (reader.database.seal(), Vec::new());
    let mut cells = transaction.prepare("SELECT contract, key, counters FROM cell")?;
    let mut rows = cells.query([])?;
    while let Some(row) = rows.next()? {
        let (contract, key): (String, i64) = (row.get(0)?, row.get(1)?);
        let opened = ledger::open_cell(seal, (&contract, key), row.get_ref(2)?.as_blob()?);
        let whole = opened.and_then(|cell| {
            Cells::decode([(key, cell)]).map(drop).map_err(|error| error.to_string())
        });
        let place = DamagedPlace::Cell(key);
        damages.extend(whole.err().map(|reason| Damage::Counted { contract, place, reason }));
    }
    let days = "SELECT contract, day, numbers, sketches FROM frozen ORDER BY contract, day";
    let mut days = transaction.prepare(days)?;
    let mut rows = days.query([])?;
    while let Some(row) = rows.next()? {
        let (contract, day): (String, i64) = (row.get(0)?, row.get(1)?);
        let numbers = frozen::read(&contract, row.get_ref(2)?.as_str()?);
        let numbers = numbers.map_err(|error| error.damage());
        let sketches = frozen::open(seal, (&contract, day), row.get_ref(3)?.as_blob()?);
        let whole = numbers.and_then(|frozen| {
            let is_its_day = Some(frozen.day) == date(day);
            let sketches = Shown::decode(None, [sketches?]).map_err(|error| error.to_string());
            sketches.and(if is_its_day { Ok(()) } else { Err("its day is another".to_owned()) })
        });
        let place = DamagedPlace::Day(day);
        damages.extend(whole.err().map(|reason| Damage::Counted { contract, place, reason }));
    }
    Ok(damages)
}

/// Deletes what is damaged, if it still is.
pub(super) fn remove(
    transaction: &Transaction<'_>,
    contract: &str,
    place: DamagedPlace,
) -> rusqlite::Result<()> {
    match place {
        DamagedPlace::Entry(instance) => {
            ledger::forget(transaction, Whose { contract, instance: &instance })?;
        }
        DamagedPlace::Cell(key) => ledger::write_cells(transaction, contract, &[(key, None)])?,
        DamagedPlace::Day(day) => {
            let delete = "DELETE FROM frozen WHERE contract = ? AND day = ?";
            transaction.execute(delete, params![contract, day])?;
        }
    }
    // Whoever counts begins with what is stored.
    ledger::deleted(transaction)
}
