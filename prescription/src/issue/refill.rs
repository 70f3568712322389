//! When the next fill is due. [`law::LGS_226_IV`] leaves it to the prescriber; of fraction III
//! ([`law::LGS_226_III`]) nobody fetches six months of a psychotropic in one afternoon.

use super::line::SoldLine;
#[cfg(doc)]
use crate::law;
use crate::law::{FRACTION_III_VALIDITY_MONTHS, Parameters};
use crate::{DoseUnit, Fraction, Refusal};

/// An interval is for a line with more than one fill, of a day at least, and such that the last
/// fill comes within the validity.
pub(super) fn interval(line: &SoldLine<'_>, parameters: &Parameters) -> Option<Refusal> {
    let asked = line.asked.refill_interval?;
    let most = longest(line, parameters);
    let fits = (1..=most).contains(&asked);
    (!fits).then_some(Refusal::RefillInterval {
        line: line.number,
        most,
    })
}

/// The longest interval with which every fill comes within the validity; zero of a single fill.
fn longest(line: &SoldLine<'_>, parameters: &Parameters) -> u16 {
    let validity = match line.fraction {
        // Months of 28 days: no six months have fewer.
        Fraction::III => u16::from(FRACTION_III_VALIDITY_MONTHS) * 28,
        Fraction::IV | Fraction::V | Fraction::VI if line.medicine.antibiotic => {
            parameters.antibiotic_validity_days
        }
        Fraction::I | Fraction::II | Fraction::IV | Fraction::V | Fraction::VI => {
            parameters.fraction_iv_validity_days
        }
    };
    let refills = u16::from(line.asked.fills.saturating_sub(1));
    validity.checked_div(refills).unwrap_or(0)
}

/// The interval that the line is recorded with: the prescriber's; of fraction III otherwise, if the
/// parameters ask for it, as long as a fill is enough.
pub(super) fn recorded(line: &SoldLine<'_>, parameters: &Parameters) -> Option<u16> {
    let by_supply = line.fraction == Fraction::III && parameters.fraction_iii_refill_by_supply;
    let derived = || {
        let days = supply_days(line).filter(|_| by_supply && line.asked.fills > 1)?;
        Some(days.min(longest(line, parameters))).filter(|days| *days > 0)
    };
    line.asked.refill_interval.or_else(derived)
}

/// Days for which one fill is enough, rounded down: units in its packages by units per day. `None`
/// where the catalog has no figure, or a dose is not counted in units of the package.
pub(super) fn supply_days(line: &SoldLine<'_>) -> Option<u16> {
    let countable = match line.asked.dosage.unit {
        DoseUnit::Tablet
        | DoseUnit::Capsule
        | DoseUnit::Ampoule
        | DoseUnit::Patch
        | DoseUnit::Sachet
        | DoseUnit::Suppository => true,
        DoseUnit::Millilitre
        | DoseUnit::Milligram
        | DoseUnit::Drop
        | DoseUnit::Puff
        | DoseUnit::Application
        | DoseUnit::InternationalUnit
        | DoseUnit::Microgram
        | DoseUnit::Gram => false,
    };
    let units = line.medicine.units_per_package.filter(|_| countable)?;
    let milli = u64::from(units) * u64::from(line.asked.packages.count()) * 1000;
    let days = milli.checked_div(line.asked.dosage.daily_milli()?)?;
    Some(u16::try_from(days).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issue::{IssueCommand, IssueFacts};
    use crate::tests::fixture::{issue, issue_under};
    use crate::{Issued, law};

    fn asked(fraction: Fraction, fills: u8, interval: u16) -> Result<Issued, Vec<Refusal>> {
        issue(&[fraction], |command, _| {
            command.lines[0].fills = fills;
            command.lines[0].refill_interval = Some(interval);
        })
    }

    #[test]
    fn the_prescriber_says_how_often() {
        let issued = asked(Fraction::IV, 6, 30).unwrap();
        let interval = issued.lines[0].refill_interval;
        assert_eq!(interval, Some(30), "{}", law::LGS_226_IV.rule);
    }

    #[test]
    fn an_interval_lets_every_fill_come_in_time() {
        for (fraction, fills, interval, most) in [
            (Fraction::IV, 6, 0, 36),
            (Fraction::IV, 6, 37, 36),
            (Fraction::IV, 1, 30, 0),
            (Fraction::III, 3, 85, 84),
            (Fraction::II, 1, 1, 0),
        ] {
            let refusal = Refusal::RefillInterval { line: 1, most };
            let answer = asked(fraction, fills, interval);
            assert_eq!(answer, Err(vec![refusal]), "{fraction} {fills} {interval}");
        }
        assert!(asked(Fraction::III, 3, 84).is_ok());
    }

    /// The fixture: two packages, one tablet every eight hours.
    #[test]
    fn of_fraction_iii_a_fill_lasts_as_long_as_its_tablets() {
        let of_thirty = |_: &mut IssueCommand, facts: &mut IssueFacts| {
            facts.medicines[0].units_per_package = Some(30);
        };
        let issued = issue(&[Fraction::III], of_thirty).unwrap();
        let line = &issued.lines[0];
        assert_eq!(
            (line.supply_days, line.refill_interval),
            (Some(20), Some(20))
        );
        let issued = issue(&[Fraction::IV], of_thirty).unwrap();
        let line = &issued.lines[0];
        assert_eq!((line.supply_days, line.refill_interval), (Some(20), None));
        let by_text_alone = Parameters {
            fraction_iii_refill_by_supply: false,
            ..Parameters::default()
        };
        let issued = issue_under(&[Fraction::III], &by_text_alone, of_thirty).unwrap();
        assert_eq!(
            issued.lines[0].refill_interval,
            None,
            "{}",
            law::LGS_226_III.rule
        );
    }

    #[test]
    fn drops_and_milligrams_are_not_counted_in_packages() {
        let issued = issue(&[Fraction::III], |command, facts| {
            facts.medicines[0].units_per_package = Some(1);
            command.lines[0].dosage.unit = DoseUnit::Drop;
        });
        let line = &issued.unwrap().lines[0];
        assert_eq!((line.supply_days, line.refill_interval), (None, None));
    }
}
