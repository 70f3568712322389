//! From a decided event to what the store writes.

use prescription::body::{EventBody, Evidence, commitment};
use prescription::leaf::Leaf;
use prescription::{Event, Prescription};

use super::FlowError;
use crate::store::EventRecord;

/// Builds body, commitment and leaf of `event`, the `seq`-th of its prescription, which takes it
/// from `before` (`None`: it did not exist) to `after`.
pub(super) fn record(
    event: Event,
    evidence: Evidence,
    seq: i64,
    before: Option<&Prescription>,
    after: &Prescription,
    salt: [u8; 32],
) -> Result<(EventRecord, EventBody), FlowError> {
    let body = EventBody::new(event, evidence);
    let bytes = body.to_canonical().map_err(FlowError::internal)?;
    let leaf = Leaf::of(&body.event, before, after, commitment(&salt, &bytes));
    let folio = body.event.folio();
    Ok((
        EventRecord {
            folio,
            seq,
            salt,
            body: bytes,
            leaf: leaf.encode(),
        },
        body,
    ))
}
