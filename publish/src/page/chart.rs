//! Charts, drawn on the server as SVG by `plotters`.
//!
//! A chart is drawn for places of up to three widths, and the style sheet shows the one that fits, so that its
//! text keeps its size. Colours are those of [`Ink`]: the style sheet puts those of the reader's scheme in their
//! place. No text of others gets into a chart, and none is needed to read one: its table stands beside it.

mod area;
mod axis;
mod spark;
mod stack;

pub(super) use area::{Line, Point, area};
pub(super) use axis::Days;
pub(super) use spark::spark;
pub(super) use stack::{Layer, Stack, stack};

use maud::{Markup, PreEscaped, html};
use plotters::coord::Shift;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{DrawingArea, IntoDrawingArea as _, RGBColor, SVGBackend};

/// `plotters` sets points on whole units: eight of them to a pixel of the page, so that lines are no stairs.
const UNITS: u32 = 8;

type Canvas<'s> = DrawingArea<SVGBackend<'s>, Shift>;
type Failure = DrawingAreaErrorKind<std::io::Error>;

/// The size of a chart, in pixels of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    class: &'static str,
    width: u32,
    height: u32,
}

/// In a narrow place, such as a phone.
pub(super) const NARROW: Size = Size { class: "narrow", width: 320, height: 190 };
/// In half of a wide page.
pub(super) const MIDDLE: Size = Size { class: "middle", width: 560, height: 230 };
/// Beside its legend.
pub(super) const BESIDE: Size = Size { class: "middle", width: 640, height: 320 };
/// In the whole of a wide page.
pub(super) const WIDE: Size = Size { class: "wide", width: 1080, height: 280 };
/// Beside a number.
const SPARK: Size = Size { class: "spark", width: 320, height: 72 };

/// What a thing is drawn with: the colours of both schemes. A chart has that of the light one, by which the style sheet
/// knows it again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink {
    /// Its variable in the style sheet.
    pub(super) name: &'static str,
    pub(super) light: &'static str,
    pub(super) dark: &'static str,
}

impl Ink {
    /// Text of axes.
    const TEXT: Self = Self::new("quiet", "#55605b", "#a5b0aa");
    /// Lines behind what is shown.
    const GRID: Self = Self::new("grid", "#e2e7e4", "#333c38");
    /// What the chart lies on.
    const CARD: Self = Self::new("card", "#ffffff", "#1a201d");
    /// Days that are not counted yet.
    const OPEN: Self = Self::new("open", "#eef1ef", "#232b27");
    /// The one thing that is shown, in the operator's colour.
    const ACCENT: Self = Self::new("accent", "#0b6e4f", "#0b6e4f");
    /// The area below it.
    const WASH: Self = Self::new("wash", "#d9ece5", "#d9ece5");
    /// Its part whose windows are not complete.
    const FAINT: Self = Self::new("faint", "#8a9a93", "#76847e");

    /// The inks of things that stand beside each other; the last is that of all others.
    const SERIES: [Self; 8] = [
        Self::new("series-0", "#2563a8", "#6ea8e6"),
        Self::new("series-1", "#c2611f", "#f0a060"),
        Self::new("series-2", "#1d7f6d", "#5cc7b0"),
        Self::new("series-3", "#8b4aa8", "#c79be0"),
        Self::new("series-4", "#a9781a", "#dcb95a"),
        Self::new("series-5", "#b8395a", "#f08aa4"),
        Self::new("series-6", "#4a6d8c", "#93b3cf"),
        Self::new("series-7", "#8d9692", "#7c8782"),
    ];

    /// How many things can stand beside each other.
    pub(super) const LAYERS: usize = Self::SERIES.len();

    const fn new(name: &'static str, light: &'static str, dark: &'static str) -> Self {
        Self { name, light, dark }
    }

    /// Every ink.
    pub(super) fn all() -> impl Iterator<Item = &'static Self> {
        const SINGLE: [Ink; 7] =
            [Ink::TEXT, Ink::GRID, Ink::CARD, Ink::OPEN, Ink::ACCENT, Ink::WASH, Ink::FAINT];
        SINGLE.iter().chain(&Self::SERIES)
    }

    /// What `plotters` draws with.
    fn colour(self) -> RGBColor {
        let number = u32::from_str_radix(self.light.trim_start_matches('#'), 16).unwrap_or(0);
        let [_, r, g, b] = number.to_be_bytes();
        RGBColor(r, g, b)
    }
}

/// Draws for one size. Nothing where `plotters` cannot, since the table says the same.
fn draw(size: Size, paint: impl FnOnce(&Canvas<'_>) -> Result<(), Failure>) -> Markup {
    let mut svg = String::new();
    let drawn = {
        let backend = SVGBackend::with_string(&mut svg, (size.width * UNITS, size.height * UNITS));
        let canvas = backend.into_drawing_area();
        paint(&canvas).and_then(|()| canvas.present())
    };
    match drawn {
        Ok(()) => html! { div class=(size.class) { (PreEscaped(tidied(&svg))) } },
        Err(_) => html! {},
    }
}

/// Without the line ends that `plotters` writes, one after each element.
fn tidied(svg: &str) -> String {
    svg.replace(" \"/>", "\"/>").replace('\n', "").replace("opacity=\"1\" ", "")
}

/// A length in units.
fn units(pixels: u32) -> u32 {
    pixels * UNITS
}
