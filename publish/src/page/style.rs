//! The one style sheet, with the operator's colour.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::chart::Ink;
use crate::brand::Brand;
use crate::colour::{Colour, GROUNDS, WHITE};

/// What browsers may do with a page: show it with its style sheet and pictures from here, and nothing else.
pub const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                          frame-ancestors 'none'";

/// The style sheet's rules. Colours stand at its top and in [`Ink`].
const RULES: &str = include_str!("style.css");

/// What an operator who chose none has.
const COLOUR: Colour = Colour([0x0b, 0x6e, 0x4f]);

/// What pages load beside themselves.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    css: String,
    icon: String,
    path: String,
    icon_path: String,
}

impl Style {
    /// The path of the operator's picture, without the leading slash.
    pub(crate) const LOGO: &'static str = "assets/logo";

    /// The style in the operator's colour, where that is one.
    pub(crate) fn of(brand: &Brand) -> Self {
        let own = brand.colour.as_deref().and_then(Colour::parse);
        let colour = own.unwrap_or(COLOUR);
        let [light, dark] = GROUNDS;
        let accents = |ground: Colour, card: Colour| {
            let accent = colour.readable_on(ground);
            format!("--accent:{accent};--wash:{};", accent.wash(card))
        };
        let (mut of_light, mut of_dark) = (accents(light, WHITE), accents(dark, dark));
        let mut marks = String::new();
        for ink in Ink::all() {
            let Ink { name, light, dark } = ink;
            if !matches!(*name, "accent" | "wash") {
                write!(of_light, "--{name}:{light};").expect(IN_MEMORY);
                write!(of_dark, "--{name}:{dark};").expect(IN_MEMORY);
            }
            for what in ["fill", "stroke"] {
                writeln!(marks, "[{what}=\"{}\"]{{{what}:var(--{name})}}", light.to_uppercase())
                    .expect(IN_MEMORY);
            }
        }
        let css = format!(
            ":root{{{of_light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{of_dark}}}}}\n{RULES}\n{marks}"
        );
        let icon = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 16 16\"><path fill=\"{}\" d=\"M1 9h3v6H1zM6.5 \
             5h3v10h-3zM12 1h3v14h-3z\"/></svg>",
            colour.readable_on(light)
        );
        let path = format!("assets/page.{}.css", mark(&css));
        let icon_path = format!("assets/icon.{}.svg", mark(&icon));
        Self { css, icon, path, icon_path }
    }

    /// The path of the style sheet, without the leading slash. Another content has another path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The style sheet.
    pub(crate) fn css(&self) -> &str {
        &self.css
    }

    /// The path of the icon, without the leading slash.
    pub(crate) fn icon_path(&self) -> &str {
        &self.icon_path
    }

    /// The icon, as SVG.
    pub(crate) fn icon(&self) -> &str {
        &self.icon
    }
}

const IN_MEMORY: &str = "writing to a string cannot fail";

/// What tells contents apart: 64 bits of their SHA-256.
fn mark(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().take(8).fold(String::new(), |mut mark, byte| {
        write!(mark, "{byte:02x}").expect(IN_MEMORY);
        mark
    })
}
