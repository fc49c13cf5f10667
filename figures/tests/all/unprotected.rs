//! Publishes a world as one would without thinking of differences: every number moves every day, and small groups are
//! left out at most. It shows that the attacker knows his trade.

use std::collections::{BTreeMap, BTreeSet};

use headcount_contract::{Contract, Figure, Measure};
use headcount_figures::{Bucket, Cohort, FrozenDay, Group, GroupName, MonthOfDays, Number, Value};
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::attacker::{Member, Truth};

/// A day of all figures of a contract, without groups, buckets and cells of fewer than so many instances.
pub(crate) fn freeze(contract: &Contract, truth: &Truth, day: Date, fewest: u64) -> FrozenDay {
    let number = |figure: &Figure| {
        let members = truth.members(figure, day, Date::MIN);
        Number {
            figure: figure.name.clone(),
            definition: figure.definition(contract.structure()),
            as_of: day,
            complete: true,
            instances: Some(members.len() as u64),
            value: value(figure, truth, &members, fewest),
        }
    };
    let numbers = contract.publish().figures.iter().map(number).collect();
    FrozenDay { day, frozen_on: day + 2.days(), numbers }
}

fn value(figure: &Figure, truth: &Truth, members: &[Member<'_>], fewest: u64) -> Value {
    let enough = |instances: usize| Some(instances as u64).filter(|&shown| shown >= fewest);
    match (&figure.measure, &figure.by) {
        (Measure::Retention, _) => retention(truth, enough),
        (Measure::ReportingDays, _) => reporting_days(truth),
        (Measure::Distribution(_, bounds), _) => Value::Buckets(
            (1..)
                .zip(bounds)
                .map(|(place, bound)| Bucket {
                    from: bound.as_f64(),
                    instances: enough(members.iter().filter(|m| m.value == Some(place)).count()),
                })
                .collect(),
        ),
        (_, None) => Value::Total(total(figure, members)),
        (_, Some(_)) => Value::Groups(groups(figure, members, fewest)),
    }
}

fn groups(figure: &Figure, members: &[Member<'_>], fewest: u64) -> Vec<Group> {
    let mut by_name: BTreeMap<GroupName, Vec<Member<'_>>> = BTreeMap::new();
    for member in members {
        let name =
            member.group.map_or(GroupName::Missing, |text| GroupName::Value(text.to_owned()));
        by_name.entry(name).or_default().push(*member);
    }
    let group = |(name, members): (GroupName, Vec<Member<'_>>)| Group {
        name,
        instances: members.len() as u64,
        value: total(figure, &members),
    };
    let groups = by_name.into_iter().map(group);
    groups.filter(|group| group.instances >= fewest).collect()
}

#[expect(clippy::cast_precision_loss, reason = "values of tests are small")]
fn total(figure: &Figure, members: &[Member<'_>]) -> f64 {
    let mut values: Vec<_> = members.iter().filter_map(|member| member.value).collect();
    let exact = match figure.measure {
        Measure::Sum(_) => values.iter().sum::<i64>() as f64,
        Measure::Median(_) => {
            values.sort_unstable();
            values.get(values.len() / 2).copied().unwrap_or_default() as f64
        }
        _ => members.len() as f64,
    };
    let step = f64::from(figure.round.unwrap_or(1));
    (exact / step).round() * step
}

fn retention(truth: &Truth, enough: impl Fn(usize) -> Option<u64>) -> Value {
    let months: Vec<_> = truth.months().collect();
    let cohorts = months.iter().map(|&(first, _)| Cohort {
        month: first,
        active: months
            .iter()
            .filter(|(month, _)| *month >= first)
            .map(|(_, active)| active.iter().filter(|(_, cohort, _)| *cohort == first).count())
            .map(&enough)
            .collect(),
    });
    Value::Retention(cohorts.collect())
}

fn reporting_days(truth: &Truth) -> Value {
    let months = truth.months().map(|(month, active)| {
        let different: BTreeSet<u32> = active.iter().map(|(_, _, days)| *days).collect();
        let bucket = |days: u32| Bucket {
            from: Some(f64::from(days)),
            instances: Some(active.iter().filter(|(_, _, of)| *of == days).count() as u64),
        };
        MonthOfDays { month, days: different.into_iter().map(bucket).collect() }
    });
    Value::ReportingDays(months.collect())
}
