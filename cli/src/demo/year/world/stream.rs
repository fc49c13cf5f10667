//! Random numbers that depend on nothing but what they are for.

use fastrand::Rng;

/// Where random numbers come from: a seed, and a name for each purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stream(u64);

impl Stream {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The stream for a purpose.
    pub(super) fn of(self, purpose: &str) -> Self {
        // FNV-1a: names are few and short, and the mixing below spreads what they give.
        let name = purpose.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        self.mixed(name)
    }

    /// The stream of the one with this number: an instance, a day, a project.
    pub(super) fn at(self, number: i64) -> Self {
        self.mixed(number.cast_unsigned())
    }

    /// Its numbers, from the first on.
    pub(super) fn numbers(self) -> Rng {
        Rng::with_seed(self.0)
    }

    /// A number from 0 up to, and without, 1.
    pub(super) fn share(self) -> f64 {
        self.numbers().f64()
    }

    /// A number around 1, of which the logarithm is normal: half are below 1, and a sixth above e to the power of
    /// `spread`. Nothing is further off than two and a half of them, so that nobody is a country.
    pub(super) fn size(self, spread: f64) -> f64 {
        let mut numbers = self.numbers();
        // Box and Muller; 1 less the number is never 0.
        let (radius, angle) = (1.0 - numbers.f64(), std::f64::consts::TAU * numbers.f64());
        let normal = (-2.0 * radius.ln()).sqrt() * angle.cos();
        (spread * normal.clamp(-2.5, 2.5)).exp()
    }

    /// A random UUID.
    pub(super) fn uuid(self) -> String {
        let bytes = self.numbers().u128(..).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string()
    }

    /// The finaliser of `SplitMix64`: neighbouring numbers give streams that have nothing in common.
    fn mixed(self, number: u64) -> Self {
        let mut mixed = self.0.rotate_left(23) ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self(mixed ^ (mixed >> 31))
    }
}
