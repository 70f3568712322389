//! Until when a line can be filled. Days and months are counted from the date written, which is
//! day zero: what is valid for thirty days from 1 June can still be filled on 1 July.

use jiff::Span;
use jiff::civil::Date;

use super::line::SoldLine;
use crate::Fraction;
#[cfg(doc)]
use crate::law;
use crate::law::{FRACTION_II_VALIDITY_DAYS, FRACTION_III_VALIDITY_MONTHS, Parameters};

/// The last day on which the line can be filled. [`law::LGS_226_II`] gives fraction II thirty days
/// and [`law::LGS_252`] gives fraction III six months; the rest are parameters.
pub(super) fn valid_until(written_on: Date, line: &SoldLine<'_>, parameters: &Parameters) -> Date {
    let days = |days: u16| Span::new().days(days);
    let validity = match line.fraction {
        Fraction::I => days(parameters.fraction_i_validity_days),
        Fraction::II => days(FRACTION_II_VALIDITY_DAYS),
        Fraction::III => Span::new().months(FRACTION_III_VALIDITY_MONTHS),
        Fraction::IV | Fraction::V | Fraction::VI if line.medicine.antibiotic => {
            days(parameters.antibiotic_validity_days)
        }
        Fraction::IV | Fraction::V | Fraction::VI => days(parameters.fraction_iv_validity_days),
    };
    written_on.saturating_add(validity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use crate::tests::fixture::{date, issue_under};

    fn until(fraction: Fraction, antibiotic: bool, written_on: &str) -> Date {
        let issued = issue_under(&[fraction], &Parameters::default(), |command, facts| {
            command.written_on = date(written_on);
            command.today = date(written_on);
            facts.medicines[0].antibiotic = antibiotic;
        });
        issued.unwrap().lines[0].valid_until
    }

    #[test]
    fn fraction_ii_is_valid_for_thirty_days_after_the_day_written() {
        let last = until(Fraction::II, false, "2026-06-01");
        assert_eq!(last, date("2026-07-01"), "{}", law::LGS_226_II.rule);
    }

    #[test]
    fn fraction_iii_is_valid_for_six_calendar_months() {
        let article = law::LGS_252;
        for (written_on, last) in [
            ("2026-06-01", "2026-12-01"),
            ("2026-08-31", "2027-02-28"),
            ("2027-08-31", "2028-02-29"),
        ] {
            assert_eq!(
                until(Fraction::III, false, written_on),
                date(last),
                "{}",
                article.rule
            );
        }
    }

    #[test]
    fn the_others_follow_the_parameters() {
        assert_eq!(until(Fraction::I, false, "2026-06-01"), date("2026-07-01"));
        for fraction in [Fraction::IV, Fraction::V, Fraction::VI] {
            assert_eq!(until(fraction, false, "2026-06-01"), date("2026-11-28"));
            assert_eq!(until(fraction, true, "2026-06-01"), date("2026-07-01"));
        }
    }

    #[test]
    fn controlled_antibiotics_keep_the_validity_of_their_fraction() {
        assert_eq!(until(Fraction::III, true, "2026-06-01"), date("2026-12-01"));
    }
}
