//! The axes: days, and numbers from nothing upwards.

use std::ops::Range;

use jiff::civil::Date;
use jiff::{ToSpan as _, Unit};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;
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
        let every = i8::try_from(every.unwrap_or(60)).unwrap_or(i8::MAX);
        let starts = self.first.first_of_month().series(1.month());
        let starts = starts.take_while(|start| *start <= self.last);
        let starts = starts.filter(|start| *start >= self.first);
        let starts = starts.filter(|start| every >= 12 || (start.month() - 1) % every == 0);
        let starts = starts.filter(|start| every < 12 || start.month() == 1);
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

#[expect(clippy::cast_possible_truncation, reason = "a place on a chart is some thousand units")]
fn rounded(number: f64) -> i32 {
    number.round() as i32
}

/// A chart with its axes drawn.
pub(super) type Axes<'a, 's> =
    ChartContext<'a, SVGBackend<'s>, Cartesian2d<DayAxis, RangedCoordf64>>;

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
    let (top, lines) = rising(span.top);
    let label = |number: &f64| text::compact(*number, span.unit);
    let labels = (0..=lines).map(|line| label(&(top * f64::from(line) / f64::from(lines))));
    let letters = labels.map(|label| label.chars().count()).max().unwrap_or(1);
    let left = 10 + 7 * u32::try_from(letters).unwrap_or(6);
    let labels = span.days.labels(size.width - left - RIGHT);
    let axis = DayAxis { length: span.days.place(span.days.last), labels };
    let mut chart = ChartBuilder::on(canvas)
        .margin_top(units(ABOVE))
        .margin_right(units(RIGHT))
        .x_label_area_size(units(BELOW))
        .y_label_area_size(units(left))
        .build_cartesian_2d(axis, 0.0..top)?;
    open(&chart, span)?;
    let letters = (FontFamily::SansSerif, LETTERS * LINE * f64::from(super::UNITS)).into_font();
    chart
        .configure_mesh()
        .disable_x_mesh()
        .axis_style(plotters::style::TRANSPARENT)
        .set_all_tick_mark_size(units(3))
        .y_max_light_lines(0)
        .y_labels(usize::try_from(lines).unwrap_or(4) + 1)
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
    let (_, height) = (0, chart.as_coord_spec().get_y_range().end);
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
