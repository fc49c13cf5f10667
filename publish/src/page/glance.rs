//! The page in three answers: how many run it, which releases, and what is collected.

use std::cmp::Ordering;

use headcount_contract::{Figure, Leaf, Measure, Order};
use headcount_figures::GroupName;
use maud::{Markup, html};

use super::change::change;
use super::chart::spark;
use super::figure::{Shown, bar, group_name, groups_of};
use super::text::{self, NONE, Text, count, counted, date, number, percent};
use crate::application::Application;

/// Days of the line beside a headline.
const SPARK_DAYS: usize = 91;
/// Releases that are named.
const RELEASES: usize = 4;
/// Fields that are named.
const FIELDS: usize = 4;
/// Other windows that are named.
const WINDOWS: usize = 3;

pub(super) fn section(application: &Application) -> Markup {
    let headline = headline(application);
    html! {
        section.glance aria-labelledby="glance-title" {
            h2.unseen #glance-title { "At a glance" }
            @match headline {
                Some(shown) => (how_many(&shown)),
                None => (none_yet(application)),
            }
            (releases(application))
            (collected(application))
        }
        @if application.volatile {
            p.marked.wide {
                "This receiver keeps reports in memory only: at a restart it forgets all of them, and every figure begins anew."
            }
        }
    }
}

/// The figure that says how many there are.
pub(super) fn headline(application: &Application) -> Option<Shown<'_>> {
    Shown::of(application, application.counts().next()?)
}

/// Its way here, as a line.
pub(super) fn way(shown: &Shown<'_>) -> Markup {
    let days = shown.series.iter().rev().take(SPARK_DAYS);
    let mut line: Vec<f64> = days.map_while(|(_, number)| number.total()).collect();
    line.reverse();
    html! { div aria-hidden="true" { (spark(&line)) } }
}

fn how_many(shown: &Shown<'_>) -> Markup {
    let window = shown.figure.window_days;
    html! {
        div.tile {
            h3 { "How many run it" }
            p.value {
                @match shown.number.total() { Some(total) => b { (number(total)) }, None => b.none { "Not shown" } }
                " " (shown.application.counted())
            }
            p.moved { (change(shown)) }
            (way(shown))
            (other_windows(shown))
            p.note {
                @if window > 1 { "Reported within the " (window) " days up to " } @else { "Reported on " }
                (date(shown.number.as_of)) ". " a href={ "#" (shown.place()) } { "Over time" }
            }
        }
    }
}

/// How many there are in other windows.
fn other_windows(shown: &Shown<'_>) -> Markup {
    let others = shown.application.counts().filter(|it| it.name != shown.figure.name);
    let others = others.filter_map(|it| Shown::of(shown.application, it));
    // Numbers that are held back are of different days, and may not go together: below each has its day.
    let (days, this) = (shown.figure.window_days, shown.number.total());
    let goes_together = |other: &Shown<'_>| match other.figure.window_days.cmp(&days) {
        Ordering::Less => other.number.total() <= this,
        Ordering::Equal => false,
        Ordering::Greater => other.number.total() >= this,
    };
    let mut others: Vec<_> = others.filter(goes_together).collect();
    others.sort_by_key(|it| it.figure.window_days);
    others.dedup_by(|longer, shorter| longer.number.total() < shorter.number.total());
    html! {
        @if !others.is_empty() {
            table.facts {
                tbody {
                    @for other in others.iter().take(WINDOWS) {
                        tr {
                            th scope="row" { (within(other.figure.window_days)) }
                            td.n { (other.number.total().map_or_else(|| NONE.to_owned(), number)) }
                        }
                    }
                }
            }
        }
    }
}

fn within(days: u32) -> String {
    match days {
        1 => "on a single day".to_owned(),
        days => format!("within {days} days"),
    }
}

/// Where no day is frozen yet.
fn none_yet(application: &Application) -> Markup {
    use jiff::ToSpan as _;
    let ready = application.today.checked_add(2.days()).unwrap_or(application.today);
    html! {
        div.tile {
            h3 { "How many run it" }
            p.value { b.none { "Not counted yet" } }
            p {
                "A day is counted once, two days after it, when late reports have come. What is reported today, on "
                (date(application.today)) ", is counted on " (date(ready)) "."
            }
        }
    }
}

/// The figure that tells releases apart.
fn by_release(application: &Application) -> Option<&Figure> {
    let counts = || application.figures().iter().filter(|it| it.measure == Measure::Instances);
    let ordered = counts().find(|it| it.by.is_some() && it.order == Order::Version);
    ordered.or_else(|| {
        counts().find(|it| {
            let leaf = it.by.as_deref().and_then(|path| application.newest().leaf(path));
            leaf.and_then(Leaf::wire_name) == Some("service.version")
        })
    })
}

fn releases(application: &Application) -> Markup {
    let shown = by_release(application).and_then(|figure| Shown::of(application, figure));
    let Some(shown) = shown else { return html! {} };
    let Some(all) = groups_of(shown.number) else { return html! {} };
    let whole: f64 = all.iter().map(|group| group.value).sum();
    let named = all.iter().filter(|group| matches!(group.name, GroupName::Value(_)));
    let mut named: Vec<_> = named.collect();
    named.sort_by(|a, b| b.value.total_cmp(&a.value));
    let rest = named.len().saturating_sub(RELEASES);
    named.truncate(RELEASES);
    let longest = named.first().map_or(0.0, |group| group.value);
    html! {
        div.tile {
            h3 { "Which releases they run" }
            @if let Some(first) = named.first() {
                p.value { b { (percent(first.value, whole)) } " run " (group_name(&first.name)) }
            }
            table.bars {
                thead.unseen { tr { th scope="col" { "Release" } th scope="col" { "Share" } } }
                tbody {
                    @for group in &named {
                        tr.ink {
                            th scope="row" { (group_name(&group.name)) (bar(group.value, longest)) }
                            td.n { (percent(group.value, whole)) }
                        }
                    }
                }
            }
            p.note {
                @if rest > 0 { "And " (counted(text::as_count(rest), "other release")) ". " }
                a href={ "#" (shown.place()) } { "All releases" }
            }
        }
    }
}

fn collected(application: &Application) -> Markup {
    let contract = application.newest();
    let leaves = contract.structure().leaves();
    let told = leaves.iter().filter(|(_, leaf)| leaf.wire_name().is_some());
    let mut briefs: Vec<String> = Vec::new();
    for brief in told.map(|(_, leaf)| leaf.told()) {
        if !briefs.contains(&brief) {
            briefs.push(brief);
        }
    }
    let values = text::as_count(contract.structure().told());
    let rest = briefs.len().saturating_sub(FIELDS);
    html! {
        div.tile {
            h3 { "What is collected" }
            p.value { b { (count(values)) } " " (if values == 1 { "kind of value" } else { "kinds of values" }) }
            ul.plain {
                @for brief in briefs.iter().take(FIELDS) { li { (Text(&text::capital(brief))) } }
                @if rest > 0 { li { "and " (rest) " more" } }
            }
            p.note { "What is not on the list is not sent. " a href="#collected" { "The whole list" } }
        }
    }
}
