//! Quantities of a substance: nanograms of anhydrous base, as the authorities read them.

/// Nanograms in a milligram, a gram, a kilogram.
const MILLIGRAM: u128 = 1_000_000;
const GRAM: u128 = 1_000 * MILLIGRAM;
const KILOGRAM: u128 = 1_000 * GRAM;

/// A quantity of a substance in nanograms of anhydrous base.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Mass(u128);

impl Mass {
    /// So many nanograms.
    #[must_use]
    pub const fn from_nanograms(nanograms: u128) -> Self {
        Self(nanograms)
    }

    /// Whole milligrams, rounded half up: what a chart is drawn to.
    #[must_use]
    pub fn milligrams(self) -> u64 {
        u64::try_from(rounded(self.0, MILLIGRAM)).unwrap_or(u64::MAX)
    }

    /// Kilograms and the grams beyond them, rounded half up to the gram: the two columns in which
    /// the forms of the 1961 Convention ask for most drugs.
    #[must_use]
    pub fn kilograms_and_grams(self) -> (u64, u64) {
        split(self.0, GRAM)
    }

    /// Grams and the milligrams beyond them, rounded half up to the milligram: the same forms for
    /// the potent drugs, such as fentanyl.
    #[must_use]
    pub fn grams_and_milligrams(self) -> (u64, u64) {
        split(self.0, MILLIGRAM)
    }

    /// Kilograms with six decimals, "12.345678", rounded half up to the milligram: form P.
    #[must_use]
    pub fn in_kilograms(self) -> String {
        let milligrams = rounded(self.0, MILLIGRAM);
        let unit = KILOGRAM / MILLIGRAM;
        format!("{}.{:06}", milligrams / unit, milligrams % unit)
    }

    /// "1,234.567 g", rounded half up to the milligram: reports.
    #[must_use]
    pub fn in_grams(self) -> String {
        let milligrams = rounded(self.0, MILLIGRAM);
        let whole = u64::try_from(milligrams / 1_000).unwrap_or(u64::MAX);
        let whole = crate::figures::grouped(whole);
        format!("{whole}.{:03}\u{a0}g", milligrams % 1_000)
    }
}

/// So many of `unit`, half a unit and more counting as one.
fn rounded(nanograms: u128, unit: u128) -> u128 {
    nanograms / unit + u128::from(nanograms % unit >= unit / 2)
}

/// The quantity in thousands of `unit`, and the units beyond them. Rounded once, before it is
/// parted: 999.6 g are 1 kg and 0 g.
fn split(nanograms: u128, unit: u128) -> (u64, u64) {
    let units = rounded(nanograms, unit);
    let part = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
    (part(units / 1_000), part(units % 1_000))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rounded_once_and_then_parted() {
        let almost = Mass::from_nanograms(999_600_000_000);
        assert_eq!(almost.kilograms_and_grams(), (1, 0));
        assert_eq!(almost.grams_and_milligrams(), (999, 600));
        assert_eq!(almost.in_kilograms(), "0.999600");
        assert_eq!(almost.in_grams(), "999.600\u{a0}g");
        assert_eq!(Mass::from_nanograms(499_999).milligrams(), 0);
        assert_eq!(Mass::from_nanograms(500_000).milligrams(), 1);
        let tons = Mass::from_nanograms(1_234_567_890 * MILLIGRAM);
        assert_eq!(tons.kilograms_and_grams(), (1_234, 568));
        assert_eq!(tons.in_grams(), "1,234,567.890\u{a0}g");
    }

    proptest! {
        #[test]
        fn no_more_than_half_a_unit_is_lost(nanograms in 0_u128..1 << 90) {
            let (kilograms, grams) = Mass::from_nanograms(nanograms).kilograms_and_grams();
            prop_assert!(grams < 1_000);
            let back = u128::from(kilograms) * KILOGRAM + u128::from(grams) * GRAM;
            prop_assert!(back.abs_diff(nanograms) <= GRAM / 2);
        }
    }
}
