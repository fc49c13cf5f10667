//! What is kept of a sketch once it was shown: enough to tell what changed since, in a fifth of the space.

use std::borrow::Cow;

use crate::bytes::{Reader, Unreadable, Writer};
use crate::sketch::Sketch;

/// A sketch that was shown, with two bytes of each bucket. Where these differ the bucket does. Where they do not it may
/// still, once in 65 536 times, which lets a number wait although it need not; never one for which a single change is
/// enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The sum of all buckets, whole: of another state it is another one.
    total: u64,
    /// As many as the sketch has buckets, a power of two.
    buckets: Vec<u16>,
}

impl State {
    #[allow(clippy::cast_possible_truncation, reason = "two bytes are what is kept")]
    pub(crate) fn of(sketch: &Sketch) -> Self {
        let mut state = Self { total: 0, buckets: vec![0; sketch.size()] };
        for (bucket, value) in sketch.filled() {
            state.total = state.total.wrapping_add(value);
            state.buckets[bucket] = value as u16;
        }
        state
    }

    /// Whether nobody differs.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.differences(other) == 0
    }

    /// In how many buckets two states differ, none only where nobody does. At least as many instances do.
    pub(crate) fn differences(&self, other: &Self) -> usize {
        let size = self.buckets.len().min(other.buckets.len());
        let (one, two) = (self.folded(size), other.folded(size));
        let buckets = one.iter().zip(&*two).filter(|(one, two)| one != two).count();
        // Where the sums differ some bucket does, whatever its two bytes say.
        buckets.max(usize::from(self.total != other.total))
    }

    /// That of fewer buckets: their numbers are those of instances, modulo how many there are.
    fn folded(&self, size: usize) -> Cow<'_, [u16]> {
        if self.buckets.len() == size {
            return Cow::Borrowed(&self.buckets);
        }
        let mut folded = vec![0_u16; size];
        for (bucket, value) in self.buckets.iter().enumerate() {
            folded[bucket % size] = folded[bucket % size].wrapping_add(*value);
        }
        folded.into()
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.fixed(self.total);
        to.len(self.buckets.len());
        for value in &self.buckets {
            to.short(*value);
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let total = from.fixed()?;
        let size = from.len()?;
        if !size.is_power_of_two() {
            return Err(from.unreadable());
        }
        let buckets = (0..size).map(|_| from.short()).collect::<Result<_, _>>()?;
        Ok(Self { total, buckets })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_differs_is_seen_even_where_two_bytes_are_the_same() {
        let state = |total| State { total, buckets: vec![7, 0] };
        assert_eq!(state(7).differences(&state(7)), 0);
        assert_eq!(state(7).differences(&state(7 + (1 << 16))), 1);
        assert_eq!(state(7).differences(&State { total: 12, buckets: vec![8, 4] }), 2);
    }
}
