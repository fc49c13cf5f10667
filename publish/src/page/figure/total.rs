//! A single number: how large it is, and its way there.

use headcount_figures::Number;
use jiff::civil::Date;
use maud::{Markup, html};

use super::{Shown, Width};
use crate::page::change::{change, total};
use crate::page::chart::{self, Line, MIDDLE, NARROW, Point, WIDE, area};
use crate::page::text::{self, NONE, Text, date, quantity};

/// As many points as a chart shows.
const POINTS: usize = 190;

pub(super) fn card(shown: &Shown<'_>, width: Width) -> Markup {
    let newest = total(shown.number);
    super::card(
        shown,
        width,
        &html! {
            p.value {
                @match newest {
                    Some(newest) => b { (quantity(newest, shown.application.unit(shown.figure).as_deref())) },
                    None => b.none { "Not shown" },
                }
                " " (change(shown))
            }
            (over_time(shown, width))
        },
        &table(shown),
    )
}

fn over_time(shown: &Shown<'_>, width: Width) -> Markup {
    let unit = shown.application.unit(shown.figure);
    let Some(days) = shown.days() else { return html! {} };
    let points: Vec<Point> = shown.every(POINTS).into_iter().map(point).collect();
    if points.iter().filter(|point| point.value.is_some()).count() < 2 {
        return html! {};
    }
    let line = Line { points: &points, days: &days, unit: unit.as_deref() };
    let sizes: &[_] = match width {
        Width::Full => &[NARROW, MIDDLE, WIDE],
        Width::Half => &[NARROW, MIDDLE],
        Width::Third => &[NARROW],
    };
    html! {
        div.chart role="img" aria-label=(told(shown)) { (area(line, sizes)) }
    }
}

fn point((day, number): (Date, &Number)) -> chart::Point {
    Point { day, value: total(number), complete: number.complete }
}

/// The chart in a sentence.
fn told(shown: &Shown<'_>) -> String {
    let mut numbers = shown.series.iter().filter_map(|(day, number)| Some((*day, total(number)?)));
    let first = numbers.next();
    let last = numbers.next_back().or(first);
    let (Some(first), Some(last)) = (first, last) else { return shown.title() };
    let unit = shown.application.unit(shown.figure);
    let number = |number| quantity(number, unit.as_deref());
    format!(
        "Line chart, {}: {} on {}, {} on {}. The table below has the numbers.",
        shown.title(),
        number(first.1),
        text::long(first.0),
        number(last.1),
        text::long(last.0)
    )
}

fn table(shown: &Shown<'_>) -> Markup {
    if shown.series.iter().all(|(_, number)| total(number).is_none()) {
        return html! {};
    }
    let unit = shown.application.unit(shown.figure);
    let number = |number| quantity(number, unit.as_deref());
    html! {
        details.numbers {
            summary { "Numbers, week by week" }
            div.scroll tabindex="0" role="region" aria-label={ "Numbers: " (Text(&shown.title())) } {
                table {
                    thead { tr { th scope="col" { "Day" } th.n scope="col" { (Text(&shown.title())) } } }
                    tbody {
                        @for (day, shown) in shown.weekly() {
                            tr {
                                th scope="row" { (date(day)) }
                                td.n { (total(shown).map_or_else(|| NONE.to_owned(), number)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
