//! Whether the numbers are true: an attacker is told nothing wrong, and a user neither.

use std::collections::HashMap;

use headcount_contract::Measure;
use headcount_figures::{Group, Value};
use jiff::civil::Date;

use super::state::State;
use super::truth::Member;
use super::{Day, Finding, Published};

/// Numbers that differ from the truth of their day.
pub(crate) fn wrong(states: &[State<'_>]) -> Vec<Finding> {
    let told = |state: &State<'_>, what: String| Finding {
        attack: "wrong",
        day: state.day,
        what,
        instances: state.valued.len(),
    };
    let mut findings = Vec::new();
    for state in states {
        for (group, members) in state.groups_of(&state.window) {
            let step = u64::from(state.figure.round.unwrap_or(1));
            let exact = members.len() as u64;
            if group.instances != (exact + step / 2) / step * step {
                let what = format!("{} in {:?} of {state}", group.instances, group.name);
                findings.push(told(state, what + &format!(", and not {exact}")));
            }
        }
        let mut check = |what: String, shown: f64, members: &[Member<'_>]| {
            let Some(expected) = expected(state, members) else { return };
            if (shown - expected).abs() > 1e-9 {
                findings.push(told(state, format!("{what}: {shown}, and not {expected}")));
            }
        };
        match &state.number.value {
            Value::Total(total) => check(state.to_string(), *total, &state.valued),
            Value::Groups(_) => state.groups().for_each(|(Group { name, value, .. }, members)| {
                check(format!("{name:?} in {state}"), *value, &members);
            }),
            Value::Buckets(_) => state.buckets().for_each(|(bucket, members)| {
                #[expect(clippy::cast_precision_loss, reason = "few instances")]
                let shown = bucket.instances.unwrap_or_default() as f64;
                check(format!("from {:?} in {state}", bucket.from), shown, &members);
            }),
            other => findings.push(told(state, format!("{state} is {other:?}"))),
        }
    }
    findings
}

/// A median is a bit rough on purpose, and so not checked here.
fn expected(state: &State<'_>, members: &[Member<'_>]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "values of tests are small")]
    let exact = match &state.figure.measure {
        Measure::Instances | Measure::Distribution(..) => members.len() as f64,
        Measure::Sum(_) => members.iter().filter_map(|member| member.value).sum::<i64>() as f64,
        _ => return None,
    };
    let step = f64::from(state.figure.round.unwrap_or(1));
    Some((exact / step).round() * step)
}

/// Numbers of one definition and one day that were shown in two ways.
pub(crate) fn two_truths(published: &Published) -> Vec<Finding> {
    let mut first: HashMap<(&str, &str, Date), &Value> = HashMap::new();
    let mut findings = Vec::new();
    for Day { frozen: day, .. } in &published.days {
        for number in day.numbers.iter().filter(|number| number.value != Value::Hidden) {
            let key = (number.figure.as_str(), number.definition.as_str(), number.as_of);
            if *first.entry(key).or_insert(&number.value) != &number.value {
                let what = format!("{} of {}", number.figure, number.as_of);
                let instances = number.instances.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
                findings.push(Finding { attack: "two truths", day: day.day, what, instances });
            }
        }
    }
    findings
}
