//! Issue: gathers the facts, asks the rules, signs, commits, and waits for the receipt.

use std::sync::Arc;

use audit::{Action, Outcome};
use consent::{DataCategory, Decision, Purpose, Relation, Request};
use jiff::Timestamp;
use jiff::civil::Date;
use prescription::body::Evidence;
use prescription::event::Setting;
use prescription::issue::{
    self as rules, Holding, IssueCommand, IssueFacts, MedicineClass, MedicineFacts,
    PrescriberFacts, SpecialFolioFacts, Subject,
};
use prescription::refusal::SpecialFolioProblem;
use prescription::{
    Clues, Event, Folio, Fraction, Issued, MapSecret, Packages, PatientId, Prescription, Refusal,
};
use sha2::{Digest, Sha256};
use signing::qr::Payload;

use super::patient::{self, KnownPatient};
use super::prescriber::{self, ReadyPrescriber};
use super::record::record;
use super::sign::{Signed, sign};
use super::{FlowError, Visitor, profession};
use crate::app::App;
use crate::auth::Role;
use crate::clock::day_number;
use crate::fhir::{IssueRequest, document};
use crate::special_folio::Fate;
use crate::store::{
    Conflict, NewPrescription, PatientRecord, RequestKey, StoreError, StoredPrescription, Supply,
};
use crate::worker::sequence::Receipt;

/// How often an issue whose patient somebody else registered meanwhile is decided again.
const ATTEMPTS: u32 = 3;

/// What a prescriber's EHR asks for.
pub struct IssueOrder {
    /// What was received.
    pub request: IssueRequest,
    /// SHA-256 of the received bytes.
    pub digest: [u8; 32],
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
    loop {
        match attempt(app, visitor, order).await {
            // Two first prescriptions of one patient at once: the other one registered the patient.
            // Its secret is the patient's, so that this one is decided and signed again with it.
            Err(FlowError::Store(StoreError::Conflict(Conflict::Patient)))
                if again.next().is_some() => {}
            result => return result,
        }
    }
}

