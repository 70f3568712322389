//! Suspension: the prescriber stops what is left for the time being. Its validity runs on.

use jiff::Timestamp;

use crate::event::{SuspendReason, Suspended};
use crate::{Cedula, Prescription, Refusal};

/// What a prescriber asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspendCommand {
    /// Instant of the suspension.
    pub at: Timestamp,
    /// Who suspends.
    pub by: Cedula,
    /// Why.
    pub reason: SuspendReason,
}

/// Decides a suspension.
///
/// # Errors
/// The prescription is somebody else's, suspended already, or at its end. To somebody else no more
/// is said.
pub fn decide(prescription: &Prescription, command: &SuspendCommand) -> Result<Suspended, Refusal> {
    if command.by != prescription.issued.prescriber {
        return Err(Refusal::NotThePrescriber);
    }
    prescription.ensure_active()?;
    Ok(Suspended {
        folio: prescription.issued.folio,
        at: command.at,
        by: command.by.clone(),
        reason: command.reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::{self, CancelCommand};
    use crate::event::CancelReason;
    use crate::resume::{self, ResumeCommand};
    use crate::state::{ApplyError, Phase};
    use crate::tests::fixture::{
        ISSUED_AT, PRESCRIBER, TODAY, date, dispense, prescription, visit, visited,
    };
    use crate::{Event, Fraction, Status, expire};

    const REASON: SuspendReason = SuspendReason::AwaitingResults;

    fn at() -> Timestamp {
        ISSUED_AT.parse().unwrap()
    }

    fn suspend(prescription: &Prescription, by: &str) -> Result<Suspended, Refusal> {
        let (at, by, reason) = (at(), by.parse().unwrap(), REASON);
        decide(prescription, &SuspendCommand { at, by, reason })
    }

    fn resume(prescription: &Prescription, by: &str) -> Result<Event, Refusal> {
        let (at, by) = (at(), by.parse().unwrap());
        resume::decide(prescription, &ResumeCommand { at, by }).map(Event::Resumed)
    }

    fn suspended(fraction: Fraction) -> Prescription {
        let active = visited(prescription(&[fraction]), TODAY, &[(1, 1)]);
        let event = Event::Suspended(suspend(&active, PRESCRIBER).unwrap());
        active.apply(&event).unwrap()
    }

    #[test]
    fn nothing_is_handed_over_while_it_is_suspended_and_all_of_the_rest_after() {
        let stopped = suspended(Fraction::IV);
        assert_eq!(stopped.phase(), Phase::Suspended);
        let refusal = Refusal::Suspended {
            at: at(),
            reason: REASON,
        };
        let rest = visit(TODAY, &[(1, 1)]);
        assert_eq!(dispense(&stopped, &rest), Err(vec![refusal]));
        let event = resume(&stopped, PRESCRIBER).unwrap();
        let again = stopped.apply(&event).unwrap();
        assert_eq!(again.phase(), Phase::PartiallyDispensed);
        assert!(dispense(&again, &rest).is_ok());
    }

    #[test]
    fn its_place_is_kept_and_its_validity_runs_on() {
        let stopped = suspended(Fraction::III);
        assert_eq!(stopped.open_lines().count(), 1);
        let expired = expire::decide(&stopped, at(), date("2026-12-02")).unwrap();
        let ended = stopped.apply(&Event::Expired(expired)).unwrap();
        assert_eq!(ended.phase(), Phase::Expired);
        assert!(matches!(
            resume(&ended, PRESCRIBER),
            Err(Refusal::AlreadyExpired { .. })
        ));
    }

    #[test]
    fn the_prescriber_may_cancel_it_too() {
        let stopped = suspended(Fraction::IV);
        let command = CancelCommand {
            at: at(),
            by: PRESCRIBER.parse().unwrap(),
            reason: CancelReason::AdverseReaction,
        };
        let cancelled = Event::Cancelled(cancel::decide(&stopped, &command).unwrap());
        let after = stopped.apply(&cancelled).unwrap();
        assert!(matches!(after.status, Status::Cancelled { .. }));
    }

    #[test]
    fn nobody_else_suspends_or_resumes() {
        let (active, stopped) = (prescription(&[Fraction::IV]), suspended(Fraction::IV));
        assert_eq!(suspend(&active, "7654321"), Err(Refusal::NotThePrescriber));
        assert_eq!(resume(&stopped, "7654321"), Err(Refusal::NotThePrescriber));
        let mut forged = suspend(&active, PRESCRIBER).unwrap();
        forged.by = "7654321".parse().unwrap();
        let applied = active.apply(&Event::Suspended(forged));
        assert_eq!(applied, Err(ApplyError::NotThePrescriber));
    }

    #[test]
    fn once_until_it_goes_on() {
        let (active, stopped) = (prescription(&[Fraction::IV]), suspended(Fraction::IV));
        let refusal = Refusal::Suspended {
            at: at(),
            reason: REASON,
        };
        assert_eq!(suspend(&stopped, PRESCRIBER), Err(refusal));
        assert_eq!(resume(&active, PRESCRIBER), Err(Refusal::NotSuspended));
        let again = Event::Suspended(suspend(&active, PRESCRIBER).unwrap());
        assert_eq!(stopped.clone().apply(&again), Err(ApplyError::Suspended));
        let visit = Event::Dispensed(dispense(&active, &visit(TODAY, &[(1, 1)])).unwrap());
        assert_eq!(stopped.apply(&visit), Err(ApplyError::Suspended));
        let resumed = resume(&suspended(Fraction::IV), PRESCRIBER).unwrap();
        assert_eq!(active.apply(&resumed), Err(ApplyError::NotSuspended));
    }
}
