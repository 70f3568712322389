//! Jaro-Winkler similarity as an integer.

use rapidfuzz::distance::jaro_winkler;

/// A similarity in ten-thousandths: 0 is nothing in common, 10,000 is equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BasisPoints(u16);

impl BasisPoints {
    /// Equal texts.
    pub const EQUAL: Self = Self(10_000);

    /// `points` ten-thousandths, at most 10,000.
    #[must_use]
    pub const fn new(points: u16) -> Self {
        Self(if points > 10_000 { 10_000 } else { points })
    }

    /// The number of ten-thousandths.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

/// Jaro-Winkler similarity (prefix weight 0.1). Texts without a letter resemble nothing.
#[must_use]
pub fn similarity(a: &str, b: &str) -> BasisPoints {
    if a.is_empty() || b.is_empty() {
        return BasisPoints(0);
    }
    basis_points(jaro_winkler::similarity(a.chars(), b.chars()))
}

/// The only place where a float lives: from here on everything is an integer.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rapidfuzz answers with an f64 in 0..=1; the product is within 0..=10,000 and `as` saturates"
)]
fn basis_points(ratio: f64) -> BasisPoints {
    BasisPoints::new((ratio * 10_000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_literatures_usual_examples() {
        for (a, b, expected) in [
            ("MARTHA", "MARHTA", 9611),
            ("DWAYNE", "DUANE", 8400),
            ("DIXON", "DICKSONX", 8133),
        ] {
            assert_eq!(similarity(a, b).get(), expected, "{a} {b}");
        }
        assert_eq!(similarity("", "").get(), 0);
        assert_eq!(similarity("ANA", "ANA"), BasisPoints::EQUAL);
        assert_eq!(BasisPoints::new(u16::MAX), BasisPoints::EQUAL);
    }

    proptest! {
        #[test]
        fn symmetric_and_bounded(a in "[A-Z]{1,12}", b in "[A-Z]{1,12}") {
            prop_assert_eq!(similarity(&a, &b), similarity(&b, &a));
            prop_assert!(similarity(&a, &b) <= BasisPoints::EQUAL);
            prop_assert_eq!(similarity(&a, &a), BasisPoints::EQUAL);
        }
    }
}
