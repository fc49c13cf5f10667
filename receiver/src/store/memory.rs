//! Reports in memory: forgotten at a restart, for makers who promise just that.

use std::collections::{BTreeMap, HashMap};
use std::future::ready;
use std::ops::{Bound, Range};
use std::sync::{Mutex, MutexGuard, PoisonError};

use headcount_contract::{Merged, Part};
use jiff::Timestamp;
use jiff::civil::Date;

use super::erase::{forgotten_before, late};
use super::sweep::{Keep, Swept, Trust};
use super::{
    Derived, Durability, Erase, Erased, Filter, InstanceKey, Kept, PAGE_BYTES, Row, Store, Stored,
    StoredKey, Tombstone,
};
use crate::clock::day;
use crate::error::Error;
use crate::front::Pending;

/// The volatile store.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    reports: BTreeMap<StoredKey, Report>,
    /// How many reports there are of each instance; of none, it is not known.
    instances: HashMap<InstanceKey, u64>,
    tombstones: HashMap<InstanceKey, Tombstone>,
    trust: Trust,
    points: u64,
}

#[derive(Debug)]
struct Report {
    part: Part,
    derived: Derived,
}

/// About what a report takes in memory with its key and its resource, and each of its points.
const REPORT_BYTES: u64 = 768;
const POINT_BYTES: u64 = 160;
/// Erasures and reports that a sweep forgets at once.
const SWEEP: usize = 256;

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
        let known = self.instances.len();
        let merged = parts.into_iter().map(|part| self.merge(part)).collect();
        let report = single.and_then(|key| self.reports.get(&key));
        let new_instances = (self.instances.len() - known) as u64;
        Kept { merged, receipt: report.map(|report| report.part.receipt()), new_instances }
    }

    fn merge(&mut self, Stored { key, mut part, derived }: Stored) -> Merged {
        let late = late(&mut part, self.tombstones.get(&key.instance));
        let mut merged = match self.reports.get_mut(&key) {
            _ if part.points() == 0 => Merged::default(),
            Some(kept) => {
                let before = kept.part.points();
                kept.derived.merge(derived);
                let merged = kept.part.merge(part);
                self.points = self.points + kept.part.points() - before;
                merged
            }
            None => {
                let added = part.points();
                self.points += added;
                *self.instances.entry(key.instance).or_default() += 1;
                let mut known = Derived::default();
                known.merge(derived);
                self.reports.insert(key, Report { part, derived: known });
                Merged { added, ..Merged::default() }
            }
        };
        merged.duplicate += late;
        merged
    }

    fn erase(&mut self, Erase { contract, instance, cutoff }: &Erase, now: Timestamp) -> Erased {
        let held = self.tombstones.remove(instance);
        let (tombstone, known) = Tombstone::after(held, cutoff, self.trust.moment(now));
        self.tombstones.insert(*instance, tombstone);
        let mut erased = Erased { reports: 0, known };
        let theirs = self.reports.iter_mut().filter(|(key, _)| {
            // Which comes first: they nearly always differ.
            key.instance == *instance && key.contract == *contract
        });
        let mut empty = Vec::new();
        for (key, report) in theirs {
            let points = report.part.erase(cutoff);
            self.points -= points;
            erased.reports += u64::from(points > 0);
            if report.part.points() == 0 {
                empty.push(key.clone());
            }
        }
        for key in &empty {
            self.remove(key);
        }
        erased
    }

    fn sweep(&mut self, now: Timestamp, keeps: &[Keep]) -> Swept {
        if !self.trust.hear(now) {
            return Swept { doubted: true, ..Swept::default() };
        }
        let known = self.instances.len();
        let oldest = forgotten_before(now);
        let old = self.tombstones.iter().filter(|(_, tombstone)| tombstone.since < oldest);
        let old: Vec<_> = old.map(|(instance, _)| *instance).take(SWEEP).collect();
        for instance in &old {
            self.tombstones.remove(instance);
        }
        let mut swept = Swept { erasures: old.len() as u64, ..Swept::default() };
        let mut left = SWEEP - old.len();
        for keep in keeps {
            let expired: Vec<_> = self
                .reports
                .range(expired(keep, now))
                .map(|(key, _)| key.clone())
                .take(left)
                .collect();
            for key in &expired {
                self.remove(key);
            }
            left -= expired.len();
            swept.reports += expired.len() as u64;
        }
        swept.instances = (known - self.instances.len()) as u64;
        swept.more = left == 0;
        swept
    }

    fn remove(&mut self, key: &StoredKey) {
        let Some(report) = self.reports.remove(key) else { return };
        self.points -= report.part.points();
        if let Some(reports) = self.instances.get_mut(&key.instance) {
            *reports -= 1;
            if *reports == 0 {
                self.instances.remove(&key.instance);
            }
        }
    }

    fn bytes(&self) -> u64 {
        self.reports.len() as u64 * REPORT_BYTES + self.points * POINT_BYTES
    }

    fn list(&self, filter: &Filter, after: Option<&StoredKey>, most: usize) -> Vec<Row> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.reports.range::<StoredKey, _>((after, Bound::Unbounded));
        behind.filter(|(key, _)| filter.admits(key)).take(most).map(row).collect()
    }

    fn instance_page(&self, wanted: &Wanted<'_>, after: Option<&StoredKey>) -> Vec<Row> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = self.reports.range::<StoredKey, _>((after, Bound::Unbounded));
        let theirs = behind
            .filter(|(key, _)| key.contract == wanted.contract && key.instance == *wanted.instance);
        let mut bytes = 0;
        let room = theirs.take(wanted.most).take_while(|(_, report)| {
            let room = bytes < PAGE_BYTES;
            bytes += report.part.encode().len();
            room
        });
        room.map(row).collect()
    }
}

fn row((key, Report { part, derived }): (&StoredKey, &Report)) -> Row {
    Row { key: key.clone(), part: Ok(part.clone()), derived: *derived }
}

/// The keys of the reports that are kept no longer.
fn expired(keep: &Keep, now: Timestamp) -> Range<StoredKey> {
    let from = |date| StoredKey {
        contract: keep.contract.clone(),
        version: keep.version.clone(),
        date,
        instance: InstanceKey::new([0; 32]),
    };
    from(Date::MIN)..from(keep.first(day(now)))
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

    fn sweep(&self, now: Timestamp, keeps: Vec<Keep>) -> Pending<'_, Result<Swept, Error>> {
        Box::pin(ready(Ok(self.held().sweep(now, &keeps))))
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

    fn known<'s>(&'s self, instances: &'s [InstanceKey]) -> Pending<'s, Result<Vec<bool>, Error>> {
        let held = self.held();
        let known = instances.iter().map(|instance| held.instances.contains_key(instance));
        Box::pin(ready(Ok(known.collect())))
    }

    fn bytes(&self) -> u64 {
        self.held().bytes()
    }

    fn healthy(&self) -> bool {
        true
    }

    fn durability(&self) -> Durability {
        Durability::Volatile
    }

    fn close(&self) -> Pending<'_, ()> {
        Box::pin(ready(()))
    }
}
