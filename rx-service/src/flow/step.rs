//! What every step after the issue has in common: body, leaf, access record, commit, receipt.

use audit::{Action, Outcome};
use jiff::Timestamp;
use prescription::body::Evidence;
use prescription::{Event, Prescription};

use super::officer::Proof;
use super::record::record;
use super::{FlowError, Visitor, stock};
use crate::app::App;
use crate::store::{NextStep, Posting, StoredPrescription};
use crate::worker::sequence::Receipt;

/// A step that was decided, with the evidence of who took it.
pub(super) struct Decided {
    /// What happened.
    pub(super) event: Event,
    /// Who says so.
    pub(super) proof: Proof,
    /// How the access record names it.
    pub(super) action: Action,
    /// When, as the access record tells it.
    pub(super) at: Timestamp,
}

/// Commits a step of `stored` and waits for its receipt; returns the prescription after it.
///
/// # Errors
/// [`crate::store::Conflict::Changed`] and [`crate::store::Conflict::Recorded`] when somebody was
/// faster, [`crate::store::Conflict::Key`] when the key that signed was retired or revoked
/// meanwhile: read and decide again.
pub(super) async fn commit(
    app: &App,
    visitor: &Visitor,
    stored: StoredPrescription,
    decided: Decided,
) -> Result<(StoredPrescription, Receipt), FlowError> {
    let name = decided.event.name();
    let posting = posting(app, &stored, &decided.event)?;
    let (mut stored, before) = (stored.clone(), stored.state);
    let after = before.clone().apply(&decided.event);
    let after = after.map_err(FlowError::internal)?;
    let draw = app.entropy.draw()?;
    let seq = stored.version + 1;
    let (record, body) = record(
        decided.event,
        decided.proof,
        seq,
        Some(&before),
        &after,
        draw.salt,
    )?;
    let whom = (after.issued.folio, Some(&after.issued.patient));
    let access = visitor.record(
        draw.access,
        decided.at,
        decided.action,
        whom,
        Outcome::Success,
    )?;
    let expectation = app.sequencer.expect(record.entry.identity)?;
    let step = NextStep {
        ends_at: app.end_of(&after),
        after: after.clone(),
        record,
        at: decided.at,
        access: Some(access),
    };
    app.store.advance_with_stock(name, step, posting).await?;
    let receipt = expectation.receipt().await?;
    stored.state = after;
    stored.version = seq;
    stored.bodies.push(body);
    stored.indices.push(Some(receipt.index));
    Ok((stored, receipt))
}

/// What a return does to the pharmacy's stock and books; of the other steps, nothing.
fn posting(
    app: &App,
    stored: &StoredPrescription,
    event: &Event,
) -> Result<Option<Posting>, FlowError> {
    let Event::Returned(returned) = event else {
        return Ok(None);
    };
    let dispensings = stored.events().filter_map(|event| {
        let Event::Dispensed(dispensed) = event else {
            return None;
        };
        Some(dispensed)
    });
    let number = usize::try_from(returned.dispensing).unwrap_or(0);
    let mut of_number = dispensings.skip(number.saturating_sub(1));
    let dispensed = of_number
        .next()
        .ok_or_else(|| FlowError::internal("a return of no dispensing"))?;
    stock::posting_of_return(app, &stored.state.issued, dispensed, returned)
}

/// Place in the history, and receipt, of an act that was recorded already: a retry after a lost
/// answer sends the same bytes. `is_it` tells events of the same kind by the same party.
pub(super) fn earlier(
    app: &App,
    stored: &StoredPrescription,
    document: &[u8],
    is_it: impl Fn(&Event) -> bool,
) -> Result<Option<(usize, Receipt)>, FlowError> {
    let folio = stored.state.issued.folio;
    let same = stored.bodies.iter().position(|body| {
        let signed = match &body.evidence {
            Evidence::Cades { document, .. } | Evidence::Cose { document, .. } => document,
            Evidence::OfLaw => return false,
        };
        is_it(&body.event) && signed == document
    });
    let Some(place) = same else { return Ok(None) };
    let index = stored.indices.get(place).copied().flatten();
    let receipt = match index {
        Some(index) => app.sequencer.receipt(index)?,
        None => None,
    };
    let receipt = receipt.ok_or(FlowError::Busy(folio))?;
    Ok(Some((place, receipt)))
}

/// Reads a prescription; to a caller who may not know of it, it does not exist.
pub(super) async fn load(
    app: &App,
    folio: prescription::Folio,
    may_know: impl Fn(&Prescription) -> bool,
) -> Result<StoredPrescription, FlowError> {
    let stored = app.store.prescription(folio).await?;
    let stored = stored.ok_or(FlowError::NotFound)?;
    if may_know(&stored.state) {
        Ok(stored)
    } else {
        Err(FlowError::NotFound)
    }
}
