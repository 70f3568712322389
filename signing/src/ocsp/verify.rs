//! Reads an answer strictly (RFC 6960 §3.2, §4.2.2).

use const_oid::db::rfc5280::ID_CE_INVALIDITY_DATE;
use der::asn1::{GeneralizedTime, OctetString};
use der::{Decode, Tag, Tagged};
use jiff::Timestamp;
use x509_cert::Certificate;
use x509_cert::ext::Extension;
use x509_cert::time::Time;

use super::request::issuer_hashes;
use super::types::{
    self, BasicOcspResponse, CertId, CertStatus, OcspResponse, ResponseStatus, SingleResponse,
};
use super::{CertIdHash, OcspError, responder};
use crate::nesting;
use crate::trust::signed::{self, SignedError};
use crate::trust::timestamp;

/// An answer about one certificate takes 1 to 3 kB.
const MAX_BYTES: usize = 64 * 1024;
/// Certificates one answer may speak of.
const MAX_ANSWERS: usize = 64;

/// What a CA says of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not revoked.
    Good,
    /// Revoked; does not count from this moment (the earlier of revocation and `invalidityDate`).
    Revoked(Timestamp),
    /// The CA knows of no such certificate.
    Unknown,
}

/// What an answer says of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateAnswer {
    /// Its serial number: the bytes of the DER INTEGER.
    pub serial: Vec<u8>,
    /// What the CA says.
    pub status: Status,
    /// The moment at which that was known to be true.
    pub this_update: Timestamp,
    /// Until when nothing newer is promised.
    pub next_update: Timestamp,
}

/// Proof that a CA, or its appointed responder, said this. Only [`BasicAnswer::verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasicAnswer {
    produced_at: Timestamp,
    nonce: Option<Vec<u8>>,
    answers: Vec<CertificateAnswer>,
}

impl BasicAnswer {
    /// Verifies a DER `BasicOCSPResponse` about certificates of `issuer` (DER). `revoked` tells
    /// whether the CA's lists have a serial number revoked at a time (`None`: no list reaches
    /// it); it is asked about an appointed responder.
    ///
    /// Whether the answer is fresh, or the one asked for, is not looked at here: see
    /// [`super::Query::check`] and [`crate::trust::TrustStore::add_ocsp`].
    ///
    /// # Errors
    /// One [`OcspError`] per reason.
    pub fn verify(
        basic: &[u8],
        issuer: &[u8],
        revoked: impl Fn(&[u8], Timestamp) -> Option<bool>,
    ) -> Result<Self, OcspError> {
        let response = parse(basic)?;
        let data = &response.tbs_response_data;
        let parsed = Certificate::from_der(issuer).map_err(|_| OcspError::Malformed)?;
        for single in &data.responses {
            check_issuer(&single.cert_id, &parsed)?;
        }
        let produced_at = time(data.produced_at)?;
        let signer = responder::find(&response, issuer, &parsed, produced_at, revoked)?;
        let message = signed::signed_part(basic).ok_or(OcspError::Malformed)?;
        let signature = response.signature.as_bytes().ok_or(OcspError::Malformed)?;
        signed::verify(&signer, &response.signature_algorithm, message, signature).map_err(
            |error| match error {
                SignedError::Malformed | SignedError::Signer(_) => OcspError::Malformed,
                SignedError::Algorithm => OcspError::Algorithm,
                SignedError::BadSignature => OcspError::BadSignature,
            },
        )?;
        let extensions = data.response_extensions.as_deref().unwrap_or_default();
        Ok(Self {
            produced_at,
            nonce: nonce(extensions)?,
            answers: answers(&data.responses)?,
        })
    }

    /// When it was signed.
    #[must_use]
    pub fn produced_at(&self) -> Timestamp {
        self.produced_at
    }

    /// The nonce that it repeats.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }

    /// What it says, of each certificate once.
    #[must_use]
    pub fn answers(&self) -> &[CertificateAnswer] {
        &self.answers
    }
}

/// The DER `BasicOCSPResponse` inside an `OCSPResponse`. Nothing is verified.
///
/// # Errors
/// What the responder answered instead, [`OcspError::NotBasic`], [`OcspError::Malformed`] and
/// [`OcspError::TooLarge`].
pub fn basic_response(response: &[u8]) -> Result<Vec<u8>, OcspError> {
    check_bounds(response)?;
    let response = OcspResponse::from_der(response).map_err(|_| OcspError::Malformed)?;
    match response.response_status {
        ResponseStatus::Successful => {}
        ResponseStatus::MalformedRequest => return Err(OcspError::MalformedRequest),
        ResponseStatus::InternalError => return Err(OcspError::InternalError),
        ResponseStatus::TryLater => return Err(OcspError::TryLater),
        ResponseStatus::SigRequired => return Err(OcspError::SigRequired),
        ResponseStatus::Unauthorized => return Err(OcspError::Unauthorized),
    }
    let bytes = response.response_bytes.ok_or(OcspError::NotBasic)?;
    if bytes.response_type != types::BASIC {
        return Err(OcspError::NotBasic);
    }
    Ok(bytes.response.into())
}

/// Takes an answer with or without its envelope: a `BasicOCSPResponse` begins with a SEQUENCE, an
/// `OCSPResponse` with an ENUMERATED.
pub(crate) fn without_envelope(der: &[u8]) -> Result<Vec<u8>, OcspError> {
    let first = signed::signed_part(der).ok_or(OcspError::Malformed)?;
    let first = der::asn1::AnyRef::from_der(first).map_err(|_| OcspError::Malformed)?;
    if first.tag() == Tag::Enumerated {
        basic_response(der)
    } else {
        Ok(der.to_vec())
    }
}

