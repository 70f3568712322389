//! Cancellation: the prescriber takes back what is left, and signs it.

use audit::{Action, Outcome};
use prescription::body::Evidence;
use prescription::cancel::{self as rules, CancelCommand};
use prescription::event::CancelReason;
use prescription::{Cedula, Event, Folio};

use super::record::record;
use super::sign::sign;
use super::{FlowError, Visitor, prescriber};
use crate::app::App;
use crate::auth::Role;
use crate::store::{NextStep, StoredPrescription};
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
}

/// The receipt of a cancellation that was recorded already: a retry after a lost answer sends the
/// same bytes.
fn earlier(
    app: &App,
    stored: &StoredPrescription,
    order: &Cancellation,
) -> Result<Option<Receipt>, FlowError> {
    let last = stored.bodies.last().zip(stored.indices.last());
    let Some((body, index)) = last else {
        return Ok(None);
    };
    let (Event::Cancelled(_), Evidence::Cades { document, .. }) = (&body.event, &body.evidence)
    else {
        return Ok(None);
    };
    if *document != order.document {
        return Ok(None);
    }
    let receipt = match index {
        Some(index) => app.sequencer.receipt(*index)?,
        None => None,
    };
    receipt.ok_or(FlowError::Busy(order.folio)).map(Some)
}

/// Cancels a prescription of the caller's establishment.
///
/// # Errors
/// [`FlowError`]; nothing has changed.
pub async fn cancel(
    app: &App,
    visitor: &Visitor,
    order: Cancellation,
) -> Result<(StoredPrescription, Receipt), FlowError> {
    if visitor.caller.role != Role::Ehr {
        return Err(FlowError::Forbidden(
            "Sólo el expediente de quien prescribe cancela recetas.",
        ));
    }
    let (now, _) = app.now();
    let mut stored = app
        .store
        .prescription(order.folio)
        .await?
        .ok_or(FlowError::NotFound)?;
    if stored.state.issued.establishment != visitor.caller.clues {
        return Err(FlowError::NotFound);
    }
    if let Some(receipt) = earlier(app, &stored, &order)? {
        return Ok((stored, receipt));
    }
    let command = CancelCommand {
        at: now,
        by: order.by.clone(),
        reason: order.reason,
    };
    let event = rules::decide(&stored.state, &command)
        .map_err(|refusal| FlowError::Refused(vec![refusal]))?;
    let event = Event::Cancelled(event);
    let after = stored
        .state
        .clone()
        .apply(&event)
        .map_err(FlowError::internal)?;

    let prescriber = prescriber::ready(app, &order.by, now).await?;
    let signed = sign(app, prescriber, now, order.document, None).await?;
    let evidence = Evidence::Cades {
        document: signed.document,
        cms: signed.cms,
        qr: Vec::new(),
    };
    let draw = app.entropy.draw()?;
    let seq = stored.version + 1;
    let (record, body) = record(event, evidence, seq, Some(&stored.state), &after, draw.salt)?;
    let patient = after.issued.patient.clone();
    let whom = (order.folio, Some(&patient));
    let access = visitor.record(draw.access, now, Action::Cancel, whom, Outcome::Success)?;
    let receipt = app.sequencer.expect(record.entry.identity)?;
    let step = NextStep {
        ends_at: app.end_of(&after),
        after: after.clone(),
        held: Vec::new(),
        record,
        at: now,
        access: Some(access),
    };
    app.store.advance("cancel", step).await?;
    let receipt = receipt.receipt().await?;
    stored.state = after;
    stored.version = seq;
    stored.bodies.push(body);
    stored.indices.push(Some(receipt.index));
    Ok((stored, receipt))
}
