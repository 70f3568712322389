//! Who may answer for a CA: itself, or a responder that it appointed (RFC 6960 §4.2.2.2).

use const_oid::db::rfc5280::{ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_KP_OCSP_SIGNING};
use const_oid::db::rfc5280::{ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE, ID_CE_KEY_USAGE};
use der::{Decode, Encode};
use jiff::Timestamp;
use ring::digest;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{ExtendedKeyUsage, KeyUsage};

use super::OcspError;
use super::types::{BasicOcspResponse, NO_CHECK, ResponderId};
use crate::trust::signed::{self, SignedError};
use crate::trust::timestamp;

/// Certificates an answer may bring along.
const MAX_CERTIFICATES: usize = 4;
/// Extensions of a responder's certificate that may be critical, because we look at them or they
/// take nothing away.
const UNDERSTOOD: [const_oid::ObjectIdentifier; 5] = [
    ID_CE_KEY_USAGE,
    ID_CE_EXT_KEY_USAGE,
    ID_CE_BASIC_CONSTRAINTS,
    ID_CE_AUTHORITY_KEY_IDENTIFIER,
    NO_CHECK,
];

/// Finds who signed `response` and checks that they may speak for `issuer`; returns the DER of
/// the signer's certificate. `revoked` tells whether the CA's lists have a serial number revoked
/// at a time; `None`: no list reaches it.
pub(super) fn find(
    response: &BasicOcspResponse,
    issuer: &[u8],
    parsed: &Certificate,
    produced_at: Timestamp,
    revoked: impl Fn(&[u8], Timestamp) -> Option<bool>,
) -> Result<Vec<u8>, OcspError> {
    let id = &response.tbs_response_data.responder_id;
    if is_named(id, parsed)? {
        return Ok(issuer.to_vec());
    }
    let certificates = response.certs.as_deref().unwrap_or_default();
    if certificates.len() > MAX_CERTIFICATES {
        return Err(OcspError::TooLarge);
    }
    for any in certificates {
        let der = any.to_der().map_err(|_| OcspError::ResponderMalformed)?;
        let certificate = Certificate::from_der(&der).map_err(|_| OcspError::ResponderMalformed)?;
        if is_named(id, &certificate)? {
            check_delegate(&der, &certificate, (issuer, parsed), produced_at)?;
            check_not_revoked(&certificate, produced_at, revoked)?;
            return Ok(der);
        }
    }
    Err(OcspError::ResponderNotFound)
}

fn is_named(id: &ResponderId, certificate: &Certificate) -> Result<bool, OcspError> {
    let tbs = certificate.tbs_certificate();
    Ok(match id {
        ResponderId::ByName(name) => tbs.subject() == name,
        ResponderId::ByKey(hash) => {
            let key = tbs.subject_public_key_info().subject_public_key.as_bytes();
            let key = key.ok_or(OcspError::ResponderMalformed)?;
            let own = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, key);
            own.as_ref() == hash.as_bytes()
        }
    })
}

/// A delegate is issued **directly** by the CA it speaks for, for this purpose, and answered
/// within its validity.
fn check_delegate(
    der: &[u8],
    certificate: &Certificate,
    (issuer, parsed): (&[u8], &Certificate),
    produced_at: Timestamp,
) -> Result<(), OcspError> {
    let tbs = certificate.tbs_certificate();
    if tbs.issuer() != parsed.tbs_certificate().subject() {
        return Err(OcspError::ResponderOfOtherCa);
    }
    let message = signed::signed_part(der).ok_or(OcspError::ResponderMalformed)?;
    let signature = certificate.signature().as_bytes();
    let signature = signature.ok_or(OcspError::ResponderMalformed)?;
    signed::verify(
        issuer,
        certificate.signature_algorithm(),
        message,
        signature,
    )
    .map_err(|error| match error {
        SignedError::Malformed | SignedError::Signer(_) => OcspError::ResponderMalformed,
        SignedError::Algorithm => OcspError::Algorithm,
        SignedError::BadSignature => OcspError::ResponderOfOtherCa,
    })?;
    let unknown = |extension: &x509_cert::ext::Extension| {
        extension.critical && !UNDERSTOOD.contains(&extension.extn_id)
    };
    if tbs.extensions().into_iter().flatten().any(unknown) {
        return Err(OcspError::ResponderMalformed);
    }
    let malformed = |_| OcspError::ResponderMalformed;
    let purposes = tbs.get_extension::<ExtendedKeyUsage>().map_err(malformed)?;
    let for_ocsp = purposes.is_some_and(|(_, purposes)| purposes.0.contains(&ID_KP_OCSP_SIGNING));
    let usage = tbs.get_extension::<KeyUsage>().map_err(malformed)?;
    let signs = usage.is_none_or(|(_, usage)| usage.digital_signature());
    if !(for_ocsp && signs) {
        return Err(OcspError::ResponderNotForOcsp);
    }
    let validity = tbs.validity();
    match (
        timestamp(validity.not_before),
        timestamp(validity.not_after),
    ) {
        (Some(from), Some(until)) if (from..=until).contains(&produced_at) => Ok(()),
        _ => Err(OcspError::ResponderOutsideValidity),
    }
}

/// `id-pkix-ocsp-nocheck` says that nobody needs to ask. If a list says "revoked" all the same,
/// it is believed.
fn check_not_revoked(
    certificate: &Certificate,
    produced_at: Timestamp,
    revoked: impl Fn(&[u8], Timestamp) -> Option<bool>,
) -> Result<(), OcspError> {
    let tbs = certificate.tbs_certificate();
    let mut extensions = tbs.extensions().into_iter().flatten();
    let no_check = extensions.any(|extension| extension.extn_id == NO_CHECK);
    match revoked(tbs.serial_number().as_bytes(), produced_at) {
        Some(true) => Err(OcspError::ResponderRevoked),
        None if !no_check => Err(OcspError::ResponderRevocationUnknown),
        Some(false) | None => Ok(()),
    }
}
