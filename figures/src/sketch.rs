//! What tells, for certain, that at least so many instances differ between two states.
//!
//! An instance falls into one of the buckets, by nothing but its key, and adds there a hash of itself and of what it
//! contributes. Adding wraps, so it can be taken back, in any order, and the sketches of disjoint days add up to that
//! of their window. A bucket that differs between two states holds an instance that differs; different buckets hold
//! different instances. So of two states that differ in k buckets, at least k instances differ: there is nothing
//! to chance. Where fewer buckets differ than instances, two of these share a bucket: that errs to the safe side.

use headcount_contract::Publish;
use sha2::{Digest as _, Sha256};

use crate::bytes::{Reader, Unreadable, Writer};

/// Buckets with something in them, by their numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sketch {
    /// How many buckets there are, a power of two: so a sketch can be folded into one with fewer.
    size: u32,
    buckets: Vec<(u32, u64)>,
}

/// The mark that an instance leaves.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    place: u64,
    /// That of its presence alone.
    presence: u64,
    /// Its key for what it contributes, less than [`PRIME`].
    key: u64,
}

/// The fewest buckets. What was shown stays in those that it had, and under a greater `min_count` a number moves only where
/// as many of them differ: with fewer it would never move again.
const FEWEST: u32 = 128;
const _: () = assert!(FEWEST > Publish::MAX_MIN_COUNT);

/// The most, since they are kept for every state that is shown.
const MOST: u32 = 1024;

/// A prime that is one less than a power of two.
const PRIME: u64 = (1 << 61) - 1;

impl Mark {
    /// Of an instance, by its key.
    pub(crate) fn of(instance: &[u8; 32]) -> Self {
        let hash = Sha256::new().chain_update(b"headcount figure").chain_update(instance);
        let hash: [u8; 32] = hash.finalize().into();
        let word = |at: usize| {
            u64::from_le_bytes(hash[at..at + 8].try_into().expect("eight bytes are eight bytes"))
        };
        Self { place: word(0), presence: word(8), key: word(16) % PRIME }
    }

    /// What it adds where only its presence counts.
    pub(crate) fn presence(&self) -> Marked {
        Marked { place: self.place, value: self.presence }
    }

    /// What it adds with a contribution: a polynomial over the contribution's bytes at a secret place, which is that of
    /// another contribution once in 2^56 or so. Another SHA-256 for each figure would be most of the work.
    pub(crate) fn with(&self, contribution: &[u8]) -> Marked {
        let start = contribution.len() as u64 + 1;
        let value = contribution.chunks(7).fold(start, |sum, chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.times(sum, u64::from_le_bytes(word))
        });
        Marked { place: self.place, value: self.times(value, 0) }
    }

    fn times(&self, sum: u64, plus: u64) -> u64 {
        let next = u128::from(sum) * u128::from(self.key) + u128::from(plus);
        u64::try_from(next % u128::from(PRIME)).expect("a remainder is less than the prime")
    }
}

/// What an instance adds to one sketch.
#[derive(Clone, Copy)]
pub(crate) struct Marked {
    place: u64,
    value: u64,
}

impl Sketch {
    /// That of nobody, with enough buckets that `min_count` instances seldom share one: sixteen for each, within bounds.
    pub(crate) fn for_count(min_count: u32) -> Self {
        Self::of_size(min_count.saturating_mul(16).clamp(FEWEST, MOST).next_power_of_two())
    }

    fn of_size(size: u32) -> Self {
        Self { size, buckets: Vec::new() }
    }

    /// That of nobody, of the same size.
    pub(crate) fn none(&self) -> Self {
        Self::of_size(self.size)
    }

    pub(crate) fn add(&mut self, marked: Marked) {
        self.put(self.bucket(marked.place), marked.value);
    }

    pub(crate) fn subtract(&mut self, marked: Marked) {
        self.put(self.bucket(marked.place), marked.value.wrapping_neg());
    }

    #[allow(clippy::cast_possible_truncation, reason = "it is less than a size of 32 bits")]
    fn bucket(&self, place: u64) -> u32 {
        (place % u64::from(self.size)) as u32
    }

    fn put(&mut self, bucket: u32, value: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(held, _)| *held) {
            Err(_) if value == 0 => {}
            Err(index) => self.buckets.insert(index, (bucket, value)),
            Ok(index) => {
                let sum = self.buckets[index].1.wrapping_add(value);
                if sum == 0 {
                    self.buckets.remove(index);
                } else {
                    self.buckets[index].1 = sum;
                }
            }
        }
    }

    /// Adds that of other instances.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.size < self.size {
            *self = self.folded(other.size);
        }
        for &(bucket, value) in &other.buckets {
            self.put(bucket % self.size, value);
        }
    }

    fn folded(&self, size: u32) -> Self {
        let mut folded = Self::of_size(size);
        for &(bucket, value) in &self.buckets {
            folded.put(bucket % size, value);
        }
        folded
    }

    /// How many buckets there are.
    pub(crate) fn size(&self) -> usize {
        usize::try_from(self.size).expect("they are in memory")
    }

    /// The buckets in which there is something, and what.
    pub(crate) fn filled(&self) -> impl Iterator<Item = (usize, u64)> {
        let place = |bucket: u32| usize::try_from(bucket).expect("they are in memory");
        self.buckets.iter().map(move |(bucket, value)| (place(*bucket), *value))
    }

    pub(crate) fn write(&self, to: &mut Writer) {
        to.number(self.size);
        to.len(self.buckets.len());
        let mut next = 0;
        for &(bucket, value) in &self.buckets {
            to.number(bucket - next);
            to.fixed(value);
            next = bucket + 1;
        }
    }

    pub(crate) fn read(from: &mut Reader<'_>) -> Result<Self, Unreadable> {
        let size: u32 = from.number()?;
        if !size.is_power_of_two() || size > MOST {
            return Err(from.unreadable());
        }
        let (mut buckets, mut next) = (Vec::new(), 0_u32);
        for _ in 0..from.len()? {
            let skipped: u32 = from.number()?;
            let bucket = next.checked_add(skipped).filter(|bucket| *bucket < size);
            let bucket = bucket.ok_or(from.unreadable())?;
            buckets.push((bucket, from.fixed()?));
            next = bucket + 1;
        }
        Ok(Self { size, buckets })
    }
}

#[cfg(test)]
mod tests;
