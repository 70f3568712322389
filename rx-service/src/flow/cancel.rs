//! Cancellation: the prescriber takes back what is left, and signs it.

use audit::Action;
use prescription::cancel::{self as rules, CancelCommand};
use prescription::event::CancelReason;
use prescription::{Cedula, Event, Folio};

use super::prescriber_step::{Consent, Order, take};
use super::{FlowError, Visitor};
use crate::app::App;
use crate::store::StoredPrescription;
use crate::worker::sequence::Receipt;

/// What a prescriber asks for.
pub struct Cancellation {
    /// The prescription.
    pub folio: Folio,
    /// Who cancels.
    pub by: Cedula,
    /// Why.
    pub reason: CancelReason,
    /// The canonical bytes of the request, which the prescriber's key signs.
    pub document: Vec<u8>,
    /// The prescriber's consent to it.
    pub consent: Consent,
}

/// Cancels a prescription of the caller's establishment.
///
/// # Errors
/// [`FlowError`]; nothing has changed.
pub async fn cancel(
    app: &App,
    visitor: &Visitor,
    asked: Cancellation,
) -> Result<(StoredPrescription, Receipt), FlowError> {
    let order = Order {
        folio: asked.folio,
        by: &asked.by,
        document: &asked.document,
        consent: &asked.consent,
        action: Action::Cancel,
    };
    take(app, visitor, order, |prescription, at| {
        let command = CancelCommand {
            at,
            by: asked.by.clone(),
            reason: asked.reason,
        };
        rules::decide(prescription, &command).map(Event::Cancelled)
    })
    .await
}
