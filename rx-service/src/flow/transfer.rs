//! Transfer: the rest of a fill that one pharmacy began is another one's to hand over.

use audit::Action;
use prescription::event::TransferBasis;
use prescription::transfer::{self as rules, TransferCommand};
use prescription::{Clues, Event, Prescription};

use super::pharmacy_step::{PharmacyAct, PharmacyDone, take};
use super::seal::qr_digest;
use super::{FlowError, Visitor};
use crate::app::App;

/// What a pharmacy asks for.
pub struct TransferOrder {
    /// What it signed.
    pub act: PharmacyAct,
    /// SHA-256 of the QR without seal: proof of possession.
    pub qr_digest: [u8; 32],
    /// The line of which the rest is moved, from 1; with it every other that the same pharmacy owes.
    pub line: u8,
    /// To which pharmacy the caller releases the rest; `None`: the patient asks for it here.
    pub to: Option<Clues>,
}

/// Moves the rest of a fill to another pharmacy, or to the caller.
///
/// # Errors
/// [`FlowError`]; nothing has changed.
pub async fn transfer(
    app: &App,
    visitor: &Visitor,
    order: &TransferOrder,
) -> Result<PharmacyDone, FlowError> {
    let caller = &visitor.caller.clues;
    take(app, visitor, &order.act, Action::Transfer, |stored| {
        if qr_digest(stored)? != order.qr_digest {
            return Err(FlowError::WrongQr);
        }
        let command = TransferCommand {
            at: order.act.at,
            on: app.day_at(caller, order.act.at),
            by: caller.clone(),
            from: owing(&stored.state, order.line).unwrap_or_else(|| caller.clone()),
            to: order.to.clone().unwrap_or_else(|| caller.clone()),
            basis: if order.to.is_some() {
                TransferBasis::Released
            } else {
                TransferBasis::PatientRequest
            },
        };
        rules::decide(&stored.state, &command)
            .map(Event::Transferred)
            .map_err(|refusal| FlowError::Refused(vec![refusal]))
    })
    .await
}

/// Who owes the rest of this line.
fn owing(prescription: &Prescription, line: u8) -> Option<Clues> {
    let reservation = prescription.reservation(line)?;
    Some(reservation.pharmacy.clone())
}
