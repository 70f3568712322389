//! The other side: what a responder reads and answers. For the responder of our own CA, for the
//! simulators, and for tests.

use std::fmt;

use const_oid::db::rfc5912::ECDSA_WITH_SHA_256;
use der::asn1::{BitString, GeneralizedTime, Null, OctetString};
use der::{Any, Decode, Encode};
use jiff::Timestamp;
use ring::digest;
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::Extension;
use x509_cert::serial_number::SerialNumber;

use super::request::{cert_id, nonce_extension};
use super::types::{
    self, BasicOcspResponse, CertStatus, OcspRequest, OcspResponse, ResponderId, ResponseBytes,
    ResponseData, ResponseStatus, RevokedInfo, SingleResponse, Version,
};
use super::verify::nonce;
use super::{CertIdHash, CertificateAnswer, OcspError, Status};
use crate::ecdsa::P256Signature;

/// What a request asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// How it names the issuer.
    pub hash: CertIdHash,
    /// Serial numbers of the certificates: the bytes of each DER INTEGER.
    pub serials: Vec<Vec<u8>>,
    /// What the answer must repeat.
    pub nonce: Option<Vec<u8>>,
}

/// Reads a DER `OCSPRequest` about certificates of `issuer` (DER).
///
/// # Errors
/// [`OcspError::Malformed`], [`OcspError::UnsupportedHash`], [`OcspError::OtherIssuer`].
pub fn asked(request: &[u8], issuer: &[u8]) -> Result<Asked, OcspError> {
    let request = OcspRequest::from_der(request).map_err(|_| OcspError::Malformed)?;
    let issuer = Certificate::from_der(issuer).map_err(|_| OcspError::Malformed)?;
    let mut hash = CertIdHash::Sha1;
    let mut serials = Vec::new();
    for one in &request.tbs_request.request_list {
        hash = super::verify::check_issuer(&one.req_cert, &issuer)?;
        serials.push(one.req_cert.serial_number.as_bytes().to_vec());
    }
    let extensions = request.tbs_request.request_extensions.unwrap_or_default();
    Ok(Asked {
        hash,
        serials,
        nonce: nonce(&extensions)?,
    })
}

/// Why an answer could not be made.
#[derive(Debug, thiserror::Error)]
pub enum RespondError<E: fmt::Debug + fmt::Display> {
    /// A certificate or time cannot be encoded.
    #[error(transparent)]
    Ocsp(#[from] OcspError),
    /// The key refused.
    #[error("the responder's key does not sign: {0}")]
    Signer(E),
}

/// What an answer consists of.
#[derive(Debug, Clone)]
pub struct NewAnswer<'a> {
    /// The CA that issued the certificates spoken of, DER.
    pub issuer: &'a [u8],
    /// The certificate of the appointed responder, DER; `None`: the CA itself answers.
    pub responder: Option<&'a [u8]>,
    /// How the certificates are named.
    pub hash: CertIdHash,
    /// What is said of each.
    pub says: Vec<CertificateAnswer>,
    /// When it is signed.
    pub produced_at: Timestamp,
    /// What the request asked to repeat.
    pub nonce: Option<Vec<u8>>,
}

/// Signs an answer; returns the DER `OCSPResponse`. `sign` gets SHA-256 of what is to be signed.
///
/// # Errors
/// [`RespondError`].
pub fn respond<E: fmt::Debug + fmt::Display>(
    answer: &NewAnswer<'_>,
    sign: impl FnOnce([u8; 32]) -> Result<P256Signature, E>,
) -> Result<Vec<u8>, RespondError<E>> {
    let data = response_data(answer)?;
    let certificate = answer.responder.map(<[u8]>::to_vec);
    let basic = sign_data(data, certificate.as_slice(), sign)?;
    Ok(envelope(ResponseStatus::Successful, Some(basic))?)
}

/// An answer without content, as a responder gives it to a request that it does not serve:
/// `malformedRequest`, unless `reason` has a status of its own (RFC 6960 §2.3).
///
/// # Errors
/// [`OcspError::Malformed`] when it cannot be encoded.
pub fn refuse(reason: OcspError) -> Result<Vec<u8>, OcspError> {
    const STATED: [(OcspError, ResponseStatus); 4] = [
        (OcspError::InternalError, ResponseStatus::InternalError),
        (OcspError::TryLater, ResponseStatus::TryLater),
        (OcspError::SigRequired, ResponseStatus::SigRequired),
        (OcspError::Unauthorized, ResponseStatus::Unauthorized),
    ];
    let stated = STATED.iter().find(|(known, _)| *known == reason);
    let status = stated.map_or(ResponseStatus::MalformedRequest, |(_, status)| *status);
    envelope(status, None)
}

