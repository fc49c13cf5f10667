//! What a store is, as simply as it can be said.

use std::collections::{BTreeMap, BTreeSet};

use headcount_contract::{Cutoff, Merged, Part};
use headcount_receiver::{Erase, Erased, InstanceKey, Keep, Kept, Stored, StoredKey, Tombstone};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

const DAYS: fn(i64) -> SignedDuration = |days| SignedDuration::from_hours(24 * days);

#[derive(Debug, Default)]
pub struct Model {
    reports: BTreeMap<StoredKey, Part>,
    tombstones: BTreeMap<InstanceKey, Tombstone>,
    /// The latest moment that is believed to have passed.
    believed: Option<Timestamp>,
    /// Since when the clock goes on from where it jumped to, and where it is.
    doubted: Option<(Timestamp, Timestamp)>,
}

impl Model {
    pub fn put(&mut self, parts: Vec<Stored>) -> Kept {
        let single = (parts.len() == 1).then(|| parts[0].key.clone());
        let known = self.instances();
        let merged = parts.into_iter().map(|Stored { key, mut part, .. }| {
            // What was erased before it came is a duplicate.
            let late = self.tombstones.get(&key.instance).map_or(0, |it| part.erase(&it.cutoff));
            let mut merged = match self.reports.get_mut(&key) {
                _ if part.points() == 0 => Merged::default(),
                Some(held) => held.merge(part),
                None => {
                    let added = part.points();
                    self.reports.insert(key, part);
                    Merged { added, ..Merged::default() }
                }
            };
            merged.duplicate += late;
            merged
        });
        let merged = merged.collect();
        let receipt = single.and_then(|key| self.reports.get(&key)).map(Part::receipt);
        let new_instances = (self.instances().len() - known.len()) as u64;
        Kept { merged, receipt, new_instances }
    }

    pub fn erase(&mut self, erase: &Erase, now: Timestamp) -> Erased {
        // A clock that went back does not make the erasure older than it is.
        let now = self.believed.map_or(now, |believed| believed.max(now));
        let cutoff = erase.cutoff.clone();
        let new = Tombstone { cutoff: Cutoff::default(), since: now };
        let known = self.tombstones.contains_key(&erase.instance);
        let held = self.tombstones.entry(erase.instance).or_insert(new);
        let known = !held.cutoff.join(&cutoff) && known;
        held.since = held.since.max(now);
        let mut erased = Erased { reports: 0, known };
        for (key, part) in &mut self.reports {
            if key.instance == erase.instance && key.contract == erase.contract {
                erased.reports += u64::from(part.erase(&cutoff) > 0);
            }
        }
        self.reports.retain(|_, part| part.points() > 0);
        erased
    }

    /// Erasures, reports and instances that are forgotten.
    pub fn sweep(&mut self, now: Timestamp, keeps: &[Keep]) -> (u64, u64, u64) {
        if !self.believes(now) {
            return (0, 0, 0);
        }
        let before = (self.tombstones.len(), self.reports.len(), self.instances().len());
        self.tombstones.retain(|_, tombstone| tombstone.since >= now - DAYS(30));
        let today = now.to_zoned(TimeZone::UTC).date();
        for Keep { contract, version, days } in keeps {
            let first = today - Span::new().days(i64::from(*days));
            self.reports.retain(|key, _| {
                key.contract != *contract || key.version != *version || key.date >= first
            });
        }
        let after = (self.tombstones.len(), self.reports.len(), self.instances().len());
        let gone = |before: usize, after: usize| (before - after) as u64;
        (gone(before.0, after.0), gone(before.1, after.1), gone(before.2, after.2))
    }

    /// Two days ahead are believed at once, more when the clock has gone on from there for a day.
    fn believes(&mut self, now: Timestamp) -> bool {
        let day = |moment: Timestamp| moment.as_second().div_euclid(86_400);
        let near = |from: Timestamp| day(now) - day(from) <= 2;
        let goes_on = match self.doubted {
            Some((first, last)) if last <= now && near(last) => Some(first),
            _ => None,
        };
        let long = goes_on.is_some_and(|first| now.duration_since(first) >= DAYS(1));
        if long || self.believed.is_some_and(near) {
            self.believed = self.believed.max(Some(now));
            self.doubted = None;
            return true;
        }
        self.doubted = Some((goes_on.unwrap_or(now), now));
        false
    }

    pub fn stored(&self) -> Vec<Stored> {
        let stored = |(key, part): (&StoredKey, &Part)| Stored::new(key.clone(), part.clone());
        self.reports.iter().map(stored).collect()
    }

    pub fn knows(&self, instance: &InstanceKey) -> bool {
        self.instances().contains(instance)
    }

    pub fn tombstone(&self, instance: &InstanceKey) -> Option<&Tombstone> {
        self.tombstones.get(instance)
    }

    fn instances(&self) -> BTreeSet<InstanceKey> {
        self.reports.keys().map(|key| key.instance).collect()
    }
}
