//! Why data points were rejected, counted.

use headcount_contract::Rejection;

/// Rejected data points by the closed word for their reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reasons([u64; COUNT]);

/// Points of a day that is too old or has not begun.
pub(crate) const CLOSED_DAY: &str = "closed_day";

const OF_CONTRACTS: usize = Rejection::LABELS.len();

const COUNT: usize = OF_CONTRACTS + 1;

impl Reasons {
    /// Every word: those of [`Rejection::LABELS`], and what only a receiver can tell.
    pub const LABELS: [&'static str; COUNT] = labels();

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

    /// What contracts rejected, in the order of [`Rejection::LABELS`].
    pub(crate) fn of_contracts(points: [u64; OF_CONTRACTS]) -> Self {
        let mut all = Self::default();
        all.0[..OF_CONTRACTS].copy_from_slice(&points);
        all
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
    pub(crate) fn merge(&mut self, other: &Self) {
        for (sum, points) in self.0.iter_mut().zip(other.0) {
            *sum += points;
        }
    }
}

const fn labels() -> [&'static str; OF_CONTRACTS + 1] {
    let mut all = [CLOSED_DAY; OF_CONTRACTS + 1];
    let mut place = 0;
    while place < OF_CONTRACTS {
        all[place] = Rejection::LABELS[place];
        place += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_counted_by_their_word() {
        let mut reasons = Reasons::of_contracts([1, 0, 0, 0, 0, 0, 5, 0]);
        reasons.add("too_many", 2);
        reasons.add(CLOSED_DAY, 3);
        assert_eq!([reasons.of("no_contract"), reasons.of("too_many")], [1, 7]);
        assert_eq!((reasons.of(CLOSED_DAY), reasons.of("else"), reasons.total()), (3, 0, 11));
        let mut twice = reasons;
        twice.merge(&reasons);
        assert_eq!((twice.of(CLOSED_DAY), twice.total()), (6, 22));
    }

    #[test]
    fn words_are_distinct() {
        let distinct: std::collections::BTreeSet<_> = Reasons::LABELS.into_iter().collect();
        assert_eq!(distinct.len(), Reasons::LABELS.len());
    }
}
