//! Attacks on the numbers of different days and windows.

use std::collections::{BTreeMap, BTreeSet};

use headcount_contract::Measure;
use headcount_figures::GroupName;
use jiff::ToSpan as _;

use super::state::State;
use super::truth::{Instance, Member, differing};
use super::{Finding, few};

/// Any two states of one measure, of whichever days and windows: where few instances differ, the difference of the
/// numbers is theirs.
pub(crate) fn moves(states: &[State<'_>]) -> Vec<Finding> {
    let mut seen: BTreeMap<String, Vec<Seen<'_, '_>>> = BTreeMap::new();
    let mut findings = Vec::new();
    for state in states {
        for (sight, members) in sights(state) {
            let what = |earlier: &State<'_>| format!("{sight}: {earlier} and {state}");
            let mut new = true;
            for earlier in seen.get(&sight).into_iter().flatten() {
                let instances = differing(&earlier.members, &members);
                new &= instances > 0;
                if few(instances, state.min_count) {
                    let (what, day) = (what(earlier.state), state.day);
                    findings.push(Finding { attack: "moves", day, what, instances });
                }
            }
            if new {
                seen.entry(sight).or_default().push(Seen { state, members });
            }
        }
    }
    findings
}

struct Seen<'s, 'a> {
    state: &'s State<'a>,
    members: Vec<Member<'a>>,
}

/// Under what a state can be held against others, and those behind it from that side: who is counted at all; in which
/// group and with which value; with which value in all groups together; with which value in one group.
fn sights<'a>(state: &State<'a>) -> Vec<(String, Vec<Member<'a>>)> {
    let State { figure, .. } = state;
    let measured = format!("{:?} by {:?} {:?}", figure.measure, figure.by, figure.cut_at);
    let mut sights = Vec::new();
    match &figure.measure {
        Measure::Instances => sights.push(("counted".to_owned(), bare(&state.valued, false))),
        Measure::Sum(path) => sights.push((format!("sum of {path}"), bare(&state.valued, true))),
        _ => {}
    }
    if figure.by.is_some() && matches!(figure.measure, Measure::Sum(_) | Measure::Median(_)) {
        sights.extend(state.groups().map(|(group, members)| {
            (format!("{measured}, {:?}", group.name), bare(&members, true))
        }));
    }
    // Those without a value are a group like any other: a distribution leaves out how many they are, but that is known.
    let all = match figure.measure {
        Measure::Distribution(..) => state.window.clone(),
        Measure::Sum(_) | Measure::Median(_) => as_shown(state),
        _ => state.valued.clone(),
    };
    sights.push((measured, all));
    sights
}

/// Those behind a value, in the groups in which they are shown: a sum does not move with what happens within other.
fn as_shown<'a>(state: &State<'a>) -> Vec<Member<'a>> {
    if state.figure.by.is_none() {
        return state.valued.clone();
    }
    let named = state.groups().flat_map(|(group, members)| {
        let name = match &group.name {
            GroupName::Value(text) => text.as_str(),
            GroupName::Missing => "\0missing",
            GroupName::Other => "\0other",
        };
        members.into_iter().map(move |member| Member { group: Some(name), ..member })
    });
    let mut named: Vec<_> = named.collect();
    named.sort_by_key(|member| member.instance);
    named
}

fn bare<'a>(members: &[Member<'a>], value: bool) -> Vec<Member<'a>> {
    let bare = |member: &Member<'a>| Member {
        group: None,
        value: member.value.filter(|_| value),
        ..*member
    };
    members.iter().map(bare).collect()
}

/// Several short windows that fill a long one, less that: the instances that are in more than one of them. Of a count
/// without groups it tells but how many those are.
pub(crate) fn tiles(states: &[State<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let telling = |state: &&State<'_>| {
        state.figure.by.is_some() || matches!(state.figure.measure, Measure::Sum(_))
    };
    for long in states.iter().filter(telling) {
        let same = |short: &&State<'_>| {
            short.figure.by == long.figure.by
                && short.figure.cut_at == long.figure.cut_at
                && short.figure.measure == long.figure.measure
                && long.figure.window_days.is_multiple_of(short.figure.window_days)
                && short.figure.window_days < long.figure.window_days
        };
        let shorts = states.iter().filter(same);
        let mut by_window: BTreeMap<u32, Vec<&State<'_>>> = BTreeMap::new();
        shorts.for_each(|short| by_window.entry(short.figure.window_days).or_default().push(short));
        for (window, shorts) in by_window {
            let Some(tiles) = fill(long, window, &shorts) else { continue };
            let instances = repeated(&tiles);
            if few(instances, long.min_count) {
                let what = format!("{long} from windows of {window} days");
                findings.push(Finding { attack: "tiles", day: long.day, what, instances });
            }
        }
    }
    findings
}

/// The windows of so many days that fill a longer one, if all of them were shown.
fn fill<'s, 'a>(
    long: &State<'a>,
    window: u32,
    shorts: &[&'s State<'a>],
) -> Option<Vec<&'s State<'a>>> {
    let ends = (0..long.figure.window_days / window).map(|tile| i64::from(tile * window));
    ends.map(|before| {
        let end = long.number.as_of - before.days();
        shorts.iter().copied().find(|short| short.number.as_of == end)
    })
    .collect()
}

/// How many instances are in more than one of them.
fn repeated(tiles: &[&State<'_>]) -> usize {
    let (mut once, mut again): (BTreeSet<Instance>, BTreeSet<Instance>) = Default::default();
    for member in tiles.iter().flat_map(|tile| &tile.valued) {
        if !once.insert(member.instance) {
            again.insert(member.instance);
        }
    }
    again.len()
}
