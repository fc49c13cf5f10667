//! What is counted and frozen, in memory.

use std::collections::HashMap;

use headcount_figures::{Cells, Counting, Entry, FrozenDay, Shown};
use jiff::Timestamp;
use jiff::civil::Date;

use super::reports::Reports;
use crate::clock::day;
use crate::store::InstanceKey;
use crate::store::freezing::{Counted, Froze};

/// What is counted of each application.
#[derive(Debug, Default)]
pub(super) struct Figures(HashMap<String, OfApplication>);

#[derive(Debug)]
struct OfApplication {
    counted: Counted,
    cells: Cells,
    ledger: HashMap<InstanceKey, Entry>,
    shown: Shown,
    frozen: Vec<FrozenDay>,
}

impl Figures {
    /// Up to where an application's reports are counted, if anything of it is to be counted by now.
    pub(super) fn due(
        &self,
        reports: &Reports,
        counting: &Counting,
        now: Timestamp,
    ) -> Option<Counted> {
        let contract = counting.contract().name();
        let counted = match self.0.get(contract) {
            Some(figures) => figures.counted.clone(),
            None => {
                let versions = counting.versions().iter();
                let oldest = versions.filter_map(|version| reports.oldest(contract, version)).min();
                Counted::before(oldest?)
            }
        };
        counted.is_due(now).then_some(counted)
    }

    /// Counts at most so many reports, or freezes the day.
    pub(super) fn step(
        &mut self,
        reports: &Reports,
        counting: &Counting,
        (counted, now): (Counted, Timestamp),
        most: usize,
    ) -> Froze {
        let contract = counting.contract().name();
        let figures = self.0.entry(contract.to_owned()).or_insert_with(|| OfApplication {
            counted,
            cells: Cells::default(),
            ledger: HashMap::new(),
            shown: Shown::default(),
            frozen: Vec::new(),
        });
        let date = figures.counted.day;
        let open: Vec<_> = figures.counted.open(counting.versions()).collect();
        let next = open.into_iter().flat_map(|(version, behind)| {
            let theirs = reports.of_day((contract, version, date), behind.as_ref());
            theirs.map(move |(instance, report)| (version, instance, &report.part))
        });
        let (mut froze, mut last) = (Froze::default(), None);
        for (version, instance, part) in next.take(most) {
            last = Some((version.to_owned(), *instance));
            let Some(contribution) = counting.contribution(version, part) else { continue };
            froze.counted += 1;
            let held = figures.ledger.get(instance);
            let entry = figures.cells.count(instance.as_bytes(), held, contribution);
            figures.ledger.extend(entry.map(|entry| (*instance, entry)));
        }
        if last.is_some() {
            figures.counted.last = last;
        } else {
            let frozen = figures.cells.freeze(counting, date, day(now), &mut figures.shown);
            figures.frozen.push(frozen);
            figures.counted = figures.counted.next();
            froze.frozen = Some(date);
        }
        froze.left(&figures.counted, now)
    }

    /// Forgets what was counted of an instance, unless that is of a report of such a day.
    pub(super) fn forget(
        &mut self,
        contract: &str,
        instance: &InstanceKey,
        unless: impl FnOnce(Date) -> bool,
    ) {
        let Some(figures) = self.0.get_mut(contract) else { return };
        let Some(entry) = figures.ledger.get(instance) else { return };
        if unless(entry.last()) {
            return;
        }
        figures.cells.forget(instance.as_bytes(), entry);
        figures.ledger.remove(instance);
    }

    /// The frozen days of an application behind that one.
    pub(super) fn frozen(&self, contract: &str, behind: Option<Date>) -> Vec<FrozenDay> {
        let frozen = self.0.get(contract).into_iter().flat_map(|figures| &figures.frozen);
        frozen.filter(|day| behind.is_none_or(|behind| day.day > behind)).cloned().collect()
    }

    /// Instances of which something is counted.
    pub(super) fn instances(&self) -> u64 {
        self.0.values().map(|figures| figures.ledger.len() as u64).sum()
    }
}
