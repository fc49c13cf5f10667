//! What a receiver has before it at each midnight: the reports of the day before yesterday, as far as they came in time.

use std::collections::BTreeMap;

use jiff::ToSpan as _;
use jiff::civil::Date;

use super::super::attacker::{Instance, Values};
use super::{Plan, Report, day};

/// A day is frozen.
#[derive(Debug)]
pub(crate) struct Midnight {
    /// The day that is frozen: two days before the one that begins.
    pub day: Date,
    /// Whether the second version of the contract is known.
    pub changed: bool,
    /// Who was erased since the last midnight, with all reports.
    pub erased: Vec<Instance>,
    /// The reports of the day: by which version of the contract, of whom, and what they say. Where an instance reported
    /// by two versions the newer one comes last.
    pub reports: Vec<(usize, Instance, Values)>,
}

impl Plan {
    /// Every midnight at which a day is frozen.
    pub(crate) fn midnights(&self) -> Vec<Midnight> {
        let mut held = BTreeMap::new();
        let mut erased = Vec::new();
        let mut midnights = Vec::new();
        for (number, happened) in (0_u32..).zip(self.days()) {
            let today = day(number);
            if number >= 2 {
                let changed = self.change.is_some_and(|(from, _)| number >= from);
                let later = held.split_off(&(today - 1.day(), 0, 0));
                let closed = std::mem::replace(&mut held, later);
                let reports = closed.into_iter().map(|((_, version, of), it)| (version, of, it));
                let reports = reports.collect();
                let erased = std::mem::take(&mut erased);
                midnights.push(Midnight { day: today - 2.days(), changed, erased, reports });
            }
            for Report { instance, day, version, values } in happened.reports {
                // Of a day that is frozen it is too late.
                if day >= today - 1.day() {
                    held.insert((day, version, instance), values);
                }
            }
            for instance in happened.erased {
                held.retain(|(_, _, of), _| *of != instance);
                erased.push(instance);
            }
        }
        midnights
    }
}
