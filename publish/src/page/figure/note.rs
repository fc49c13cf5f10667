//! What stands under each figure: its definition, its day, and how many instances are behind it.

use headcount_figures::{Number, Value};
use maud::{Markup, html};

use super::Shown;
use crate::page::text::{self, Text, counted, date};

pub(super) fn note(shown: &Shown<'_>) -> Markup {
    let (number, figure) = (shown.number, shown.figure);
    html! {
        p.note {
            (Text(&text::sentence(&shown.application.definition(figure)))) " "
            @if let Some(instances) = number.instances {
                (behind(shown, instances)) " behind it, as of " (date(number.as_of)) "."
            }
        }
        (held_back(shown))
        (small(shown))
        @if shown.number.value != Value::Hidden { (incomplete(shown)) }
    }
}

/// How many instances there are. Those that round to none are some.
fn behind(shown: &Shown<'_>, instances: u64) -> String {
    let step = shown.figure.round.filter(|_| instances == 0);
    let (more, instances) = match step {
        Some(step) => ("Fewer than ", step.div_ceil(2).into()),
        None => ("", instances),
    };
    let verb = if instances == 1 { "is" } else { "are" };
    format!("{more}{} {verb}", counted(instances, noun(shown)))
}

/// Why a number is older than its day.
fn held_back(shown: &Shown<'_>) -> Markup {
    let Some((day, number)) = shown.series.last() else { return html! {} };
    let least = least(shown);
    html! {
        @if number.as_of < *day && number.value != Value::Hidden {
            p.note.held {
                "Unchanged since " (date(number.as_of)) ": fewer than " (counted(least, noun(shown)))
                " changed since then, and the difference would show them."
            }
        }
    }
}

/// Why a number, or a part of it, is not shown.
fn small(shown: &Shown<'_>) -> Markup {
    let least = least(shown);
    html! {
        @match &shown.number.value {
            Value::Hidden => p.note.held {
                "Fewer than " (counted(least, noun(shown))) " are behind it, so it is not shown."
            },
            _ if has_hidden(shown.number) => p.note.held {
                "“–” stands for fewer than " (counted(least, noun(shown)))
                ", and for what would tell them by subtraction."
            },
            _ => {},
        }
    }
}

fn has_hidden(number: &Number) -> bool {
    match &number.value {
        Value::Buckets(buckets) => buckets.iter().any(|bucket| bucket.instances.is_none()),
        Value::Retention(cohorts) => {
            cohorts.iter().any(|cohort| cohort.active.iter().any(Option::is_none))
        }
        Value::ReportingDays(months) => {
            months.iter().any(|month| month.days.iter().any(|bucket| bucket.instances.is_none()))
        }
        Value::Hidden | Value::Total(_) | Value::Groups(_) => false,
    }
}

/// Which days look back on less than a whole window.
fn incomplete(shown: &Shown<'_>) -> Markup {
    let days = shown.figure.window_days;
    let newest = shown.series.last().map(|(_, number)| number);
    if shown.figure.measure.is_monthly() {
        return html! {};
    }
    let first = shown.series.iter().find(|(_, number)| number.complete).map(|(day, _)| *day);
    let later = first.filter(|first| shown.series.first().is_some_and(|(day, _)| day < first));
    html! {
        @if newest.is_some_and(|number| !number.complete) {
            p.note.marked { "Not all of the " (days) " days that it looks back on were counted." }
        } @else if let Some(whole) = later {
            p.note { "Days before " (date(whole)) " look back on less than " (days) " counted days." }
        }
    }
}

/// What is counted, as one of them.
fn noun(shown: &Shown<'_>) -> &'static str {
    shown.application.counted().trim_end_matches('s')
}

fn least(shown: &Shown<'_>) -> u64 {
    shown.application.newest().publish().min_count.into()
}
