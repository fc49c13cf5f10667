//! The numbers that were shown, each once, with those behind them.

use std::collections::HashMap;
use std::fmt;

use headcount_contract::{Contract, Figure, Measure};
use headcount_figures::{Bucket, Group, GroupName, Number, Value};
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::truth::{Member, Truth};
use super::{Day, Published};

/// A number that was shown, for one day or for several, and those behind it.
#[derive(Debug)]
pub(crate) struct State<'a> {
    pub figure: &'a Figure,
    /// The `min_count` of the contract under which it was shown first.
    pub min_count: usize,
    /// The first day for which it was shown.
    pub day: Date,
    pub number: &'a Number,
    /// All in the window.
    pub window: Vec<Member<'a>>,
    /// Those of them that have a value to measure.
    pub valued: Vec<Member<'a>>,
}

/// All numbers that do not belong to months. A number that is shown again is no other state.
pub(crate) fn states<'a>(published: &'a Published, truth: &'a Truth) -> Vec<State<'a>> {
    let mut seen: HashMap<(&str, &str), (Date, &Value)> = HashMap::new();
    let (reigns, mut states) = (reigns(published), Vec::new());
    for Day { contract, min_count, frozen: day } in &published.days {
        for figure in
            contract.publish().figures.iter().filter(|figure| !figure.measure.is_monthly())
        {
            let Some(number) = day.number(&figure.name) else { continue };
            let shown = (number.as_of, &number.value);
            let key = (number.figure.as_str(), number.definition.as_str());
            if number.value == Value::Hidden || seen.insert(key, shown) == Some(shown) {
                continue;
            }
            let since = since(&reigns, figure, number.as_of);
            let window = truth.members(figure, number.as_of, since);
            let measures = figure.measure.path().is_some();
            let valued = |member: &Member<'_>| !measures || member.value.is_some();
            states.push(State {
                figure,
                min_count: *min_count,
                day: day.day,
                number,
                valued: window.iter().copied().filter(valued).collect(),
                window,
            });
        }
    }
    states
}

/// Days that one contract governed, one after the other: it, and the first of them.
fn reigns(published: &Published) -> Vec<(&Contract, Date)> {
    let mut reigns: Vec<(&Contract, Date)> = Vec::new();
    for Day { contract, frozen, .. } in &published.days {
        if reigns.last().is_none_or(|(last, _)| *last != &**contract) {
            reigns.push((contract, frozen.day));
        }
    }
    reigns
}

/// From which day on a figure of such a day can hold reports: since it was counted without a gap, and only what was
/// kept: at each midnight as much as the longest window takes.
fn since(reigns: &[(&Contract, Date)], figure: &Figure, day: Date) -> Date {
    let counted = |(contract, _): &&(&Contract, Date)| {
        let same = |other: &Figure| {
            (&other.measure, &other.by, &other.cut_at)
                == (&figure.measure, &figure.by, &figure.cut_at)
        };
        figure.measure == Measure::Instances && figure.by.is_none()
            || contract.publish().figures.iter().any(same)
    };
    let before = reigns.iter().rev().skip_while(|(_, from)| *from > day);
    let since = before.take_while(counted).last().map_or(day, |(_, from)| *from);
    // The last day of each contract before leaves what its own windows need.
    let kept = reigns.iter().zip(reigns.iter().skip(1)).filter(|(_, (_, next))| *next <= day);
    let kept = kept.map(|((contract, _), (_, next))| {
        let windows = contract.publish().figures.iter().map(|figure| figure.window_days);
        *next - (i64::from(windows.max().unwrap_or(1)) - 1).days()
    });
    kept.max().map_or(since, |kept| kept.max(since))
}

impl<'a> State<'a> {
    /// The groups that are shown, each with those behind its value.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&'a Group, Vec<Member<'a>>)> {
        self.groups_of(&self.valued)
    }

    /// The same, of some of those in the window.
    pub(crate) fn groups_of(
        &self,
        members: &[Member<'a>],
    ) -> impl Iterator<Item = (&'a Group, Vec<Member<'a>>)> {
        let groups: &[Group] = match &self.number.value {
            Value::Groups(groups) => groups,
            _ => &[],
        };
        groups.iter().map(move |group| {
            let belongs = |member: &Member<'_>| belongs(member, &group.name, groups);
            (group, members.iter().copied().filter(belongs).collect())
        })
    }

    /// The buckets that are shown, each with those behind it.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (&'a Bucket, Vec<Member<'a>>)> {
        let buckets: &[Bucket] = match &self.number.value {
            Value::Buckets(buckets) => buckets,
            _ => &[],
        };
        // The first bucket is below the first bound where the number has one more bucket than there are bounds.
        let bounds = match &self.figure.measure {
            Measure::Distribution(_, bounds) => bounds.len(),
            _ => 0,
        };
        let below = buckets.len() + 1 - bounds.min(buckets.len());
        let numbered = (0..).map(move |place: usize| place + 2 - below);
        let shown = buckets.iter().zip(numbered).filter(|(bucket, _)| bucket.instances.is_some());
        shown.map(move |(bucket, reached)| {
            let inside = |member: &Member<'_>| {
                member.value.and_then(|value| usize::try_from(value).ok()) == Some(reached)
            };
            (bucket, self.valued.iter().copied().filter(inside).collect())
        })
    }

    /// The same window, of the same days.
    pub(crate) fn same_window(&self, other: &Self) -> bool {
        self.number.as_of == other.number.as_of
            && self.figure.window_days == other.figure.window_days
    }
}

/// Whether an instance stands behind a group: by its text, or else among those that no other group shows.
fn belongs(member: &Member<'_>, name: &GroupName, groups: &[Group]) -> bool {
    let named = |name: &GroupName| match name {
        GroupName::Value(text) => member.group == Some(text),
        GroupName::Missing => member.group.is_none(),
        GroupName::Other => false,
    };
    match name {
        GroupName::Other => !groups.iter().any(|group| named(&group.name)),
        name => named(name),
    }
}

impl fmt::Display for State<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.figure.name, self.number.as_of)
    }
}
