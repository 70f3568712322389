//! Quantities of a substance: nanograms of anhydrous base, as the authorities read them.

/// Nanograms in a milligram.
const MILLIGRAM: u128 = 1_000_000;
/// Nanograms in a gram.
const GRAM: u128 = 1_000 * MILLIGRAM;

/// A quantity of a substance in nanograms of anhydrous base. Below zero where more went back than
/// out. Roundings are to the nearest, halves away from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Mass(i128);

impl Mass {
    /// So many nanograms.
    #[must_use]
    pub const fn from_nanograms(nanograms: i128) -> Self {
        Self(nanograms)
    }

    /// Whole milligrams, zero for less than nothing: what a chart is drawn to.
    #[must_use]
    pub fn milligrams(self) -> u64 {
        u64::try_from(self.rounded(MILLIGRAM)).unwrap_or(if self.0 < 0 { 0 } else { u64::MAX })
    }

    /// Kilograms and the grams beyond them: the two columns in which the forms of the 1961
    /// Convention ask for most drugs. Rounded once, before it is parted: 999.6 g are 1 kg and 0 g.
    #[must_use]
    pub fn kilograms_and_grams(self) -> (i128, i128) {
        let grams = self.rounded(GRAM);
        (grams / 1_000, grams % 1_000)
    }

    /// Grams and the milligrams beyond them: the same forms for the potent drugs, such as fentanyl.
    #[must_use]
    pub fn grams_and_milligrams(self) -> (i128, i128) {
        let milligrams = self.rounded(MILLIGRAM);
        (milligrams / 1_000, milligrams % 1_000)
    }

    /// Kilograms to the milligram, "12.345678": form P.
    #[must_use]
    pub fn in_kilograms(self) -> String {
        let (sign, milligrams) = self.signed_milligrams();
        format!(
            "{sign}{}.{:06}",
            milligrams / 1_000_000,
            milligrams % 1_000_000
        )
    }

    /// Grams to the milligram, "1234.567".
    #[must_use]
    pub fn in_grams(self) -> String {
        let (sign, milligrams) = self.signed_milligrams();
        format!("{sign}{}.{:03}", milligrams / 1_000, milligrams % 1_000)
    }

    /// Grams to the milligram as a person reads them: "1,234.567 g".
    #[must_use]
    pub fn grouped_grams(self) -> String {
        let (sign, milligrams) = self.signed_milligrams();
        let whole = u64::try_from(milligrams / 1_000).unwrap_or(u64::MAX);
        let whole = crate::figures::grouped(whole);
        format!("{sign}{whole}.{:03}\u{a0}g", milligrams % 1_000)
    }

    fn signed_milligrams(self) -> (&'static str, u128) {
        let milligrams = self.rounded(MILLIGRAM);
        (
            if milligrams < 0 { "-" } else { "" },
            milligrams.unsigned_abs(),
        )
    }

    /// So many of `unit`.
    fn rounded(self, unit: u128) -> i128 {
        let size = self.0.unsigned_abs();
        let whole = size / unit + u128::from(size % unit >= unit / 2);
        // At most a millionth of the type's end.
        let whole = i128::try_from(whole).unwrap_or(i128::MAX);
        if self.0 < 0 { -whole } else { whole }
    }
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
        assert_eq!(almost.in_grams(), "999.600");
        assert_eq!(Mass::from_nanograms(499_999).milligrams(), 0);
        assert_eq!(Mass::from_nanograms(500_000).milligrams(), 1);
        let tons = Mass::from_nanograms(1_234_567_890_000_000);
        assert_eq!(tons.kilograms_and_grams(), (1_234, 568));
        assert_eq!(tons.grouped_grams(), "1,234,567.890\u{a0}g");
    }

    #[test]
    fn less_than_nothing_has_its_sign() {
        let back = Mass::from_nanograms(-1_200_500_000_000);
        assert_eq!(back.kilograms_and_grams(), (-1, -201));
        assert_eq!(back.in_kilograms(), "-1.200500");
        assert_eq!(back.milligrams(), 0);
        assert_eq!(Mass::from_nanograms(-1).in_grams(), "0.000");
        assert_eq!(Mass::from_nanograms(i128::MIN).milligrams(), 0);
    }

    proptest! {
        #[test]
        fn no_more_than_half_a_unit_is_lost(nanograms in -(1_i128 << 90)..1 << 90) {
            let mass = Mass::from_nanograms(nanograms);
            let (kilograms, grams) = mass.kilograms_and_grams();
            let back = (kilograms * 1_000 + grams) * 1_000_000_000;
            prop_assert!(back.abs_diff(nanograms) <= GRAM / 2);
            let (whole, milligrams) = mass.grams_and_milligrams();
            let back = (whole * 1_000 + milligrams) * 1_000_000;
            prop_assert!(back.abs_diff(nanograms) <= MILLIGRAM / 2);
        }
    }
}
