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
    let controlled = line.issued.fraction.is_controlled();
    let registered = controlled || line.issued.antibiotic;
    let lot = line
        .handed
        .lot
        .as_deref()
        .is_some_and(|lot| !lot.trim().is_empty());
    let complete = lot && line.handed.expiry.is_some();
    (registered && !complete).then_some(Refusal::LotMissing {
        line: line.handed.line,
        fraction: line.issued.fraction,
        antibiotic: !controlled,
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
        TODAY, antibiotic, assert_refused, date, dispense, prescription, visit,
    };
    use crate::{Fraction, Packages, law};

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
