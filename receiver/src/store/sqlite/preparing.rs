//! Working out a step of freezing from one state of the database.

use std::collections::BTreeMap;
use std::sync::Arc;

use headcount_figures::{Cells, Contribution, Counting, Entry, Shown};
use jiff::Timestamp;
use rusqlite::{Transaction, params};

use super::freezing::Step;
use super::ledger::{self, Whose};
use super::row::{self, Form};
use super::{Reader, frozen};
use crate::clock::day;
use crate::error::Error;
use crate::store::freezing::{Counted, Froze};
use crate::store::key::{date, days};
use crate::store::{InstanceKey, PAGE_BYTES, Seal, StoredKey};

const FIRST: &str = "SELECT min(date) FROM report WHERE contract = ? AND version = ?";
const REPORTS: &str = "SELECT instance, part FROM report \
    WHERE contract = ? AND version = ? AND date = ? AND instance > ? ORDER BY instance LIMIT ?";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[FIRST, REPORTS];

/// What one step leaves to the next, which need not read it again where nothing else changed.
#[derive(Debug)]
pub(super) struct Held {
    contract: String,
    counted: Counted,
    deletions: i64,
    cells: Cells,
    shown: Option<Shown>,
}

/// A step that is worked out.
pub(super) struct Prepared {
    pub(super) step: Step,
    pub(super) held: Held,
    pub(super) froze: Froze,
}

/// What is to be worked out.
pub(super) struct Work {
    pub(super) counting: Arc<Counting>,
    pub(super) now: Timestamp,
    /// Reports that are counted at most.
    pub(super) most: u32,
}

impl Reader {
    /// Works out a step; `None` if nothing is due.
    pub(super) fn prepare(
        &self,
        work: &Work,
        held: Option<Held>,
    ) -> Result<Option<Prepared>, Error> {
        let seal = self.database.seal();
        self.reading(|transaction, form| {
            let preparing = Preparing { transaction, form, seal, work };
            match preparing.prepare(held) {
                Ok(prepared) => Ok(Ok(prepared)),
                Err(Failed::Database(error)) => Err(error),
                Err(Failed::Other(error)) => Ok(Err(error)),
            }
        })?
    }
}

/// Why a step cannot be worked out.
enum Failed {
    Database(rusqlite::Error),
    Other(Error),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// One state of the database.
struct Preparing<'p> {
    transaction: &'p Transaction<'p>,
    form: Form<'p>,
    seal: &'p Seal,
    work: &'p Work,
}

