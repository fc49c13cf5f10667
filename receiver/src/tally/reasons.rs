//! Why data points were rejected, counted.

use headcount_contract::Rejection;

/// Rejected data points by the closed word for their reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons([u64; COUNT]);

const COUNT: usize = Rejection::LABELS.len();

impl Reasons {
    /// Every word.
    pub const LABELS: [&'static str; COUNT] = Rejection::LABELS;

    /// The points of a reason; 0 where there is no such word.
    pub fn of(&self, label: &str) -> u64 {
        self.iter().find_map(|(known, points)| (known == label).then_some(points)).unwrap_or(0)
    }

    /// Every word with its points.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Self::LABELS.into_iter().zip(self.0)
    }

    /// The points of all reasons.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// What was rejected while a request was sorted.
    pub(crate) fn of_sorted(points: [u64; Self::LABELS.len()]) -> Self {
        Self(points)
    }

    /// Counts points that were rejected for a reason, which is one of the words.
    pub(crate) fn add(&mut self, label: &'static str, points: u64) {
        let place = Self::LABELS.iter().position(|known| *known == label);
        debug_assert!(place.is_some(), "expected one of {:?}, got {label}", Self::LABELS);
        if let Some(place) = place {
            self.0[place] += points;
        }
    }

    /// Counts all that the other has.
    pub fn merge(&mut self, other: &Self) {
        for (sum, points) in self.0.iter_mut().zip(other.0) {
            *sum += points;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_counted_by_their_word() {
        let mut reasons = Reasons::of_sorted([1, 0, 0, 0, 0, 0, 5, 0, 0]);
        reasons.add("too_many", 2);
        reasons.add("closed_day", 3);
        assert_eq!([reasons.of("no_contract"), reasons.of("too_many")], [1, 7]);
        assert_eq!((reasons.of("closed_day"), reasons.of("else"), reasons.total()), (3, 0, 11));
        let mut twice = reasons;
        twice.merge(&reasons);
        assert_eq!((twice.of("closed_day"), twice.total()), (6, 22));
    }

    #[test]
    fn words_are_distinct() {
        let distinct: std::collections::BTreeSet<_> = Reasons::LABELS.into_iter().collect();
        assert_eq!(distinct.len(), Reasons::LABELS.len());
    }
}
