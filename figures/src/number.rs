//! Numbers that add up the same in any order: whole millionths.

use headcount_contract::Document;

/// Millionths. Sums of doubles would depend on the order of the reports, and could not be taken back exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fixed(pub(crate) i128);

const ONE: i128 = 1_000_000;
/// The greatest size of a number, so that those of more instances than there can be add up.
const MOST: f64 = 1e19;

impl Fixed {
    /// Of a value of a report, if it is a number. The list of a report counts by its length.
    pub(crate) fn of(document: &Document) -> Option<Self> {
        match document {
            Document::Int(value) => Some(Self::whole(*value)),
            Document::Double(value) => Self::near(*value),
            Document::List(items) => i64::try_from(items.len()).ok().map(Self::whole),
            _ => None,
        }
    }

    pub(crate) fn whole(value: i64) -> Self {
        Self(i128::from(value) * ONE)
    }

    #[allow(clippy::cast_possible_truncation, reason = "it was brought into the range")]
    pub(crate) fn near(value: f64) -> Option<Self> {
        value.is_finite().then(|| Self((value.clamp(-MOST, MOST) * 1e6).round() as i128))
    }

    #[allow(clippy::cast_precision_loss, reason = "what is shown has no more digits")]
    pub(crate) fn to_f64(self) -> f64 {
        if self.0 % ONE == 0 { (self.0 / ONE) as f64 } else { self.0 as f64 / 1e6 }
    }

    /// The nearest number of two significant digits, a half away from zero.
    pub(crate) fn two_digits(self) -> Self {
        let size = self.0.unsigned_abs();
        let digits = size.checked_ilog10().unwrap_or(0);
        let unit = 10_u128.pow(digits.saturating_sub(1));
        let rounded = ((size + unit / 2) / unit * unit).cast_signed();
        Self(if self.0 < 0 { -rounded } else { rounded })
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.wrapping_add(other.0))
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0.wrapping_sub(other.0))
    }

    /// Whether it is a whole number, and which.
    pub(crate) fn as_whole(self) -> Option<i128> {
        (self.0 % ONE == 0).then_some(self.0 / ONE)
    }

    pub(crate) fn from_whole(whole: i128) -> Option<Self> {
        whole.checked_mul(ONE).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_digits_stay() {
        let cases = [
            (0.0, 0.0),
            (7.0, 7.0),
            (99.0, 99.0),
            (994.0, 990.0),
            (995.0, 1000.0),
            (123_456.0, 120_000.0),
            (-155.0, -160.0),
            (0.012_34, 0.012),
            (1.25, 1.3),
        ];
        for (value, rounded) in cases {
            let value = Fixed::near(value).expect("a finite number");
            assert_eq!(value.two_digits().to_f64().to_bits(), f64::to_bits(rounded));
            assert_eq!(value.two_digits().two_digits(), value.two_digits());
        }
    }

    #[test]
    fn whole_numbers_of_any_size_are_exact() {
        for value in [0, 1, -1, i64::MAX, i64::MIN] {
            assert_eq!(Fixed::whole(value).as_whole(), Some(value.into()));
            assert_eq!(Fixed::from_whole(value.into()), Some(Fixed::whole(value)));
        }
        assert_eq!(Fixed::near(0.5).and_then(Fixed::as_whole), None);
        assert_eq!(Fixed::near(f64::NAN), None);
        assert!(Fixed::near(f64::MAX).is_some());
    }
}
