//! Quantities are whole packages (presentaciones): what a pharmacy hands over and a law counts.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of packages of one clave. Arithmetic is checked: a quantity never goes below zero and
/// never wraps.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Packages(u32);

impl Packages {
    /// No package.
    pub const ZERO: Self = Self(0);

    /// `count` packages.
    #[must_use]
    pub const fn new(count: u32) -> Self {
        Self(count)
    }

    /// The count.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_zero(self) -> bool {
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

    /// This many, `times` over, or `None` where it does not fit.
    #[must_use]
    pub fn times(self, times: u8) -> Option<Self> {
        self.0.checked_mul(u32::from(times)).map(Self)
    }

    /// How many whole fills of `fill` packages these are, and what is over; `None` for fills of
    /// nothing, or more of them than a line can have.
    #[must_use]
    pub fn fills_of(self, fill: Self) -> Option<(u8, Self)> {
        let whole = self.0.checked_div(fill.0)?;
        Some((u8::try_from(whole).ok()?, Self(self.0 % fill.0)))
    }
}

impl fmt::Display for Packages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_below_zero_and_never_wraps() {
        assert_eq!(Packages::new(2).minus(Packages::new(3)), None);
        assert_eq!(Packages::new(u32::MAX).plus(Packages::new(1)), None);
        assert_eq!(Packages::new(u32::MAX).times(2), None);
        assert_eq!(Packages::new(2).times(3), Some(Packages::new(6)));
        assert_eq!(
            Packages::new(7).fills_of(Packages::new(3)),
            Some((2, Packages::new(1)))
        );
        assert_eq!(Packages::new(7).fills_of(Packages::ZERO), None);
        assert_eq!(Packages::new(256).fills_of(Packages::new(1)), None);
    }
}
