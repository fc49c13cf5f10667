//! The axes: days, and numbers from nothing upwards.

use std::ops::Range;

use jiff::civil::Date;
use jiff::{ToSpan as _, Unit};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::prelude::{ChartBuilder, ChartContext, Color as _, SVGBackend};
use plotters::style::{FontFamily, IntoFont as _};

use super::super::text;
use super::{Canvas, Failure, Ink, Size, units};

/// What text of an axis takes, in pixels.
const LETTERS: f64 = 12.0;
/// `plotters` takes heights of lines, and writes `font-size` smaller by this.
const LINE: f64 = 1.24;

/// The days that a chart spans.
#[derive(Clone, Debug)]
pub(in super::super) struct Days {
    first: Date,
    last: Date,
}

impl Days {
    /// From one day to another, both included.
    pub(in super::super) fn new(first: Date, last: Date) -> Self {
        Self { first, last: last.max(first) }
    }

    /// How many days after the first a day is.
    pub(super) fn place(&self, day: Date) -> i32 {
        between(self.first, day)
    }

    /// The days that have a label, so far apart that labels do not touch, with what is written.
    fn labels(&self, width: u32) -> Vec<(i32, String)> {
        /// Pixels from one label to the next, at least.
        const APART: i32 = 46;
        let most = i32::try_from(width).unwrap_or(i32::MAX) / APART;
        let length = self.place(self.last) + 1;
        if length <= 70 { self.weeks(length, most) } else { self.months(length, most) }
    }

    fn months(&self, length: i32, most: i32) -> Vec<(i32, String)> {
        let every = [1, 2, 3, 6, 12, 24].into_iter().find(|every| length / (30 * every) < most);
        let every = every.unwrap_or(60);
        // Months since the year 0, so that steps of years have a beginning, too.
        let place = |start: &Date| i32::from(start.year()) * 12 + i32::from(start.month()) - 1;
        let starts = self.first.first_of_month().series(1.month());
        let starts = starts.take_while(|start| *start <= self.last);
        let starts = starts.filter(|start| *start >= self.first && place(start) % every == 0);
        starts.map(|start| (self.place(start), text::month_or_year(start))).collect()
    }

    fn weeks(&self, length: i32, most: i32) -> Vec<(i32, String)> {
        let step = [1, 2, 7, 14, 28].into_iter().find(|step| length / step < most).unwrap_or(28);
        let days = self.first.series(i64::from(step).days()).take_while(|day| *day <= self.last);
        days.map(|day| (self.place(day), text::short(day))).collect()
    }
}

/// Days from one to another.
fn between(first: Date, last: Date) -> i32 {
    let span = last.since((Unit::Day, first));
    span.map_or(0, |span| span.get_days())
}

/// The days as `plotters` takes them: with the labels' places.
#[derive(Clone, Debug)]
pub(super) struct DayAxis {
    length: i32,
    labels: Vec<(i32, String)>,
}

impl Ranged for DayAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i32;

    fn map(&self, value: &i32, limit: (i32, i32)) -> i32 {
        let place = f64::from(*value) / f64::from(self.length.max(1));
        limit.0 + rounded(place * f64::from(limit.1 - limit.0))
    }

    fn key_points<H: KeyPointHint>(&self, _: H) -> Vec<i32> {
        self.labels.iter().map(|(day, _)| *day).collect()
    }

    fn range(&self) -> Range<i32> {
        0..self.length
    }
}

impl ValueFormatter<i32> for DayAxis {
    fn format_ext(&self, value: &i32) -> String {
        let label = self.labels.iter().find(|(day, _)| day == value);
        label.map(|(_, text)| text.clone()).unwrap_or_default()
    }
}

/// Numbers from nothing to a round one, in equal steps. `plotters` would look for round numbers itself, without an end
/// where numbers are very large.
#[derive(Clone, Debug)]
pub(super) struct NumberAxis {
    pub(super) top: f64,
    pub(super) lines: u32,
}

impl NumberAxis {
    /// To a round number that is not less than this one.
    pub(super) fn to(number: f64) -> Self {
        let (top, lines) = rising(number);
        Self { top, lines }
    }

    /// The numbers that have a line.
    fn marks(&self) -> Vec<f64> {
        let lines = f64::from(self.lines);
        (0..=self.lines).map(|line| self.top * f64::from(line) / lines).collect()
    }
}

impl Ranged for NumberAxis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        let place = (value / self.top).clamp(0.0, 1.0);
        limit.0 + rounded(place * f64::from(limit.1 - limit.0))
    }

    fn key_points<H: KeyPointHint>(&self, _: H) -> Vec<f64> {
        self.marks()
    }

    fn range(&self) -> Range<f64> {
        0.0..self.top
    }
}

