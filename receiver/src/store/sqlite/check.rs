//! Looking whether everything that is stored is whole.

mod counted;

use std::fmt;
use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::Reader;
use super::database::{BUSY, Database};
use super::days::Days;
use super::forgetting::Forgetting;
use super::instances::{self, Instances};
use super::ledger::Whose;
use super::row::{self, Form};
use crate::error::Error;
use crate::secret::Keys;
use crate::store::{InstanceKey, StoredKey, key};

pub use counted::DamagedPlace;

/// Reports that are looked at in one transaction, so that no state of the database is held for long.
const PAGE: i64 = 500;

const LEFT_OVER: &str = "SELECT instance FROM instance EXCEPT SELECT instance FROM report";

/// Something in a database that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The file itself, in SQLite's words. Only a backup helps.
    Structure(String),
    /// A report that cannot be read.
    Report {
        /// Its number in the table.
        row: i64,
        /// Which one, as far as that can be read.
        key: Option<StoredKey>,
        /// What is wrong with it.
        reason: String,
    },
    /// A report whose instance, or whose day, is not in the list of instances.
    Unlisted(StoredKey),
    /// An instance without a report in the list of instances.
    LeftOver(InstanceKey),
    /// What is counted of an application, or shown of a day.
    Counted {
        /// The contract's name.
        contract: String,
        /// What of it.
        place: DamagedPlace,
        /// What is wrong with it.
        reason: String,
    },
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Reports.
    pub reports: u64,
    /// Things that are not as they were written.
    pub damaged: u64,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Structure(text) => write!(f, "the file: {text}"),
            Self::Report { key: Some(key), reason, .. } => write!(f, "{key}: {reason}"),
            Self::Report { row, key: None, reason } => write!(f, "row {row}: {reason}"),
            Self::Unlisted(key) => write!(f, "{key}: not in the list of instances"),
            Self::Counted { contract, place, reason } => write!(f, "{contract}, {place}: {reason}"),
            Self::LeftOver(instance) => write!(f, "instance {instance}: without a report"),
        }
    }
}

impl Reader {
    /// Looks at everything: the structure of the file, that every report opens, reads and is for its day, that the
    /// list of instances agrees, and that what is counted and frozen opens and reads. Tells of each damage.
    ///
    /// Errors: the database cannot be read at all.
    pub fn check(&self, mut found: impl FnMut(Damage)) -> Result<Checked, Error> {
        let mut checked = Checked::default();
        let mut tell = |damages: Vec<Damage>| {
            checked.damaged += damages.len() as u64;
            damages.into_iter().for_each(&mut found);
        };
        tell(self.reading(|transaction, _| structure(transaction))?);
        let mut last = i64::MIN;
        while let Some(page) = self.reading(|transaction, form| page(transaction, form, last))? {
            last = page.last;
            checked.reports += page.reports;
            tell(page.damages);
        }
        tell(self.reading(left_over)?);
        counted::check(self, &mut tell)?;
        Ok(checked)
    }
}

fn structure(connection: &Connection) -> rusqlite::Result<Vec<Damage>> {
    let mut check = connection.prepare("PRAGMA integrity_check")?;
    let lines = check.query_map([], |row| row.get::<_, String>(0))?;
    let lines = lines.filter(|line| !matches!(line, Ok(line) if line == "ok"));
    lines.map(|line| line.map(Damage::Structure)).collect()
}

/// Some reports that were looked at.
struct Page {
    last: i64,
    reports: u64,
    damages: Vec<Damage>,
}

fn page(
    transaction: &Transaction<'_>,
    form: Form<'_>,
    after: i64,
) -> rusqlite::Result<Option<Page>> {
    let select = format!(
        "SELECT {}, rowid FROM report WHERE rowid > ? ORDER BY rowid LIMIT {PAGE}",
        form.columns()
    );
    let mut statement = transaction.prepare_cached(&select)?;
    let mut rows = statement.query([after])?;
    let mut page: Option<Page> = None;
    while let Some(row) = rows.next()? {
        let number = row.get(7)?;
        let page = page.get_or_insert(Page { last: number, reports: 0, damages: Vec::new() });
        page.last = number;
        page.reports += 1;
        page.damages.extend(damage(transaction, form, row, number)?);
    }
    Ok(page)
}

