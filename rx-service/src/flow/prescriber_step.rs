//! What only the prescriber does after the issue: cancel, suspend and resume, each signed with the
//! key that signed the prescription.

use audit::Action;
use jiff::Timestamp;
use prescription::{Cedula, Event, Folio, Prescription, Refusal};

use super::activation::{self, Activated, ActivationUse};
use super::issue::has_controlled;
use super::sign::sign;
use super::step::{self, Decided};
use super::{FlowError, Visitor, prescriber};
use crate::app::App;
use crate::auth::Role;
use crate::store::{Conflict, StoreError, StoredPrescription};
use crate::worker::sequence::Receipt;

/// How often a step that lost to another is decided again.
const ATTEMPTS: u32 = 5;

/// The prescriber's consent to a request, as it came with it.
#[derive(Debug, Clone)]
pub struct Consent {
    /// SHA-256 of the received bytes: what the prescriber authorised.
    pub digest: [u8; 32],
    /// The activation (`Receta-Activation`).
    pub activation: Option<String>,
}

/// Who orders what, and what they sign.
pub(super) struct Order<'a> {
    /// The prescription.
    pub(super) folio: Folio,
    /// Who orders it.
    pub(super) by: &'a Cedula,
    /// The canonical bytes of the request, which the prescriber's key signs.
    pub(super) document: &'a [u8],
    /// The prescriber's consent to the request.
    pub(super) consent: &'a Consent,
    /// How the access record names it.
    pub(super) action: Action,
}

/// Decides with `decide`, signs and commits.
pub(super) async fn take(
    app: &App,
    visitor: &Visitor,
    order: Order<'_>,
    decide: impl Fn(&Prescription, Timestamp) -> Result<Event, Refusal>,
) -> Result<(StoredPrescription, Receipt), FlowError> {
    if visitor.caller.role != Role::Ehr {
        return Err(FlowError::Forbidden(
            "Sólo el expediente de quien prescribe cancela, suspende o reanuda recetas.",
        ));
    }
    let mut activated = None;
    for _ in 0..ATTEMPTS {
        let clues = &visitor.caller.clues;
        let own = |state: &Prescription| state.issued.establishment == *clues;
        let stored = step::load(app, order.folio, own).await?;
        let (now, _) = app.now();
        let decided = decide(&stored.state, now);
        if let Some(receipt) = repeated(app, &stored, order.document, decided.is_err())? {
            return Ok((stored, receipt));
        }
        let event = decided.map_err(|refusal| FlowError::Refused(vec![refusal]))?;
        let prescriber = prescriber::ready(app, order.by, now).await?;
        let redeemed = match activated.take() {
            Some(redeemed) => redeemed,
            None => redeem(app, visitor, &order, (&stored.state, now)).await?,
        };
        let consented = (prescriber, &*activated.insert(redeemed));
        let signed = sign(app, consented, now, order.document.to_vec(), None).await?;
        let decided = Decided {
            event,
            proof: signed.into(),
            action: order.action,
            at: now,
        };
        match step::commit(app, visitor, stored, decided).await {
            // A counter was faster, or the same order at the same time, or another key signs now:
            // read again.
            Err(FlowError::Store(StoreError::Conflict(
                Conflict::Changed | Conflict::Recorded | Conflict::Key,
            ))) => {}
            result => return result,
        }
    }
    Err(FlowError::Busy(order.folio))
}

/// Redeems the prescriber's activation of the received bytes.
async fn redeem(
    app: &App,
    visitor: &Visitor,
    order: &Order<'_>,
    (state, now): (&Prescription, Timestamp),
) -> Result<Activated, FlowError> {
    let act = ActivationUse {
        client: &visitor.caller.fingerprint,
        digests: &[order.consent.digest],
        per_prescription: has_controlled(&state.issued),
    };
    let token = order.consent.activation.as_deref();
    activation::redeem(app, order.by, token, act, now).await
}

/// The receipt of the prescriber's last step, if it is this very order: a retry after a lost answer. An order that
/// could be carried out again is a new one: the same reasons suspend a second time.
fn repeated(
    app: &App,
    stored: &StoredPrescription,
    document: &[u8],
    refused: bool,
) -> Result<Option<Receipt>, FlowError> {
    if !refused {
        return Ok(None);
    }
    // A pharmacy may have taken something back since: only the prescriber's own steps count.
    let own = |event: &&Event| {
        matches!(
            event,
            Event::Cancelled(_) | Event::Suspended(_) | Event::Resumed(_)
        )
    };
    let recorded = stored.events().filter(own).last();
    let is_last = |event: &Event| recorded == Some(event);
    let found = step::earlier(app, stored, document, is_last)?;
    Ok(found.map(|(_, receipt)| receipt))
}
