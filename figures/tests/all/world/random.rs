//! Chance that follows from a seed (`SplitMix64`).

/// Draws numbers.
pub(crate) struct Random(u64);

impl Random {
    /// That of one instance.
    pub(crate) fn of(seed: u64, instance: u32) -> Self {
        Self(seed ^ (u64::from(instance) << 32))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        let below = self.next() % u64::from(bound);
        u32::try_from(below).expect("less than the bound")
    }

    /// Whether something happens that does so many times in a hundred.
    pub(crate) fn percent(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub(crate) fn one<T: Copy>(&mut self, of: &[T]) -> T {
        let bound = u32::try_from(of.len()).expect("few");
        of[self.below(bound) as usize]
    }
}
