//! Revocation lists, verified once when loaded and consulted by time.

use std::collections::HashMap;

use const_oid::db::rfc5280::{ID_CE_CRL_REASONS, ID_CE_INVALIDITY_DATE};
use const_oid::db::rfc5912::ID_CE_CERTIFICATE_ISSUER;
use der::Decode;
use der::asn1::GeneralizedTime;
use jiff::Timestamp;
use x509_cert::Version;
use x509_cert::crl::{CertificateList, RevokedCert};
use x509_cert::time::Time;

use super::signed::{self, SignedError};
use super::store::Authority;
use super::{TrustError, usage};
use crate::nesting;

/// A complete list of one issuer, its signature verified.
#[derive(Debug)]
pub(super) struct Crl {
    /// The list as received.
    pub(super) der: Vec<u8>,
    /// DER `SubjectPublicKeyInfo` of the CA that signed the list.
    pub(super) issuer_spki: Vec<u8>,
    pub(super) this_update: Timestamp,
    pub(super) next_update: Timestamp,
    /// Serial to the moment from which the certificate no longer counts.
    revoked: HashMap<Vec<u8>, Timestamp>,
}

impl Crl {
    /// Parses a DER list and verifies it with the one of `authorities` that issued it.
    pub(super) fn verify<'a>(
        der: &[u8],
        authorities: impl Iterator<Item = &'a Authority>,
    ) -> Result<Self, TrustError> {
        if !nesting::is_bounded(der) {
            return Err(TrustError::TooDeep);
        }
        let list = CertificateList::from_der(der).map_err(|_| TrustError::MalformedCrl)?;
        let tbs = &list.tbs_cert_list;
        if tbs.version != Version::V2 || tbs.signature != list.signature_algorithm {
            return Err(TrustError::MalformedCrl);
        }
        // Every extension that narrows a list's meaning (delta, partition) is critical.
        if tbs
            .crl_extensions
            .iter()
            .flatten()
            .any(|extension| extension.critical)
        {
            return Err(TrustError::UnsupportedCrl);
        }
        let this_update = timestamp(tbs.this_update)?;
        let next_update = timestamp(tbs.next_update.ok_or(TrustError::MalformedCrl)?)?;
        if next_update < this_update {
            return Err(TrustError::MalformedCrl);
        }
        let mut failure = TrustError::UnknownCrlIssuer;
        for authority in authorities.filter(|a| a.cert.tbs_certificate().subject() == &tbs.issuer) {
            match check_signature(der, &list, authority) {
                Ok(()) => {
                    usage::check_crl_issuer(&authority.cert)?;
                    return Ok(Self {
                        der: der.to_vec(),
                        issuer_spki: authority.spki.clone(),
                        this_update,
                        next_update,
                        revoked: revoked_serials(tbs.revoked_certificates.as_deref())?,
                    });
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// From when on `serial` does not count, as far as this list knows.
    pub(super) fn revoked_since(&self, serial: &[u8]) -> Option<Timestamp> {
        self.revoked.get(serial).copied()
    }
}

/// Verifies the list's signature over its `TBSCertList` as received.
fn check_signature(
    der: &[u8],
    list: &CertificateList,
    authority: &Authority,
) -> Result<(), TrustError> {
    let tbs = signed::signed_part(der).ok_or(TrustError::MalformedCrl)?;
    let signature = list.signature.as_bytes().ok_or(TrustError::MalformedCrl)?;
    signed::verify(&authority.der, &list.signature_algorithm, tbs, signature).map_err(|error| {
        match error {
            SignedError::Malformed => TrustError::MalformedCrl,
            SignedError::Signer(error) => TrustError::Path(error),
            SignedError::Algorithm | SignedError::BadSignature => TrustError::BadCrlSignature,
        }
    })
}

fn revoked_serials(
    entries: Option<&[RevokedCert]>,
) -> Result<HashMap<Vec<u8>, Timestamp>, TrustError> {
    let mut revoked = HashMap::new();
    for entry in entries.unwrap_or_default() {
        let since = revoked_since(entry)?;
        revoked
            .entry(entry.serial_number.as_bytes().to_vec())
            .and_modify(|known: &mut Timestamp| *known = since.min(*known))
            .or_insert(since);
    }
    Ok(revoked)
}

/// The revocation date, or the earlier `invalidityDate` (RFC 5280 §5.3.2): the day the key was
/// stolen counts, not the day the CA heard of it.
fn revoked_since(entry: &RevokedCert) -> Result<Timestamp, TrustError> {
    let mut since = timestamp(entry.revocation_date)?;
    for extension in entry.crl_entry_extensions.iter().flatten() {
        if extension.extn_id == ID_CE_INVALIDITY_DATE {
            let invalid = GeneralizedTime::from_der(extension.extn_value.as_bytes())
                .map_err(|_| TrustError::MalformedCrl)?;
            since = since.min(timestamp(Time::GeneralTime(invalid))?);
        } else if extension.extn_id == ID_CE_CERTIFICATE_ISSUER
            || (extension.critical && extension.extn_id != ID_CE_CRL_REASONS)
        {
            return Err(TrustError::UnsupportedCrl);
        }
    }
    Ok(since)
}

fn timestamp(time: Time) -> Result<Timestamp, TrustError> {
    super::store::timestamp(time).ok_or(TrustError::MalformedCrl)
}
