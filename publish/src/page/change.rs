//! How a number moved in the last four weeks.

use headcount_figures::{Number, Value};
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};

use super::figure::Shown;
use super::text::{percent, quantity};

/// A number that grew to more than so many times itself had hardly begun.
const MANYFOLD: f64 = 10.0;
/// Weeks that a number is held against.
const WEEKS: i32 = 4;

/// The newest number against the one four weeks before. Nothing where that is not shown.
pub(super) fn change(shown: &Shown<'_>) -> Markup {
    let unit = shown.application.unit(shown.figure);
    let Some((now, before)) = ends(&shown.series) else { return html! {} };
    let difference = now - before;
    html! {
        span.change {
            @if difference == 0.0 {
                "Unchanged"
            } @else {
                (if difference > 0.0 { "+" } else { "−" }) (quantity(difference.abs(), unit.as_deref()))
                @if before > 0.0 && difference.abs() < MANYFOLD * before { " (" (percent(difference.abs(), before)) ")" }
            }
            " in four weeks"
        }
    }
}

fn ends(series: &[(Date, &Number)]) -> Option<(f64, f64)> {
    let (newest, number) = series.last()?;
    let earlier = newest.checked_sub(WEEKS.weeks()).ok()?;
    let (_, before) = series.iter().find(|(day, _)| *day == earlier)?;
    Some((total(number)?, total(before)?))
}

/// The number, where it is a single one that is shown.
pub(super) fn total(number: &Number) -> Option<f64> {
    match number.value {
        Value::Total(total) if total.is_finite() => Some(total),
        _ => None,
    }
}
