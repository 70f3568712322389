//! `$complete`: everything is verified again, on the facts of now, and the prescription is issued.

use jiff::{SignedDuration, Timestamp};
use prescription::{Folio, Issued};
use sha2::{Digest, Sha256};
use signing::cms::cades::SigningChain;
use signing::cms::{ber, cades};
use signing::cose::Sign1;
use signing::qr::Payload;
use signing::trust::Trust;

use super::certificate::{self, OwnSigner};
use super::draft::{self, Draft};
use super::prepare::{Kept, digest_of};
use super::{OwnError, QrBy, remote};
use crate::app::App;
use crate::auth::Role;
use crate::fhir::{self, IssueRequest};
use crate::flow::activation::Activated;
use crate::flow::issue::{self, ATTEMPTS, Context, IssueDone, can_be_decided_again};
use crate::flow::sign::Signed;
use crate::flow::{FlowError, Visitor};
use crate::store::{
    OwnSignature, PatientRecord, PreparedRecord, QrCertificate, RequestKey, StoredPrescriber,
    Supply,
};

/// How far a signer's clock may be behind ours.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The legal signature, in one of the forms in which software makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GivenSignature {
    /// The signature value over the prepared attributes: `r ‖ s`, or RSA.
    Value(Vec<u8>),
    /// A whole CMS of the prescriber's software over the document; BER is allowed, once.
    Cms(Vec<u8>),
}

/// What the prescriber's EHR sends back.
#[derive(Debug, Clone)]
pub struct CompleteOrder {
    /// Which transaction.
    pub transaction: String,
    /// The legal signature; `None` where the wrapped key makes it.
    pub signature: Option<GivenSignature>,
    /// The QR's signature, `r ‖ s`, where the prescriber signs it.
    pub qr: Option<Vec<u8>>,
    /// SHA-256 of the received body.
    pub digest: [u8; 32],
    /// The prescriber's activation of the prepared digests (`Receta-Activation`), where the wrapped
    /// key signs.
    pub activation: Option<String>,
}

/// A transaction that is being completed.
pub(super) struct Step<'a> {
    pub(super) app: &'a App,
    pub(super) visitor: &'a Visitor,
    pub(super) order: &'a CompleteOrder,
    pub(super) request: IssueRequest,
    pub(super) kept: Kept,
    pub(super) folio: Folio,
    pub(super) now: Timestamp,
}

impl Step<'_> {
    /// Decides it again, on the facts of now.
    pub(super) async fn decide(&self, prescriber: &StoredPrescriber) -> Result<Draft, FlowError> {
        let times = (self.folio, self.kept.at, self.now);
        draft::decide(self.app, self.visitor, &self.request, prescriber, times).await
    }
}

/// A prescription that was decided and signed.
pub(super) struct Made {
    pub(super) issued: Issued,
    pub(super) patient: Option<PatientRecord>,
    pub(super) known: Vec<Supply>,
    pub(super) signatures: Signed,
    /// Of the key that signed the QR, where it is no wrapped key of ours.
    pub(super) certificate: Option<QrCertificate>,
}

