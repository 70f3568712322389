//! Who may hand over controlled medicines.

use super::PharmacyFacts;
use super::line::OwedLine;
use crate::Refusal;
#[cfg(doc)]
use crate::law;

/// Fractions I to III are handed over by licensed establishments only: estupefacientes by those
/// authorised for them ([`law::LGS_242`]), fractions I and II by those whose licence lets them buy
/// these at all ([`law::LGS_227_BIS`]), all psicotrópicos by those that are authorised to handle
/// them ([`law::LGS_198_I`]).
pub(super) fn is_licensed(line: &OwedLine<'_>, pharmacy: &PharmacyFacts) -> Option<Refusal> {
    let fraction = line.issued.fraction;
    let refused = fraction.is_controlled() && !pharmacy.controlled_licence;
    refused.then_some(Refusal::PharmacyNotLicensed {
        line: line.handed.line,
        fraction,
    })
}

/// Fractions I to III are handed over by whoever sees the live state, as the national guide asks:
/// two pharmacies without a network could fill the same receta.
pub(super) fn is_online(line: &OwedLine<'_>, pharmacy: &PharmacyFacts) -> Option<Refusal> {
    let refused = line.issued.fraction.is_controlled() && !pharmacy.online;
    refused.then_some(Refusal::OnlineOnly {
        line: line.handed.line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispense::decide;
    use crate::law::Parameters;
    use crate::tests::fixture::{TODAY, pharmacy, prescription, visit};
    use crate::{Fraction, law};

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