/// Whether every certificate that `basic` speaks of was issued by `issuer`, as far as it says.
pub(crate) fn speaks_of(basic: &[u8], issuer: &Certificate) -> Result<bool, OcspError> {
    let response = parse(basic)?;
    let mut singles = response.tbs_response_data.responses.iter();
    match singles.try_for_each(|single| check_issuer(&single.cert_id, issuer).map(drop)) {
        Ok(()) => Ok(true),
        Err(OcspError::OtherIssuer) => Ok(false),
        Err(error) => Err(error),
    }
}

fn check_bounds(der: &[u8]) -> Result<(), OcspError> {
    if der.len() > MAX_BYTES {
        Err(OcspError::TooLarge)
    } else if nesting::is_bounded(der) {
        Ok(())
    } else {
        Err(OcspError::TooDeep)
    }
}

fn parse(basic: &[u8]) -> Result<BasicOcspResponse, OcspError> {
    check_bounds(basic)?;
    let response = BasicOcspResponse::from_der(basic).map_err(|_| OcspError::Malformed)?;
    match response.tbs_response_data.responses.len() {
        0 => Err(OcspError::OtherCertificate),
        1..=MAX_ANSWERS => Ok(response),
        _ => Err(OcspError::TooLarge),
    }
}

/// Checks that `id` names a certificate of `issuer`; returns the hash by which it does.
pub(super) fn check_issuer(id: &CertId, issuer: &Certificate) -> Result<CertIdHash, OcspError> {
    let hash = match id.hash_algorithm.oid {
        types::SHA_1 => CertIdHash::Sha1,
        types::SHA_256 => CertIdHash::Sha256,
        _ => return Err(OcspError::UnsupportedHash),
    };
    let (name, key) = issuer_hashes(issuer, hash)?;
    if id.issuer_name_hash.as_bytes() == name && id.issuer_key_hash.as_bytes() == key {
        Ok(hash)
    } else {
        Err(OcspError::OtherIssuer)
    }
}

fn answers(singles: &[SingleResponse]) -> Result<Vec<CertificateAnswer>, OcspError> {
    let mut answers: Vec<CertificateAnswer> = Vec::with_capacity(singles.len());
    for single in singles {
        let answer = answer(single)?;
        if answers.iter().any(|other| other.serial == answer.serial) {
            return Err(OcspError::AnsweredTwice);
        }
        answers.push(answer);
    }
    Ok(answers)
}

fn answer(single: &SingleResponse) -> Result<CertificateAnswer, OcspError> {
    let extensions = single.single_extensions.as_deref().unwrap_or_default();
    let status = match &single.cert_status {
        CertStatus::Good(_) => Status::Good,
        CertStatus::Unknown(_) => Status::Unknown,
        CertStatus::Revoked(info) => {
            let revoked = time(info.revocation_time)?;
            Status::Revoked(invalid_since(extensions)?.map_or(revoked, |date| date.min(revoked)))
        }
    };
    let known = |extension: &Extension| extension.extn_id == ID_CE_INVALIDITY_DATE;
    refuse_critical(extensions, known)?;
    let this_update = time(single.this_update)?;
    let next_update = time(single.next_update.ok_or(OcspError::NoNextUpdate)?)?;
    if next_update < this_update {
        return Err(OcspError::TimesInverted);
    }
    Ok(CertificateAnswer {
        serial: single.cert_id.serial_number.as_bytes().to_vec(),
        status,
        this_update,
        next_update,
    })
}

/// An answer may carry the extensions of a list's entry (RFC 6960 §4.4.5): the day on which the
/// key was stolen counts, not the day on which the CA heard of it.
fn invalid_since(extensions: &[Extension]) -> Result<Option<Timestamp>, OcspError> {
    let mut dates = extensions
        .iter()
        .filter(|extension| extension.extn_id == ID_CE_INVALIDITY_DATE)
        .map(|extension| {
            let date = GeneralizedTime::from_der(extension.extn_value.as_bytes());
            time(date.map_err(|_| OcspError::Malformed)?)
        });
    dates.next().transpose()
}

pub(super) fn nonce(extensions: &[Extension]) -> Result<Option<Vec<u8>>, OcspError> {
    refuse_critical(extensions, |extension| extension.extn_id == types::NONCE)?;
    let mut nonces = extensions
        .iter()
        .filter(|extension| extension.extn_id == types::NONCE);
    let (first, second) = (nonces.next(), nonces.next());
    if second.is_some() {
        return Err(OcspError::Malformed);
    }
    let Some(extension) = first else {
        return Ok(None);
    };
    let nonce = OctetString::from_der(extension.extn_value.as_bytes());
    Ok(Some(nonce.map_err(|_| OcspError::Malformed)?.into()))
}

fn refuse_critical(
    extensions: &[Extension],
    known: impl Fn(&Extension) -> bool,
) -> Result<(), OcspError> {
    if extensions
        .iter()
        .any(|extension| extension.critical && !known(extension))
    {
        return Err(OcspError::UnknownCriticalExtension);
    }
    Ok(())
}

fn time(time: GeneralizedTime) -> Result<Timestamp, OcspError> {
    timestamp(Time::GeneralTime(time)).ok_or(OcspError::Malformed)
}
