//! One number over time.

use jiff::civil::Date;
use maud::{Markup, html};
use plotters::prelude::{Circle, Color as _, PathElement, Polygon};

use super::axis::{Axes, Days, Span, axes};
use super::{Failure, Ink, Size, draw, units};

/// A number on a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in super::super) struct Point {
    pub(in super::super) day: Date,
    /// `None`: hidden on that day.
    pub(in super::super) value: Option<f64>,
    /// Whether its window was complete.
    pub(in super::super) complete: bool,
}

/// A number over time.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Line<'a> {
    /// Oldest first.
    pub(in super::super) points: &'a [Point],
    pub(in super::super) days: &'a Days,
    /// The unit of the numbers, in UCUM.
    pub(in super::super) unit: Option<&'a str>,
}

/// An area below a line, once for each size.
pub(in super::super) fn area(line: Line<'_>, sizes: &[Size]) -> Markup {
    html! { @for size in sizes { (one(line, *size)) } }
}

fn one(Line { points, days, unit }: Line<'_>, size: Size) -> Markup {
    let Some(newest) = points.last() else { return html! {} };
    let top = points.iter().filter_map(|point| point.value).fold(0.0, f64::max);
    let span = Span { days, top, counted: newest.day, unit };
    draw(size, |canvas| {
        let chart = axes(canvas, size, span)?;
        for run in points.chunk_by(|a, b| a.value.is_some() && b.value.is_some()) {
            let Some(line) = line(run, days) else { continue };
            below(&chart, &line)?;
        }
        // Each piece begins where the one before it ends.
        let pieces = points.windows(2).filter(|pair| pair.iter().all(|p| p.value.is_some()));
        let pieces: Vec<_> = pieces.collect();
        for piece in pieces.chunk_by(|a, b| a[1].day == b[0].day && a[1].complete == b[1].complete)
        {
            let complete = piece.iter().all(|pair| pair[1].complete);
            let ends = piece.first().map(|pair| pair[0]).into_iter();
            let run: Vec<Point> = ends.chain(piece.iter().map(|pair| pair[1])).collect();
            let Some(line) = line(&run, days) else { continue };
            let ink = if complete { Ink::ACCENT } else { Ink::FAINT };
            let stroke = ink.colour().stroke_width(units(2));
            chart.plotting_area().draw(&PathElement::new(line, stroke))?;
        }
        end(&chart, points, days)
    })
}

fn line(run: &[Point], days: &Days) -> Option<Vec<(i32, f64)>> {
    run.iter().map(|point| Some((days.place(point.day), point.value?))).collect()
}

fn below(chart: &Axes<'_, '_>, line: &[(i32, f64)]) -> Result<(), Failure> {
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return Ok(()) };
    let ground = [(last.0, 0.0), (first.0, 0.0)];
    let outline: Vec<_> = line.iter().copied().chain(ground).collect();
    chart.plotting_area().draw(&Polygon::new(outline, Ink::WASH.colour().filled()))
}

/// A dot at the newest number.
fn end(chart: &Axes<'_, '_>, points: &[Point], days: &Days) -> Result<(), Failure> {
    let newest = points.last().and_then(|point| Some((days.place(point.day), point.value?)));
    let Some(newest) = newest else { return Ok(()) };
    chart.plotting_area().draw(&Circle::new(newest, units(4), Ink::ACCENT.colour().filled()))
}
