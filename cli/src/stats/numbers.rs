//! Numbers as people read them.

/// A number with its thousands apart: `12,345`. Medians may have a fraction.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "?".to_owned();
    }
    let text = if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") };
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{grouped}{point}{fraction}")
}

/// The same of a count.
pub(super) fn count(count: u64) -> String {
    number(double(count))
}

/// A count as a number like others.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 nobody counts them")]
pub(super) fn double(count: u64) -> f64 {
    count as f64
}

/// A change in percent: `+3.1 %`.
pub(super) fn change(share: f64) -> String {
    let percent = share * 100.0;
    match percent.abs() {
        // What rounds to nothing has no sign.
        ..0.05 => "0.0 %".to_owned(),
        1_000.0.. => format!("{percent:+.0} %"),
        _ => format!("{percent:+.1} %"),
    }
}

/// A part of a whole in percent: `36 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.5 { "<1 %".to_owned() } else { format!("{percent:.0} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (value, told) in [
            (0.0, "0"),
            (999.0, "999"),
            (1_000.0, "1,000"),
            (-12_345.0, "-12,345"),
            (1_234_567.0, "1,234,567"),
            (2.5, "2.5"),
            (f64::NAN, "?"),
        ] {
            assert_eq!(number(value), told);
        }
    }

    #[test]
    fn changes_have_a_sign_where_there_are_any() {
        let told = [0.0, 0.0004, 0.031, -0.5, 12.0].map(change);
        assert_eq!(told, ["0.0 %", "0.0 %", "+3.1 %", "-50.0 %", "+1200 %"]);
    }

    #[test]
    fn a_small_part_is_not_nothing() {
        assert_eq!([0.0, 0.001, 0.364, 1.0].map(percent), ["0 %", "<1 %", "36 %", "100 %"]);
    }
}
