//! What a pharmacy does after a dispensing: take back and transfer, each signed by the pharmacy.

use audit::Action;
use jiff::{SignedDuration, Timestamp};
use prescription::body::Evidence;
use prescription::dispense::CLOCK_SKEW;
use prescription::{Event, Folio};
use signing::cose::verify_detached;

use super::step::{self, Decided};
use super::{FlowError, Visitor};
use crate::app::App;
use crate::auth::Role;
use crate::store::{Conflict, StoreError, StoredPrescription};
use crate::worker::sequence::Receipt;

/// How often a step that lost to another is decided again.
const ATTEMPTS: u32 = 5;

/// What a pharmacy signed.
pub struct PharmacyAct {
    /// The prescription.
    pub folio: Folio,
    /// When, as the pharmacy says: now.
    pub at: Timestamp,
    /// The canonical bytes that the pharmacy signed.
    pub document: Vec<u8>,
    /// Its `COSE_Sign1`, detached.
    pub signature: Vec<u8>,
}

/// A step that happened.
pub struct PharmacyDone {
    /// The prescription after it.
    pub stored: StoredPrescription,
    /// Its event.
    pub event: Event,
    /// The receipt of the ledger.
    pub receipt: Receipt,
    /// It had happened before: this is the answer to a retry.
    pub repeated: bool,
}

/// Checks who signed and when, decides with `decide`, and commits. A refusal is recorded with who
/// asked.
pub(super) async fn take(
    app: &App,
    visitor: &Visitor,
    act: &PharmacyAct,
    action: Action,
    decide: impl Fn(&StoredPrescription) -> Result<Event, FlowError>,
) -> Result<PharmacyDone, FlowError> {
    let result = attempts(app, visitor, act, action, decide).await;
    if let Err(error) = &result {
        visitor.note_refusal(app, action, act.folio, error).await;
    }
    result
}

async fn attempts(
    app: &App,
    visitor: &Visitor,
    act: &PharmacyAct,
    action: Action,
    decide: impl Fn(&StoredPrescription) -> Result<Event, FlowError>,
) -> Result<PharmacyDone, FlowError> {
    let Role::Pharmacy { .. } = &visitor.caller.role else {
        return Err(FlowError::Forbidden(
            "Sólo una farmacia recibe devoluciones o traspasa lo que se debe.",
        ));
    };
    verify_detached(&act.signature, &act.document, &visitor.caller.spki)
        .map_err(|error| FlowError::PharmacySignature(error.to_string()))?;
    for _ in 0..ATTEMPTS {
        let stored = step::load(app, act.folio, |_| true).await?;
        let by = &visitor.caller.clues;
        let own = |event: &Event| match event {
            Event::Returned(returned) => returned.pharmacy == *by,
            Event::Transferred(transferred) => transferred.recorder() == by,
            Event::Issued(_)
            | Event::Dispensed(_)
            | Event::Cancelled(_)
            | Event::Expired(_)
            | Event::Erased(_)
            | Event::Suspended(_)
            | Event::Resumed(_) => false,
        };
        if let Some((place, receipt)) = step::earlier(app, &stored, &act.document, own)? {
            let event = stored.bodies[place].event.clone();
            return Ok(PharmacyDone {
                stored,
                event,
                receipt,
                repeated: true,
            });
        }
        is_now(app, act.at)?;
        let event = decide(&stored)?;
        let decided = Decided {
            event: event.clone(),
            proof: Evidence::Cose {
                document: act.document.clone(),
                cose: act.signature.clone(),
                certificate: visitor.caller.certificate.clone(),
            }
            .into(),
            action,
            at: act.at,
        };
        match step::commit(app, visitor, stored, decided).await {
            // Another counter was faster, this very act is recorded already, or the book is a moment
            // ahead of this act, around midnight: read again.
            Err(FlowError::Store(StoreError::Conflict(
                Conflict::Changed | Conflict::Recorded | Conflict::Stock { .. },
            ))) => {}
            Err(error) => return Err(error),
            Ok((stored, receipt)) => {
                return Ok(PharmacyDone {
                    stored,
                    event,
                    receipt,
                    repeated: false,
                });
            }
        }
    }
    Err(FlowError::Busy(act.folio))
}

/// Neither step happens offline: both change what others may do.
fn is_now(app: &App, at: Timestamp) -> Result<(), FlowError> {
    let age: SignedDuration = app.now().0.duration_since(at);
    if age.abs() > CLOCK_SKEW {
        return Err(FlowError::NotNow);
    }
    Ok(())
}