impl Preparing<'_> {
    fn prepare(&self, held: Option<Held>) -> Result<Option<Prepared>, Failed> {
        if !self.form.has_figures() {
            // The writer brings the database up to date as soon as it works.
            return Ok(None);
        }
        let before = ledger::how_far(self.transaction, self.contract())?;
        let at = match &before {
            Some(at) => Some(at.clone()),
            None => self.first()?,
        };
        let Some(at) = at.filter(|at| at.is_due(self.work.now)) else { return Ok(None) };
        let deletions = ledger::deletions(self.transaction)?;
        let held = held.filter(|held| {
            (held.contract.as_str(), Some(&held.counted), held.deletions)
                == (self.contract(), before.as_ref(), deletions)
        });
        let held = match held {
            Some(held) => held,
            None => {
                let cells = ledger::cells(self.transaction, self.seal, self.contract())??;
                let (contract, counted) = (self.contract().to_owned(), at.clone());
                Held { contract, counted, deletions, cells, shown: None }
            }
        };
        let reports = self.reports(&at)?;
        let prepared = if reports.last.is_some() {
            self.count(before, held, reports)?
        } else {
            self.freeze(before, held)?
        };
        Ok(Some(prepared))
    }

    fn contract(&self) -> &str {
        self.work.counting.contract().name()
    }

    /// Before the first day of which there is a report.
    fn first(&self) -> rusqlite::Result<Option<Counted>> {
        let mut select = self.transaction.prepare_cached(FIRST)?;
        let mut first: Option<i64> = None;
        for version in self.work.counting.versions() {
            let oldest = params![self.contract(), version];
            let oldest: Option<i64> = select.query_row(oldest, |row| row.get(0))?;
            first = first.into_iter().chain(oldest).min();
        }
        Ok(first.and_then(date).map(Counted::before))
    }

    /// The next reports of the day, in the order of their keys.
    fn reports(&self, at: &Counted) -> rusqlite::Result<Reports> {
        let mut reports = Reports::default();
        let mut select = self.transaction.prepare_cached(REPORTS)?;
        let mut bytes = 0;
        for (version, behind) in at.open(self.work.counting.versions()) {
            let room = self.work.most - reports.read;
            let behind = behind.as_ref().map_or(&[][..], |instance| instance.as_bytes());
            let values = params![self.contract(), version, days(at.day), behind, room];
            let mut rows = select.query(values)?;
            while bytes < PAGE_BYTES
                && let Some(row) = rows.next()?
            {
                let instance = InstanceKey::new(row.get(0)?);
                let sealed = row.get_ref(1)?.as_blob()?;
                bytes += sealed.len();
                reports.read += 1;
                reports.last = Some((version.to_owned(), instance));
                let contract = self.contract().to_owned();
                let version = version.to_owned();
                let key = StoredKey { contract, version, date: at.day, instance };
                match self.contribution(&key, sealed) {
                    Ok(contribution) => {
                        reports.counted.extend(contribution.map(|it| (instance, it)));
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a report is not counted");
                        reports.damaged += 1;
                    }
                }
            }
            if reports.read == self.work.most || bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok(reports)
    }

    fn contribution(&self, key: &StoredKey, sealed: &[u8]) -> Result<Option<Contribution>, Error> {
        let part = row::part(key, &row::open(key, sealed, self.seal)?)?;
        Ok(self.work.counting.contribution(&key.version, &part))
    }

    /// Counts reports.
    fn count(
        &self,
        before: Option<Counted>,
        mut held: Held,
        Reports { counted, last, damaged, .. }: Reports,
    ) -> Result<Prepared, Failed> {
        let day = held.counted.day;
        let contract = self.contract();
        let mut kept: BTreeMap<InstanceKey, Entry> = BTreeMap::new();
        let reports = counted.len() as u64;
        for (instance, contribution) in counted {
            let whose = Whose { contract, instance: &instance };
            let entry = match kept.get(&instance) {
                Some(entry) => Some(entry.clone()),
                None => ledger::entry(self.transaction, self.seal, whose)?.transpose()?,
            };
            let entry = held.cells.count(instance.as_bytes(), entry.as_ref(), contribution);
            kept.extend(entry.map(|entry| (instance, entry)));
        }
        let entries = kept.into_iter().map(|(instance, entry)| {
            let whose = Whose { contract, instance: &instance };
            Ok((instance, ledger::seal_entry(self.seal, whose, &entry)?))
        });
        let entries = entries.collect::<Result<_, Error>>()?;
        let after = Counted { day, last };
        let froze = Froze { counted: reports, damaged, ..Froze::default() };
        self.prepared(before, Held { counted: after, ..held }, (entries, None), froze)
    }

    /// Freezes the day, now that all its reports are counted.
    fn freeze(&self, before: Option<Counted>, mut held: Held) -> Result<Prepared, Failed> {
        let mut shown = match held.shown.take() {
            Some(shown) => shown,
            None => frozen::shown(self.transaction, self.seal, self.contract())??,
        };
        let (counting, date) = (&self.work.counting, held.counted.day);
        let numbers = held.cells.freeze(counting, date, day(self.work.now), &mut shown);
        let frozen =
            frozen::Day::seal(self.seal, self.contract(), &numbers, &shown.encode_newest())?;
        let froze = Froze { frozen: Some(date), ..Froze::default() };
        let held = Held { counted: held.counted.next(), shown: Some(shown), ..held };
        self.prepared(before, held, (Vec::new(), Some(frozen)), froze)
    }

    fn prepared(
        &self,
        before: Option<Counted>,
        mut held: Held,
        (entries, frozen): (Vec<(InstanceKey, Vec<u8>)>, Option<frozen::Day>),
        froze: Froze,
    ) -> Result<Prepared, Failed> {
        let cells = ledger::seal_cells(self.seal, self.contract(), &mut held.cells)?;
        let step = Step {
            contract: self.contract().to_owned(),
            now: self.work.now,
            before,
            deletions: held.deletions,
            after: held.counted.clone(),
            entries,
            cells,
            frozen,
        };
        let froze = froze.left(&held.counted, self.work.now);
        Ok(Prepared { step, held, froze })
    }
}

/// Reports that were read.
#[derive(Default)]
struct Reports {
    /// What each adds, of those that add something.
    counted: Vec<(InstanceKey, Contribution)>,
    /// How many were read, and how many of them are damaged.
    read: u32,
    damaged: u64,
    /// The last one.
    last: Option<(String, InstanceKey)>,
}
