//! The adversary: everything public is his, all days, windows, figures and their differences. What he derives
//! is judged by the truth, which he does not have: a set of fewer than `min_count` instances that he isolates is a
//! finding.
//!
//! It knows nothing of how figures are made: a snapshot, the contracts that held, and the truth are all it takes. So the
//! same attacks run on a snapshot from the crate and on one that was read from a receiver's surfaces.

mod between;
mod months;
mod right;
mod state;
mod truth;
mod within;

use std::sync::Arc;

use headcount_contract::Contract;
use headcount_figures::FrozenDay;
use jiff::civil::Date;

pub(crate) use truth::{Instance, Member, Truth, Values};

/// What was published of one application.
#[derive(Debug, Default)]
pub(crate) struct Published {
    /// The frozen days, oldest first.
    pub days: Vec<Day>,
}

/// A frozen day.
#[derive(Debug)]
pub(crate) struct Day {
    /// The contract that governed when it was frozen.
    pub contract: Arc<Contract>,
    /// How many instances have to stand behind a number.
    pub min_count: usize,
    /// What was published.
    pub frozen: FrozenDay,
}

/// What the attacker found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// How.
    pub attack: &'static str,
    /// The day from which on it can be found.
    pub day: Date,
    /// What was combined.
    pub what: String,
    /// How many instances stand behind it.
    pub instances: usize,
}

/// Runs every attack. No finding is what has to come of it.
pub(crate) fn attack(published: &Published, truth: &Truth) -> Vec<Finding> {
    let states = state::states(published, truth);
    let mut findings = right::wrong(&states);
    findings.extend(right::two_truths(published));
    findings.extend(within::small(&states));
    findings.extend(within::remainders(&states));
    findings.extend(within::windows(&states));
    findings.extend(within::edges(&states));
    findings.extend(within::cuts(&states));
    findings.extend(between::moves(&states));
    findings.extend(between::tiles(&states));
    findings.extend(months::cells(published, truth));
    findings.extend(months::columns(published, truth));
    findings
}

/// Whether so many instances are too few to stand behind a number, and yet some.
fn few(instances: usize, min_count: usize) -> bool {
    (1..min_count).contains(&instances)
}
