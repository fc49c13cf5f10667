//! The rules of a leaf, applied to text and numbers.

use headcount_proto::Number;

use super::{Unfit, unfit};
use crate::model::Rules;
use crate::text::misleading;

impl Rules {
    /// Why a text is refused; `None` where it fits.
    pub(crate) fn refusal(&self, text: &str) -> Option<String> {
        if text.chars().any(misleading) {
            return Some("expected text without control characters".to_owned());
        }
        if self.other.as_deref() == Some(text) || self.map.iter().any(|(wire, _)| wire == text) {
            return None;
        }
        let open = self.allowed.is_empty() && self.pattern.is_none();
        if open && self.other.is_some() {
            return Some("expected a value of the table".to_owned());
        }
        if !self.allowed.is_empty() && !self.allowed.iter().any(|allowed| allowed == text) {
            return Some(format!("expected one of {}", self.allowed.join(", ")));
        }
        if let Some(max) = self.max_length.filter(|max| text.chars().count() > *max) {
            return Some(format!("expected at most {max} characters"));
        }
        let pattern = self.pattern.as_ref().filter(|pattern| !pattern.is_match(text))?;
        Some(format!("expected text that matches {pattern}"))
    }

    pub(super) fn range(&self) -> String {
        match (self.min, self.max) {
            (Some(min), Some(max)) => format!("from {min} to {max}"),
            (Some(min), None) => format!("of at least {min}"),
            (None, Some(max)) => format!("of at most {max}"),
            (None, None) => String::new(),
        }
    }

    /// The largest lower bound up to the value.
    pub(super) fn bucket(&self, value: f64) -> Option<f64> {
        self.buckets.iter().rev().find(|bound| **bound <= value).copied()
    }
}

pub(super) fn finite(number: Number) -> Result<f64, Unfit> {
    // Beyond 2^53 the double is rounded, which no bound of a contract is fine enough to notice.
    #[allow(clippy::cast_precision_loss)]
    let value = match number {
        Number::Int(value) => value as f64,
        Number::Double(value) => value,
    };
    // Adding zero turns -0.0 into 0.0, so that equal numbers are the same bytes.
    if value.is_finite() { Ok(value + 0.0) } else { unfit("expected a finite number") }
}

/// A double that stands for a whole number; Collectors turn integers into doubles.
pub(crate) fn whole(value: f64) -> Result<i64, Unfit> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)]
        return Ok(value as i64);
    }
    unfit("expected a whole number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_whole_or_refused() {
        assert_eq!(whole(3.0), Ok(3));
        assert!(whole(3.5).is_err());
        assert!(whole(f64::NAN).is_err());
        assert!(whole(1e300).is_err());
    }
}