async fn attempt(app: &App, visitor: &Visitor, order: &IssueOrder) -> Result<IssueDone, FlowError> {
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
    let facts = gather(app, &command, &prescriber, &patient.map_secret).await?;
    let issued = rules::decide(command, &facts, &app.law).map_err(FlowError::Refused)?;

    let signed = sign_issue(app, prescriber, &order.request, &patient, &issued).await?;
    commit(app, visitor, issued, signed, (patient.new, key)).await
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
async fn earlier(app: &App, key: Option<&RequestKey>) -> Result<Option<IssueDone>, FlowError> {
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

fn to_command(
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
        subject: Subject::Person,
        setting: Setting::Outpatient,
        prescriber: request.requester.clone(),
        establishment,
        special_folio: request.special_folio.clone(),
        has_address: request.patient.address.is_some(),
        has_diagnosis: request.has_diagnosis,
        diagnoses: Vec::new(),
        lines: request
            .lines
            .iter()
            .map(|line| line.requested.clone())
            .collect(),
    }
}

async fn gather(
    app: &App,
    command: &IssueCommand,
    prescriber: &ReadyPrescriber,
    secret: &MapSecret,
) -> Result<IssueFacts, FlowError> {
    let profession = profession::from_code(&prescriber.stored.profession)
        .ok_or_else(|| FlowError::internal("a prescriber of unknown profession"))?;
    Ok(IssueFacts {
        prescriber: PrescriberFacts {
            profession,
            active: prescriber.stored.active,
            establishments: prescriber.stored.establishments.clone(),
        },
        medicines: medicines(app, command, secret)?,
        special_folio: special_folio(app, command).await?,
        holdings: holdings(app, command).await?,
        consent: consent_allows(app, command).await?,
    })
}

/// What the catalog says of each line on the date written, with the patient's own name of its
/// substance.
fn medicines(
    app: &App,
    command: &IssueCommand,
    secret: &MapSecret,
) -> Result<Vec<MedicineFacts>, FlowError> {
    let mut facts = Vec::with_capacity(command.lines.len());
    let mut unknown = Vec::new();
    for (number, line) in (1_u8..).zip(&command.lines) {
        let classified = app.catalog.fraction_on(&line.clave, command.written_on);
        let substance = app.catalog.duplicate_key(&line.clave);
        let (Some(classified), Some(substance)) = (classified, substance) else {
            unknown.push(number);
            continue;
        };
        facts.push(MedicineFacts {
            class: MedicineClass::Sold(classified.fraction),
            antibiotic: classified.antibiotic,
            substance: substance.as_str().to_owned(),
            map_key: secret.blind(substance.as_str()),
            max_daily_milli: None,
            group: None,
            units_per_package: None,
            nurse_listed: None,
        });
    }
    if unknown.is_empty() {
        Ok(facts)
    } else {
        Err(FlowError::UnknownClave(unknown))
    }
}

/// What the patient has by other prescriptions: still to be filled, or still at hand. The row knows
/// neither clave nor fraction; a group it has of fractions I to III alone.
async fn holdings(app: &App, command: &IssueCommand) -> Result<Vec<Holding>, FlowError> {
    let today = day_number(command.today);
    let supplies = app.store.supplies(&command.patient, today).await?;
    let holding = |supply: Supply| {
        let open = supply.held_until != Some(supply.until);
        Holding {
            folio: supply.folio,
            clave: None,
            substance: supply.substance,
            fraction: match supply.group {
                Some(_) => Fraction::III,
                None => Fraction::IV,
            },
            group: supply.group,
            remainder: Packages::new(u32::from(open)),
            supply_until: supply.held_until,
        }
    };
    Ok(supplies.into_iter().map(holding).collect())
}

async fn special_folio(app: &App, command: &IssueCommand) -> Result<SpecialFolioFacts, FlowError> {
    let Some(special) = &command.special_folio else {
        return Ok(SpecialFolioFacts::NotGiven);
    };
    let (range, fate) = app.store.special_folio(special).await?;
    let Some(range) = range else {
        return Ok(SpecialFolioFacts::Problem(SpecialFolioProblem::Unknown));
    };
    let problem = match fate {
        _ if range.cedula != command.prescriber => SpecialFolioProblem::OfAnother,
        Some(Fate::Used) => SpecialFolioProblem::Used,
        Some(Fate::Cancelled | Fate::Lost | Fate::Stolen | Fate::Returned) => {
            SpecialFolioProblem::Void
        }
        // Assigned, but the prescriber does not have it: whoever writes on it is somebody else.
        None if range.delivered_at.is_none() => SpecialFolioProblem::Unknown,
        None => return Ok(SpecialFolioFacts::Usable),
    };
    Ok(SpecialFolioFacts::Problem(problem))
}

async fn consent_allows(app: &App, command: &IssueCommand) -> Result<bool, FlowError> {
    let consents = app.store.consents(&command.patient).await?;
    let request = Request {
        patient: command.patient.clone(),
        category: DataCategory::Medication,
        purpose: Purpose::Care,
        establishment: command.establishment.clone(),
        professional: Some(command.prescriber.clone()),
        relation: Relation::TreatingPrescriber,
    };
    let decision = consent::evaluate(&consents, &request, command.at, app.consent_policy);
    Ok(matches!(decision, Decision::Permitted(_)))
}

async fn sign_issue(
    app: &App,
    prescriber: Arc<ReadyPrescriber>,
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
    sign(app, prescriber, issued.at, document, Some(payload)).await
}

async fn commit(
    app: &App,
    visitor: &Visitor,
    issued: Issued,
    signed: Signed,
    (patient, key): (Option<PatientRecord>, Option<RequestKey>),
) -> Result<IssueDone, FlowError> {
    let (folio, at) = (issued.folio, issued.at);
    let state = Prescription::new(issued.clone());
    let draw = app.entropy.draw()?;
    let evidence = Evidence::Cades {
        document: signed.document,
        cms: signed.cms,
        qr: signed.qr,
    };
    let whom = (folio, Some(&issued.patient));
    let access = visitor.record(draw.access, at, Action::Issue, whom, Outcome::Success)?;
    let event = Event::Issued(issued);
    let (record, body) = record(event, evidence, 1, None, &state, draw.salt)?;
    let expectation = app.sequencer.expect(record.entry.identity)?;
    let new = NewPrescription {
        ends_at: app.end_of(&state),
        state: state.clone(),
        record,
        patient,
        request: key.clone(),
        access,
    };
    match app.store.issue(new).await {
        Ok(()) => {}
        Err(StoreError::Conflict(Conflict::Overlap { line, folio })) => {
            let other = Some(folio);
            return Err(FlowError::Refused(vec![Refusal::DuplicateSubstance {
                line,
                other,
            }]));
        }
        Err(StoreError::Conflict(Conflict::SpecialFolio)) => {
            let used = Refusal::SpecialFolioNotUsable(SpecialFolioProblem::Used);
            return Err(FlowError::Refused(vec![used]));
        }
        // The same request at the same time: the other one won, and its answer is ours.
        Err(StoreError::Conflict(Conflict::Request)) => {
            return earlier(app, key.as_ref())
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
