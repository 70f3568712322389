//! Resumption: the prescriber lets a suspended prescription go on, and signs it.

use audit::Action;
use prescription::resume::{self as rules, ResumeCommand};
use prescription::{Cedula, Event, Folio};

use super::prescriber_step::{Consent, Order, take};
use super::{FlowError, Visitor};
use crate::app::App;
use crate::store::StoredPrescription;
use crate::worker::sequence::Receipt;

/// What a prescriber asks for.
pub struct Resumption {
    /// The prescription.
    pub folio: Folio,
    /// Who resumes.
    pub by: Cedula,
    /// The canonical bytes of the request, which the prescriber's key signs.
    pub document: Vec<u8>,
    /// The prescriber's consent to it.
    pub consent: Consent,
}

/// Lets a suspended prescription of the caller's establishment go on.
///
/// # Errors
/// [`FlowError`]; nothing has changed.
pub async fn resume(
    app: &App,
    visitor: &Visitor,
    asked: Resumption,
) -> Result<(StoredPrescription, Receipt), FlowError> {
    let order = Order {
        folio: asked.folio,
        by: &asked.by,
        document: &asked.document,
        consent: &asked.consent,
        action: Action::Resume,
    };
    take(app, visitor, order, |prescription, at| {
        let command = ResumeCommand {
            at,
            by: asked.by.clone(),
        };
        rules::decide(prescription, &command).map(Event::Resumed)
    })
    .await
}
