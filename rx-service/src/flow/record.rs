//! From a decided event to what the store writes.

use prescription::body::{EventBody, Evidence, commitment};
use prescription::leaf::Leaf;
use prescription::{Event, Prescription};
use sha2::{Digest, Sha256};

use super::FlowError;
use super::officer::Proof;
use crate::store::{EventRecord, Identity, NewEntry};

/// Builds body, commitment and leaf of `event`, the `seq`-th of its prescription, which takes it
/// from `before` (`None`: it did not exist) to `after`.
pub(super) fn record(
    event: Event,
    proof: impl Into<Proof>,
    seq: i64,
    before: Option<&Prescription>,
    after: &Prescription,
    salt: [u8; 32],
) -> Result<(EventRecord, EventBody), FlowError> {
    let Proof { evidence, key } = proof.into();
    let body = EventBody::new(event, evidence);
    let bytes = body.to_canonical().map_err(FlowError::internal)?;
    let leaf = Leaf::of(&body.event, before, after, commitment(&salt, &bytes));
    let folio = body.event.folio();
    let entry = NewEntry {
        identity: identity(&body, seq, after),
        leaf: leaf.encode(),
    };
    Ok((
        EventRecord {
            folio,
            seq,
            salt,
            body: bytes,
            entry,
            key,
        },
        body,
    ))
}

/// What makes an event the same event: what was signed, and by which pharmacy. An issue has its
/// folio to itself; a request that is sent twice is recognised by the client's identifier.
fn identity(body: &EventBody, seq: i64, after: &Prescription) -> Identity {
    let folio = body.event.folio();
    let event = body.event.name().as_bytes();
    let issued = after.issued.at.as_second();
    match (&body.event, &body.evidence) {
        (Event::Dispensed(dispensed), Evidence::Cose { document, .. }) => Identity::new(
            // The pharmacy's own time: in the document, so the same at every attempt.
            dispensed.at.as_second(),
            &[
                event,
                folio.compact().as_bytes(),
                dispensed.pharmacy.as_str().as_bytes(),
                &Sha256::digest(document),
            ],
        ),
        (Event::Returned(_) | Event::Transferred(_), Evidence::Cose { document, .. }) => {
            Identity::new(
                body.event.at().as_second(),
                &[event, folio.compact().as_bytes(), &Sha256::digest(document)],
            )
        }
        // A prescription may be suspended more than once, for the same reason.
        (Event::Suspended(_) | Event::Resumed(_), _) => Identity::new(
            issued,
            &[event, folio.compact().as_bytes(), &seq.to_be_bytes()],
        ),
        _ => Identity::new(issued, &[event, folio.compact().as_bytes()]),
    }
}
