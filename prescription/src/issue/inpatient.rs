//! Unit doses inside a hospital ([`law::LGS_226_BIS`]): every quantity counts units, for one time.

use jiff::Span;
use jiff::civil::Date;

use super::line::SoldLine;
#[cfg(doc)]
use crate::law;
use crate::law::{FRACTION_II_MAX_PACKAGES, Parameters};
use crate::{Fraction, Packages, Refusal};

/// At least one unit, within a bound against typing errors. [`law::LGS_226_II`] bounds the packages
/// of fraction II, and so the units in them, where the catalog says how many these are.
pub(super) fn units(line: &SoldLine<'_>, parameters: &Parameters) -> Option<Refusal> {
    let in_two = line.medicine.units_per_package;
    let in_two = in_two.map(|units| units.saturating_mul(FRACTION_II_MAX_PACKAGES));
    let most = match in_two {
        Some(units) if line.fraction == Fraction::II => units.min(parameters.max_unit_doses),
        _ => parameters.max_unit_doses,
    };
    let asked = line.asked.packages;
    let sane = !asked.is_zero() && asked <= Packages::new(most);
    (!sane).then_some(Refusal::UnitDoseCount {
        line: line.number,
        most,
    })
}

/// Who lies in hospital is prescribed for again, not refilled.
pub(super) fn once(line: &SoldLine<'_>) -> Option<Refusal> {
    (line.asked.fills != 1).then_some(Refusal::UnitDoseFills { line: line.number })
}

/// The last day on which unit doses are handed over: soon, and not after the receta would end.
pub(super) fn valid_until(written_on: Date, of_receta: Date, parameters: &Parameters) -> Date {
    let days = Span::new().days(parameters.unit_dose_validity_days);
    written_on.saturating_add(days).min(of_receta)
}

#[cfg(test)]
mod tests {
    use crate::event::Setting;
    use crate::issue::{IssueCommand, IssueFacts};
    use crate::tests::fixture::{assert_refused, date, issue};
    use crate::{Fraction, Issued, Packages, Refusal, law};

    fn order(
        fraction: Fraction,
        units: u32,
        change: impl FnOnce(&mut IssueCommand, &mut IssueFacts),
    ) -> Result<Issued, Vec<Refusal>> {
        issue(&[fraction], |command, facts| {
            command.setting = Setting::Inpatient;
            command.lines[0].packages = Packages::new(units);
            command.lines[0].fills = 1;
            change(command, facts);
        })
    }

    #[test]
    fn hospitals_prescribe_exact_units_for_one_time() {
        for fraction in Fraction::ALL {
            let issued = order(fraction, 3, |_, _| {}).unwrap();
            assert_eq!(
                issued.setting,
                Setting::Inpatient,
                "{}",
                law::LGS_226_BIS.rule
            );
            assert_eq!(issued.lines[0].packages, Packages::new(3));
            assert_eq!(issued.lines[0].valid_until, date("2026-06-02"));
        }
        for wrong in [0, 101] {
            let refusal = Refusal::UnitDoseCount { line: 1, most: 100 };
            assert_refused(
                order(Fraction::IV, wrong, |_, _| {}),
                law::LGS_226_BIS,
                &refusal,
            );
        }
        for fills in [0, 2] {
            let answer = order(Fraction::IV, 3, |command, _| command.lines[0].fills = fills);
            assert_refused(
                answer,
                law::LGS_226_BIS,
                &Refusal::UnitDoseFills { line: 1 },
            );
        }
    }

    /// 226-II counts presentations: a hospital does not get around it by counting tablets.
    #[test]
    fn fraction_ii_has_the_units_of_two_packages_at_most() {
        let of_ten = |_: &mut IssueCommand, facts: &mut IssueFacts| {
            facts.medicines[0].units_per_package = Some(10);
        };
        assert!(order(Fraction::II, 20, of_ten).is_ok());
        let refusal = Refusal::UnitDoseCount { line: 1, most: 20 };
        let article = law::LGS_226_II;
        let refusals = order(Fraction::II, 21, of_ten).unwrap_err();
        assert_eq!(refusals, [refusal], "{}", article.rule);
        assert!(order(Fraction::III, 21, of_ten).is_ok());
    }
}
