//! Numbers as multiples of what a figure says.

/// The nearest multiple, a half away from zero.
pub(super) fn value(value: f64, round: Option<u32>) -> f64 {
    round.map(f64::from).map_or(value, |step| (value / step).round() * step)
}

/// The same of a count.
pub(super) fn count(count: u64, round: Option<u32>) -> u64 {
    let Some(step) = round.map(u64::from).filter(|step| *step > 0) else { return count };
    count.saturating_add(step / 2) / step * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_multiples() {
        for (number, rounded) in [(0, 0), (4, 0), (5, 10), (14, 10), (15, 20), (100, 100)] {
            assert_eq!(count(number, Some(10)), rounded);
            let rounded = f64::from(u32::try_from(rounded).expect("a small one"));
            let number = f64::from(u32::try_from(number).expect("a small one"));
            assert_eq!(value(number, Some(10)).to_bits(), rounded.to_bits());
        }
        assert_eq!(count(17, None), 17);
        assert_eq!(value(-15.0, Some(10)).to_bits(), f64::to_bits(-20.0));
    }
}