pub(super) fn response_data(answer: &NewAnswer<'_>) -> Result<ResponseData, OcspError> {
    let malformed = |_| OcspError::Malformed;
    let issuer = Certificate::from_der(answer.issuer).map_err(malformed)?;
    let signer = Certificate::from_der(answer.responder.unwrap_or(answer.issuer));
    let signer = signer.map_err(malformed)?;
    let responses = answer
        .says
        .iter()
        .map(|says| single(says, &issuer, answer.hash))
        .collect::<Result<_, _>>()?;
    let nonce = answer.nonce.as_ref().map(|nonce| nonce_extension(nonce));
    let extensions: Option<Vec<Extension>> = nonce.transpose()?.map(|one| vec![one]);
    Ok(ResponseData {
        version: Version::V1,
        responder_id: ResponderId::ByKey(key_hash(&signer)?),
        produced_at: time(answer.produced_at)?,
        responses,
        response_extensions: extensions,
    })
}

pub(super) fn sign_data<E: fmt::Debug + fmt::Display>(
    data: ResponseData,
    certificates: &[Vec<u8>],
    sign: impl FnOnce([u8; 32]) -> Result<P256Signature, E>,
) -> Result<Vec<u8>, RespondError<E>> {
    let malformed = |_| RespondError::Ocsp(OcspError::Malformed);
    let message = data.to_der().map_err(malformed)?;
    let mut digest = [0; 32];
    digest.copy_from_slice(digest::digest(&digest::SHA256, &message).as_ref());
    let signature = sign(digest).map_err(RespondError::Signer)?;
    let signature = p256::ecdsa::Signature::from_slice(&signature)
        .map_err(|_| RespondError::Ocsp(OcspError::BadSignature))?;
    let certs: Vec<Any> = certificates
        .iter()
        .map(|der| Any::from_der(der))
        .collect::<Result<_, _>>()
        .map_err(malformed)?;
    let basic = BasicOcspResponse {
        tbs_response_data: data,
        signature_algorithm: AlgorithmIdentifierOwned {
            oid: ECDSA_WITH_SHA_256,
            parameters: None,
        },
        signature: BitString::from_bytes(signature.to_der().as_bytes()).map_err(malformed)?,
        certs: (!certs.is_empty()).then_some(certs),
    };
    basic.to_der().map_err(malformed)
}

pub(super) fn envelope(
    status: ResponseStatus,
    basic: Option<Vec<u8>>,
) -> Result<Vec<u8>, OcspError> {
    let malformed = |_| OcspError::Malformed;
    let bytes = basic.map(|basic| {
        Ok(ResponseBytes {
            response_type: types::BASIC,
            response: OctetString::new(basic).map_err(malformed)?,
        })
    });
    let response = OcspResponse {
        response_status: status,
        response_bytes: bytes.transpose()?,
    };
    response.to_der().map_err(malformed)
}

fn single(
    says: &CertificateAnswer,
    issuer: &Certificate,
    hash: CertIdHash,
) -> Result<SingleResponse, OcspError> {
    let serial = SerialNumber::new(&says.serial).map_err(|_| OcspError::Malformed)?;
    Ok(SingleResponse {
        cert_id: cert_id(issuer, serial, hash)?,
        cert_status: match says.status {
            Status::Good => CertStatus::Good(Null),
            Status::Unknown => CertStatus::Unknown(Null),
            Status::Revoked(since) => CertStatus::Revoked(RevokedInfo {
                revocation_time: time(since)?,
                revocation_reason: None,
            }),
        },
        this_update: time(says.this_update)?,
        next_update: Some(time(says.next_update)?),
        single_extensions: None,
    })
}

fn key_hash(certificate: &Certificate) -> Result<OctetString, OcspError> {
    let spki = certificate.tbs_certificate().subject_public_key_info();
    let key = spki.subject_public_key.as_bytes();
    let key = key.ok_or(OcspError::Malformed)?;
    let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key);
    OctetString::new(hash.as_ref()).map_err(|_| OcspError::Malformed)
}

pub(super) fn time(at: Timestamp) -> Result<GeneralizedTime, OcspError> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| OcspError::Malformed)?;
    let since = std::time::Duration::from_secs(seconds);
    GeneralizedTime::from_unix_duration(since).map_err(|_| OcspError::Malformed)
}
