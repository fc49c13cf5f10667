//! A colour.

use std::fmt;
use std::str::FromStr;

/// A colour as `#` and six hexadecimal digits: red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(u32);

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let digits = text.strip_prefix('#').ok_or(NotAColour)?;
        let are_digits = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let colour = are_digits.then(|| u32::from_str_radix(digits, 16).ok()).flatten();
        colour.map(Self).ok_or(NotAColour)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:06x}", self.0)
    }
}

/// A text that is no colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a colour such as #0b6e4f, got something else")]
pub struct NotAColour;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_six_digits() {
        let shown = "#0B6e4f".parse::<Colour>().map(|colour| colour.to_string());
        assert_eq!(shown.as_deref(), Ok("#0b6e4f"));
        for wrong in ["", "#", "0b6e4f", "#0b6e4", "#0b6e4ff", "#+b6e4f", "#0b6e4g", "red"] {
            assert_eq!(wrong.parse::<Colour>(), Err(NotAColour), "{wrong}");
        }
    }
}
