//! Anhydrous base: the substance itself, without salt and water, as the conventions of 1961 and 1971
//! count it.

use std::fmt;

use crate::Units;

/// How many nanograms are a gram.
const PER_GRAM: u128 = 1_000_000_000;

/// An amount of anhydrous base in nanograms. Integers all the way: the tablets of a nation for a
/// million years fit in 128 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Nanograms(u128);

impl Nanograms {
    /// None.
    pub const ZERO: Self = Self(0);

    /// `count` nanograms.
    #[must_use]
    pub const fn new(count: u128) -> Self {
        Self(count)
    }

    /// What `units` contain, each `base_ng_per_unit`: the product of two 64-bit numbers always fits.
    #[must_use]
    pub fn of(units: Units, base_ng_per_unit: u64) -> Self {
        Self(u128::from(units.count()) * u128::from(base_ng_per_unit))
    }

    /// The count.
    #[must_use]
    pub const fn count(self) -> u128 {
        self.0
    }

    /// The sum, or `None` where it does not fit.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// What is left after taking `other`, or `None` where there is not enough.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Grams with this many decimals (9 at most: a nanogram), rounded half up: what a form asks for.
    /// Rounded figures need not add up; sums are made of nanograms and rounded last.
    #[must_use]
    pub fn grams(self, decimals: u8) -> String {
        let decimals = decimals.min(9);
        let step = 10_u128.pow(u32::from(9 - decimals));
        let whole = self.0 / step + u128::from(self.0 % step >= step.div_ceil(2) && step > 1);
        let per_gram = PER_GRAM / step;
        let (grams, rest) = (whole / per_gram, whole % per_gram);
        if decimals == 0 {
            grams.to_string()
        } else {
            format!("{grams}.{rest:0width$}", width = usize::from(decimals))
        }
    }
}

impl fmt::Display for Nanograms {
    /// Grams, exactly.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} g", self.grams(9))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn prints_grams_with_fixed_decimals() {
        // 20 tablets of morphine sulphate 10 mg hold 7.52 mg of base each.
        let base = Nanograms::of(Units::new(20), 7_520_000);
        assert_eq!(base.to_string(), "0.150400000 g");
        assert_eq!(base.grams(3), "0.150");
        assert_eq!(base.grams(0), "0");
        assert_eq!(Nanograms::new(1_499_999_999).grams(0), "1");
        assert_eq!(Nanograms::new(1_500_000_000).grams(0), "2");
        assert_eq!(Nanograms::new(999_500_000).grams(3), "1.000");
        assert_eq!(Nanograms::new(999_499_999).grams(3), "0.999");
        assert_eq!(Nanograms::new(1).grams(12), "0.000000001");
    }

    #[test]
    fn the_largest_product_fits() {
        let most = Nanograms::of(Units::new(u64::MAX), u64::MAX);
        assert_eq!(most.count(), u128::from(u64::MAX).pow(2));
        assert_eq!(Nanograms::new(u128::MAX).plus(Nanograms::new(1)), None);
        assert_eq!(Nanograms::ZERO.minus(Nanograms::new(1)), None);
    }

    proptest! {
        #[test]
        fn rounding_is_off_by_half_a_step_at_most(count in 0_u128..1 << 100, decimals in 0_u8..=9) {
            let printed = Nanograms::new(count).grams(decimals).replace('.', "");
            let step = 10_u128.pow(u32::from(9 - decimals));
            let read = printed.parse::<u128>().unwrap() * step;
            prop_assert!(read.abs_diff(count) * 2 <= step);
        }
    }
}
