//! An operator's colour, and how bright it is: so that it can be seen on every ground, and be written on.

use std::fmt;

/// A colour, as sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Colour(pub(crate) [u8; 3]);

/// What pages are written on, in the light and in the dark: of the grounds in the style sheet those that leave the least
/// contrast.
pub(crate) const GROUNDS: [Colour; 2] = [Colour([0xee, 0xf1, 0xef]), Colour([0x1a, 0x20, 0x1d])];

/// What charts lie on in the light.
pub(crate) const WHITE: Colour = Colour([0xff; 3]);

/// WCAG 2.2 AA: the contrast of text.
const READABLE: f64 = 4.5;

impl Colour {
    /// `#rgb` or `#rrggbb`; nothing for any other text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        let digits: Option<Vec<u8>> =
            digits.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect();
        let digits = digits?;
        let channels: Vec<u8> = match digits.len() {
            3 => digits.iter().map(|digit| digit * 17).collect(),
            6 => digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect(),
            _ => return None,
        };
        channels.try_into().ok().map(Self)
    }

    /// The colour itself, or the nearest mixture with black or white that can be read on this ground.
    pub(crate) fn readable_on(self, ground: Self) -> Self {
        let towards = if ground.luminance() > 0.5 { 0 } else { 255 };
        let mixtures = (0..=20).map(|share| self.mixed(towards, f64::from(share) / 20.0));
        let mut readable = mixtures.filter(|colour| colour.contrast(ground) >= READABLE);
        readable.next().unwrap_or(Self([towards; 3]))
    }

    /// A wash of the colour over a ground.
    pub(crate) fn wash(self, ground: Self) -> Self {
        const SHARE: f64 = 0.16;
        let mut channels = [0; 3];
        for ((channel, over), below) in channels.iter_mut().zip(self.0).zip(ground.0) {
            *channel = blend(below, over, SHARE);
        }
        Self(channels)
    }

    fn mixed(self, towards: u8, share: f64) -> Self {
        Self(self.0.map(|channel| blend(channel, towards, share)))
    }

    /// Relative luminance (WCAG 2.2), from 0 to 1.
    pub(crate) fn luminance(self) -> f64 {
        let [r, g, b] = self.0.map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    /// The contrast ratio of two colours (WCAG 2.2), from 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mixture of two channels is a channel"
)]
fn blend(from: u8, to: u8, share: f64) -> u8 {
    (f64::from(from) * (1.0 - share) + f64::from(to) * share).round() as u8
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.0;
        write!(f, "#{r:02x}{g:02x}{b:02x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_colour_can_be_read_in_both_schemes() {
        for text in ["#000", "#fff", "#ff0", "#0b6e4f", "#7f7f7f", "#f00", "#00F"] {
            let colour = Colour::parse(text).expect("a colour");
            for ground in GROUNDS {
                let shown = colour.readable_on(ground);
                assert!(shown.contrast(ground) >= READABLE, "{text} as {shown} on {ground}");
            }
        }
    }

    #[test]
    fn a_colour_that_can_be_read_stays_as_it_is() {
        let colour = Colour::parse("#0b6e4f").expect("a colour");
        assert_eq!(colour.readable_on(GROUNDS[0]), colour);
    }

    #[test]
    fn nothing_but_a_colour_is_one() {
        for text in ["", "#", "red", "#12", "#12345", "#gggggg", "#0b6e4f;}", "#é12", "0b6e4f"] {
            assert_eq!(Colour::parse(text), None, "{text:?}");
        }
    }
}
