//! Reports in memory: forgotten at a restart, for makers who promise just that.

mod figures;
mod outbox;
mod reports;

use std::collections::HashMap;
use std::collections::btree_map::Entry;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use headcount_contract::Merged;
use headcount_figures::{Counting, Snapshot};
use jiff::Timestamp;
use jiff::civil::Date;

use super::erase::{forgotten_before, late};
use super::outbox::accepted;
use super::sweep::{Keep, Swept, Trust};
use super::{
    Derived, Durability, Erase, Erased, Filter, Froze, InstanceKey, Kept, Outbox, Outgoing,
    PAGE_BYTES, Row, Store, Stored, StoredKey, Tombstone,
};
use crate::clock::day;
use crate::error::Error;
use crate::front::Pending;
use figures::Figures;
use outbox::Waits;
use reports::{Report, Reports};

/// The volatile store.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    reports: Reports,
    /// How many they are.
    count: u64,
    /// How many reports there are of each instance; of none, it is not known.
    instances: HashMap<InstanceKey, u64>,
    tombstones: HashMap<InstanceKey, Tombstone>,
    trust: Trust,
    points: u64,
    waits: Waits,
    figures: Figures,
    /// The newest of the frozen days that another backend has.
    pushed: HashMap<String, Date>,
}

/// About what a report takes in memory with its key and its resource, and each of its points.
const REPORT_BYTES: u64 = 768;
const POINT_BYTES: u64 = 160;
/// And what is remembered of an instance that was counted.
const ENTRY_BYTES: u64 = 512;
/// Erasures and reports that a sweep forgets at once.
const SWEEP: usize = 256;
/// Reports that are counted at once.
const FREEZE: usize = 256;

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
        let (known, single) = (self.instances.len(), parts.len() == 1);
        let mut receipt = None;
        let merge = |stored: Stored| {
            let came = self.waits.is_wanted().then(|| (stored.key.clone(), stored.part.clone()));
            let (merged, kept) = self.merge(stored);
            receipt = kept.filter(|_| single).map(|kept| kept.part.receipt());
            if let Some((key, mut part)) = came.filter(|_| merged.added > 0) {
                accepted(&mut part, &merged, kept.map(|kept| &kept.part));
                late(&mut part, self.tombstones.get(&key.instance));
                self.waits.add(key, part);
            }
            merged
        };
        let merged = parts.into_iter().map(merge).collect();
        Kept { merged, receipt, new_instances: (self.instances.len() - known) as u64 }
    }

    /// Merges a part, and gives the report as it is now.
    fn merge(&mut self, Stored { key, mut part, derived }: Stored) -> (Merged, Option<&Report>) {
        let late = late(&mut part, self.tombstones.get(&key.instance));
        if part.points() == 0 {
            return (Merged { duplicate: late, ..Merged::default() }, self.reports.get(key));
        }
        let instance = key.instance;
        let (mut merged, kept) = match self.reports.entry(key) {
            Entry::Occupied(entry) => {
                let kept = entry.into_mut();
                let before = kept.part.points();
                kept.derived.merge(derived);
                let merged = kept.part.merge(part);
                self.points = self.points + kept.part.points() - before;
                (merged, kept)
            }
            Entry::Vacant(entry) => {
                let added = part.points();
                self.points += added;
                self.count += 1;
                *self.instances.entry(instance).or_default() += 1;
                let mut known = Derived::default();
                known.merge(derived);
                let kept = entry.insert(Report { part, derived: known });
                (Merged { added, ..Merged::default() }, kept)
            }
        };
        merged.duplicate += late;
        (merged, Some(kept))
    }

    fn erase(&mut self, Erase { contract, instance, cutoff }: &Erase, now: Timestamp) -> Erased {
        let held = self.tombstones.remove(instance);
        let (tombstone, known) = Tombstone::after(held, cutoff, self.trust.moment(now));
        self.tombstones.insert(*instance, tombstone);
        let mut erased = Erased { reports: 0, known };
        let (mut empty, mut kept) = (Vec::new(), Vec::new());
        for (key, report) in self.reports.of_mut(contract, instance) {
            let points = report.part.erase(cutoff);
            self.points -= points;
            erased.reports += u64::from(points > 0);
            if report.part.points() == 0 {
                empty.push(key);
            } else if points == 0 {
                kept.push(key.date);
            }
        }
        for key in empty {
            self.remove(key);
        }
        if !known {
            // Where anything of it went, it is counted anew if it goes on.
            let stays = |last| erased.reports == 0 && kept.contains(&last);
            self.figures.forget(contract, instance, stays);
        }
        self.waits.erase(instance, cutoff);
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
            let first = keep.first(day(now));
            swept.waiting += self.waits.expire(keep, first);
            let expired = self.reports.before(&keep.contract, &keep.version, first);
            let expired: Vec<_> = expired.take(left).collect();
            left -= expired.len();
            swept.reports += expired.len() as u64;
            for key in expired {
                self.remove(key);
            }
        }
        swept.instances = (known - self.instances.len()) as u64;
        swept.more = left == 0;
        swept
    }

    fn freeze(&mut self, counting: &Counting, now: Timestamp) -> Froze {
        let Some(counted) = self.figures.due(&self.reports, counting, now) else {
            return Froze::default();
        };
        if !self.trust.hear(now) {
            return Froze { doubted: true, ..Froze::default() };
        }
        self.figures.step(&self.reports, counting, (counted, now), FREEZE)
    }

    fn remove(&mut self, key: StoredKey) {
        let (contract, instance) = (key.contract.clone(), key.instance);
        let Some(report) = self.reports.remove(key) else { return };
        self.count -= 1;
        self.points -= report.part.points();
        if let Some(reports) = self.instances.get_mut(&instance) {
            *reports -= 1;
            if *reports == 0 {
                self.instances.remove(&instance);
                self.figures.forget(&contract, &instance, |_| false);
            }
        }
    }

    fn bytes(&self) -> u64 {
        let reports = self.count * REPORT_BYTES + self.points * POINT_BYTES;
        reports + self.figures.instances() * ENTRY_BYTES + self.waits.outbox().bytes
    }

    fn list(&self, filter: &Filter, after: Option<&StoredKey>, most: usize) -> Vec<Row> {
        let behind = self.reports.behind(after);
        behind.filter(|(key, _)| filter.admits(key)).take(most).map(row).collect()
    }

    fn instance_page(&self, wanted: &Wanted<'_>, after: Option<&StoredKey>) -> Vec<Row> {
        let theirs = self.reports.of(wanted.contract, wanted.instance, after);
        let mut bytes = 0;
        let room = theirs.take(wanted.most).take_while(|(_, report)| {
            let room = bytes < PAGE_BYTES;
            bytes += report.part.stored().len();
            room
        });
        room.map(row).collect()
    }
}

