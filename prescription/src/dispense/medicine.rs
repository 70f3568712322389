//! What is in the box: its lot and its expiry date.

use jiff::civil::Date;

use super::line::OwedLine;
use crate::Refusal;
#[cfg(doc)]
use crate::law;

/// What is entered in a control book ([`law::LGS_242`] for fraction I, [`law::LGS_226_II`] and
/// [`law::LGS_226_III`] for the others) or in the register of antibiotics
/// ([`law::ACUERDO_ANTIBIOTICOS_2010`]) is entered with lot and expiry.
pub(super) fn has_lot(line: &OwedLine<'_>) -> Option<Refusal> {
    let controlled = line.duty.is_controlled();
    let registered = controlled || line.issued.antibiotic;
    let lot = line
        .handed
        .lot
        .as_deref()
        .is_some_and(|lot| !lot.trim().is_empty());
    let complete = lot && line.handed.expiry.is_some();
    (registered && !complete).then_some(Refusal::LotMissing {
        line: line.handed.line,
        fraction: line.duty,
        antibiotic: !controlled,
    })
}

/// The box in the hand is of the clave that was prescribed, whatever else is called alike.
pub(super) fn is_the_prescribed(line: &OwedLine<'_>) -> Option<Refusal> {
    let clave = line.handed.clave.as_ref()?;
    (*clave != line.issued.clave).then_some(Refusal::WrongMedicine {
        line: line.handed.line,
    })
}

/// [`law::LGS_226_GENERICA`]: a receta is written with the generic name, and any brand of it, or the
/// generic itself, may be handed over; unless the prescriber keeps to one.
pub(super) fn is_the_brand(line: &OwedLine<'_>) -> Option<Refusal> {
    let lower = |brand: &Option<String>| brand.as_deref().map(str::to_lowercase);
    let same = lower(&line.handed.brand) == lower(&line.issued.brand);
    (line.issued.no_substitution && !same).then_some(Refusal::SubstitutionNotAllowed {
        line: line.handed.line,
    })
}

/// [`law::LGS_233`]: nothing past its expiry date is handed over. On the date itself it is good.
pub(super) fn has_not_expired(line: &OwedLine<'_>, on: Date) -> Option<Refusal> {
    let expired = line.handed.expiry.is_some_and(|expiry| expiry < on);
    expired.then_some(Refusal::MedicineExpired {
        line: line.handed.line,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{
        TODAY, antibiotic, assert_refused, date, dispense, issue, prescription, visit,
    };
    use crate::{Fraction, Packages, Prescription, law};

    #[test]
    fn controlled_medicines_are_booked_with_lot_and_expiry() {
        for (fraction, article) in [
            (Fraction::I, law::LGS_242),
            (Fraction::II, law::LGS_226_II),
            (Fraction::III, law::LGS_226_III),
        ] {
            let incomplete = [
                (None, Some(date("2027-01-31"))),
                (Some("A1"), None),
                (Some(" "), None),
            ];
            for (lot, expiry) in incomplete {
                let mut command = visit(TODAY, &[(1, 1)]);
                command.lines[0].lot = lot.map(str::to_owned);
                command.lines[0].expiry = expiry;
                let answer = dispense(&prescription(&[fraction]), &command);
                let refusal = Refusal::LotMissing {
                    line: 1,
                    fraction,
                    antibiotic: false,
                };
                assert_refused(answer, article, &refusal);
            }
        }
    }

    #[test]
    fn antibiotics_are_registered_with_lot_and_expiry() {
        let mut command = visit(TODAY, &[(1, 1)]);
        command.lines[0].lot = None;
        let active = antibiotic(Packages::new(2), 1);
        let fraction = Fraction::IV;
        let refusal = Refusal::LotMissing {
            line: 1,
            fraction,
            antibiotic: true,
        };
        assert_refused(
            dispense(&active, &command),
            law::ACUERDO_ANTIBIOTICOS_2010,
            &refusal,
        );
        assert!(dispense(&prescription(&[fraction]), &command).is_ok());
    }

    #[test]
    fn another_clave_is_another_medicine() {
        let hand_over = |clave: &str| {
            let mut command = visit(TODAY, &[(1, 1)]);
            command.lines[0].clave = Some(clave.parse().unwrap());
            dispense(&prescription(&[Fraction::II]), &command)
        };
        assert!(hand_over("010.000.0000.00").is_ok());
        let wrong = hand_over("010.000.0000.01");
        assert_eq!(wrong, Err(vec![Refusal::WrongMedicine { line: 1 }]));
    }

    #[test]
    fn a_brand_is_replaced_unless_the_prescriber_keeps_to_it() {
        for no_substitution in [false, true] {
            let issued = issue(&[Fraction::IV], |command, _| {
                command.lines[0].brand = Some("Tempra".to_owned());
                command.lines[0].no_substitution = no_substitution;
            });
            let active = Prescription::new(issued.unwrap());
            for (brand, same) in [
                (Some("Tempra"), true),
                (Some("TEMPRA"), true),
                (Some("Otra"), false),
                (None, false),
            ] {
                let mut command = visit(TODAY, &[(1, 1)]);
                command.lines[0].brand = brand.map(str::to_owned);
                let answer = dispense(&active, &command);
                if same || !no_substitution {
                    assert_eq!(answer.unwrap().lines[0].brand, command.lines[0].brand);
                } else {
                    let refusal = Refusal::SubstitutionNotAllowed { line: 1 };
                    assert_refused(answer, law::LGS_226_GENERICA, &refusal);
                }
            }
        }
    }

    #[test]
    fn nothing_past_its_expiry_date() {
        for fraction in Fraction::ALL {
            let with = |expiry| {
                let mut command = visit(TODAY, &[(1, 1)]);
                command.lines[0].expiry = Some(date(expiry));
                dispense(&prescription(&[fraction]), &command)
            };
            assert!(with(TODAY).is_ok());
            let refusal = Refusal::MedicineExpired { line: 1 };
            assert_refused(with("2026-05-31"), law::LGS_233, &refusal);
        }
    }
}
