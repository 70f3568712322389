//! Transfer: the rest of a fill that one pharmacy began is another one's to hand over.
//!
//! Whoever begins a fill and lacks part of it owes the rest to the patient, and for a few days
//! nobody else hands it over: see [`Prescription::reservation`]. The pharmacy that owes releases
//! the rest to another one, or the patient asks for it there.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::day::is_a_day_of;
use crate::event::{TransferBasis, Transferred};
#[cfg(doc)]
use crate::law;
use crate::{Clues, Prescription, Refusal};

/// What a pharmacy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferCommand {
    /// Instant of the transfer.
    pub at: Timestamp,
    /// The day of `at` in the time zone of the pharmacy that asks.
    pub on: Date,
    /// Who asks. It is `from` where the rest is released, and `to` where the patient asks.
    pub by: Clues,
    /// Who owes the rest.
    pub from: Clues,
    /// Who takes it over.
    pub to: Clues,
    /// On whose initiative.
    pub basis: TransferBasis,
}

/// Decides a transfer of everything that `from` owes of the prescription.
///
/// # Errors
/// The prescription is suspended or at its end, `by` is not the pharmacy to ask, or `from` owes
/// nothing that can be transferred.
pub fn decide(
    prescription: &Prescription,
    command: &TransferCommand,
) -> Result<Transferred, Refusal> {
    prescription.ensure_active()?;
    if !is_a_day_of(command.on, command.at) {
        return Err(Refusal::DayOfInstant);
    }
    let lines = owed_by(prescription, &command.from)?;
    let transferred = Transferred {
        folio: prescription.issued.folio,
        at: command.at,
        on: command.on,
        from: command.from.clone(),
        to: command.to.clone(),
        basis: command.basis,
        lines,
    };
    if command.from == command.to || *transferred.recorder() != command.by {
        return Err(Refusal::NothingToTransfer);
    }
    Ok(transferred)
}

