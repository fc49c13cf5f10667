//! Numbers that make a whole, one above the other, over time.

use jiff::civil::Date;
use maud::{Markup, html};
use plotters::prelude::{Color as _, PathElement, Polygon};

use super::axis::{Axes, Days, Span, axes};
use super::{Failure, Ink, Size, draw, units};

/// One of the numbers.
#[derive(Clone, Debug)]
pub(in super::super) struct Layer {
    /// Which of the inks, from 0.
    pub(in super::super) ink: usize,
    /// Its number on each day, in the order of the days; `None` where nothing is shown on that day.
    pub(in super::super) values: Vec<Option<f64>>,
}

/// Layers over time.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Stack<'a> {
    /// The days of which the layers have numbers.
    pub(in super::super) dates: &'a [Date],
    /// From below.
    pub(in super::super) layers: &'a [Layer],
    pub(in super::super) days: &'a Days,
    /// The unit of the numbers, in UCUM.
    pub(in super::super) unit: Option<&'a str>,
}

/// The layers, once for each size.
pub(in super::super) fn stack(stack: Stack<'_>, sizes: &[Size]) -> Markup {
    let levels = levels(stack.dates.len(), stack.layers);
    html! { @for size in sizes { (one(stack, &levels, *size)) } }
}

/// The upper ends of the layers for each day, from below; nothing for a day of which nothing is shown.
fn levels(days: usize, layers: &[Layer]) -> Vec<Option<Vec<f64>>> {
    let day = |day: usize| {
        let mut sum = 0.0;
        let ends = layers.iter().map(|layer| {
            sum += layer.values.get(day).copied().flatten().filter(|value| value.is_finite())?;
            Some(sum)
        });
        ends.collect()
    };
    (0..days).map(day).collect()
}

fn one(stack: Stack<'_>, levels: &[Option<Vec<f64>>], size: Size) -> Markup {
    let Stack { dates, layers, days, unit } = stack;
    let Some(newest) = dates.last() else { return html! {} };
    let top = levels.iter().flatten().filter_map(|ends| ends.last().copied()).fold(0.0, f64::max);
    let span = Span { days, top, counted: *newest, unit };
    let shown: Vec<(i32, Option<&Vec<f64>>)> =
        dates.iter().zip(levels).map(|(date, ends)| (days.place(*date), ends.as_ref())).collect();
    draw(size, |canvas| {
        let chart = axes(canvas, size, span)?;
        for run in shown.chunk_by(|a, b| a.1.is_some() && b.1.is_some()) {
            let run: Vec<(i32, &Vec<f64>)> =
                run.iter().filter_map(|(day, ends)| Some((*day, (*ends)?))).collect();
            for (index, layer) in layers.iter().enumerate() {
                band(&chart, &run, index, layer.ink)?;
            }
        }
        Ok(())
    })
}

/// One layer over days of which all are shown, with a line of the ground's colour above it.
fn band(
    chart: &Axes<'_, '_>,
    run: &[(i32, &Vec<f64>)],
    index: usize,
    ink: usize,
) -> Result<(), Failure> {
    let end = |(day, ends): &(i32, &Vec<f64>), index: Option<usize>| {
        (*day, index.and_then(|index| ends.get(index).copied()).unwrap_or(0.0))
    };
    let above: Vec<_> = run.iter().map(|day| end(day, Some(index))).collect();
    let below = run.iter().rev().map(|day| end(day, index.checked_sub(1)));
    let outline: Vec<_> = above.iter().copied().chain(below).collect();
    let ink = Ink::SERIES[ink.min(Ink::LAYERS - 1)];
    let area = chart.plotting_area();
    area.draw(&Polygon::new(outline, ink.colour().filled()))?;
    area.draw(&PathElement::new(above, Ink::CARD.colour().stroke_width(units(1))))
}
