//! Issue: gathers the facts, asks the rules, signs, commits, and waits for the receipt.

pub(super) mod facts;

use std::sync::Arc;

use ::activation::Refusal;
use audit::{Action, Outcome};
use jiff::Timestamp;
use jiff::civil::Date;
use prescription::issue::{self as rules, IssueCommand, Subject};
use prescription::{Clues, Event, Folio, Issued, PatientId, Prescription};
use sha2::{Digest, Sha256};
use signing::qr::Payload;

use super::activation::{self, Activated, ActivationUse};
use super::patient::{self, KnownPatient};
use super::prescriber::{self, ReadyPrescriber};
use super::record::record;
use super::sign::{Signed, sign};
use super::{FlowError, Visitor};
use crate::app::App;
use crate::auth::Role;
use crate::fhir::{IssueRequest, document};
use crate::store::{
    Conflict, NewPrescription, OwnSignature, PatientRecord, RequestKey, StoreError,
    StoredPrescription, Supply,
};
use crate::worker::sequence::Receipt;

/// How often an issue is decided again whose patient somebody else registered, or gave something,
/// meanwhile.
pub(super) const ATTEMPTS: u32 = 3;

/// What a prescriber's EHR asks for.
pub struct IssueOrder {
    /// What was received.
    pub request: IssueRequest,
    /// SHA-256 of the received bytes: what the prescriber authorised.
    pub digest: [u8; 32],
    /// The prescriber's activation (`Receta-Activation`).
    pub activation: Option<String>,
}

/// A prescription that was issued.
pub struct IssueDone {
    /// It.
    pub stored: StoredPrescription,
    /// The receipt of the ledger.
    pub receipt: Receipt,
    /// It had been issued before: this is the answer to a retry.
    pub repeated: bool,
}

/// Issues a prescription.
///
/// # Errors
/// [`FlowError`]; nothing has changed.
pub async fn issue(
    app: &App,
    visitor: &Visitor,
    order: &IssueOrder,
) -> Result<IssueDone, FlowError> {
    if visitor.caller.role != Role::Ehr {
        return Err(FlowError::Forbidden(
            "Sólo un expediente clínico emite recetas.",
        ));
    }
    app.sequencer.health()?;
    let mut again = 1..ATTEMPTS;
    let mut activated = None;
    loop {
        match attempt(app, visitor, order, &mut activated).await {
            Err(error) if can_be_decided_again(&error) => {
                if again.next().is_none() {
                    return Err(FlowError::PatientBusy);
                }
            }
            result => return result,
        }
    }
}

/// Two first prescriptions of one patient at once: the other one registered the patient. Its secret
/// is the patient's, so that this one is decided and signed again with it. Or what the patient has,
/// or what became of the special folio, changed since it was looked at: the rules must see it. Or
/// another key of the prescriber signs now.
pub(super) fn can_be_decided_again(error: &FlowError) -> bool {
    matches!(
        error,
        FlowError::Store(StoreError::Conflict(
            Conflict::Patient | Conflict::Overlap { .. } | Conflict::SpecialFolio | Conflict::Key,
        ))
    )
}

async fn attempt(
    app: &App,
    visitor: &Visitor,
    order: &IssueOrder,
    activated: &mut Option<Activated>,
) -> Result<IssueDone, FlowError> {
    let key = request_key(visitor, order);
    if let Some(done) = earlier(app, key.as_ref()).await? {
        return Ok(done);
    }
    let (now, _) = app.now();
    let today = app.day_at(&visitor.caller.clues, now);
    let prescriber = prescriber::ready(app, &order.request.requester, now).await?;
    let patient = patient::identify(app, &order.request.patient).await?;
    let folio = app.entropy.folio()?;
    let establishment = visitor.caller.clues.clone();
    let command = to_command(
        &order.request,
        folio,
        (now, today),
        &patient.id,
        establishment,
    );
    let gathered = facts::gather(app, &command, &prescriber.stored, &patient.map_secret).await?;
    let issued = rules::decide(command, &gathered.facts, &app.law).map_err(FlowError::Refused)?;

    let redeemed = match activated.take() {
        Some(redeemed) => redeemed,
        None => match redeem(app, visitor, order, &issued).await {
            // The same request at the same time: the other one used it, and its answer is ours.
            Err(FlowError::Activation(Refusal::Used)) => {
                let done = earlier(app, key.as_ref()).await?;
                return done.ok_or(FlowError::Activation(Refusal::Used));
            }
            redeemed => redeemed?,
        },
    };
    // One consent, however often the same request is decided again.
    let consented = (prescriber, &*activated.insert(redeemed));
    let signed = sign_issue(app, consented, &order.request, &patient, &issued).await?;
    let context = Context {
        patient: patient.new,
        key,
        known: gathered.known,
        own: None,
    };
    commit(app, visitor, issued, signed, context).await
}

/// Redeems the prescriber's activation of the received bytes.
async fn redeem(
    app: &App,
    visitor: &Visitor,
    order: &IssueOrder,
    issued: &Issued,
) -> Result<Activated, FlowError> {
    let act = ActivationUse {
        client: &visitor.caller.fingerprint,
        digests: &[order.digest],
        per_prescription: has_controlled(issued),
    };
    let token = order.activation.as_deref();
    activation::redeem(app, &issued.prescriber, token, act, issued.at).await
}

