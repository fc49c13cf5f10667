//! Instances that come, report, upgrade and go.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::shop::{Report, Shop, day};

/// What happens on a day.
#[derive(Clone, Debug)]
pub(crate) struct Today {
    /// By instance, and by the version of the contract.
    pub(crate) reports: BTreeMap<(u32, u32), Report>,
    /// Reports for a day that is frozen: how many days ago.
    pub(crate) late: Vec<(u32, i64, Report)>,
    /// Who is erased at its end.
    pub(crate) erased: BTreeSet<u32>,
}

pub(crate) fn report() -> impl Strategy<Value = Report> {
    const RELEASES: [&str; 5] = ["1.0", "1.1", "v2.0.0-rc.1", "2.0", "<b>2.0</b>"];
    let release = prop::option::weighted(0.9, prop::sample::select(&RELEASES[..]));
    let system = prop::option::weighted(0.9, prop::sample::select(vec!["linux", "darwin"]));
    let orders =
        prop::option::weighted(0.9, (0..40_000_u32).prop_map(|orders| f64::from(orders) / 8.0));
    (release, system, orders).prop_map(|(release, system, orders)| Report {
        release: release.map(str::to_owned),
        system: system.map(str::to_owned),
        orders,
    })
}

/// Some days of at most so many instances.
pub(crate) fn days(number: usize, instances: u32) -> impl Strategy<Value = Vec<Today>> {
    let reports =
        prop::collection::btree_map((0..instances, 1..=2_u32), report(), 0..instances as usize);
    let late = prop::collection::vec((0..instances, 1..40_i64, report()), 0..2);
    let erased = prop_oneof![
        4 => Just(BTreeSet::new()),
        1 => prop::collection::btree_set(0..instances, 1..3),
    ];
    let today = (reports, late, erased);
    let today = today.prop_map(|(reports, late, erased)| Today { reports, late, erased });
    prop::collection::vec(today, number)
}

impl Shop {
    /// Lives a day and freezes it. `shuffle` puts its reports in another order, and is asked for it one by one.
    pub(crate) fn live(
        &mut self,
        number: i64,
        today: &Today,
        mut shuffle: impl FnMut(usize) -> usize,
    ) {
        let mut reports: Vec<_> = today.reports.iter().collect();
        while !reports.is_empty() {
            let ((instance, version), report) = reports.remove(shuffle(reports.len()));
            self.report(*instance, *version, day(number), report);
        }
        // On the first day nothing is frozen yet that they could be late for.
        for (instance, ago, report) in today.late.iter().filter(|_| number > 0) {
            assert!(!self.report(*instance, 2, day(number - ago), report), "it was frozen");
        }
        for instance in &today.erased {
            self.erase(*instance);
        }
        self.freeze(day(number));
    }
}
