//! A line beside a number: its way here, without axes.

use maud::{Markup, html};
use plotters::prelude::{ChartBuilder, Circle, Color as _, PathElement, Polygon};

use super::axis::NumberAxis;
use super::{Ink, SPARK, draw, units};

/// A line from the first number to the last, from nothing upwards.
pub(in super::super) fn spark(numbers: &[f64]) -> Markup {
    let (Some(newest), 2..) = (numbers.last(), numbers.len()) else { return html! {} };
    let top = numbers.iter().copied().fold(0.0, f64::max);
    if top <= 0.0 {
        return html! {};
    }
    let last = numbers.len() - 1;
    let line: Vec<(usize, f64)> = numbers.iter().copied().enumerate().collect();
    draw(SPARK, |canvas| {
        let chart = ChartBuilder::on(canvas)
            .margin(units(4))
            .build_cartesian_2d(0..last, NumberAxis { top, lines: 1 })?;
        let ground = [(last, 0.0), (0, 0.0)];
        let outline: Vec<_> = line.iter().copied().chain(ground).collect();
        let area = chart.plotting_area();
        area.draw(&Polygon::new(outline, Ink::WASH.colour().filled()))?;
        area.draw(&PathElement::new(line.clone(), Ink::ACCENT.colour().stroke_width(units(2))))?;
        area.draw(&Circle::new((last, *newest), units(3), Ink::ACCENT.colour().filled()))
    })
}
