//! `/NAME/badge` and `/NAME/badge.svg`: how many there are, for a README.
//!
//! The first is JSON for `https://img.shields.io/endpoint` (<https://shields.io/badges/endpoint-badge>), and a picture
//! for whoever asks for pictures, as a browser does for an `img`; the second is that picture, drawn here.

mod picture;
mod width;

use headcount_contract::{Document, Measure};
use headcount_figures::Value;

use crate::application::Application;
use crate::brand::Brand;
use crate::colour::Colour;
use crate::json::{self, object, text};
use crate::media_type;
use crate::site::{Around, Paths};

/// What the right half is filled with: readable under white letters.
const COLOUR: Colour = Colour([0x09, 0x69, 0xa8]);
/// The same where there is nothing to tell.
const PALE: Colour = Colour([0x76; 3]);

/// What a badge says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Badge {
    label: String,
    message: String,
    colour: Colour,
    /// Whether there is no number to show.
    is_error: bool,
    /// The whole of it in words.
    title: String,
}

pub(crate) fn add(application: &Application, around: &Around<'_>, paths: &mut Paths) {
    let badge = Badge::of(application, around.brand);
    let picture = picture::draw(&badge);
    let path = application.path("badge");
    paths.add(path.clone(), media_type::JSON, json::line(&badge.endpoint()));
    paths.add(path, media_type::SVG, picture.clone());
    paths.add(application.path("badge.svg"), media_type::SVG, picture);
}

impl Badge {
    fn of(application: &Application, brand: &Brand) -> Self {
        // How many there are, else the first that is a single number.
        let figure = application.counts().next().or_else(|| application.totals().next());
        let label = match figure {
            Some(figure) if figure.measure != Measure::Instances => figure.name.replace('_', " "),
            _ => application.counted().to_owned(),
        };
        let number = figure.and_then(|figure| application.snapshot.number(&figure.name));
        let total = match number.map(|number| &number.value) {
            Some(Value::Total(total)) => Ok(compact(*total)),
            Some(_) => Err(format!("fewer than {}", application.newest().publish().min_count)),
            None => Err("no number yet".to_owned()),
        };
        let name = application.name();
        let title = match (&total, number) {
            (Ok(total), Some(number)) => format!("{name}: {total} {label}, as of {}", number.as_of),
            (Ok(message) | Err(message), _) => format!("{name}: {label}, {message}"),
        };
        let own = brand.colour.as_deref().and_then(Colour::parse);
        let colour = if total.is_ok() { own.unwrap_or(COLOUR) } else { PALE };
        let is_error = total.is_err();
        let (Ok(message) | Err(message)) = total;
        Self { label, message, colour, is_error, title }
    }

    /// What Shields draws a badge of.
    fn endpoint(&self) -> Document {
        object([
            ("schemaVersion", Document::Int(1)),
            ("label", text(&self.label)),
            ("message", text(&self.message)),
            ("color", text(&self.colour.to_string())),
            ("isError", Document::Bool(self.is_error)),
        ])
    }
}

/// A number in at most four characters up to a trillion, never more than it is: `999`, `1.2k`, `12k`, `3.4M`.
fn compact(value: f64) -> String {
    let (sign, value) = if value < 0.0 { ("-", -value) } else { ("", value) };
    let units = [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")];
    let Some((size, unit)) = units.into_iter().find(|(size, _)| value >= *size) else {
        return format!("{sign}{}", value.trunc());
    };
    let tenths = (value / size * 10.0).trunc();
    if tenths < 100.0 && tenths % 10.0 > 0.0 {
        return format!("{sign}{:.1}{unit}", tenths / 10.0);
    }
    format!("{sign}{}{unit}", (tenths / 10.0).trunc())
}

#[cfg(test)]
mod tests;
