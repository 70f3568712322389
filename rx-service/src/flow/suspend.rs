//! Suspension: the prescriber stops what is left for the time being, and signs it.

use audit::Action;
use prescription::event::SuspendReason;
use prescription::suspend::{self as rules, SuspendCommand};
use prescription::{Cedula, Event, Folio};

use super::prescriber_step::{Consent, Order, take};
use super::{FlowError, Visitor};
use crate::app::App;
use crate::store::StoredPrescription;
use crate::worker::sequence::Receipt;

/// What a prescriber asks for.
pub struct Suspension {
    /// The prescription.
    pub folio: Folio,
    /// Who suspends.
    pub by: Cedula,
    /// Why.
    pub reason: SuspendReason,
    /// The canonical bytes of the request, which the prescriber's key signs.
    pub document: Vec<u8>,
    /// The prescriber's consent to it.
    pub consent: Consent,
}

/// Suspends a prescription of the caller's establishment.
///
/// # Errors
/// [`FlowError`]; nothing has changed.
pub async fn suspend(
    app: &App,
    visitor: &Visitor,
    asked: Suspension,
) -> Result<(StoredPrescription, Receipt), FlowError> {
    let order = Order {
        folio: asked.folio,
        by: &asked.by,
        document: &asked.document,
        consent: &asked.consent,
        action: Action::Suspend,
    };
    take(app, visitor, order, |prescription, at| {
        let command = SuspendCommand {
            at,
            by: asked.by.clone(),
            reason: asked.reason,
        };
        rules::decide(prescription, &command).map(Event::Suspended)
    })
    .await
}
