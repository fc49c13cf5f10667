//! Attacks on the numbers of one day.

use std::collections::BTreeMap;

use headcount_figures::GroupName;
use jiff::civil::Date;

use super::state::State;
use super::truth::Member;
use super::{Finding, few};

/// A number, a group or a bucket behind which too few instances stand.
pub(crate) fn small(states: &[State<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for state in states {
        let mut judge = |what: String, instances: usize| {
            if few(instances, state.min_count) {
                findings.push(Finding { attack: "small", day: state.day, what, instances });
            }
        };
        judge(state.to_string(), state.valued.len());
        for (group, members) in state.groups() {
            judge(format!("{:?} in {state}", group.name), members.len());
        }
        for (group, members) in state.groups_of(&state.window) {
            judge(format!("all of {:?} in {state}", group.name), members.len());
        }
        for (bucket, members) in state.buckets() {
            judge(format!("from {:?} in {state}", bucket.from), members.len());
        }
    }
    findings
}

/// All less those that are shown: in the number itself, and in other figures of the same window.
pub(crate) fn remainders(states: &[State<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for state in states {
        // A sum or a median of all does not tell how many have a value.
        let shown: usize = match (state.groups().count(), state.buckets().count()) {
            (0, 0) => continue,
            (0, _) => state.buckets().map(|(_, members)| members.len()).sum(),
            _ => state.groups_of(&state.window).map(|(_, members)| members.len()).sum(),
        };
        // How many are in the window is told by counts of it, and by `instances`. That may be of an earlier day, and
        // then is something else.
        let exact = |other: &State<'_>| other.figure.round.is_none();
        let counts = |other: &&State<'_>| {
            other.figure.measure.path().is_none() && exact(other) && other.same_window(state)
        };
        let here = Some(state.window.len() as u64) == state.number.instances && exact(state);
        if !here && !states.iter().any(|other| counts(&other)) {
            continue;
        }
        let instances = state.window.len() - shown;
        if few(instances, state.min_count) {
            let (day, what) = (state.day, format!("the window of {state}"));
            findings.push(Finding { attack: "remainder", day, what, instances });
        }
    }
    findings
}

/// One window less a shorter one that ends on the same day: all of them, and each group that both show.
pub(crate) fn windows(states: &[State<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (long, short) in pairs(states) {
        let min_count = long.min_count.min(short.min_count);
        let longer = long.figure.window_days > short.figure.window_days;
        if !longer {
            continue;
        }
        let mut judge = |what: String, left: usize| {
            if few(left, min_count) {
                let day = long.day.max(short.day);
                findings.push(Finding { attack: "windows", day, what, instances: left });
            }
        };
        if long.figure.measure.path() == short.figure.measure.path() {
            let left = without(&long.valued, &short.valued);
            judge(format!("{long} less {short}"), left);
        }
        let same = long.figure.by == short.figure.by && long.figure.cut_at == short.figure.cut_at;
        if long.figure.by.is_none() || !same {
            continue;
        }
        for (group, members) in long.groups().filter(|(group, _)| group.name != GroupName::Other) {
            let same = short.groups().find(|(other, _)| other.name == group.name);
            let Some((_, fewer)) = same else { continue };
            judge(format!("{:?} in {long} less {short}", group.name), without(&members, &fewer));
        }
    }
    findings
}

/// Two distributions of one leaf by different bounds: what lies between their edges.
pub(crate) fn edges(states: &[State<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (one, other) in pairs(states) {
        let same =
            one.same_window(other) && one.figure.measure.path() == other.figure.measure.path();
        if !same || one.figure.measure == other.figure.measure {
            continue;
        }
        let runs = [runs(one), runs(other)];
        for wide in &runs[0] {
            for narrow in runs[1].iter().filter(|narrow| inside(narrow, wide)) {
                let left = without(wide, narrow);
                if few(left, one.min_count.min(other.min_count)) {
                    let what = format!("{one} less {other}");
                    let day: Date = one.day.max(other.day);
                    findings.push(Finding { attack: "edges", day, what, instances: left });
                }
            }
        }
    }
    findings
}

/// A group of a leaf's values up to a mark, less those of its values that another figure shows whole.
pub(crate) fn cuts(states: &[State<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (coarse, fine) in pairs(states) {
        let same = coarse.same_window(fine) && coarse.figure.by == fine.figure.by;
        let (Some(mark), true) = (coarse.figure.cut_at.as_deref(), same) else { continue };
        if fine.figure.cut_at.is_some() {
            continue;
        }
        for (group, members) in coarse.groups() {
            let GroupName::Value(text) = &group.name else { continue };
            let belongs = |name: &GroupName| match name {
                GroupName::Value(whole) => whole.split(mark).next() == Some(text),
                GroupName::Missing | GroupName::Other => false,
            };
            let parts = fine.groups().filter(|(part, _)| belongs(&part.name));
            let parts: Vec<_> = parts.flat_map(|(_, members)| members).collect();
            let left = without(&members, &parts);
            if few(left, coarse.min_count.min(fine.min_count)) {
                let what = format!("{text} in {coarse} less {fine}");
                let day = coarse.day.max(fine.day);
                findings.push(Finding { attack: "cuts", day, what, instances: left });
            }
        }
    }
    findings
}

/// Every ordered pair of different states of one day.
fn pairs<'s, 'a>(states: &'s [State<'a>]) -> Vec<(&'s State<'a>, &'s State<'a>)> {
    let mut by_day: BTreeMap<Date, Vec<&State<'a>>> = BTreeMap::new();
    for state in states {
        by_day.entry(state.number.as_of).or_default().push(state);
    }
    let mut pairs = Vec::new();
    for of_one_day in by_day.values() {
        for (place, one) in of_one_day.iter().enumerate() {
            let others = of_one_day.iter().enumerate().filter(|(other, _)| *other != place);
            pairs.extend(others.map(|(_, other)| (*one, *other)));
        }
    }
    pairs
}

/// The members of every run of shown buckets.
fn runs<'a>(state: &State<'a>) -> Vec<Vec<Member<'a>>> {
    let buckets: Vec<_> = state.buckets().map(|(_, members)| members).collect();
    let from =
        (0..buckets.len()).flat_map(|from| (from + 1..=buckets.len()).map(move |to| from..to));
    from.map(|run| buckets[run].concat()).collect()
}

fn inside(narrow: &[Member<'_>], wide: &[Member<'_>]) -> bool {
    narrow.iter().all(|member| wide.iter().any(|other| other.instance == member.instance))
}

fn without(all: &[Member<'_>], those: &[Member<'_>]) -> usize {
    let gone = |member: &&Member<'_>| those.iter().all(|other| other.instance != member.instance);
    all.iter().filter(gone).count()
}
