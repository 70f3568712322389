//! What a certificate may be used for: key usage, extended key usage, and the refusal of seals.
//!
//! `rustls-webpki` ignores key usage, and its extended-key-usage check knows no anchor policies.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc4519::ORGANIZATIONAL_UNIT_NAME;
use const_oid::db::rfc5280::ID_KP_TIME_STAMPING;
use x509_cert::Certificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage};

use super::{AnchorPolicy, CertificateKind, TrustError};

/// `id-kp-documentSigning` (RFC 9336).
const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");

/// Checks a leaf before its path is known: it must sign, and must not be a SAT seal.
///
/// The SAT gives a person's e.firma `dataEncipherment` and `keyAgreement`; its seals (CSD) carry
/// only the two signature bits and an organizational unit. Our own CA must therefore not put an
/// organizational unit in a professional's subject.
pub(super) fn check_leaf(cert: &Certificate) -> Result<(), TrustError> {
    let usage = key_usage(cert)?.ok_or(TrustError::LeafKeyUsage)?;
    if !(usage.digital_signature() || usage.non_repudiation()) {
        return Err(TrustError::LeafKeyUsage);
    }
    let has_unit = cert
        .tbs_certificate()
        .subject()
        .as_ref()
        .iter()
        .flat_map(|rdn| rdn.as_ref().iter())
        .any(|attribute| attribute.oid == ORGANIZATIONAL_UNIT_NAME);
    if has_unit && signs_only(usage) {
        Err(TrustError::SatSeal)
    } else {
        Ok(())
    }
}

/// What a certificate says it is for.
pub(super) fn kind(cert: &Certificate) -> Result<CertificateKind, TrustError> {
    match check_leaf(cert) {
        Err(TrustError::SatSeal) => return Ok(CertificateKind::Seal),
        Err(TrustError::LeafKeyUsage) => return Ok(CertificateKind::NotForSigning),
        other => other?,
    }
    if purposes(cert)?.is_some_and(|purposes| !not_document_signing(purposes)) {
        return Ok(CertificateKind::Professional);
    }
    let signs_and_more = key_usage(cert)?.is_some_and(|usage| !signs_only(usage));
    Ok(if signs_and_more {
        CertificateKind::Efirma
    } else {
        CertificateKind::Other
    })
}

/// Checks a leaf against the policy of the anchor its path ends at.
pub(super) fn check_leaf_policy(
    cert: &Certificate,
    policy: AnchorPolicy,
) -> Result<(), TrustError> {
    match policy {
        AnchorPolicy::Professional if purposes(cert)?.is_none_or(not_document_signing) => {
            Err(TrustError::LeafNotForDocumentSigning)
        }
        // Under a SAT anchor whatever is not an e.firma is a seal, organizational unit or not.
        AnchorPolicy::Efirma if key_usage(cert)?.is_none_or(signs_only) => Err(TrustError::SatSeal),
        AnchorPolicy::Timestamp => Err(TrustError::AnchorForTimestampsOnly),
        AnchorPolicy::Professional | AnchorPolicy::Efirma => Ok(()),
    }
}

/// Checks the certificate of a timestamp authority (RFC 3161 §2.3): it signs, and it has exactly
/// the one purpose, which is critical, so that nobody can take it for anything else.
pub(super) fn check_timestamp_authority(
    cert: &Certificate,
    policy: AnchorPolicy,
) -> Result<(), TrustError> {
    match policy {
        AnchorPolicy::Timestamp => {}
        AnchorPolicy::Professional | AnchorPolicy::Efirma => {
            return Err(TrustError::AnchorNotForTimestamps);
        }
    }
    let tbs = cert.tbs_certificate();
    // Its extensions were read by the path builder: an unknown critical one is refused there.
    if basic_constraints(cert)?.is_some_and(|constraints| constraints.ca) {
        return Err(TrustError::CaAsLeaf);
    }
    if !key_usage(cert)?.is_none_or(|usage| usage.digital_signature() || usage.non_repudiation()) {
        return Err(TrustError::LeafKeyUsage);
    }
    let found = tbs.get_extension::<ExtendedKeyUsage>();
    match found.map_err(|_| TrustError::MalformedExtension)? {
        Some((_, purposes)) if purposes.0 != [ID_KP_TIME_STAMPING] => {
            Err(TrustError::NotATimestampAuthority)
        }
        Some((true, _)) => Ok(()),
        Some((false, _)) => Err(TrustError::TimestampPurposeNotCritical),
        None => Err(TrustError::NotATimestampAuthority),
    }
}

