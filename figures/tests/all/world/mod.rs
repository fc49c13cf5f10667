//! A small world: instances that come, report, change, fall silent, come back and are erased. What happens follows from
//! the plan alone.

pub(crate) mod contracts;
mod life;
mod midnight;
mod random;

use std::sync::Arc;

use headcount_contract::Contract;
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use super::attacker::{Instance, Values};
pub(crate) use contracts::{Change, Shape};
pub(crate) use midnight::Midnight;
use random::Random;

/// The day on which the world begins.
pub(crate) const FIRST: Date = date(2026, 1, 5);

/// How much happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mood {
    /// Next to nothing: what happens to one instance would show.
    Calm,
    /// Something every day.
    Busy,
    /// Instances report about once a week.
    Rare,
}

/// What makes a world.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub instances: u32,
    pub days: u32,
    pub min_count: u32,
    pub mood: Mood,
    pub shape: Shape,
    /// What becomes of the contract, and on which day.
    pub change: Option<(u32, Change)>,
    pub seed: u64,
}

/// A report on its way.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub instance: Instance,
    /// The day that it is for.
    pub day: Date,
    /// Which version of the contract: 0 or 1.
    pub version: usize,
    pub values: Values,
}

/// What happens on one day, in this order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Day {
    pub reports: Vec<Report>,
    pub erased: Vec<Instance>,
}

/// The day with this number.
pub(crate) fn day(number: u32) -> Date {
    FIRST + i64::from(number).days()
}

impl Plan {
    /// Everything that happens, day by day.
    pub(crate) fn days(&self) -> Vec<Day> {
        let mut days = vec![Day::default(); self.days as usize];
        for instance in 0..self.instances {
            life::live(self, instance, &mut Random::of(self.seed, instance), &mut days);
        }
        days
    }

    /// Both versions of the contract.
    pub(crate) fn contracts(&self) -> Vec<Arc<Contract>> {
        let second = match self.change {
            Some((_, Change::MinCount(min_count))) => (self.shape, min_count),
            Some((_, Change::To(shape))) => (shape, self.min_count),
            None => (self.shape, self.min_count),
        };
        let versions = [(self.shape, self.min_count), second].into_iter().enumerate();
        let contract =
            |(version, (shape, min_count))| contracts::contract(version, shape, min_count);
        versions.map(contract).map(Arc::new).collect()
    }

    /// The same, where nothing is hidden.
    pub(crate) fn unprotected(shape: Shape) -> Arc<Contract> {
        Arc::new(contracts::contract(0, shape, 1))
    }
}
