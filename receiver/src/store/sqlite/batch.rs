//! The reports of one transaction: merged in memory, and each written once.

use std::collections::BTreeMap;

use headcount_contract::{Merged, Part, Receipt};
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{erasing, row};
use crate::error::Error;
use crate::store::erase::late;
use crate::store::{Kept, Stored, StoredKey};

const SELECT: &str = "SELECT part FROM report \
    WHERE contract = ? AND version = ? AND date = ? AND instance = ?";
const UPSERT: &str = "INSERT INTO report (contract, version, date, instance, part) \
    VALUES (?, ?, ?, ?, ?) \
    ON CONFLICT (contract, version, date, instance) DO UPDATE SET part = excluded.part";

/// The reports that a transaction touches.
pub(super) struct Batch<'t> {
    transaction: &'t Transaction<'t>,
    reports: BTreeMap<StoredKey, Report>,
}

/// A report while parts are merged into it.
#[derive(Default)]
struct Report {
    /// `None` while there is none.
    part: Option<Part>,
    /// How it is stored; empty where it is not.
    stored: Vec<u8>,
    /// Whether somebody wants a receipt.
    receipt: bool,
}

/// What became of a job's parts, before the reports are written.
pub(super) struct Put {
    merged: Vec<Merged>,
    /// The report that a receipt is wanted of.
    single: Option<StoredKey>,
}

impl<'t> Batch<'t> {
    pub(super) fn new(transaction: &'t Transaction<'t>) -> Self {
        Self { transaction, reports: BTreeMap::new() }
    }

    /// Merges a job's parts: none of them where a stored report is damaged.
    pub(super) fn put(&mut self, parts: Vec<Stored>) -> rusqlite::Result<Result<Put, Error>> {
        for Stored { key, .. } in &parts {
            if let Err(error) = self.load(key)? {
                tracing::error!(%error, "cannot add to a report");
                return Ok(Err(error));
            }
        }
        let single = match parts.as_slice() {
            [part] => Some(part.key.clone()),
            _ => None,
        };
        let mut merged = Vec::with_capacity(parts.len());
        for Stored { key, mut part } in parts {
            let tombstone = erasing::tombstone(self.transaction, &key.instance)?;
            let late = late(&mut part, tombstone.as_ref());
            let report = self.reports.entry(key).or_default();
            report.receipt |= single.is_some();
            merged.push(report.merge(part, late));
        }
        Ok(Ok(Put { merged, single }))
    }

    /// Has the report at hand, as it is stored.
    fn load(&mut self, key: &StoredKey) -> rusqlite::Result<Result<(), Error>> {
        if self.reports.contains_key(key) {
            return Ok(Ok(()));
        }
        let report = match find(self.transaction, key)? {
            None => Report::default(),
            Some(stored) => match row::part(key, &stored) {
                Ok(part) => Report { part: Some(part), stored, receipt: false },
                Err(error) => return Ok(Err(error)),
            },
        };
        self.reports.insert(key.clone(), report);
        Ok(Ok(()))
    }

    /// Writes what changed, and gives the receipts that are wanted, each of the bytes that are stored.
    pub(super) fn write(self) -> rusqlite::Result<Receipts> {
        let mut receipts = BTreeMap::new();
        for (key, Report { part, stored, receipt }) in self.reports {
            let Some(part) = part else { continue };
            let encoded = part.encode();
            if encoded != stored {
                write(self.transaction, &key, &encoded)?;
            }
            if receipt {
                receipts.insert(key, Receipt::of(&encoded));
            }
        }
        Ok(Receipts(receipts))
    }
}

impl Report {
    /// Merges a part of which so many points were erased before it came.
    fn merge(&mut self, part: Part, late: u64) -> Merged {
        let mut merged = match &mut self.part {
            _ if part.points() == 0 => Merged::default(),
            Some(held) => held.merge(part),
            none => {
                let added = part.points();
                *none = Some(part);
                Merged { added, ..Merged::default() }
            }
        };
        merged.duplicate += late;
        merged
    }
}

/// The receipts of reports that were written.
pub(super) struct Receipts(BTreeMap<StoredKey, Receipt>);

impl Receipts {
    pub(super) fn kept(&self, Put { merged, single }: Put) -> Kept {
        let receipt = single.and_then(|key| self.0.get(&key).copied());
        Kept { merged, receipt }
    }
}

pub(super) fn find(
    transaction: &Transaction<'_>,
    key: &StoredKey,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let StoredKey { contract, version, date, instance } = key;
    let key = params![contract, version, row::days(*date), instance.as_bytes()];
    transaction.prepare_cached(SELECT)?.query_row(key, |row| row.get(0)).optional()
}

pub(super) fn write(
    transaction: &Transaction<'_>,
    key: &StoredKey,
    part: &[u8],
) -> rusqlite::Result<()> {
    let StoredKey { contract, version, date, instance } = key;
    let values = params![contract, version, row::days(*date), instance.as_bytes(), part];
    transaction.prepare_cached(UPSERT)?.execute(values)?;
    Ok(())
}