/// Checks a CA below the anchor.
pub(super) fn check_issuer(cert: &Certificate, policy: AnchorPolicy) -> Result<(), TrustError> {
    if !key_usage(cert)?.is_some_and(|usage| usage.key_cert_sign()) {
        return Err(TrustError::IssuerKeyUsage);
    }
    match policy {
        AnchorPolicy::Professional if purposes(cert)?.is_none_or(not_document_signing) => {
            Err(TrustError::IssuerNotForDocumentSigning)
        }
        AnchorPolicy::Professional | AnchorPolicy::Efirma | AnchorPolicy::Timestamp => Ok(()),
    }
}

/// Checks a certificate that is configured as anchor: old roots state less, but must not
/// contradict their role.
pub(super) fn check_anchor(cert: &Certificate, policy: AnchorPolicy) -> Result<(), TrustError> {
    check_is_ca(cert)?;
    if key_usage(cert)?.is_some_and(|usage| !usage.key_cert_sign()) {
        return Err(TrustError::IssuerKeyUsage);
    }
    match policy {
        AnchorPolicy::Professional if purposes(cert)?.is_some_and(not_document_signing) => {
            Err(TrustError::IssuerNotForDocumentSigning)
        }
        AnchorPolicy::Professional | AnchorPolicy::Efirma | AnchorPolicy::Timestamp => Ok(()),
    }
}

/// A CA says so in its basic constraints; v1 roots are not accepted.
pub(super) fn check_is_ca(cert: &Certificate) -> Result<(), TrustError> {
    match basic_constraints(cert)? {
        Some(constraints) if constraints.ca => Ok(()),
        _ => Err(TrustError::NotACa),
    }
}

/// A CA may sign revocation lists only when its key usage says so.
pub(super) fn check_crl_issuer(cert: &Certificate) -> Result<(), TrustError> {
    if key_usage(cert)?.is_some_and(|usage| usage.crl_sign()) {
        Ok(())
    } else {
        Err(TrustError::CrlIssuerKeyUsage)
    }
}

/// The anchor's `pathLenConstraint`, which `rustls-webpki` does not look at: how many CAs may
/// stand between the anchor and the leaf.
pub(super) fn path_length(cert: &Certificate) -> Result<Option<u8>, TrustError> {
    Ok(basic_constraints(cert)?.and_then(|constraints| constraints.path_len_constraint))
}

fn signs_only(usage: KeyUsage) -> bool {
    !(usage.data_encipherment() || usage.key_agreement())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "shape of Option::is_none_or's predicate"
)]
fn not_document_signing(purposes: ExtendedKeyUsage) -> bool {
    !purposes.0.contains(&DOCUMENT_SIGNING)
}

fn key_usage(cert: &Certificate) -> Result<Option<KeyUsage>, TrustError> {
    let found = cert.tbs_certificate().get_extension::<KeyUsage>();
    Ok(found
        .map_err(|_| TrustError::MalformedExtension)?
        .map(|(_, usage)| usage))
}

fn purposes(cert: &Certificate) -> Result<Option<ExtendedKeyUsage>, TrustError> {
    let found = cert.tbs_certificate().get_extension::<ExtendedKeyUsage>();
    Ok(found
        .map_err(|_| TrustError::MalformedExtension)?
        .map(|(_, purposes)| purposes))
}

fn basic_constraints(cert: &Certificate) -> Result<Option<BasicConstraints>, TrustError> {
    let found = cert.tbs_certificate().get_extension::<BasicConstraints>();
    Ok(found
        .map_err(|_| TrustError::MalformedExtension)?
        .map(|(_, constraints)| constraints))
}
