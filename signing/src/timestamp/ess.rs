//! Which certificate signed: `signing-certificate` (RFC 2634 §5.4, SHA-1) and
//! `signing-certificate-v2` (RFC 5035 §3), of which RFC 5816 asks for one.
//!
//! SHA-1 is good enough here and nowhere else: it names a certificate whose own path is verified,
//! and a second preimage of it would have to be issued by the authority's CA.

use const_oid::db::rfc5911::{ID_AA_SIGNING_CERTIFICATE, ID_AA_SIGNING_CERTIFICATE_V_2};
use der::asn1::OctetString;
use der::{Any, Decode, Sequence};
use ring::digest;

use super::{ImprintHash, TimestampError};
use crate::cms::attributes::{EssCertIdV2, IssuerSerial, SigningCertificateV2};

const V1: &str = "signing-certificate";
const V2: &str = "signing-certificate-v2";

#[derive(Clone, Debug, Sequence)]
struct SigningCertificate {
    certs: Vec<EssCertId>,
    policies: Option<Vec<Any>>,
}

#[derive(Clone, Debug, Sequence)]
struct EssCertId {
    cert_hash: OctetString,
    issuer_serial: Option<IssuerSerial>,
}

/// Checks that whichever of the two attributes is there names `leaf` first.
pub(super) fn check(
    find: impl Fn(const_oid::ObjectIdentifier, &'static str) -> Result<Option<Vec<u8>>, TimestampError>,
    leaf: &[u8],
) -> Result<(), TimestampError> {
    let v2 = find(ID_AA_SIGNING_CERTIFICATE_V_2, V2)?;
    let v1 = find(ID_AA_SIGNING_CERTIFICATE, V1)?;
    if v1.is_none() && v2.is_none() {
        return Err(TimestampError::MissingAttribute(V2));
    }
    let named = |named: bool| {
        if named {
            Ok(())
        } else {
            Err(TimestampError::SigningCertificateMismatch)
        }
    };
    if let Some(value) = v2 {
        let value = SigningCertificateV2::from_der(&value)
            .map_err(|_| TimestampError::MalformedAttribute(V2))?;
        let first = value.certs.first();
        let first = first.ok_or(TimestampError::MalformedAttribute(V2))?;
        let hash = match &first.hash_algorithm {
            Some(algorithm) => {
                ImprintHash::of(algorithm).ok_or(TimestampError::UnsupportedDigest)?
            }
            None => ImprintHash::Sha256,
        };
        named(first.cert_hash.as_bytes() == hash.digest(leaf) && first.names(leaf))?;
    }
    if let Some(value) = v1 {
        let value = SigningCertificate::from_der(&value)
            .map_err(|_| TimestampError::MalformedAttribute(V1))?;
        let first = value.certs.into_iter().next();
        let first = first.ok_or(TimestampError::MalformedAttribute(V1))?;
        let hash = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, leaf);
        let of_leaf = first.cert_hash.as_bytes() == hash.as_ref();
        let id = EssCertIdV2 {
            hash_algorithm: None,
            cert_hash: first.cert_hash,
            issuer_serial: first.issuer_serial,
        };
        named(of_leaf && id.names(leaf))?;
    }
    Ok(())
}
