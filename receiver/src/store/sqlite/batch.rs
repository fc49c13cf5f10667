//! The reports of one transaction: merged in memory, and each written once.

use std::collections::BTreeMap;

use headcount_contract::{Merged, Part, Receipt};
use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, params};

use super::instances::Instances;
use super::outbox::Additions;
use super::{erasing, row};
use crate::error::Error;
use crate::store::erase::late;
use crate::store::key::days;
use crate::store::outbox::accepted;
use crate::store::{Derived, Kept, Seal, Stored, StoredKey};

const SELECT: &str = "SELECT part, received_at, source FROM report \
    WHERE contract = ? AND version = ? AND date = ? AND instance = ?";
const UPSERT: &str = "INSERT INTO report \
    (contract, version, date, instance, part, received_at, source) VALUES (?, ?, ?, ?, ?, ?, ?) \
    ON CONFLICT (contract, version, date, instance) DO UPDATE \
    SET part = excluded.part, received_at = excluded.received_at, source = excluded.source";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[SELECT, UPSERT];

/// The reports that a transaction touches.
pub(super) struct Batch<'t> {
    transaction: &'t Transaction<'t>,
    seal: &'t Seal,
    reports: BTreeMap<StoredKey, Report>,
    instances: Instances,
    /// What is to be forwarded, where anything is.
    outbox: Option<Additions>,
}

/// A report while parts are merged into it.
#[derive(Default)]
struct Report {
    /// `None` while there is none.
    part: Option<Part>,
    derived: Derived,
    /// Both as they are stored, the part open; empty where they are not.
    stored: (Vec<u8>, Derived),
    /// Whether somebody wants a receipt.
    receipt: bool,
}

/// What became of a job's parts, before the reports are written.
pub(super) struct Put {
    merged: Vec<Merged>,
    new_instances: u64,
    /// The report that a receipt is wanted of.
    single: Option<StoredKey>,
}

impl<'t> Batch<'t> {
    /// `forwards`: whether what is added is to be forwarded, too.
    pub(super) fn new(transaction: &'t Transaction<'t>, seal: &'t Seal, forwards: bool) -> Self {
        let (reports, instances) = (BTreeMap::new(), Instances::default());
        let outbox = forwards.then(Additions::default);
        Self { transaction, seal, reports, instances, outbox }
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
        let mut new_instances = 0;
        for Stored { key, mut part, derived } in parts {
            let tombstone = erasing::tombstone(self.transaction, &key.instance)?;
            let late = late(&mut part, tombstone.as_ref());
            let report = self.reports.get_mut(&key).expect("it was loaded above");
            report.receipt |= single.is_some();
            if report.part.is_none() && part.points() > 0 {
                new_instances += u64::from(self.instances.add(self.transaction, &key)?);
            }
            let came = self.outbox.is_some().then(|| part.clone());
            let became = report.merge(part, derived, late);
            if let (Some(outbox), Some(mut came)) = (&mut self.outbox, came)
                && became.added > 0
            {
                accepted(&mut came, &became, report.part.as_ref());
                outbox.add(self.transaction, self.seal, &key, &came.stored())?;
            }
            merged.push(became);
        }
        Ok(Ok(Put { merged, new_instances, single }))
    }

    /// Has the report at hand, as it is stored.
    fn load(&mut self, key: &StoredKey) -> rusqlite::Result<Result<(), Error>> {
        if self.reports.contains_key(key) {
            return Ok(Ok(()));
        }
        let report = match find(self.transaction, key)? {
            None => Report::default(),
            Some((sealed, derived)) => match Report::open(key, &sealed, derived, self.seal) {
                Ok(report) => report,
                Err(error) => return Ok(Err(error)),
            },
        };
        self.reports.insert(key.clone(), report);
        Ok(Ok(()))
    }

    /// Writes what changed, and gives the receipts that are wanted, each of the bytes that are stored, and what is to be
    /// forwarded.
    pub(super) fn write(self) -> rusqlite::Result<(Receipts, Additions)> {
        let mut receipts = BTreeMap::new();
        for (key, Report { part, derived, stored, receipt }) in self.reports {
            let Some(part) = part else { continue };
            let encoded = part.stored();
            if (&*encoded, &derived) != (&*stored.0, &stored.1) {
                let sealed = row::seal(&key, &encoded, self.seal)?;
                write(self.transaction, &key, &sealed, &derived)?;
            }
            if receipt {
                receipts.insert(key, Receipt::of(&encoded));
            }
        }
        self.instances.write(self.transaction)?;
        Ok((Receipts(receipts), self.outbox.unwrap_or_default()))
    }
}

impl Report {
    fn open(key: &StoredKey, sealed: &[u8], derived: Derived, seal: &Seal) -> Result<Self, Error> {
        let stored = row::open(key, sealed, seal)?;
        let part = Some(row::part(key, &stored)?);
        Ok(Self { part, derived, stored: (stored, derived), receipt: false })
    }

    /// Merges a part of which so many points were erased before it came.
    fn merge(&mut self, part: Part, derived: Derived, late: u64) -> Merged {
        if part.points() > 0 {
            self.derived.merge(derived);
        }
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
    pub(super) fn kept(&self, Put { merged, new_instances, single }: Put) -> Kept {
        let receipt = single.and_then(|key| self.0.get(&key).copied());
        Kept { merged, receipt, new_instances }
    }
}

/// The report as it is stored, sealed.
pub(super) fn find(
    transaction: &Transaction<'_>,
    key: &StoredKey,
) -> rusqlite::Result<Option<(Vec<u8>, Derived)>> {
    let StoredKey { contract, version, date, instance } = key;
    let key = params![contract, version, days(*date), instance.as_bytes()];
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row::derived(row, 1)?));
    transaction.prepare_cached(SELECT)?.query_row(key, read).optional()
}

/// Stores a report that is sealed.
pub(super) fn write(
    transaction: &Transaction<'_>,
    key: &StoredKey,
    sealed: &[u8],
    derived: &Derived,
) -> rusqlite::Result<()> {
    let StoredKey { contract, version, date, instance } = key;
    let Derived { received_at, source } = derived;
    let received_at = received_at.map(Timestamp::as_second);
    let date = days(*date);
    let instance = instance.as_bytes();
    let values = params![contract, version, date, instance, sealed, received_at, source];
    transaction.prepare_cached(UPSERT)?.execute(values)?;
    Ok(())
}
