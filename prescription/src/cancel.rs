//! Cancellation: the prescriber takes back what is left.

use jiff::Timestamp;

use crate::event::CancelReason;
use crate::{Cancelled, Cedula, Prescription, Refusal};

/// What a prescriber asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelCommand {
    /// Instant of the cancellation.
    pub at: Timestamp,
    /// Who cancels.
    pub by: Cedula,
    /// Why.
    pub reason: CancelReason,
}

/// Decides a cancellation. What was handed over stays handed over; what is left is taken back.
///
/// # Errors
/// The prescription is somebody else's, or at its end. To somebody else no more is said.
pub fn decide(prescription: &Prescription, command: &CancelCommand) -> Result<Cancelled, Refusal> {
    if command.by != prescription.issued.prescriber {
        return Err(Refusal::NotThePrescriber);
    }
    prescription.ensure_not_ended()?;
    Ok(Cancelled {
        folio: prescription.issued.folio,
        at: command.at,
        by: command.by.clone(),
        reason: command.reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{ISSUED_AT, PRESCRIBER, TODAY, dispense, prescription, visit};
    use crate::{Event, Fraction, Status};

    fn by(cedula: &str) -> CancelCommand {
        CancelCommand {
            at: ISSUED_AT.parse().unwrap(),
            by: cedula.parse().unwrap(),
            reason: CancelReason::AdverseReaction,
        }
    }

    #[test]
    fn the_prescriber_takes_back_what_is_left() {
        let untouched = prescription(&[Fraction::III]);
        let visited = dispense(&untouched, &visit(TODAY, &[(1, 1)])).unwrap();
        let touched = untouched.clone().apply(&Event::Dispensed(visited)).unwrap();
        for before in [untouched, touched] {
            let cancelled = decide(&before, &by(PRESCRIBER)).unwrap();
            let after = before.clone().apply(&Event::Cancelled(cancelled)).unwrap();
            let (at, reason) = (ISSUED_AT.parse().unwrap(), CancelReason::AdverseReaction);
            assert_eq!(after.status, Status::Cancelled { at, reason });
            assert_eq!(after.lines, before.lines);
        }
    }

    #[test]
    fn nobody_else_does_and_they_learn_nothing() {
        let mut own = prescription(&[Fraction::IV]);
        assert_eq!(decide(&own, &by("7654321")), Err(Refusal::NotThePrescriber));
        own.status = Status::Completed {
            at: ISSUED_AT.parse().unwrap(),
        };
        assert_eq!(decide(&own, &by("7654321")), Err(Refusal::NotThePrescriber));
    }

    #[test]
    fn only_while_something_is_left() {
        let at = ISSUED_AT.parse().unwrap();
        let mut ended = prescription(&[Fraction::IV]);
        ended.status = Status::Completed { at };
        assert_eq!(
            decide(&ended, &by(PRESCRIBER)),
            Err(Refusal::AlreadyCompleted { at })
        );
    }
}
