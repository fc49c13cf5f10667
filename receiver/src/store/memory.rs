//! Reports in memory: forgotten at a restart, for makers who promise just that.

use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use headcount_contract::{Merged, Part};
use jiff::Timestamp;

use super::erase::{forgotten_before, late};
use super::{
    Durability, Erase, Erased, Filter, InstanceKey, Kept, PAGE_BYTES, Row, Store, Stored,
    StoredKey, Tombstone,
};
use crate::error::Error;
use crate::front::Pending;

/// The volatile store.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    reports: BTreeMap<StoredKey, Part>,
    tombstones: HashMap<InstanceKey, Tombstone>,
}

impl Memory {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A merge either ran or did not: a panic elsewhere leaves no report half merged.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn put(&mut self, parts: Vec<Stored>) -> Kept {
        let single = match parts.as_slice() {
            [part] => Some(part.key.clone()),
            _ => None,
        };
        let merged = parts.into_iter().map(|part| self.merge(part)).collect();
        let report = single.and_then(|key| self.reports.get(&key));
        Kept { merged, receipt: report.map(Part::receipt) }
    }

    fn merge(&mut self, Stored { key, mut part }: Stored) -> Merged {
        let late = late(&mut part, self.tombstones.get(&key.instance));
        let mut merged = match self.reports.get_mut(&key) {
            _ if part.points() == 0 => Merged::default(),
            Some(kept) => kept.merge(part),
            None => {
                let added = part.points();
                self.reports.insert(key, part);
                Merged { added, ..Merged::default() }
            }
        };
        merged.duplicate += late;
        merged
    }

    fn erase(&mut self, Erase { contract, instance, cutoff }: &Erase, now: Timestamp) -> Erased {
        let held = self.tombstones.remove(instance);
        let (tombstone, known) = Tombstone::after(held, cutoff, now);
        self.tombstones.insert(*instance, tombstone);
        let mut reports = 0;
        self.reports.retain(|key, part| {
            if key.contract == *contract && key.instance == *instance {
                reports += u64::from(part.erase(cutoff) > 0);
            }
            part.points() > 0
        });
        Erased { reports, known }
    }

    fn sweep(&mut self, now: Timestamp) -> u64 {
        let (before, oldest) = (self.tombstones.len(), forgotten_before(now));
        self.tombstones.retain(|_, tombstone| tombstone.since >= oldest);
        (before - self.tombstones.len()) as u64
    }

    fn list(&self, filter: &Filter, after: Option<&StoredKey>, most: usize) -> Vec<Row> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.reports.range::<StoredKey, _>((after, Bound::Unbounded));
        let admitted = behind.filter(|(key, _)| filter.admits(key)).take(most);
        admitted.map(|(key, part)| (key.clone(), Ok(part.clone()))).collect()
    }
}

impl Held {
    fn instance_page(&self, wanted: &Wanted<'_>, after: Option<&StoredKey>) -> Vec<Row> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.reports.range::<StoredKey, _>((after, Bound::Unbounded));
        let theirs = behind
            .filter(|(key, _)| key.contract == wanted.contract && key.instance == *wanted.instance);
        let mut bytes = 0;
        let room = theirs.take(wanted.most).take_while(|(_, part)| {
            let room = bytes < PAGE_BYTES;
            bytes += part.encode().len();
            room
        });
        room.map(|(key, part)| (key.clone(), Ok(part.clone()))).collect()
    }
}

/// Which reports of an instance are wanted.
struct Wanted<'a> {
    contract: &'a str,
    instance: &'a InstanceKey,
    most: usize,
}

impl Store for Memory {
    fn put(&self, parts: Vec<Stored>) -> Pending<'_, Result<Kept, Error>> {
        Box::pin(ready(Ok(self.held().put(parts))))
    }

    fn erase(
        &self,
        erasures: Vec<Erase>,
        now: Timestamp,
    ) -> Pending<'_, Result<Vec<Erased>, Error>> {
        let mut held = self.held();
        let erased = erasures.iter().map(|erase| held.erase(erase, now)).collect();
        Box::pin(ready(Ok(erased)))
    }

    fn sweep(&self, now: Timestamp) -> Pending<'_, Result<u64, Error>> {
        Box::pin(ready(Ok(self.held().sweep(now))))
    }

    fn page<'s>(
        &'s self,
        filter: &'s Filter,
        after: Option<&'s StoredKey>,
        most: usize,
    ) -> Pending<'s, Result<Vec<Row>, Error>> {
        Box::pin(ready(Ok(self.held().list(filter, after, most))))
    }

    fn instance_page<'s>(
        &'s self,
        contract: &'s str,
        instance: &'s InstanceKey,
        after: Option<&'s StoredKey>,
        most: usize,
    ) -> Pending<'s, Result<Vec<Row>, Error>> {
        let wanted = Wanted { contract, instance, most };
        Box::pin(ready(Ok(self.held().instance_page(&wanted, after))))
    }

    fn tombstone<'s>(
        &'s self,
        instance: &'s InstanceKey,
    ) -> Pending<'s, Result<Option<Tombstone>, Error>> {
        Box::pin(ready(Ok(self.held().tombstones.get(instance).cloned())))
    }

    fn durability(&self) -> Durability {
        Durability::Volatile
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(ready(()))
    }
}
