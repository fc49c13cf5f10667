//! Numbers, exactly: JSON's grammar, in and out of quotation marks.

const NO_NUMBER: &str = "a string that is no number";

/// A number's parts.
struct Parts<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: i64,
}

/// Splits a number by JSON's grammar.
fn split(text: &str) -> Option<Parts<'_>> {
    let unsigned = text.strip_prefix('-');
    let (mantissa, exponent) = match unsigned.unwrap_or(text).split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent_of(exponent)?),
        None => (unsigned.unwrap_or(text), 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
        Some(_) => return None,
        None => (mantissa, ""),
    };
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    (is_digits(whole) && !leading_zero).then_some(Parts {
        negative: unsigned.is_some(),
        whole,
        fraction,
        exponent,
    })
}

/// An exponent. One too large for any number stands for every such.
fn exponent_of(text: &str) -> Option<i64> {
    const ENDLESS: i64 = i64::MAX / 2;
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !is_digits(digits) {
        return None;
    }
    let magnitude = digits.parse().map_or(ENDLESS, |value: i64| value.min(ENDLESS));
    Some(if negative { -magnitude } else { magnitude })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An integer, also where it is written as `1.0` or `1e3`. The error says what came instead.
pub(super) fn integer(text: &str) -> Result<i128, &'static str> {
    // More digits than any 64-bit integer has.
    const LONGEST: i64 = 20;
    let parts = split(text).ok_or(NO_NUMBER)?;
    let digits = parts.whole.bytes().chain(parts.fraction.bytes());
    let zeros = digits.clone().take_while(|&digit| digit == b'0').count();
    let mut digits = digits.skip(zeros);
    if digits.clone().next().is_none() {
        return Ok(0);
    }
    let length = i64::try_from(parts.whole.len()).unwrap_or(i64::MAX / 4);
    let point = length.saturating_sub_unsigned(zeros as u64).saturating_add(parts.exponent);
    if point > LONGEST {
        return Err("one out of range");
    }
    let mut value = 0;
    for _ in 0..point {
        value = value * 10 + i128::from(digits.next().unwrap_or(b'0') - b'0');
    }
    if digits.any(|digit| digit != b'0') {
        return Err("a fraction");
    }
    Ok(if parts.negative { -value } else { value })
}

/// A double, also the three that JSON has no number for. The error says what came instead.
pub(super) fn double(text: &str) -> Result<f64, &'static str> {
    match text {
        "NaN" => return Ok(f64::NAN),
        "Infinity" => return Ok(f64::INFINITY),
        "-Infinity" => return Ok(f64::NEG_INFINITY),
        _ => {}
    }
    split(text).ok_or(NO_NUMBER)?;
    match text.parse() {
        Ok(value) if f64::is_finite(value) => Ok(value),
        _ => Err("one out of range"),
    }
}

#[cfg(test)]
mod tests {
    use super::{double, integer};

    #[test]
    fn integers_are_exact() {
        for (text, value) in [
            ("0", 0),
            ("-0", 0),
            ("0.000", 0),
            ("0e999999999999999999999", 0),
            ("1e3", 1_000),
            ("1.50E+1", 15),
            ("120e-1", 12),
            ("0.001e3", 1),
            ("9007199254740993.0", 9_007_199_254_740_993),
            ("18446744073709551615", u64::MAX.into()),
            ("-9223372036854775808", i64::MIN.into()),
        ] {
            assert_eq!(integer(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_integer_is_refused() {
        for text in ["", "-", "+1", "01", "1.", ".5", "1e", " 1", "1 ", "0x1", "NaN", "1_0", "٣"] {
            assert_eq!(integer(text), Err("a string that is no number"), "{text:?}");
        }
        for text in ["0.5", "1e-1", "123e-2", "1e-999999999999999999999"] {
            assert_eq!(integer(text), Err("a fraction"), "{text}");
        }
        for text in ["1e21", "100000000000000000000000", "1e999999999999999999999"] {
            assert_eq!(integer(text), Err("one out of range"), "{text}");
        }
    }

    #[test]
    fn doubles_are_the_nearest_or_refused() {
        assert_eq!(double("1.5"), Ok(1.5));
        assert_eq!(double("-0").map(f64::to_bits), Ok((-0.0_f64).to_bits()));
        assert_eq!(double("1e-400"), Ok(0.0));
        assert_eq!(double("-Infinity"), Ok(f64::NEG_INFINITY));
        assert!(double("NaN").is_ok_and(f64::is_nan));
        assert_eq!(double("1e400"), Err("one out of range"));
        for text in ["nan", "inf", "infinity", "+Infinity", "1.", "0x1p3", ""] {
            assert_eq!(double(text), Err("a string that is no number"), "{text:?}");
        }
    }
}
