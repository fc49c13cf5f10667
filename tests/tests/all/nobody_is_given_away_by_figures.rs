//! Sixty days of a real receiver, every surface fetched each day: they agree, they never move between two midnights, and
//! the attacker finds nothing in them.
//!
//! The attacker and the world are those of the figures' own test.

#[allow(dead_code, unused_imports, reason = "the figures' own test uses all of it")]
#[path = "../../../figures/tests/all/attacker/mod.rs"]
pub(crate) mod attacker;
pub(crate) mod makers;
mod read;
pub(crate) mod surfaces;
#[allow(dead_code, reason = "the figures' own test uses all of it")]
#[path = "../../../figures/tests/all/world/mod.rs"]
pub(crate) mod world;

use std::sync::Arc;

use anyhow::ensure;
use headcount_contract::{Contract, Library};
use headcount_figures::{FrozenDay, Value};
use jiff::ToSpan as _;

use attacker::{Day, Published, Truth};
use makers::Makers;
use surfaces::Surfaces;
use world::{Change, Midnight, Mood, Plan, Shape, day};

#[test]
fn in_a_busy_world_whose_contract_changes() -> anyhow::Result<()> {
    nobody_is_given_away(&Plan {
        instances: 24,
        days: 64,
        min_count: 3,
        mood: Mood::Busy,
        shape: Shape::Rich,
        change: Some((40, Change::MinCount(5))),
        seed: 7,
    })
}

#[test]
fn in_a_calm_world_where_one_instance_would_show() -> anyhow::Result<()> {
    nobody_is_given_away(&Plan {
        instances: 18,
        days: 62,
        min_count: 5,
        mood: Mood::Calm,
        shape: Shape::Windows,
        change: None,
        seed: 11,
    })
}

fn nobody_is_given_away(plan: &Plan) -> anyhow::Result<()> {
    let contracts = plan.contracts();
    let mut makers = Makers::new()?;
    let (mut published, mut truth) = (Published::default(), Truth::default());
    let mut midnights = plan.midnights().into_iter();
    let mut before: Vec<FrozenDay> = Vec::new();
    for (number, happens) in (0_u32..).zip(plan.days()) {
        let changed = plan.change.is_some_and(|(from, _)| number >= from);
        let known = &contracts[..=usize::from(changed)];
        let frozen = (number >= 2).then(|| day(number) - 2.days());
        makers.begin(day(number), library(known), frozen)?;
        let shown = Surfaces::fetch(&makers)?;
        let reports = happens.reports.iter();
        let reports = reports.map(|report| (&*known[report.version.min(known.len() - 1)], report));
        makers.report(&reports.collect::<Vec<_>>())?;
        for instance in &happens.erased {
            makers.erase(*instance)?;
        }
        ensure!(Surfaces::fetch(&makers)? == shown, "{}: a surface moved in the day", day(number));
        makers.end()?;
        let days = shown.days()?;
        ensure!(days.starts_with(&before), "{}: a frozen day changed", day(number));
        ensure!(days.len() == before.len() + usize::from(number >= 2), "one more day");
        shown.agree(known.last().expect("a contract"), &days)?;
        before = days;
        if number >= 2 {
            let midnight = midnights.next().expect("a day is frozen at each");
            tell(&mut truth, &midnight);
            let contract = known.last().expect("a contract").clone();
            let min_count = contract.publish().min_count as usize;
            let frozen = before.last().expect("it is frozen").clone();
            published.days.push(Day { contract, min_count, frozen });
        }
    }
    let days = published.days.iter().filter_map(|day| day.frozen.number("instances"));
    let shown = days.filter(|number| number.value != Value::Hidden).count();
    ensure!(shown > 50, "there is next to nothing to look at: {shown}");
    let findings = attacker::attack(&published, &truth);
    ensure!(findings.is_empty(), "{findings:#?}");
    Ok(())
}

fn library(contracts: &[Arc<Contract>]) -> Library {
    let mut library = Library::empty();
    for contract in contracts {
        library.add((**contract).clone()).expect("each version once");
    }
    library
}

/// What the judge knows.
fn tell(truth: &mut Truth, midnight: &Midnight) {
    midnight.erased.iter().for_each(|instance| truth.erase(*instance));
    for (_, instance, values) in &midnight.reports {
        truth.count(midnight.day, *instance, values);
    }
    truth.freeze(midnight.day);
}
