//! A single number: how large it is, and its way there.

use headcount_figures::Number;
use jiff::civil::Date;
use maud::{Markup, html};

use super::{Shown, Width};
use crate::page::change::change;
use crate::page::chart::{self, Line, MIDDLE, NARROW, Point, WIDE, area};
use crate::page::text::{self, NONE, Text, date};

/// As many points as a chart shows.
const POINTS: usize = 190;

pub(super) fn card(shown: &Shown<'_>, width: Width) -> Markup {
    super::card(
        shown,
        width,
        &html! {
            p.value {
                @match shown.number.total() {
                    Some(newest) => b { (shown.quantity(newest)) },
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
    let Some(days) = shown.days() else { return html! {} };
    let points: Vec<Point> = shown.every(POINTS).into_iter().map(point).collect();
    if points.iter().filter(|point| point.value.is_some()).count() < 2 {
        return html! {};
    }
    let line = Line { points: &points, days: &days, unit: shown.unit.as_deref() };
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
    Point { day, value: number.total(), complete: number.complete }
}

/// The chart in a sentence.
fn told(shown: &Shown<'_>) -> String {
    let mut numbers = shown.series.iter().filter_map(|(day, number)| Some((*day, number.total()?)));
    let first = numbers.next();
    let last = numbers.next_back().or(first);
    let (Some(first), Some(last)) = (first, last) else { return shown.title() };
    format!(
        "Line chart, {}: {} on {}, {} on {}. The table below has the numbers.",
        shown.title(),
        shown.quantity(first.1),
        text::long(first.0),
        shown.quantity(last.1),
        text::long(last.0)
    )
}

fn table(shown: &Shown<'_>) -> Markup {
    if shown.series.iter().all(|(_, number)| number.total().is_none()) {
        return html! {};
    }
    let title = shown.title();
    let quantity = |total| shown.quantity(total);
    let table = html! {
        table {
            thead { tr { th scope="col" { "Day" } th.n scope="col" { (Text(&title)) } } }
            tbody {
                @for (day, number) in shown.weekly() {
                    tr {
                        th scope="row" { (date(day)) }
                        td.n { (number.total().map_or_else(|| NONE.to_owned(), quantity)) }
                    }
                }
            }
        }
    };
    super::numbers("Numbers, week by week", &format!("Numbers: {title}"), &table)
}
