//! How the groups of a figure grew, one above the other.

use headcount_figures::{Adoption, Group, GroupName, Number, Value};
use jiff::civil::Date;
use maud::{Markup, html};

use super::groups::{is_whole, name};
use super::{Shown, upgrade};
use crate::page::chart::{BESIDE, Ink, Layer, NARROW, Stack, stack};
use crate::page::text::{NONE, date, long};

/// As many days as a chart shows.
const DAYS: usize = 120;
/// Groups that have an ink of their own, beside that of all others.
const OWN: usize = Ink::LAYERS - 1;
/// Of these so many for the largest of now.
const NOW: usize = 4;
const CLASSES: [&str; Ink::LAYERS] =
    ["ink-0", "ink-1", "ink-2", "ink-3", "ink-4", "ink-5", "ink-6", "ink-7"];

/// Which group has which ink, from above. Those that are not among them share the last one.
pub(super) struct Inks(Vec<GroupName>);

impl Inks {
    /// The inks of the groups that are largest now, and of those that once were; nothing where there is nothing to draw.
    pub(super) fn of(shown: &Shown<'_>, adoption: &Adoption) -> Option<Self> {
        let days = shown.every(DAYS);
        let days: Vec<_> = days.iter().filter_map(|(_, number)| groups_of(number)).collect();
        if days.len() < 2 || !is_whole(shown) {
            return None;
        }
        let mut largest = largest(&days);
        largest.sort_by_key(|name| upgrade::place(adoption, name));
        Some(Self(largest.into_iter().cloned().collect()))
    }

    /// The class of the ink of a group.
    pub(super) fn class(&self, group: &GroupName) -> &'static str {
        CLASSES[self.place(group)]
    }

    fn place(&self, group: &GroupName) -> usize {
        self.0.iter().position(|name| name == group).unwrap_or(OWN)
    }

    /// The sums of a day by ink; nothing where the day shows no groups.
    fn sums(&self, number: &Number) -> Option<[f64; Ink::LAYERS]> {
        let mut sums = [0.0; Ink::LAYERS];
        for Group { name, value, .. } in groups_of(number)? {
            sums[self.place(name)] += value;
        }
        Some(sums)
    }
}

/// The groups that are largest now, and those that once had the largest share, by what they are now.
fn largest<'g>(days: &[&'g [Group]]) -> Vec<&'g GroupName> {
    let newest = days.last().copied().unwrap_or_default();
    let mut known: Vec<(&GroupName, f64)> = Vec::new();
    for groups in days {
        let whole: f64 = groups.iter().map(|group| group.value).sum();
        for group in groups.iter().filter(|group| group.name != GroupName::Other) {
            let share = group.value / whole;
            match known.iter_mut().find(|(name, _)| *name == &group.name) {
                Some((_, most)) => *most = most.max(share),
                None => known.push((&group.name, share)),
            }
        }
    }
    let now = |name: &GroupName| newest.iter().find(|group| group.name == *name);
    let now = |name: &GroupName| now(name).map_or(0.0, |group| group.value);
    known.sort_by(|a, b| now(b.0).total_cmp(&now(a.0)));
    // Behind the largest of now come those that once had the largest share.
    let past = known.len().min(NOW);
    known[past..].sort_by(|a, b| b.1.total_cmp(&a.1));
    known.truncate(OWN);
    known.sort_by(|a, b| now(b.0).total_cmp(&now(a.0)));
    known.into_iter().map(|(name, _)| name).collect()
}

/// The chart with its legend and its table.
pub(super) fn over_time(shown: &Shown<'_>, inks: &Inks) -> Markup {
    let Some(days) = shown.days() else { return html! {} };
    let numbers = shown.every(DAYS);
    let dates: Vec<Date> = numbers.iter().map(|(day, _)| *day).collect();
    let sums: Vec<_> = numbers.iter().map(|(_, number)| inks.sums(number)).collect();
    let used = used(&sums);
    let layer = |ink: &usize| Layer {
        ink: *ink,
        values: sums.iter().map(|sums| sums.map(|sums| sums[*ink])).collect(),
    };
    // The rest lies at the ground, the first of the legend on top.
    let layers: Vec<Layer> = used.iter().rev().map(layer).collect();
    html! {
        div.chart role="img" aria-label=(told(shown, &dates)) {
            (stack(Stack { dates: &dates, layers: &layers, days: &days, unit: shown.unit.as_deref() }, &[NARROW, BESIDE]))
        }
        ul.legend aria-label="Legend" {
            @for ink in &used { li class=(CLASSES[*ink]) { (ink_name(inks, *ink)) } }
        }
    }
}

/// The inks of which there is anything.
fn used(sums: &[Option<[f64; Ink::LAYERS]>]) -> Vec<usize> {
    let any = |ink: &usize| sums.iter().flatten().any(|sums| sums[*ink] > 0.0);
    (0..Ink::LAYERS).filter(any).collect()
}

fn ink_name(inks: &Inks, ink: usize) -> Markup {
    html! {
        @match inks.0.get(ink) {
            Some(group) => (name(group)),
            None => i { "all others" },
        }
    }
}

/// The chart in a sentence.
fn told(shown: &Shown<'_>, dates: &[Date]) -> String {
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else { return shown.title() };
    let (first, last) = (long(*first), long(*last));
    format!(
        "Stacked areas, {}: from {first} to {last}. The table below has the numbers.",
        shown.title()
    )
}

/// Its numbers.
pub(super) fn table(shown: &Shown<'_>, inks: &Inks) -> Markup {
    let weeks = shown.weekly();
    let sums: Vec<_> = weeks.iter().map(|(_, number)| inks.sums(number)).collect();
    let used = used(&sums);
    let table = html! {
        table {
            thead { tr {
                th scope="col" { "Day" }
                @for ink in &used { th.n scope="col" { (ink_name(inks, *ink)) } }
            } }
            tbody {
                @for ((day, _), sums) in weeks.iter().zip(&sums) {
                    tr {
                        th scope="row" { (date(*day)) }
                        @for ink in &used {
                            td.n { @match sums {
                                Some(sums) => (shown.quantity(sums[*ink])),
                                None => (NONE),
                            } }
                        }
                    }
                }
            }
        }
    };
    super::numbers("Numbers, week by week", &format!("Numbers: {}", shown.title()), &table)
}

/// The groups of a number; nothing where it is hidden.
pub(in super::super) fn groups_of(number: &Number) -> Option<&[Group]> {
    match &number.value {
        Value::Groups(groups) => Some(groups),
        _ => None,
    }
}