/// What is wrong with a report.
fn damage(
    transaction: &Transaction<'_>,
    form: Form<'_>,
    row: &rusqlite::Row<'_>,
    number: i64,
) -> rusqlite::Result<Option<Damage>> {
    let (key, reason) = match form.read(row) {
        Err(error) => (row::key(row).ok(), error.to_string()),
        Ok(read) => match read.part {
            Err(error) => (Some(read.key), error.damage()),
            Ok(_) if !form.is_sealed() => return Ok(None),
            Ok(_) => {
                let seen = instances::seen(transaction, &read.key.instance)?;
                let date = read.key.date;
                let listed = seen.is_some_and(|s| s.first <= date && date <= s.latest());
                return Ok((!listed).then_some(Damage::Unlisted(read.key)));
            }
        },
    };
    Ok(Some(Damage::Report { row: number, key, reason }))
}

fn left_over(transaction: &Transaction<'_>, form: Form<'_>) -> rusqlite::Result<Vec<Damage>> {
    if !form.is_sealed() {
        // There is no such list yet.
        return Ok(Vec::new());
    }
    let mut select = transaction.prepare(LEFT_OVER)?;
    let left = select.query_map([], |row| row.get(0).map(InstanceKey::new))?;
    left.map(|instance| instance.map(Damage::LeftOver)).collect()
}

/// Deletes reports, counters and frozen days that are damaged and corrects the list of instances, also beside a
/// receiver. What was mended meanwhile stays. Gives how many reports were deleted; the structure of the file is beyond
/// it.
///
/// Errors: the database cannot be written. Nothing was changed.
pub fn remove_damaged(path: &Path, keys: &Keys, damages: &[Damage]) -> Result<u64, Error> {
    let database = Database::new(path, keys.seal(), BUSY)?;
    let mut connection = database.write()?;
    let removed = remove(&mut connection, &database, damages);
    let removed = removed.map_err(|error| database.explain(&error))?;
    // Where somebody reads meanwhile, the receiver or the next start does it.
    database.empty_log(&connection)?;
    Ok(removed)
}

fn remove(
    connection: &mut Connection,
    database: &Database,
    damages: &[Damage],
) -> rusqlite::Result<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut removed, mut listed) = (0, Instances::default());
    let (mut doubtful, mut counted) = (Vec::new(), Vec::new());
    for damage in damages {
        match damage {
            Damage::Structure(_) => {}
            Damage::Report { row, key, .. } => {
                removed += remove_report(&transaction, Form::newest(database.seal()), *row)?;
                doubtful.extend(key.as_ref().map(|key| key.instance));
            }
            Damage::Unlisted(key) => drop(listed.add(&transaction, key)?),
            Damage::LeftOver(instance) => doubtful.push(*instance),
            Damage::Counted { contract, place, .. } => counted.push((contract.as_str(), *place)),
        }
    }
    listed.write(&transaction)?;
    let mut forgetting = Forgetting::new(&transaction, database.seal());
    forgetting.note_deleted(removed > 0);
    counted::remove(&mut forgetting, &counted)?;
    for instance in doubtful {
        let Some(contract) = instances::contract(&transaction, &instance)? else { continue };
        if !has_reports(&transaction, &contract, &instance)? {
            instances::forget(&transaction, &instance)?;
            forgetting.forget(Whose { contract: &contract, instance: &instance }, |_| false)?;
        }
    }
    forgetting.write()?;
    transaction.commit()?;
    Ok(removed)
}

/// Deletes a report if it still cannot be read, and says how many that were.
fn remove_report(
    transaction: &Transaction<'_>,
    form: Form<'_>,
    number: i64,
) -> rusqlite::Result<u64> {
    let select = format!("SELECT {} FROM report WHERE rowid = ?", form.columns());
    let whole = transaction
        .prepare_cached(&select)?
        .query_row([number], |row| Ok(form.read(row).is_ok_and(|read| read.part.is_ok())));
    if !matches!(whole, Ok(false)) {
        return Ok(0);
    }
    let delete = "DELETE FROM report WHERE rowid = ?";
    Ok(transaction.prepare_cached(delete)?.execute([number])? as u64)
}

/// Whether there is a report of an instance.
fn has_reports(
    transaction: &Transaction<'_>,
    contract: &str,
    instance: &InstanceKey,
) -> rusqlite::Result<bool> {
    let exists = "SELECT EXISTS (SELECT 1 FROM report \
        WHERE contract = ? AND version = ? AND date = ? AND instance = ?)";
    let mut days = Days::all(contract);
    while let Some((version, date)) = days.next(transaction)? {
        let report = params![contract, version, key::days(date), instance.as_bytes()];
        if transaction.prepare_cached(exists)?.query_row(report, |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}
