//! The figures, each in a card of its own.

mod buckets;
mod groups;
mod months;
mod note;
mod over_time;
mod total;
mod upgrade;

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
    /// Their unit, in UCUM.
    unit: Option<String>,
}

impl<'a> Shown<'a> {
    /// What is shown of a figure; nothing where no day has it.
    pub(super) fn of(application: &'a Application, figure: &'a Figure) -> Option<Self> {
        let number = application.snapshot.number(&figure.name)?;
        let series = application.snapshot.series(&figure.name);
        Some(Self { application, figure, number, series, unit: application.unit(figure) })
    }

    /// What it is called, for people.
    pub(super) fn title(&self) -> String {
        title(self.figure)
    }

    /// A number of it, with its unit.
    pub(super) fn quantity(&self, number: f64) -> String {
        text::quantity(number, self.unit.as_deref())
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
    card: fn(&Shown<'_>, Width) -> Markup,
}

/// How wide a card is, on a wide page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Width {
    Full,
    Half,
    Third,
}

impl Width {
    fn class(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Half => "half",
            Self::Third => "third",
        }
    }

    /// The widths of so many cards: the first has a row of its own, the others three, or two, so that no row has a gap.
    fn of(cards: usize, place: usize) -> Self {
        let rest = cards.saturating_sub(1);
        let pairs = match rest % 3 {
            0 => 0,
            1 => 4,
            _ => 2,
        };
        match place {
            0 => Self::Full,
            _ if rest == 1 => Self::Full,
            place if place + pairs >= cards => Self::Half,
            _ => Self::Third,
        }
    }
}

/// The parts in their order: what is read first, first.
const KINDS: [Kind; 4] = [
    Kind { place: "totals", title: "Over time", holds: Figure::is_total, card: total::card },
    Kind { place: "groups", title: "What they run", holds: is_group, card: groups_card },
    Kind {
        place: "sizes",
        title: "How large they are",
        holds: is_distribution,
        card: buckets_card,
    },
    Kind { place: "months", title: "Who stays", holds: is_monthly, card: months_card },
];

/// The figures of the application, those of one kind together, each kind in the contract's order; those that are
/// hidden come last.
pub(super) fn sections(application: &Application) -> Markup {
    let figures = application.figures().iter();
    let mut shown: Vec<_> = figures.filter_map(|figure| Shown::of(application, figure)).collect();
    shown.sort_by_key(|shown| shown.number.value == Value::Hidden);
    html! {
        @for kind in &KINDS {
            @let of_kind: Vec<_> = shown.iter().filter(|shown| (kind.holds)(shown.figure)).collect();
            @if !of_kind.is_empty() { (part(application, kind, &of_kind)) }
        }
    }
}

/// The parts of the page that hold figures, with their names.
pub(super) fn places(application: &Application) -> Vec<(&'static str, &'static str)> {
    let is_shown = |figure: &&Figure| application.snapshot.number(&figure.name).is_some();
    let shown: Vec<_> = application.figures().iter().filter(is_shown).collect();
    let holds = |kind: &&Kind| shown.iter().any(|figure| (kind.holds)(figure));
    KINDS.iter().filter(holds).map(|kind| (kind.place, kind.title)).collect()
}

fn part(application: &Application, kind: &Kind, figures: &[&Shown<'_>]) -> Markup {
    let title = format!("{}-title", kind.place);
    html! {
        section id=(kind.place) aria-labelledby=(title) {
            h2 id=(title) { (kind.title) }
            @if kind.place == "totals" { (open_days(application)) }
            div.cards {
                @for (place, shown) in figures.iter().enumerate() { ((kind.card)(shown, Width::of(figures.len(), place))) }
            }
        }
    }
}

fn is_group(figure: &Figure) -> bool {
    figure.measure.is_single() && figure.by.is_some()
}

fn is_distribution(figure: &Figure) -> bool {
    matches!(figure.measure, Measure::Distribution(..))
}

fn is_monthly(figure: &Figure) -> bool {
    figure.measure.is_monthly()
}

fn groups_card(shown: &Shown<'_>, _: Width) -> Markup {
    match &shown.number.value {
        Value::Groups(groups) => groups::card(shown, groups),
        _ => hidden(shown),
    }
}

fn buckets_card(shown: &Shown<'_>, _: Width) -> Markup {
    match &shown.number.value {
        Value::Buckets(buckets) => buckets::card(shown, buckets),
        _ => hidden(shown),
    }
}

fn months_card(shown: &Shown<'_>, _: Width) -> Markup {
    match &shown.number.value {
        Value::Retention(cohorts) => months::retention(shown, cohorts),
        Value::ReportingDays(months) => months::reporting(shown, months),
        _ => hidden(shown),
    }
}

/// A card, with what stands in it, and with its numbers as tables.
fn card(shown: &Shown<'_>, width: Width, content: &Markup, tables: &Markup) -> Markup {
    let place = shown.place();
    let title = format!("{place}-title");
    html! {
        article class={ "card " (width.class()) } id=(place) aria-labelledby=(title) {
            h3 id=(title) { (Text(&shown.title())) }
            div.content { (content) }
            div.notes { (note::note(shown)) (tables) }
        }
    }
}

/// A table that is closed at first, in a place that a keyboard can scroll.
fn numbers(summary: &str, label: &str, table: &Markup) -> Markup {
    html! {
        details.numbers {
            summary { (summary) }
            div.scroll tabindex="0" role="region" aria-label=(Text(label)) { (table) }
        }
    }
}

fn hidden(shown: &Shown<'_>) -> Markup {
    card(shown, Width::Half, &html! { p.value { b.none { "Not shown" } } }, &html! {})
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

#[cfg(test)]
mod tests {
    use super::Width;

    #[test]
    fn no_row_of_cards_has_a_gap() {
        for cards in 1..30 {
            let sixths: u32 = (0..cards)
                .map(|place| match Width::of(cards, place) {
                    Width::Full => 6,
                    Width::Half => 3,
                    Width::Third => 2,
                })
                .sum();
            assert_eq!(sixths % 6, 0, "{cards} cards");
            assert_eq!(Width::of(cards, 0), Width::Full);
        }
    }
}