fn row((key, Report { part, derived }): (StoredKey, &Report)) -> Row {
    Row { key, part: Ok(part.clone()), derived: *derived }
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

    fn freeze(&self, counting: Arc<Counting>, now: Timestamp) -> Pending<'_, Result<Froze, Error>> {
        Box::pin(ready(Ok(self.held().freeze(&counting, now))))
    }

    fn snapshot<'s>(
        &'s self,
        contract: &'s str,
        behind: Option<Date>,
    ) -> Pending<'s, Result<Snapshot, Error>> {
        let days = self.held().figures.frozen(contract, behind);
        Box::pin(ready(Ok(Snapshot { days })))
    }

    fn pushed<'s>(&'s self, contract: &'s str) -> Pending<'s, Result<Option<Date>, Error>> {
        Box::pin(ready(Ok(self.held().pushed.get(contract).copied())))
    }

    fn note_pushed<'s>(&'s self, contract: &'s str, day: Date) -> Pending<'s, Result<(), Error>> {
        self.held().pushed.insert(contract.to_owned(), day);
        Box::pin(ready(Ok(())))
    }

    fn forward(&self, most: u64) -> Pending<'_, Result<(), Error>> {
        self.held().waits.fit(most);
        Box::pin(ready(Ok(())))
    }

    fn outgoing(&self, most: usize) -> Pending<'_, Result<Vec<Outgoing>, Error>> {
        Box::pin(ready(Ok(self.held().waits.oldest(most))))
    }

    fn gone(&self, ids: Vec<u64>) -> Pending<'_, Result<(), Error>> {
        self.held().waits.remove(&ids);
        Box::pin(ready(Ok(())))
    }

    fn outbox(&self) -> Outbox {
        self.held().waits.outbox()
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
