//! The figures, each in a card of its own.

mod buckets;
mod groups;
mod months;
mod note;
mod over_time;
mod total;

use headcount_contract::{Figure, Measure};
use headcount_figures::{Number, Value};
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};

pub(super) use groups::{bar, name as group_name};
pub(super) use over_time::groups_of;

use super::chart::Days;
use super::text::{self, Text};
use crate::application::Application;

/// A figure, and what is shown of it.
pub(super) struct Shown<'a> {
    pub(super) application: &'a Application,
    pub(super) figure: &'a Figure,
    /// The newest number.
    pub(super) number: &'a Number,
    /// The numbers over time, oldest first.
    pub(super) series: Vec<(Date, &'a Number)>,
}

impl<'a> Shown<'a> {
    /// What is shown of a figure; nothing where no day has it.
    pub(super) fn of(application: &'a Application, figure: &'a Figure) -> Option<Self> {
        let number = application.snapshot.number(&figure.name)?;
        let series = application.snapshot.series(&figure.name);
        Some(Self { application, figure, number, series })
    }

    /// What it is called, for people.
    pub(super) fn title(&self) -> String {
        title(self.figure)
    }

    /// Where it is on the page.
    pub(super) fn place(&self) -> String {
        format!("figure-{}", self.figure.name)
    }

    /// From the first day that is shown to the one that it is.
    fn days(&self) -> Option<Days> {
        let (first, _) = self.series.first()?;
        Some(Days::new(*first, self.application.today))
    }

    /// The days to draw or to list: every so many, counted back from the newest, at most so many.
    fn every(&self, most: usize) -> Vec<(Date, &'a Number)> {
        let step = self.series.len().div_ceil(most).max(1);
        let mut days: Vec<_> = self.series.iter().rev().step_by(step).copied().collect();
        days.reverse();
        days
    }

    /// One day of each week, back from the newest.
    fn weekly(&self) -> Vec<(Date, &'a Number)> {
        self.series.iter().rev().step_by(7).copied().collect()
    }
}

/// What a figure is called, for people.
pub(super) fn title(figure: &Figure) -> String {
    figure.brief.as_deref().map_or_else(|| text::title(&figure.name), text::capital)
}

/// A part of the page: figures of one kind.
struct Kind {
    place: &'static str,
    title: &'static str,
    holds: fn(&Figure) -> bool,
    card: fn(&Shown<'_>, bool) -> Markup,
}

/// The parts in their order: what is read first, first.
const KINDS: [Kind; 4] = [
    Kind { place: "totals", title: "Over time", holds: is_total, card: total::card },
    Kind { place: "groups", title: "What they run", holds: is_group, card: groups_card },
    Kind {
        place: "sizes",
        title: "How large they are",
        holds: is_distribution,
        card: buckets_card,
    },
    Kind { place: "months", title: "Who stays", holds: is_monthly, card: months_card },
];

/// The figures of the application, those of one kind together, each kind in the contract's order.
pub(super) fn sections(application: &Application) -> Markup {
    let figures = application.figures().iter();
    let shown: Vec<_> = figures.filter_map(|figure| Shown::of(application, figure)).collect();
    html! {
        @for kind in &KINDS {
            @let of_kind: Vec<_> = shown.iter().filter(|shown| (kind.holds)(shown.figure)).collect();
            @if !of_kind.is_empty() { (part(application, kind, &of_kind)) }
        }
    }
}

/// The parts of the page that hold figures, with their names.
pub(super) fn places(application: &Application) -> Vec<(&'static str, &'static str)> {
    let figures = application.figures().iter();
    let shown: Vec<_> = figures.filter_map(|figure| Shown::of(application, figure)).collect();
    let holds = |kind: &&Kind| shown.iter().any(|shown| (kind.holds)(shown.figure));
    KINDS.iter().filter(holds).map(|kind| (kind.place, kind.title)).collect()
}

fn part(application: &Application, kind: &Kind, figures: &[&Shown<'_>]) -> Markup {
    let title = format!("{}-title", kind.place);
    html! {
        section id=(kind.place) aria-labelledby=(title) {
            h2 id=(title) { (kind.title) }
            @if kind.place == "totals" { (open_days(application)) }
            div.cards {
                @for (place, shown) in figures.iter().enumerate() { ((kind.card)(shown, place == 0)) }
            }
        }
    }
}

fn is_single(figure: &Figure) -> bool {
    matches!(figure.measure, Measure::Instances | Measure::Sum(_) | Measure::Median(_))
}

fn is_total(figure: &Figure) -> bool {
    is_single(figure) && figure.by.is_none()
}

fn is_group(figure: &Figure) -> bool {
    is_single(figure) && figure.by.is_some()
}

fn is_distribution(figure: &Figure) -> bool {
    matches!(figure.measure, Measure::Distribution(..))
}

fn is_monthly(figure: &Figure) -> bool {
    figure.measure.is_monthly()
}

fn groups_card(shown: &Shown<'_>, _: bool) -> Markup {
    match &shown.number.value {
        Value::Groups(groups) => groups::card(shown, groups),
        _ => hidden(shown),
    }
}

fn buckets_card(shown: &Shown<'_>, _: bool) -> Markup {
    match &shown.number.value {
        Value::Buckets(buckets) => buckets::card(shown, buckets),
        _ => hidden(shown),
    }
}

fn months_card(shown: &Shown<'_>, _: bool) -> Markup {
    match &shown.number.value {
        Value::Retention(cohorts) => months::retention(shown, cohorts),
        Value::ReportingDays(months) => months::reporting(shown, months),
        _ => hidden(shown),
    }
}

/// A card, with what stands in it.
fn card(shown: &Shown<'_>, class: &str, content: &Markup) -> Markup {
    let place = shown.place();
    let title = format!("{place}-title");
    html! {
        article class={ "card " (class) } id=(place) aria-labelledby=(title) {
            h3 id=(title) { (Text(&shown.title())) }
            (content)
            (note::note(shown))
        }
    }
}

fn hidden(shown: &Shown<'_>) -> Markup {
    card(shown, "part", &html! { p.value { b.none { "Not shown" } } })
}

/// Which days are not counted yet, and when they are.
fn open_days(application: &Application) -> Markup {
    let Some(newest) = application.snapshot.newest() else { return html! {} };
    let Ok(next) = newest.day.checked_add(1.day()) else { return html! {} };
    html! {
        p.hint {
            "The newest day that is counted is " (text::date(newest.day)) ". "
            @if next <= application.today {
                "A day is counted once, two days after it, when late reports have come. "
                @if next == application.today {
                    (text::date(next)) " is not counted yet."
                } @else {
                    "Those from " (text::date(next)) " on are not counted yet; charts leave room for them."
                }
            }
        }
    }
}
