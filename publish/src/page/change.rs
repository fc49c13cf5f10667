//! How a number moved in the last four weeks.

use headcount_figures::Number;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};

use super::figure::Shown;
use super::text::percent;

/// A number that grew to more than so many times itself had hardly begun.
const MANYFOLD: f64 = 10.0;
/// Weeks that a number is held against.
const WEEKS: i32 = 4;

/// The newest number against the one four weeks before. Nothing where that is not shown.
pub(super) fn change(shown: &Shown<'_>) -> Markup {
    let Some((now, before)) = ends(&shown.series) else { return html! {} };
    let difference = now - before;
    html! {
        span.change {
            @if difference == 0.0 {
                "Unchanged"
            } @else {
                (if difference > 0.0 { "+" } else { "−" }) (shown.quantity(difference.abs()))
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
    Some((number.total()?, before.total()?))
}