impl ValueFormatter<f64> for NumberAxis {
    fn format_ext(&self, value: &f64) -> String {
        text::compact(*value, None)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a place on a chart is some thousand units")]
fn rounded(number: f64) -> i32 {
    number.round() as i32
}

/// A chart with its axes drawn.
pub(super) type Axes<'a, 's> = ChartContext<'a, SVGBackend<'s>, Cartesian2d<DayAxis, NumberAxis>>;

/// What the axes span.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'d> {
    pub(super) days: &'d Days,
    /// The greatest number.
    pub(super) top: f64,
    /// The newest day that is counted: those after it are marked.
    pub(super) counted: Date,
    /// The unit of the numbers, in UCUM.
    pub(super) unit: Option<&'d str>,
}

/// Draws the axes, and marks the days that are not counted yet.
pub(super) fn axes<'a, 's>(
    canvas: &'a Canvas<'s>,
    size: Size,
    span: Span<'_>,
) -> Result<Axes<'a, 's>, Failure> {
    const BELOW: u32 = 24;
    const ABOVE: u32 = 10;
    const RIGHT: u32 = 14;
    /// Letters of a label beside the chart that have room.
    const MOST: usize = 12;
    let numbers = NumberAxis::to(span.top);
    let label = |number: &f64| text::compact(*number, span.unit);
    let letters = numbers.marks().iter().map(|mark| label(mark).chars().count()).max();
    let left = 10 + 7 * u32::try_from(letters.unwrap_or(1).min(MOST)).unwrap_or(1);
    let labels = span.days.labels(size.width - left - RIGHT);
    let axis = DayAxis { length: span.days.place(span.days.last), labels };
    let mut chart = ChartBuilder::on(canvas)
        .margin_top(units(ABOVE))
        .margin_right(units(RIGHT))
        .x_label_area_size(units(BELOW))
        .y_label_area_size(units(left))
        .build_cartesian_2d(axis, numbers)?;
    open(&chart, span)?;
    let letters = (FontFamily::SansSerif, LETTERS * LINE * f64::from(super::UNITS)).into_font();
    chart
        .configure_mesh()
        .disable_x_mesh()
        .axis_style(plotters::style::TRANSPARENT)
        .set_all_tick_mark_size(units(3))
        .light_line_style(plotters::style::TRANSPARENT)
        .bold_line_style(Ink::GRID.colour().stroke_width(units(1)))
        .label_style(letters.color(&Ink::TEXT.colour()))
        .y_label_formatter(&label)
        .draw()?;
    Ok(chart)
}

/// Marks the days after the newest that is counted.
fn open(chart: &Axes<'_, '_>, span: Span<'_>) -> Result<(), Failure> {
    use plotters::prelude::Rectangle;
    let (counted, end) = (span.days.place(span.counted), span.days.place(span.days.last));
    if counted >= end {
        return Ok(());
    }
    let area = chart.plotting_area();
    let height = chart.as_coord_spec().get_y_range().end;
    area.draw(&Rectangle::new([(counted, 0.0), (end, height)], Ink::OPEN.colour().filled()))
}

/// A round number that is not less, and into how many equal steps it falls: each a round number, too.
pub(super) fn rising(top: f64) -> (f64, u32) {
    const FINEST: f64 = 4.0;
    let top = if top.is_finite() && top > 0.0 { top } else { 1.0 };
    let power = 10_f64.powf((top / FINEST).log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
    let whole = |step: &f64| top < 1.0 || step.fract() == 0.0;
    let mut steps = steps.into_iter().filter(whole);
    let step = steps.find(|step| (top / step).ceil() <= FINEST).unwrap_or(10.0 * power);
    let lines = (1..=4).find(|lines| step * f64::from(*lines) >= top).unwrap_or(4);
    (step * f64::from(lines), lines)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn an_axis_ends_at_a_round_number() {
        let tops = [0.0, 0.3, 1.0, 3.0, 7.0, 19.0, 20.0, 479.0, 1_459.0, 24_807.0];
        let ends = tops.map(rising);
        let expected = [
            (1.0, 1),
            (0.3, 3),
            (1.0, 1),
            (3.0, 3),
            (8.0, 4),
            (20.0, 4),
            (20.0, 4),
            (600.0, 3),
            (1_500.0, 3),
            (30_000.0, 3),
        ];
        for ((end, lines), (top, of)) in ends.into_iter().zip(expected) {
            assert!((end - top).abs() < 1e-9 && lines == of, "{end} in {lines}, not {top} in {of}");
        }
    }

    #[test]
    fn labels_of_days_do_not_touch() {
        for length in [0, 1, 5, 6, 30, 69, 70, 71, 120, 365, 400, 800, 3_000] {
            for width in [250, 500, 1_000] {
                let first = date(2023, 11, 21);
                let days = Days::new(first, first + length.days());
                let labels = days.labels(width);
                let all = f64::from(length.max(1));
                let place = |day: i32| f64::from(day) / all * f64::from(width);
                for pair in labels.windows(2) {
                    let apart = place(pair[1].0) - place(pair[0].0);
                    assert!(apart > 36.0, "{length} days on {width}: {pair:?}");
                }
                assert!(length == 0 || !labels.is_empty(), "{length} days on {width}");
            }
        }
    }
}
