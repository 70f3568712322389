//! What is signed, computed from what was received: the same at `$prepare` and at `$complete`, or
//! nothing is issued.

use jiff::Timestamp;
use prescription::issue as rules;
use prescription::{Folio, Issued};
use sha2::{Digest, Sha256};
use signing::qr::Payload;

use crate::app::App;
use crate::fhir::{IssueRequest, document};
use crate::flow::issue::{facts, to_command};
use crate::flow::patient::{self, KnownPatient};
use crate::flow::{FlowError, Visitor};
use crate::store::{StoredPrescriber, Supply};

/// A prescription that was decided and not signed.
pub(super) struct Draft {
    pub(super) issued: Issued,
    pub(super) patient: KnownPatient,
    pub(super) known: Vec<Supply>,
    /// The canonical document that the legal signature covers.
    pub(super) document: Vec<u8>,
    /// What the QR says, as the prescriber's key would sign it.
    pub(super) payload: Payload,
}

/// Decides a request as of `now`, with the folio and the instant of issue that it got.
///
/// # Errors
/// [`FlowError`], as an issue.
pub(super) async fn decide(
    app: &App,
    visitor: &Visitor,
    request: &IssueRequest,
    prescriber: &StoredPrescriber,
    (folio, at, now): (Folio, Timestamp, Timestamp),
) -> Result<Draft, FlowError> {
    let today = app.day_at(&visitor.caller.clues, now);
    let patient = patient::identify(app, &request.patient).await?;
    let establishment = visitor.caller.clues.clone();
    let command = to_command(request, folio, (at, today), &patient.id, establishment);
    let gathered = facts::gather(app, &command, prescriber, &patient.map_secret).await?;
    let issued = rules::decide(command, &gathered.facts, &app.law).map_err(FlowError::Refused)?;
    let document = document::build(request, folio, at)
        .map_err(FlowError::internal)?
        .bytes;
    let digest = Sha256::digest(&document).into();
    let payload = Payload::from_issued(&issued, &patient.curp, &patient.name, digest)
        .map_err(FlowError::internal)?;
    Ok(Draft {
        issued,
        patient,
        known: gathered.known,
        document,
        payload,
    })
}
