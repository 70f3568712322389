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
