//! Reports in the order of their keys. Those of one contract and day are together, so that to find one takes no look at
//! the names of contracts on the way.

use std::collections::btree_map::{BTreeMap, Entry};
use std::ops::Bound;

use headcount_contract::Part;
use jiff::civil::Date;

use crate::store::{Derived, InstanceKey, StoredKey};

/// What is kept of a report.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) part: Part,
    pub(super) derived: Derived,
}

/// Every report.
#[derive(Debug, Default)]
pub(super) struct Reports(BTreeMap<Day, OfDay>);

/// The reports of one contract and day.
type OfDay = BTreeMap<InstanceKey, Report>;

/// What the reports of a day have in common. Its order is that of [`StoredKey`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Day {
    contract: String,
    version: String,
    date: Date,
}

impl Day {
    fn key(&self, instance: InstanceKey) -> StoredKey {
        let Self { contract, version, date } = self.clone();
        StoredKey { contract, version, date, instance }
    }
}

/// The two parts of a key.
fn split(StoredKey { contract, version, date, instance }: StoredKey) -> (Day, InstanceKey) {
    (Day { contract, version, date }, instance)
}

impl Reports {
    /// The place of a report, to be filled if it is free: a day without reports is not kept.
    pub(super) fn entry(&mut self, key: StoredKey) -> Entry<'_, InstanceKey, Report> {
        let (day, instance) = split(key);
        self.0.entry(day).or_default().entry(instance)
    }

    /// A report.
    pub(super) fn get(&self, key: StoredKey) -> Option<&Report> {
        let (day, instance) = split(key);
        self.0.get(&day)?.get(&instance)
    }

    /// The reports of an instance, for every version and day of the contract.
    pub(super) fn of_mut(
        &mut self,
        contract: &str,
        instance: &InstanceKey,
    ) -> impl Iterator<Item = (StoredKey, &mut Report)> {
        let days = self.0.iter_mut().filter(move |(day, _)| day.contract == contract);
        days.filter_map(|(day, reports)| Some((day.key(*instance), reports.get_mut(instance)?)))
    }

    /// The same, of those behind a key.
    pub(super) fn of<'s>(
        &'s self,
        contract: &'s str,
        instance: &'s InstanceKey,
        after: Option<&'s StoredKey>,
    ) -> impl Iterator<Item = (StoredKey, &'s Report)> {
        let days = self.0.iter().filter(move |(day, _)| day.contract == contract);
        let theirs =
            days.filter_map(|(day, reports)| Some((day.key(*instance), reports.get(instance)?)));
        theirs.filter(move |(key, _)| after.is_none_or(|after| key > after))
    }

    /// Every report behind a key.
    pub(super) fn behind(
        &self,
        after: Option<&StoredKey>,
    ) -> impl Iterator<Item = (StoredKey, &Report)> {
        let after = after.cloned().map(split);
        let first = after.clone().map_or(Bound::Unbounded, |(day, _)| Bound::Included(day));
        self.0.range((first, Bound::Unbounded)).flat_map(move |(day, reports)| {
            let begin = match &after {
                Some((first, instance)) if first == day => Bound::Excluded(*instance),
                _ => Bound::Unbounded,
            };
            let behind = reports.range((begin, Bound::Unbounded));
            behind.map(|(instance, report)| (day.key(*instance), report))
        })
    }

    /// The keys of a contract's reports for days before this one.
    pub(super) fn before<'s>(
        &'s self,
        contract: &'s str,
        version: &'s str,
        date: Date,
    ) -> impl Iterator<Item = StoredKey> + 's {
        let theirs = move |day: &Day| day.contract == contract && day.version == version;
        let days = self.0.iter().filter(move |(day, _)| theirs(day) && day.date < date);
        days.flat_map(|(day, reports)| reports.keys().map(|instance| day.key(*instance)))
    }

    /// The first day of which there is a report of that version.
    pub(super) fn oldest(&self, contract: &str, version: &str) -> Option<Date> {
        let theirs = |day: &&Day| day.contract == contract && day.version == version;
        self.0.keys().find(theirs).map(|day| day.date)
    }

    /// The reports of a day behind that instance's, in the order of their instances.
    pub(super) fn of_day<'s>(
        &'s self,
        (contract, version, date): (&str, &str, Date),
        behind: Option<&InstanceKey>,
    ) -> impl Iterator<Item = (&'s InstanceKey, &'s Report)> + use<'s> {
        let (contract, version) = (contract.to_owned(), version.to_owned());
        let begin = behind.map_or(Bound::Unbounded, |instance| Bound::Excluded(*instance));
        let reports = self.0.get(&Day { contract, version, date }).into_iter();
        reports.flat_map(move |reports| reports.range((begin, Bound::Unbounded)))
    }

    /// Takes a report away.
    pub(super) fn remove(&mut self, key: StoredKey) -> Option<Report> {
        let (day, instance) = split(key);
        let Entry::Occupied(mut reports) = self.0.entry(day) else { return None };
        let report = reports.get_mut().remove(&instance);
        if reports.get().is_empty() {
            reports.remove();
        }
        report
    }
}