/// The lines of which `from` owes the rest. Of fraction I it keeps the receta ([`law::LGS_242`]:
/// "recogerán invariablemente"), and nobody else can fill what is not in their hands.
fn owed_by(prescription: &Prescription, from: &Clues) -> Result<Vec<u8>, Refusal> {
    let mut lines = Vec::new();
    for (line, reservation) in (1..).zip(&prescription.reservations) {
        let Some(reservation) = reservation.as_ref().filter(|r| r.pharmacy == *from) else {
            continue;
        };
        if reservation.retained {
            return Err(Refusal::RetainedNotTransferable { line });
        }
        lines.push(line);
    }
    if lines.is_empty() {
        return Err(Refusal::NothingToTransfer);
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispense;
    use crate::law::Parameters;
    use crate::state::ApplyError;
    use crate::tests::fixture::{
        TODAY, assert_refused, date, pharmacy, prescription, visit, visited,
    };
    use crate::{Event, Fraction, Packages, law};

    const OTHER: &str = "MCSSA000013";

    fn command(basis: TransferBasis) -> TransferCommand {
        let (from, to) = (pharmacy().clues, OTHER.parse().unwrap());
        TransferCommand {
            at: "2026-06-02T18:00:00Z".parse().unwrap(),
            on: date("2026-06-02"),
            by: match basis {
                TransferBasis::Released => from.clone(),
                TransferBasis::PatientRequest => Clues::clone(&to),
            },
            from,
            to,
            basis,
        }
    }

    /// Line 1 begun, line 2 not.
    fn begun() -> Prescription {
        let active = prescription(&[Fraction::IV, Fraction::IV]);
        visited(active, TODAY, &[(1, 1)])
    }

    #[test]
    fn the_rest_is_the_other_pharmacys_from_then_on() {
        let other = dispense::PharmacyFacts {
            clues: OTHER.parse().unwrap(),
            ..pharmacy()
        };
        let rest = visit("2026-06-03", &[(1, 1)]);
        let fetch = |state: &Prescription, at: &dispense::PharmacyFacts| {
            dispense::decide(state, &rest, at, &Parameters::default())
        };
        for basis in TransferBasis::ALL {
            assert_eq!(TransferBasis::from_code(basis.code()), Some(basis));
            let before = begun();
            assert!(fetch(&before, &other).is_err());
            let transferred = decide(&before, &command(basis)).unwrap();
            assert_eq!(transferred.lines, [1]);
            assert_eq!(*transferred.recorder(), command(basis).by);
            let after = before.apply(&Event::Transferred(transferred)).unwrap();
            let until = Some(date("2026-06-09"));
            let elsewhere = Refusal::OwedElsewhere { line: 1, until };
            assert_eq!(fetch(&after, &pharmacy()), Err(vec![elsewhere]));
            let given = fetch(&after, &other).unwrap();
            assert_eq!(given.lines[0].fill, 1);
        }
    }

    #[test]
    fn only_what_is_owed_is_transferred_and_by_whom_it_concerns() {
        let nothing = Err(Refusal::NothingToTransfer);
        let untouched = prescription(&[Fraction::IV]);
        let released = command(TransferBasis::Released);
        assert_eq!(decide(&untouched, &released), nothing);
        let mut by_the_wrong_one = command(TransferBasis::PatientRequest);
        by_the_wrong_one.by = released.by.clone();
        let mut to_itself = released.clone();
        to_itself.to = released.from.clone();
        let mut from_a_stranger = released.clone();
        from_a_stranger.from = OTHER.parse().unwrap();
        from_a_stranger.by = OTHER.parse().unwrap();
        for wrong in [by_the_wrong_one, to_itself, from_a_stranger] {
            assert_eq!(decide(&begun(), &wrong), nothing, "{wrong:?}");
        }
        // A fill that is complete is owed by nobody.
        let filled = visited(begun(), TODAY, &[(1, 1)]);
        assert_eq!(decide(&filled, &released), nothing);
        let mut another_day = released;
        another_day.on = date("2026-06-05");
        assert_eq!(decide(&begun(), &another_day), Err(Refusal::DayOfInstant));
    }

    #[test]
    fn a_collected_receta_stays_where_it_is() {
        let active = visited(prescription(&[Fraction::I]), TODAY, &[(1, 1)]);
        let answer = decide(&active, &command(TransferBasis::PatientRequest));
        let refusal = Refusal::RetainedNotTransferable { line: 1 };
        assert_refused(
            answer.map_err(|refusal| vec![refusal]),
            law::LGS_242,
            &refusal,
        );
    }

    #[test]
    fn a_transfer_of_what_is_not_owed_is_no_history() {
        let transferred = decide(&begun(), &command(TransferBasis::Released)).unwrap();
        let applied = |change: &dyn Fn(&mut Transferred)| {
            let mut tampered = transferred.clone();
            change(&mut tampered);
            begun().apply(&Event::Transferred(tampered))
        };
        assert!(applied(&|_| {}).is_ok());
        let wrong: [&dyn Fn(&mut Transferred); 6] = [
            &|event| event.lines.clear(),
            &|event| event.lines = vec![2],
            &|event| event.lines = vec![0],
            &|event| event.lines = vec![1, 1],
            &|event| event.from = "MCSSA000018".parse().unwrap(),
            &|event| event.to = event.from.clone(),
        ];
        for change in wrong {
            assert_eq!(applied(change), Err(ApplyError::Transferred));
        }
    }

    #[test]
    fn quantities_do_not_change() {
        let before = begun();
        let event = Event::Transferred(decide(&before, &command(TransferBasis::Released)).unwrap());
        let after = before.clone().apply(&event).unwrap();
        assert_eq!((after.lines, after.status), (before.lines, before.status));
        assert_eq!(after.dispensings[0].lines[0].packages, Packages::new(1));
    }
}
