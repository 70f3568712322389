//! How much each observation counts, and from which sum on it decides.

use super::field::{Field, Level};

/// Sums from which a pair is reviewed or taken as one person, in hundredths of a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// From here on somebody looks.
    pub review: i32,
    /// From here on the records are one person's, if no identifying field contradicts it.
    pub same: i32,
}

impl Thresholds {
    /// Thresholds for a register of `people`: the more people, the more chance resemblances, so
    /// the prior odds are one in `people` (rounded up to a power of two).
    ///
    /// Review from 95 % (odds of 19, 4.25 bits: the national guide's threshold for review by
    /// hand); same from 99.9 % (odds of 999, 9.97 bits: its limit of 0.1 % of false positives).
    #[must_use]
    pub fn for_population(people: u32) -> Self {
        let bits = bits_above(people);
        Self {
            review: 100 * bits + 425,
            same: 100 * bits + 997,
        }
    }
}

/// log2, rounded up; 0 for an empty register.
fn bits_above(people: u32) -> i32 {
    (0..32)
        .find(|bits| u64::from(people) <= 1 << bits)
        .unwrap_or(32)
}

/// `log2(m/u)` in hundredths of a bit; what is missing says nothing.
///
/// `u`, the frequency of chance agreement, was measured on random pairs of a sample of 2.3 million
/// surnames (equal 0.0074, close 0.0011) and 0.97 million given names (equal 0.0029 to 0.0050,
/// close 0.0040, partial 0.0080) of Mexico, and on INEGI's 2020 population (entities 0.052). Assumed:
/// birth dates 1 in 25,000, two of three parts alike 1 in 240; sexes 1/2; postal codes 1 in 600,
/// because candidates live near each other. `m`, agreement within one person, is assumed
/// throughout, until it is estimated from reviewed pairs.
pub(super) fn weight(field: Field, level: Level) -> i32 {
    let [exact, close, partial, differs] = match field {
        Field::GivenNames => [780, 332, 290, -503],
        Field::FirstSurname => [690, 518, 232, -503],
        Field::SecondSurname => [690, 518, 232, -561],
        Field::BirthDate => [1450, 325, 325, -664],
        Field::Sex => [99, 0, 0, -564],
        Field::BirthState => [420, 0, 0, -457],
        Field::PostalCode => [850, 0, 0, -132],
    };
    match level {
        Level::Exact => exact,
        Level::Close => close,
        Level::Partial => partial,
        Level::Differs => differs,
        Level::Missing => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bigger_register_asks_for_more_evidence() {
        assert_eq!(
            Thresholds::for_population(0),
            Thresholds {
                review: 425,
                same: 997
            }
        );
        assert_eq!(Thresholds::for_population(1024).review, 1425);
        assert_eq!(Thresholds::for_population(1025).review, 1525);
        // The 130 million of the country.
        assert_eq!(
            Thresholds::for_population(130_000_000),
            Thresholds {
                review: 3125,
                same: 3697
            }
        );
        assert_eq!(Thresholds::for_population(u32::MAX).review, 3625);
    }

    #[test]
    fn better_agreement_never_weighs_less() {
        for field in Field::ALL {
            assert!(weight(field, Level::Exact) > weight(field, Level::Close));
            assert!(weight(field, Level::Close) >= weight(field, Level::Partial));
            assert!(weight(field, Level::Partial) > weight(field, Level::Differs));
            assert_eq!(weight(field, Level::Missing), 0);
        }
    }
}
