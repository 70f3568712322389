//! A question about one certificate (RFC 6960 §4.1).

use der::asn1::OctetString;
use der::{Decode, Encode};
use jiff::{SignedDuration, Timestamp};
use ring::digest;
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::Extension;
use x509_cert::serial_number::SerialNumber;

use super::types::{self, CertId, OcspRequest, Request, TbsRequest, Version};
use super::verify::{BasicAnswer, CertificateAnswer};
use super::{OcspError, basic_response};

/// How far a responder's clock may be ahead of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The hash by which a certificate's issuer is named. Nothing rests on its resistance to
/// collisions: the answer is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertIdHash {
    /// What every responder understands (RFC 5019 §2.1.1).
    Sha1,
    /// RFC 9654's modern profile.
    Sha256,
}

/// A question about one certificate, and what its answer must look like.
#[derive(Debug, Clone)]
pub struct Query {
    cert_id: CertId,
    issuer: Vec<u8>,
    nonce: Option<Vec<u8>>,
}

impl Query {
    /// Asks about `certificate`, which `issuer` issued (both DER). With `nonce` (32 random bytes,
    /// RFC 9654 §2.1) the answer must carry it: then it was made for us, and is no replay.
    ///
    /// # Errors
    /// [`OcspError::OtherIssuer`] when `issuer` did not issue the certificate, and
    /// [`OcspError::Malformed`].
    pub fn new(
        certificate: &[u8],
        issuer: &[u8],
        hash: CertIdHash,
        nonce: Option<[u8; 32]>,
    ) -> Result<Self, OcspError> {
        let malformed = |_| OcspError::Malformed;
        let certificate = Certificate::from_der(certificate).map_err(malformed)?;
        let parsed = Certificate::from_der(issuer).map_err(malformed)?;
        let tbs = certificate.tbs_certificate();
        if tbs.issuer() != parsed.tbs_certificate().subject() {
            return Err(OcspError::OtherIssuer);
        }
        Ok(Self {
            cert_id: cert_id(&parsed, tbs.serial_number().clone(), hash)?,
            issuer: issuer.to_vec(),
            nonce: nonce.map(|nonce| nonce.to_vec()),
        })
    }

    /// The DER `OCSPRequest` to send (`application/ocsp-request`).
    ///
    /// # Errors
    /// [`OcspError::Malformed`].
    pub fn to_der(&self) -> Result<Vec<u8>, OcspError> {
        let nonce = self.nonce.as_ref().map(|nonce| nonce_extension(nonce));
        let request = OcspRequest {
            tbs_request: TbsRequest {
                version: Version::V1,
                request_list: vec![Request {
                    req_cert: self.cert_id.clone(),
                    single_request_extensions: None,
                }],
                request_extensions: nonce.transpose()?.map(|extension| vec![extension]),
            },
        };
        request.to_der().map_err(|_| OcspError::Malformed)
    }

    /// Checks that `response` (DER `OCSPResponse`, as it came) answers this question at `now`:
    /// signature, nonce, certificate, and time. `responder_revoked` as in
    /// [`BasicAnswer::verify`].
    ///
    /// # Errors
    /// One [`OcspError`] per reason.
    pub fn check(
        &self,
        response: &[u8],
        now: Timestamp,
        responder_revoked: impl Fn(&[u8], Timestamp) -> Option<bool>,
    ) -> Result<CertificateAnswer, OcspError> {
        let basic = basic_response(response)?;
        let answer = BasicAnswer::verify(&basic, &self.issuer, responder_revoked)?;
        if let Some(sent) = &self.nonce {
            match answer.nonce() {
                None => return Err(OcspError::NonceMissing),
                Some(received) if received != sent => return Err(OcspError::NonceMismatch),
                Some(_) => {}
            }
        }
        let serial = self.cert_id.serial_number.as_bytes();
        let mine = answer.answers().iter().find(|one| one.serial == serial);
        let mine = mine.ok_or(OcspError::OtherCertificate)?;
        if mine.this_update.max(answer.produced_at()) > now + CLOCK_SKEW {
            return Err(OcspError::FromTheFuture);
        }
        if mine.next_update < now {
            return Err(OcspError::Stale);
        }
        Ok(mine.clone())
    }
}

/// Names a certificate of `issuer`.
pub(super) fn cert_id(
    issuer: &Certificate,
    serial_number: SerialNumber,
    hash: CertIdHash,
) -> Result<CertId, OcspError> {
    let malformed = |_| OcspError::Malformed;
    let (name, key) = issuer_hashes(issuer, hash)?;
    Ok(CertId {
        hash_algorithm: AlgorithmIdentifierOwned {
            oid: match hash {
                CertIdHash::Sha1 => types::SHA_1,
                CertIdHash::Sha256 => types::SHA_256,
            },
            parameters: Some(der::asn1::Null.into()),
        },
        issuer_name_hash: OctetString::new(name).map_err(malformed)?,
        issuer_key_hash: OctetString::new(key).map_err(malformed)?,
        serial_number,
    })
}

/// Hashes of a CA's name (DER) and of its key's bits (RFC 6960 §4.1.1).
pub(super) fn issuer_hashes(
    issuer: &Certificate,
    hash: CertIdHash,
) -> Result<(Vec<u8>, Vec<u8>), OcspError> {
    let tbs = issuer.tbs_certificate();
    let name = tbs.subject().to_der().map_err(|_| OcspError::Malformed)?;
    let key = tbs.subject_public_key_info().subject_public_key.as_bytes();
    let key = key.ok_or(OcspError::Malformed)?;
    let algorithm = match hash {
        CertIdHash::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        CertIdHash::Sha256 => &digest::SHA256,
    };
    let hash = |bytes: &[u8]| digest::digest(algorithm, bytes).as_ref().to_vec();
    Ok((hash(&name), hash(key)))
}

/// The nonce as an extension: an OCTET STRING inside the extension's own.
pub(super) fn nonce_extension(nonce: &[u8]) -> Result<Extension, OcspError> {
    let malformed = |_| OcspError::Malformed;
    let value = OctetString::new(nonce).and_then(|nonce| nonce.to_der());
    Ok(Extension {
        extn_id: types::NONCE,
        critical: false,
        extn_value: value.and_then(OctetString::new).map_err(malformed)?,
    })
}
