//! Looking whether what is counted and frozen is whole.

use std::fmt;

use headcount_figures::{Cells, Shown};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Damage, PAGE, has_reports};
use crate::store::key::date;
use crate::store::sqlite::forgetting::Forgetting;
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

const ENTRIES: &str = "SELECT contract, instance, entry, \
    EXISTS (SELECT 1 FROM instance WHERE instance.instance = ledger.instance) \
    FROM ledger WHERE (contract, instance) > (?, ?) ORDER BY contract, instance LIMIT ?";
const CELL: &str = "SELECT counters FROM cell WHERE contract = ? AND key = ?";
const DAY: &str = "SELECT numbers, sketches FROM frozen WHERE contract = ? AND day = ?";
const DELETE_DAY: &str = "DELETE FROM frozen WHERE contract = ? AND day = ?";

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
    let mut rows = select.query(params![contract, instance, PAGE])?;
    let (mut last, mut damages) = (None, Vec::new());
    while let Some(row) = rows.next()? {
        let (contract, instance): (String, _) = (row.get(0)?, InstanceKey::new(row.get(1)?));
        let whose = Whose { contract: &contract, instance: &instance };
        let is_listed: bool = row.get(3)?;
        let reason = match ledger::open_entry(seal, whose, row.get_ref(2)?.as_blob()?) {
            Err(error) => Some(error.damage()),
            Ok(_) if !is_listed => Some("its instance is not in the list of instances".to_owned()),
            Ok(_) => None,
        };
        last = Some((contract.clone(), instance.as_bytes().to_vec()));
        let place = DamagedPlace::Entry(instance);
        damages.extend(reason.map(|reason| Damage::Counted { contract, place, reason }));
    }
    Ok(last.map(|last| (last, damages)))
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
        let reason = cell_damage(seal, (&contract, key), row.get_ref(2)?.as_blob()?);
        let place = DamagedPlace::Cell(key);
        damages.extend(reason.map(|reason| Damage::Counted { contract, place, reason }));
    }
    let days = "SELECT contract, day, numbers, sketches FROM frozen ORDER BY contract, day";
    let mut days = transaction.prepare(days)?;
    let mut rows = days.query([])?;
    while let Some(row) = rows.next()? {
        let (contract, day): (String, i64) = (row.get(0)?, row.get(1)?);
        let (numbers, sketches) = (row.get_ref(2)?.as_str()?, row.get_ref(3)?.as_blob()?);
        let reason = day_damage(seal, (&contract, day), numbers, sketches);
        let place = DamagedPlace::Day(day);
        damages.extend(reason.map(|reason| Damage::Counted { contract, place, reason }));
    }
    Ok(damages)
}

/// What is wrong with counters.
fn cell_damage(seal: &Seal, (contract, key): (&str, i64), sealed: &[u8]) -> Option<String> {
    let opened = ledger::open_cell(seal, (contract, key), sealed);
    let whole =
        opened.and_then(|cell| Cells::decode([(key, cell)]).map_err(|error| error.to_string()));
    whole.err()
}

/// What is wrong with a frozen day.
fn day_damage(
    seal: &Seal,
    (contract, day): (&str, i64),
    numbers: &str,
    sketches: &[u8],
) -> Option<String> {
    let numbers = frozen::read(contract, numbers).map_err(|error| error.damage());
    let whole = numbers.and_then(|frozen| {
        let sketches = frozen::open(seal, (contract, day), sketches)?;
        Shown::decode(None, [sketches]).map_err(|error| error.to_string())?;
        if Some(frozen.day) == date(day) { Ok(()) } else { Err("its day is another".to_owned()) }
    });
    whole.err()
}

/// Deletes what is damaged, if it still is.
pub(super) fn remove(
    forgetting: &mut Forgetting<'_>,
    places: &[(&str, DamagedPlace)],
) -> rusqlite::Result<()> {
    let (transaction, seal) = (forgetting.transaction(), forgetting.seal());
    for &(contract, place) in places {
        let removed = match place {
            DamagedPlace::Cell(key) => remove_cell(transaction, seal, (contract, key))?,
            DamagedPlace::Day(day) => remove_day(transaction, seal, (contract, day))?,
            DamagedPlace::Entry(_) => false,
        };
        // Whoever counts begins with what is stored.
        forgetting.note_deleted(removed);
    }
    // Who is forgotten is taken out of the counters that are left.
    for &(contract, place) in places {
        let DamagedPlace::Entry(instance) = place else { continue };
        let whose = Whose { contract, instance: &instance };
        let is_damaged = matches!(ledger::entry(transaction, seal, whose)?, Some(Err(_)));
        if is_damaged || !has_reports(transaction, contract, &instance)? {
            forgetting.forget(whose, |_| false)?;
        }
    }
    Ok(())
}

/// Deletes counters that are damaged. Whether they are.
fn remove_cell(
    transaction: &Transaction<'_>,
    seal: &Seal,
    (contract, key): (&str, i64),
) -> rusqlite::Result<bool> {
    let damage = transaction.query_row(CELL, params![contract, key], |row| {
        Ok(cell_damage(seal, (contract, key), row.get_ref(0)?.as_blob()?))
    });
    let is_damaged = damage.optional()?.flatten().is_some();
    if is_damaged {
        ledger::write_cells(transaction, contract, &[(key, None)])?;
    }
    Ok(is_damaged)
}

/// Deletes a frozen day that is damaged. Whether it is.
fn remove_day(
    transaction: &Transaction<'_>,
    seal: &Seal,
    (contract, day): (&str, i64),
) -> rusqlite::Result<bool> {
    let damage = transaction.query_row(DAY, params![contract, day], |row| {
        let (numbers, sketches) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_blob()?);
        Ok(day_damage(seal, (contract, day), numbers, sketches))
    });
    let is_damaged = damage.optional()?.flatten().is_some();
    if is_damaged {
        transaction.execute(DELETE_DAY, params![contract, day])?;
    }
    Ok(is_damaged)
}
