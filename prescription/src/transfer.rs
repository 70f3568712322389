//! Transfer: the rest of a fill that one pharmacy began is another one's to hand over.
//!
//! Whoever begins a fill and lacks part of it owes the rest to the patient, and for a few days
//! nobody else hands it over: see [`Prescription::reservation`]. The pharmacy that owes releases
//! the rest to another one, or the patient asks for it there.

use jiff::Timestamp;
use jiff::civil::Date;

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
