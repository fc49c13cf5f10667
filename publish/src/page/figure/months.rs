//! Figures of finished months: who came back, and on how many days they reported.

use headcount_figures::{Bucket, Cohort, MonthOfDays};
use maud::{Markup, html};

use super::buckets::{label, rows};
use super::{Shown, Width};
use crate::page::text::{self, NONE, Text, as_number, count, month, percent};

/// As many months as are looked back on.
const MONTHS: usize = 13;
/// As many columns as fit beside something else.
const FEW: usize = 6;
/// Shades of the heat map.
const SHADES: f64 = 8.0;

/// A row for each first month, a column for each later one.
pub(super) fn retention(shown: &Shown<'_>, cohorts: &[Cohort]) -> Markup {
    let cohorts = &cohorts[cohorts.len().saturating_sub(MONTHS)..];
    let longest = cohorts.iter().map(|cohort| cohort.active.len()).max().unwrap_or(0);
    let title = shown.title();
    super::card(
        shown,
        if longest > FEW { Width::Full } else { Width::Half },
        &html! {
            @if cohorts.is_empty() { p.hint { "No month is finished yet." } }
            @else {
                div.scroll tabindex="0" role="region" aria-label=(Text(&title)) {
                    table.heat {
                        thead {
                            tr {
                                th scope="col" { "First reported in" }
                                th.n scope="col" { (Text(&text::capital(shown.application.counted()))) }
                                @for later in 1..longest { th.n scope="col" { "month " (later) } }
                            }
                        }
                        tbody { @for cohort in cohorts { (row(cohort, longest)) } }
                    }
                }
            }
        },
        &html! {},
    )
}

fn row(cohort: &Cohort, longest: usize) -> Markup {
    let first = cohort.active.first().copied().flatten();
    html! {
        tr {
            th scope="row" { (month(cohort.month)) }
            td.n { (first.map_or_else(|| NONE.to_owned(), count)) }
            @for later in 1..longest {
                @match cohort.active.get(later) {
                    Some(active) => (cell(*active, first)),
                    None => td {},
                }
            }
        }
    }
}

/// The share of those of the first month, and how many they are.
fn cell(active: Option<u64>, first: Option<u64>) -> Markup {
    let (Some(active), Some(first)) = (active, first.filter(|first| *first > 0)) else {
        return html! { td.n.none { (NONE) } };
    };
    let share = as_number(active) / as_number(first);
    html! {
        td class={ "n " (shade(share)) } {
            (percent(as_number(active), as_number(first)))
            small { (count(active)) }
        }
    }
}

fn shade(share: f64) -> &'static str {
    const CLASSES: [&str; 9] =
        ["heat-0", "heat-1", "heat-2", "heat-3", "heat-4", "heat-5", "heat-6", "heat-7", "heat-8"];
    let place = (share.clamp(0.0, 1.0) * SHADES).round();
    let place = (0_u8..9).position(|shade| f64::from(shade) >= place);
    CLASSES[place.unwrap_or(0)]
}

/// The newest month, and all of them in a table.
pub(super) fn reporting(shown: &Shown<'_>, months: &[MonthOfDays]) -> Markup {
    let Some(newest) = months.last() else {
        let none = html! { p.hint { "No month is finished yet." } };
        return super::card(shown, Width::Half, &none, &html! {});
    };
    super::card(
        shown,
        Width::Half,
        &html! {
            p.hint { "Days in " (month(newest.month)) }
            (rows(shown, &newest.days, true))
        },
        &html! { @if months.len() > 1 { (all_months(shown, months, newest)) } },
    )
}

fn all_months(shown: &Shown<'_>, months: &[MonthOfDays], newest: &MonthOfDays) -> Markup {
    let table = html! {
        table {
            thead { tr {
                th scope="col" { "Days" }
                @for (bucket, below) in Bucket::bounded(&newest.days) {
                    th.n scope="col" { (label(bucket.from, below, true)) }
                }
            } }
            tbody {
                @for of in months.iter().rev() {
                    tr {
                        th scope="row" { (month(of.month)) }
                        @for bucket in &of.days {
                            td.n { (bucket.instances.map_or_else(|| NONE.to_owned(), count)) }
                        }
                    }
                }
            }
        }
    };
    super::numbers("Month by month", &format!("Months: {}", shown.title()), &table)
}