/// Verifies the signatures, or has the wrapped key make them, and issues what was prepared.
///
/// # Errors
/// [`FlowError`], as an issue; [`FlowError::Own`] with what is wrong. Nothing has changed.
pub async fn complete(
    app: &App,
    visitor: &Visitor,
    order: &CompleteOrder,
) -> Result<IssueDone, FlowError> {
    if visitor.caller.role != Role::Ehr {
        return Err(FlowError::Forbidden(
            "Sólo un expediente clínico completa recetas.",
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

async fn attempt(
    app: &App,
    visitor: &Visitor,
    order: &CompleteOrder,
    activated: &mut Option<Activated>,
) -> Result<IssueDone, FlowError> {
    let completion = RequestKey {
        client: visitor.caller.fingerprint.clone(),
        identifier: format!("urn:receta:prepared|{}", order.transaction),
        digest: order.digest,
    };
    if let Some(done) = issue::earlier(app, Some(&completion)).await? {
        return Ok(done);
    }
    let client = &visitor.caller.fingerprint;
    let Some(record) = app.store.prepared(&order.transaction, client).await? else {
        // Never there; or completed since it was looked for.
        let done = issue::earlier(app, Some(&completion)).await?;
        return Ok(done.ok_or(OwnError::UnknownTransaction)?);
    };
    let (now, _) = app.now();
    if now > record.expires_at {
        return Err(OwnError::Stale.into());
    }
    let kept = kept(&record)?;
    let step = Step {
        app,
        visitor,
        order,
        request: read(kept.resource.as_bytes())?,
        kept,
        folio: record.folio,
        now,
    };
    let made = if step.kept.remote {
        remote::sign_prepared(&step, activated).await
    } else {
        signed_outside(&step).await
    };
    match made {
        Ok(made) => issue_made(&step, completion, made).await,
        // The same at the same time: the other one used the activation, or the patient has the
        // medicine by it, and its answer is ours.
        Err(error) => issue::earlier(app, Some(&completion)).await?.ok_or(error),
    }
}

/// What the prescriber signed outside, verified.
async fn signed_outside(step: &Step<'_>) -> Result<Made, FlowError> {
    let (app, now) = (step.app, step.now);
    let given = step.order.signature.as_ref();
    let given = given.ok_or(OwnError::SignatureMissing)?;
    let der = step.kept.certificate()?;
    let prescriber = app
        .store
        .prescriber(&step.request.requester)
        .await?
        .ok_or(FlowError::NotEnrolled)?;
    let signer = certificate::check(app, &prescriber, &der, now).await?;
    let draft = step.decide(&prescriber).await?;
    let cms = legal_signature(app, &draft, &signer, (given, &step.kept), now)?;
    let (qr, certificate) = qr_signature(app, &draft, &signer, (step.order, &cms), now).await?;

    let signatures = Signed {
        key: None,
        document: draft.document,
        cms,
        qr,
    };
    Ok(Made {
        issued: draft.issued,
        patient: draft.patient.new,
        known: draft.known,
        signatures,
        certificate: Some(certificate),
    })
}

async fn issue_made(
    step: &Step<'_>,
    completion: RequestKey,
    made: Made,
) -> Result<IssueDone, FlowError> {
    let (app, visitor) = (step.app, step.visitor);
    let context = Context {
        patient: made.patient,
        key: business_key(visitor, &step.request, &step.kept),
        known: made.known,
        own: Some(OwnSignature {
            completion,
            prepared: step.order.transaction.clone(),
            qr_certificate: made.certificate,
        }),
    };
    issue::commit(app, visitor, made.issued, made.signatures, context).await
}

fn kept(record: &PreparedRecord) -> Result<Kept, FlowError> {
    serde_json::from_slice(&record.content).map_err(FlowError::internal)
}

/// The prepared resource, read as it was when it came.
fn read(resource: &[u8]) -> Result<IssueRequest, FlowError> {
    fhir::read_issue(resource).map_err(|_| FlowError::internal("a prepared resource that is wrong"))
}

/// How the EHR named its order, if it did: two transactions of one order issue once.
fn business_key(visitor: &Visitor, request: &IssueRequest, kept: &Kept) -> Option<RequestKey> {
    let identifier = request.business_identifier.as_ref()?;
    Some(RequestKey {
        client: visitor.caller.fingerprint.clone(),
        identifier: format!("{}|{}", identifier.system, identifier.value),
        digest: Sha256::digest(kept.resource.as_bytes()).into(),
    })
}

/// The attributes to sign and the QR's payload, if they and the document are still what was
/// prepared.
///
/// # Errors
/// [`OwnError::Changed`].
pub(super) fn unchanged<'a>(
    draft: &Draft,
    kept: &Kept,
    chain: &'a SigningChain,
) -> Result<(cades::Prepared<'a>, Vec<u8>), FlowError> {
    let [document, attributes, payload] = &kept.digests;
    let prepared = cades::prepare(&draft.document, kept.at, chain).map_err(OwnError::Signature)?;
    let encoded = draft.payload.to_cbor().map_err(FlowError::internal)?;
    let same = *document == digest_of(&draft.document)
        && *attributes == digest_of(prepared.signed_attributes())
        && *payload == digest_of(&encoded);
    if same {
        Ok((prepared, encoded))
    } else {
        Err(OwnError::Changed.into())
    }
}

/// The CAdES signature, verified over the document as it is now.
fn legal_signature(
    app: &App,
    draft: &Draft,
    signer: &OwnSigner,
    (given, kept): (&GivenSignature, &Kept),
    now: Timestamp,
) -> Result<Vec<u8>, FlowError> {
    let (prepared, _) = unchanged(draft, kept, &signer.chain)?;
    let cms = match given {
        GivenSignature::Value(value) => {
            cades::complete(prepared, value).map_err(OwnError::Signature)?
        }
        GivenSignature::Cms(foreign) => {
            ber::import(&draft.document, foreign).map_err(OwnError::Ber)?
        }
    };
    // As every verifier will, ours included: the path, the attributes, the document.
    let trust = app.trust.current();
    let verified =
        cades::verify(&draft.document, &cms, &Trust::Store(&trust), now).map_err(OwnError::Cms)?;
    if verified.signer().der() != signer.certificate.der() {
        return Err(OwnError::OtherCertificate.into());
    }
    if verified.signing_time() < kept.at - SKEW {
        return Err(OwnError::SignedBefore.into());
    }
    Ok(cms)
}

/// The QR's `COSE_Sign1`, and the certificate of the key that signed it.
async fn qr_signature(
    app: &App,
    draft: &Draft,
    signer: &OwnSigner,
    (order, cms): (&CompleteOrder, &[u8]),
    now: Timestamp,
) -> Result<(Vec<u8>, QrCertificate), FlowError> {
    match (signer.qr_by, &order.qr) {
        (QrBy::Prescriber, None) => Err(OwnError::QrMissing.into()),
        (QrBy::Institution, Some(_)) => Err(OwnError::QrSurplus.into()),
        (QrBy::Prescriber, Some(signature)) => {
            let payload = draft.payload.to_cbor().map_err(FlowError::internal)?;
            let spki = signer.certificate.spki();
            let message = Sign1::assemble(spki, payload, signature).map_err(OwnError::Qr)?;
            let certificate = QrCertificate {
                kid: *signer.kid.as_bytes(),
                cedula: Some(draft.issued.prescriber.clone()),
                certificate: signer.certificate.der().to_vec(),
            };
            Ok((message.encode(), certificate))
        }
        (QrBy::Institution, None) => {
            let digest = Sha256::digest(cms).into();
            by_institution(app, draft.payload.clone().by_institution(digest), now).await
        }
    }
}

async fn by_institution(
    app: &App,
    payload: Payload,
    now: Timestamp,
) -> Result<(Vec<u8>, QrCertificate), FlowError> {
    let institution = app.institution.clone();
    let institution =
        institution.ok_or_else(|| OwnError::Institution("it is not configured".to_owned()))?;
    institution
        .usable(&app.trust.current(), now)
        .map_err(OwnError::Institution)?;
    let payload = payload.to_cbor().map_err(FlowError::internal)?;
    let certificate = institution.qr_certificate();
    let signed = tokio::task::spawn_blocking(move || institution.sign(payload))
        .await
        .map_err(FlowError::internal)??;
    Ok((signed, certificate))
}