/// Whether a medicine of fractions I to III is in it (LGS art. 226).
pub(super) fn has_controlled(issued: &Issued) -> bool {
    let mut lines = issued.lines.iter();
    lines.any(|line| line.fraction.is_controlled())
}

/// How the client names its request; none where it did not.
fn request_key(visitor: &Visitor, order: &IssueOrder) -> Option<RequestKey> {
    let identifier = order.request.business_identifier.as_ref()?;
    Some(RequestKey {
        client: visitor.caller.fingerprint.clone(),
        identifier: format!("{}|{}", identifier.system, identifier.value),
        digest: order.digest,
    })
}

/// The answer to a request that was committed already.
pub(super) async fn earlier(
    app: &App,
    key: Option<&RequestKey>,
) -> Result<Option<IssueDone>, FlowError> {
    let Some(key) = key else { return Ok(None) };
    let Some(folio) = app.store.earlier_request(key).await? else {
        return Ok(None);
    };
    let stored = app
        .store
        .prescription(folio)
        .await?
        .ok_or(FlowError::NotFound)?;
    let index = stored
        .indices
        .first()
        .copied()
        .flatten()
        .ok_or(FlowError::Busy(folio))?;
    let receipt = app
        .sequencer
        .receipt(index)?
        .ok_or(FlowError::Busy(folio))?;
    Ok(Some(IssueDone {
        stored,
        receipt,
        repeated: true,
    }))
}

pub(super) fn to_command(
    request: &IssueRequest,
    folio: Folio,
    (now, today): (Timestamp, Date),
    patient: &PatientId,
    establishment: Clues,
) -> IssueCommand {
    IssueCommand {
        folio,
        at: now,
        today,
        written_on: request.written_on.date,
        patient: patient.clone(),
        subject: match &request.patient.animal {
            Some(species) => Subject::Animal {
                species: species.clone(),
            },
            None => Subject::Person,
        },
        setting: request.setting,
        prescriber: request.requester.clone(),
        establishment,
        special_folio: request.special_folio.clone(),
        has_address: request.patient.address.is_some(),
        has_diagnosis: request.has_diagnosis,
        diagnoses: request.diagnoses.clone(),
        lines: request
            .lines
            .iter()
            .map(|line| line.requested.clone())
            .collect(),
    }
}

async fn sign_issue(
    app: &App,
    signer: (Arc<ReadyPrescriber>, &Activated),
    request: &IssueRequest,
    patient: &KnownPatient,
    issued: &Issued,
) -> Result<Signed, FlowError> {
    let document = document::build(request, issued.folio, issued.at)
        .map_err(FlowError::internal)?
        .bytes;
    let digest = Sha256::digest(&document).into();
    let payload = Payload::from_issued(issued, &patient.curp, &patient.name, digest)
        .and_then(|payload| payload.to_cbor())
        .map_err(FlowError::internal)?;
    sign(app, signer, issued.at, document, Some(payload)).await
}

/// What is committed with a prescription.
pub(super) struct Context {
    /// The patient, where they are new.
    pub(super) patient: Option<PatientRecord>,
    /// How the client names its request.
    pub(super) key: Option<RequestKey>,
    /// What the decision knew of what the patient has.
    pub(super) known: Vec<Supply>,
    /// What a signature made outside leaves beside it.
    pub(super) own: Option<OwnSignature>,
}

pub(super) async fn commit(
    app: &App,
    visitor: &Visitor,
    issued: Issued,
    signed: Signed,
    context: Context,
) -> Result<IssueDone, FlowError> {
    let (folio, at) = (issued.folio, issued.at);
    let state = Prescription::new(issued.clone());
    let draw = app.entropy.draw()?;
    let whom = (folio, Some(&issued.patient));
    let access = visitor.record(draw.access, at, Action::Issue, whom, Outcome::Success)?;
    let event = Event::Issued(issued);
    let (record, body) = record(event, signed, 1, None, &state, draw.salt)?;
    let expectation = app.sequencer.expect(record.entry.identity)?;
    let new = NewPrescription {
        ends_at: app.end_of(&state),
        state: state.clone(),
        record,
        patient: context.patient,
        known: context.known,
        request: context.key.clone(),
        own: context.own.clone(),
        access,
    };
    let completion = context.own.map(|own| own.completion);
    match app.store.issue(new).await {
        Ok(()) => {}
        // The same request at the same time: the other one won, and its answer is ours.
        Err(StoreError::Conflict(Conflict::Request)) => {
            return first_answer(app, [completion.as_ref(), context.key.as_ref()])
                .await?
                .ok_or(FlowError::Busy(folio));
        }
        Err(error) => return Err(error.into()),
    }
    let receipt = expectation.receipt().await?;
    let indices = vec![Some(receipt.index)];
    let stored = StoredPrescription {
        state,
        version: 1,
        bodies: vec![body],
        indices,
    };
    Ok(IssueDone {
        stored,
        receipt,
        repeated: false,
    })
}

/// What a request got, under the first of its names that got something.
async fn first_answer(
    app: &App,
    names: [Option<&RequestKey>; 2],
) -> Result<Option<IssueDone>, FlowError> {
    for name in names {
        if let Some(done) = earlier(app, name).await? {
            return Ok(Some(done));
        }
    }
    Ok(None)
}
