//! A value, as it was recorded.

use headcount_proto::Number;

use super::Fault;

/// The value of a gauge: a number or a boolean, from whichever type the application has it in.
///
/// Anything can be recorded. A value that no report can hold (an integer above
/// 9223372036854775807, NaN, infinity) is no error at the place where it is recorded: its gauge is
/// left out of reports while it has that value, and [`Preview::withheld`](crate::Preview::withheld)
/// says so.
///
/// ```
/// use headcount::GaugeValue;
///
/// let rows: usize = vec!["ada", "bo"].len();
/// assert_eq!(GaugeValue::from(rows), GaugeValue::from(2_u64));
/// // A boolean is told as 1 or 0, as OpenTelemetry has none.
/// assert_eq!(GaugeValue::from(true), GaugeValue::from(1));
/// assert_ne!(GaugeValue::from(0.5), GaugeValue::from(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GaugeValue(Raw);

/// Integers are wide enough for every type that is taken, and for sums of them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Raw {
    Int(i128),
    Double(f64),
}

impl GaugeValue {
    /// The number, where a report can hold it.
    pub(crate) fn number(self) -> Result<Number, Fault> {
        match self.0 {
            Raw::Int(value) => i64::try_from(value).map(Number::Int).map_err(|_| Fault::TooLarge),
            Raw::Double(value) if value.is_finite() => Ok(Number::Double(value)),
            Raw::Double(_) => Err(Fault::NotFinite),
        }
    }

    /// The sum of two values. A term that is NaN or infinite would spoil it for good: it counts
    /// as nothing.
    pub(crate) fn plus(self, term: Self) -> Self {
        let float = |raw| match raw {
            #[expect(clippy::cast_precision_loss, reason = "a double is asked for")]
            Raw::Int(value) => value as f64,
            Raw::Double(value) => value,
        };
        match (self.0, term.0) {
            (Raw::Int(sum), Raw::Int(term)) => Self(Raw::Int(sum.saturating_add(term))),
            (_, Raw::Double(term)) if !term.is_finite() => self,
            (sum, term) => Self(Raw::Double(float(sum) + float(term))),
        }
    }
}

macro_rules! whole {
    ($($type:ty),*) => {$(
        impl From<$type> for GaugeValue {
            fn from(value: $type) -> Self {
                Self(Raw::Int(value.into()))
            }
        }
    )*};
}

whole!(bool, i8, i16, i32, i64, u8, u16, u32, u64);

macro_rules! sized {
    ($($type:ty),*) => {$(
        impl From<$type> for GaugeValue {
            fn from(value: $type) -> Self {
                // No machine has sizes of more than 64 bits.
                Self(Raw::Int(i128::try_from(value).unwrap_or(i128::MAX)))
            }
        }
    )*};
}

sized!(isize, usize);

impl From<f32> for GaugeValue {
    fn from(value: f32) -> Self {
        Self::from(f64::from(value))
    }
}

impl From<f64> for GaugeValue {
    fn from(value: f64) -> Self {
        Self(Raw::Double(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_number_is_taken() {
        let int =
            |value: GaugeValue, expected| assert_eq!(value.number(), Ok(Number::Int(expected)));
        int(true.into(), 1);
        int(false.into(), 0);
        int((-1_i8).into(), -1);
        int((-2_i16).into(), -2);
        int((-3_i32).into(), -3);
        int(i64::MIN.into(), i64::MIN);
        int((-4_isize).into(), -4);
        int(5_u8.into(), 5);
        int(6_u16.into(), 6);
        int(7_u32.into(), 7);
        int(8_u64.into(), 8);
        int(9_usize.into(), 9);
        assert_eq!(GaugeValue::from(0.5_f32).number(), Ok(Number::Double(0.5)));
        assert_eq!(GaugeValue::from(0.25_f64).number(), Ok(Number::Double(0.25)));
    }

    #[test]
    fn what_no_report_can_hold_is_told_apart() {
        assert_eq!(GaugeValue::from(i64::MAX.unsigned_abs()).number(), Ok(Number::Int(i64::MAX)));
        assert_eq!(GaugeValue::from(i64::MAX.unsigned_abs() + 1).number(), Err(Fault::TooLarge));
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(GaugeValue::from(value).number(), Err(Fault::NotFinite));
        }
    }

    #[test]
    fn a_sum_survives_what_it_cannot_hold() {
        let sum = |terms: &[GaugeValue]| terms.iter().fold(GaugeValue::from(0), |s, t| s.plus(*t));
        let numbers = sum(&[1.into(), 0.5.into(), f64::NAN.into(), f64::INFINITY.into()]);
        assert_eq!(numbers.number(), Ok(Number::Double(1.5)));
        // Out of range, and back again.
        let wide = sum(&[u64::MAX.into(), 1.into()]);
        assert_eq!(wide.number(), Err(Fault::TooLarge));
        assert_eq!(sum(&[wide, i64::MIN.into(), i64::MIN.into()]).number(), Ok(Number::Int(0)));
        assert_eq!(sum(&[f64::MAX.into(), f64::MAX.into()]).number(), Err(Fault::NotFinite));
    }
}
