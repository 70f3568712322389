//! Numbers by chance, the same from the same seed: `SplitMix64`.

/// A generator.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// For one picture: its corpus, kind and number.
    pub(crate) fn new(seed: u64, kind: u64, number: u64) -> Self {
        let mut random = Self(seed ^ (kind << 32) ^ (number << 48));
        random.next();
        random
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    /// Between two numbers.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// One way or the other.
    pub(crate) fn sign(&mut self) -> f64 {
        if self.next() & 1 == 0 { 1.0 } else { -1.0 }
    }

    /// About normal, mean 0 and deviation 1: the sum of four uniform numbers, without the functions
    /// whose last digit differs between machines.
    pub(crate) fn normal(&mut self) -> f64 {
        let bits = self.next();
        let sum: u64 = (0..4).map(|place| (bits >> (16 * place)) & 0xffff).sum();
        let sum = u32::try_from(sum).unwrap_or(0);
        // The sum of four has mean 2 and variance 1/3.
        (f64::from(sum) / 65_535.0 - 2.0) * 1.732_050_8
    }
}
