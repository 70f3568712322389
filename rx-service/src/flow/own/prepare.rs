//! `$prepare`: the checks of an issue run, and the prescriber learns exactly what to sign.

use jiff::{SignedDuration, Timestamp};
use prescription::Folio;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use signing::cms::cades;
use signing::cose::Sign1;

use super::signer::Signer;
use super::{OwnError, QrBy, draft};
use crate::app::App;
use crate::auth::Role;
use crate::flow::{FlowError, IssueOrder, Visitor};
use crate::store::PreparedRecord;

/// What a prescriber's EHR wants prepared.
pub struct PrepareOrder {
    /// What was received, and the digest of its resource.
    pub issue: IssueOrder,
    /// The canonical bytes of the resource it was read from.
    pub resource: Vec<u8>,
    /// The certificate that will sign, DER; `None`: that of the prescriber's wrapped key.
    pub certificate: Option<Vec<u8>>,
}

/// What to sign.
pub struct Prepared {
    /// Name of the transaction.
    pub transaction: String,
    /// The number that the prescription will have.
    pub folio: Folio,
    /// Until when it can be completed.
    pub expires_at: Timestamp,
    /// The document.
    pub document: Vec<u8>,
    /// The DER of the signed attributes: what the legal signature signs.
    pub signed_attributes: Vec<u8>,
    /// What the QR will say, deterministic CBOR: for whoever signs to read. Where the institution
    /// signs it, the digest of the CAdES is added.
    pub qr_payload: Vec<u8>,
    /// The `Sig_structure` of RFC 9052 §4.4, where the prescriber signs the QR.
    pub qr_to_sign: Option<Vec<u8>>,
    /// The wrapped key makes the signatures, by an activation of the digests of
    /// [`Self::signed_attributes`] and [`Self::qr_to_sign`].
    pub remote: bool,
}

impl Prepared {
    /// Who signs the QR.
    #[must_use]
    pub fn qr_by(&self) -> QrBy {
        match self.qr_to_sign {
            Some(_) => QrBy::Prescriber,
            None => QrBy::Institution,
        }
    }
}

/// What the store keeps, sealed, between the two steps.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// The resource, canonical JSON.
    pub(super) resource: String,
    /// Base64 of the certificate.
    pub(super) certificate: String,
    /// It is of the wrapped key.
    #[serde(default)]
    pub(super) remote: bool,
    /// Instant of issue.
    pub(super) at: Timestamp,
    /// Hexadecimal SHA-256 of the document, of the attributes and of the QR's payload as the
    /// prescriber's key would sign it.
    pub(super) digests: [String; 3],
}

impl Kept {
    /// The certificate, DER.
    pub(super) fn certificate(&self) -> Result<Vec<u8>, FlowError> {
        data_encoding::BASE64
            .decode(self.certificate.as_bytes())
            .map_err(FlowError::internal)
    }
}

/// Hexadecimal SHA-256.
pub(super) fn digest_of(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The institution will have to sign the QR: better to know it now.
fn check_institution(app: &App, now: Timestamp) -> Result<(), OwnError> {
    let institution = app.institution.as_ref();
    let usable = institution.map(|one| one.usable(&app.trust.current(), now));
    usable
        .unwrap_or_else(|| Err("it is not configured".to_owned()))
        .map_err(OwnError::Institution)
}

/// Decides a prescription and keeps it for its signature.
///
/// # Errors
/// [`FlowError`], as an issue; [`FlowError::Own`] for the certificate.
pub async fn prepare(
    app: &App,
    visitor: &Visitor,
    order: &PrepareOrder,
) -> Result<Prepared, FlowError> {
    if visitor.caller.role != Role::Ehr {
        return Err(FlowError::Forbidden(
            "Sólo un expediente clínico prepara recetas.",
        ));
    }
    let (now, _) = app.now();
    // The document says when it was issued to the second; the attributes cannot say more.
    let at = Timestamp::from_second(now.as_second()).map_err(FlowError::internal)?;
    let cedula = &order.issue.request.requester;
    let signer = Signer::find(app, cedula, order.certificate.as_deref(), now).await?;
    if signer.qr_by() == QrBy::Institution {
        check_institution(app, now)?;
    }
    let folio = app.entropy.folio()?;
    let times = (folio, at, now);
    let request = &order.issue.request;
    let draft = draft::decide(app, visitor, request, signer.prescriber(), times).await?;
    let prepared =
        cades::prepare(&draft.document, at, signer.chain()).map_err(OwnError::Signature)?;
    let payload = draft.payload.to_cbor().map_err(FlowError::internal)?;
    let signed_attributes = prepared.signed_attributes().to_vec();
    let kept = Kept {
        resource: String::from_utf8(order.resource.clone()).map_err(FlowError::internal)?,
        certificate: data_encoding::BASE64.encode(signer.certificate().der()),
        remote: signer.is_remote(),
        at,
        digests: [
            digest_of(&draft.document),
            digest_of(&signed_attributes),
            digest_of(&payload),
        ],
    };
    let lifetime = SignedDuration::from_secs(app.own_signature.lifetime_seconds);
    let record = PreparedRecord {
        id: app.entropy.name()?,
        client: visitor.caller.fingerprint.clone(),
        folio,
        expires_at: at + lifetime,
        content: serde_json::to_vec(&kept).map_err(FlowError::internal)?,
    };
    app.store.prepare(record.clone(), now).await?;
    let qr_to_sign = (signer.qr_by() == QrBy::Prescriber)
        .then(|| Sign1::to_be_signed(signer.certificate().spki(), &payload));
    Ok(Prepared {
        transaction: record.id,
        folio,
        expires_at: record.expires_at,
        document: draft.document,
        signed_attributes,
        qr_payload: payload,
        qr_to_sign,
        remote: signer.is_remote(),
    })
}
