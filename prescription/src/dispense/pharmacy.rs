//! Who may hand over controlled medicines.

use super::PharmacyFacts;
use super::line::OwedLine;
#[cfg(doc)]
use crate::law;
use crate::{Prescription, Refusal};

/// Fractions I to III are handed over by licensed establishments only: estupefacientes by those
/// authorised for them ([`law::LGS_242`]), fractions I and II by those whose licence lets them buy
/// these at all ([`law::LGS_227_BIS`]), all psicotrópicos by those that are authorised to handle
/// them ([`law::LGS_198_I`]).
pub(super) fn is_licensed(line: &OwedLine<'_>, pharmacy: &PharmacyFacts) -> Option<Refusal> {
    let fraction = line.duty;
    let refused = fraction.is_controlled() && !pharmacy.controlled_licence;
    refused.then_some(Refusal::PharmacyNotLicensed {
        line: line.handed.line,
        fraction,
    })
}

/// Fractions I to III are handed over by whoever sees the live state, as the national guide asks:
/// two pharmacies without a network could fill the same receta.
pub(super) fn is_online(line: &OwedLine<'_>, pharmacy: &PharmacyFacts) -> Option<Refusal> {
    let refused = line.duty.is_controlled() && !pharmacy.online;
    refused.then_some(Refusal::OnlineOnly {
        line: line.handed.line,
    })
}

/// [`law::LGS_226_BIS`]: unit doses are of hospital care; the hospital's own pharmacy hands them over,
/// which has the CLUES of the hospital.
pub(super) fn is_the_hospitals(
    prescription: &Prescription,
    line: &OwedLine<'_>,
    pharmacy: &PharmacyFacts,
) -> Option<Refusal> {
    let issued = &prescription.issued;
    let elsewhere = !issued.setting.is_outpatient() && pharmacy.clues != issued.establishment;
    elsewhere.then_some(Refusal::UnitDoseElsewhere {
        line: line.handed.line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispense::decide;
    use crate::event::Setting;
    use crate::law::Parameters;
    use crate::tests::fixture::{TODAY, assert_refused, issue, pharmacy, prescription, visit};
    use crate::{Fraction, Packages, law};

    #[test]
    fn fractions_i_to_iii_need_a_licence() {
        let unlicensed = PharmacyFacts {
            controlled_licence: false,
            ..pharmacy()
        };
        for (fraction, article) in [
            (Fraction::I, law::LGS_242),
            (Fraction::II, law::LGS_227_BIS),
            (Fraction::III, law::LGS_198_I),
        ] {
            let answer = decide(
                &prescription(&[fraction]),
                &visit(TODAY, &[(1, 1)]),
                &unlicensed,
                &Parameters::default(),
            );
            let refusals = answer.unwrap_err();
            assert_eq!(
                refusals,
                [Refusal::PharmacyNotLicensed { line: 1, fraction }]
            );
            assert_eq!(refusals[0].law(), Some(article));
        }
    }

    #[test]
    fn fractions_i_to_iii_need_the_network() {
        let offline = PharmacyFacts {
            online: false,
            ..pharmacy()
        };
        for fraction in [Fraction::I, Fraction::II, Fraction::III] {
            let answer = decide(
                &prescription(&[fraction]),
                &visit(TODAY, &[(1, 1)]),
                &offline,
                &Parameters::default(),
            );
            assert_eq!(answer, Err(vec![Refusal::OnlineOnly { line: 1 }]));
        }
    }

    /// Tramadol was fraction IV when it was prescribed and is fraction II when it is fetched: a
    /// corner shop that could sell it yesterday has neither licence nor book.
    #[test]
    fn a_medicine_that_became_controlled_needs_the_licence_of_today() {
        let active = prescription(&[Fraction::IV]);
        let clave = active.issued.lines[0].clave.clone();
        let small = |today| PharmacyFacts {
            controlled_licence: false,
            online: false,
            today,
            ..pharmacy()
        };
        let fetch = |facts: &PharmacyFacts| {
            let command = visit(TODAY, &[(1, 1)]);
            decide(&active, &command, facts, &Parameters::default())
        };
        let other = ("010.000.9999.00".parse().unwrap(), Fraction::I);
        assert!(fetch(&small(vec![other, (clave.clone(), Fraction::IV)])).is_ok());
        let fraction = Fraction::II;
        let refusals = [
            Refusal::PharmacyNotLicensed { line: 1, fraction },
            Refusal::OnlineOnly { line: 1 },
        ];
        let answer = fetch(&small(vec![(clave, fraction)]));
        assert_eq!(
            answer,
            Err(refusals.to_vec()),
            "{}",
            law::DECRETO_2026_01_15.rule
        );
    }

    #[test]
    fn unit_doses_stay_in_the_hospital() {
        let issued = issue(&[Fraction::IV], |command, _| {
            command.setting = Setting::Inpatient;
            command.lines[0].packages = Packages::new(3);
            command.lines[0].fills = 1;
        });
        let active = Prescription::new(issued.unwrap());
        let command = visit(TODAY, &[(1, 2)]);
        let answer = decide(&active, &command, &pharmacy(), &Parameters::default());
        let refusal = Refusal::UnitDoseElsewhere { line: 1 };
        assert_refused(answer, law::LGS_226_BIS, &refusal);
        let own = PharmacyFacts {
            clues: active.issued.establishment.clone(),
            ..pharmacy()
        };
        let given = decide(&active, &command, &own, &Parameters::default()).unwrap();
        assert_eq!(given.lines[0].units, Some(2));
    }

    #[test]
    fn the_others_need_neither() {
        let small = PharmacyFacts {
            controlled_licence: false,
            online: false,
            ..pharmacy()
        };
        for fraction in [Fraction::IV, Fraction::V, Fraction::VI] {
            let answer = decide(
                &prescription(&[fraction]),
                &visit(TODAY, &[(1, 1)]),
                &small,
                &Parameters::default(),
            );
            assert!(answer.is_ok(), "{fraction} {}", law::LGS_226_V_VI.rule);
        }
    }
}
