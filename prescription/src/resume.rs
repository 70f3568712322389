//! Resumption: the prescriber lets a suspended prescription go on.

use jiff::Timestamp;

use crate::event::Resumed;
use crate::{Cedula, Prescription, Refusal, Status};

/// What a prescriber asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResumeCommand {
    /// Instant at which it goes on.
    pub at: Timestamp,
    /// Who resumes.
    pub by: Cedula,
}

/// Decides a resumption.
///
/// # Errors
/// The prescription is somebody else's, not suspended, or at its end. To somebody else no more is
/// said.
pub fn decide(prescription: &Prescription, command: &ResumeCommand) -> Result<Resumed, Refusal> {
    if command.by != prescription.issued.prescriber {
        return Err(Refusal::NotThePrescriber);
    }
    prescription.ensure_not_ended()?;
    if !matches!(prescription.status, Status::Suspended { .. }) {
        return Err(Refusal::NotSuspended);
    }
    Ok(Resumed {
        folio: prescription.issued.folio,
        at: command.at,
        by: command.by.clone(),
    })
}
