//! The attacker looks at sixty days and more of many small worlds.

use std::collections::BTreeSet;

use proptest::prelude::{ProptestConfig, Strategy as _, prop_assert, proptest};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use crate::attacker::{Day, Finding, Published, Truth, attack};
use crate::freezing::Freezing;
use crate::plans::plans;
use crate::unprotected;
use crate::world::{Midnight, Plan, Shape};

/// Publishes a world day by day, and lets the attacker look at it.
fn found(plan: &Plan, mut publish: impl FnMut(&Midnight, &Truth) -> Day) -> Vec<Finding> {
    let (mut published, mut truth) = (Published::default(), Truth::default());
    for midnight in plan.midnights() {
        midnight.erased.iter().for_each(|instance| truth.erase(*instance));
        for (_, instance, values) in &midnight.reports {
            truth.count(midnight.day, *instance, values);
        }
        truth.freeze(midnight.day);
        published.days.push(publish(&midnight, &truth));
    }
    attack(&published, &truth)
}

#[test]
fn the_attacker_finds_what_is_not_protected() {
    let attacks =
        ["columns", "cuts", "edges", "months", "moves", "remainder", "small", "tiles", "windows"];
    let mut runner = TestRunner::deterministic();
    let mut used = BTreeSet::new();
    for number in 0..24 {
        let plan = plans().new_tree(&mut runner).expect("a plan").current();
        let shape = if number % 4 < 2 { plan.shape } else { Shape::Overlapping };
        let contract = Plan::unprotected(shape);
        let findings = found(&plan, |midnight, truth| {
            let contract = contract.clone();
            let fewest = if number % 2 == 0 { 0 } else { plan.min_count.into() };
            let frozen = unprotected::freeze(&contract, truth, midnight.day, fewest);
            Day { contract, min_count: plan.min_count as usize, frozen }
        });
        used.extend(findings.iter().map(|finding| finding.attack));
    }
    assert_eq!(used.into_iter().collect::<Vec<_>>(), attacks);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_published_gives_nobody_away(plan in plans()) {
        let contracts = plan.contracts();
        let mut freezing = Freezing::default();
        let findings = found(&plan, |midnight, _| {
            let known = &contracts[..=usize::from(midnight.changed)];
            let contract = known.last().expect("there is a first version").clone();
            let min_count = contract.publish().min_count as usize;
            Day { contract, min_count, frozen: freezing.turn(known, midnight) }
        });
        let shown: Vec<_> = findings.iter().take(6).map(|finding| format!("{finding:?}\n")).collect();
        prop_assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), shown.concat());
    }
}
