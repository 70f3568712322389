//! Units of the presentation: tablets, ampoules, millilitres… whatever the catalog counts in a
//! package.

use std::fmt;

use prescription::Packages;
use serde::{Deserialize, Serialize};

/// A number of units of one clave. Arithmetic is checked: never below zero, never wrapping.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Units(u64);

impl Units {
    /// None.
    pub const ZERO: Self = Self(0);

    /// The most that a line may move and an account may hold: 2⁵³ − 1, which every JSON reader keeps
    /// exact (RFC 8785 writes numbers as IEEE doubles).
    pub const MOST: Self = Self((1 << 53) - 1);

    /// `count` units.
    #[must_use]
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// The units in `packages` of `units_per_package` each; `None` where the figure does not fit
    /// in [`Units::MOST`]. A package of which the catalog has no figure counts as one unit, so that
    /// zero per package is read as one.
    #[must_use]
    pub fn of_packages(packages: Packages, units_per_package: u32) -> Option<Self> {
        let units = u64::from(packages.count()).checked_mul(u64::from(units_per_package.max(1)))?;
        Some(Self(units)).filter(|units| *units <= Self::MOST)
    }

    /// The count.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.0 == 0
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
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_below_zero_and_never_wraps() {
        assert_eq!(Units::new(2).minus(Units::new(3)), None);
        assert_eq!(Units::new(u64::MAX).plus(Units::new(1)), None);
        assert_eq!(Units::new(3).minus(Units::new(3)), Some(Units::ZERO));
    }

    #[test]
    fn packages_become_units() {
        let of = |packages, per| Units::of_packages(Packages::new(packages), per);
        assert_eq!(of(2, 30), Some(Units::new(60)));
        assert_eq!(
            of(2, 0),
            Some(Units::new(2)),
            "no figure: the package is the unit"
        );
        assert_eq!(
            of(u32::MAX, u32::MAX),
            None,
            "above what JSON carries exactly"
        );
    }
}
