//! Verifies a CAdES-B-B signature, strictly.

use jiff::{SignedDuration, Timestamp};

use super::CmsError;
use super::attributes::SignedAttributes;
use super::build::sha256;
use super::signed_data::{self, IssuerAndSerial, SignedData};
use crate::trust::{ProfessionalIdentity, Trust, TrustedCertificate};

/// How far a signer's clock may be ahead of ours.
pub(super) const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Proof that a document was signed by a trusted professional. Only [`verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCades {
    signer: TrustedCertificate,
    signing_time: Timestamp,
    digest: [u8; 32],
}

impl VerifiedCades {
    /// The signer's certificate.
    #[must_use]
    pub fn signer(&self) -> &TrustedCertificate {
        &self.signer
    }

    /// Who signed.
    #[must_use]
    pub fn subject(&self) -> &ProfessionalIdentity {
        self.signer.identity()
    }

    /// When the signer says they signed, to the second. A claim, checked only to lie within the
    /// certificate's validity and not after the time of verification.
    #[must_use]
    pub fn signing_time(&self) -> Timestamp {
        self.signing_time
    }

    /// SHA-256 of the document.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        self.digest
    }
}

/// Verifies `p7s`, a detached CAdES-B-B signature, over exactly the bytes of `content`.
///
/// `at` is a time at which the signature is proved to have existed: the moment it was received,
/// or, later, the time of its ledger entry. The certificate and its revocation are judged at that
/// time, never at the signer's own claim.
///
/// Signed attributes are required and hashed as received (RFC 5652 §5.4). Every certificate in
/// the file must belong to the signer's path, so no byte of the file can change unnoticed.
pub fn verify(
    content: &[u8],
    p7s: &[u8],
    trust: &Trust<'_>,
    at: Timestamp,
) -> Result<VerifiedCades, CmsError> {
    verify_parsed(sha256(content), &signed_data::parse(p7s)?, &[], trust, at)
}

/// The same over what was read, for the content with this SHA-256. `known` are certificates of another path than the signer's, which
/// may be there too.
pub(super) fn verify_parsed(
    digest: [u8; 32],
    signed_data: &SignedData<'_>,
    known: &[&[u8]],
    trust: &Trust<'_>,
    at: Timestamp,
) -> Result<VerifiedCades, CmsError> {
    let info = &signed_data.signer;
    let attributes = SignedAttributes::parse(info.signed_attributes)?;
    if attributes.message_digest != digest {
        return Err(CmsError::MessageDigestMismatch);
    }

    let (leaf, mut others) = split_signer(&signed_data.certificates, info.sid)?;
    others.retain(|other| !known.contains(other));
    attributes.check_signer(leaf)?;
    let signer = trust.validate(leaf, &others, at)?;
    if others
        .iter()
        .any(|other| !signer.issuers().iter().any(|issuer| issuer == other))
    {
        return Err(CmsError::StrayCertificate);
    }
    attributes.check_path(signer.issuers())?;
    check_signing_time(attributes.signing_time, &signer, at)?;
    signer
        .key()
        .verify(info.scheme, &info.signed_bytes, info.signature)?;
    Ok(VerifiedCades {
        signer,
        signing_time: attributes.signing_time,
        digest,
    })
}

/// The signer's certificate, and the other certificates.
pub(super) fn split_signer<'a>(
    certificates: &[&'a [u8]],
    sid: IssuerAndSerial<'_>,
) -> Result<(&'a [u8], Vec<&'a [u8]>), CmsError> {
    let mut signer = None;
    let mut others = Vec::new();
    for der in certificates.iter().copied() {
        if signer.is_none() && IssuerAndSerial::of_certificate(der)? == sid {
            signer = Some(der);
        } else {
            others.push(der);
        }
    }
    Ok((signer.ok_or(CmsError::CertificateNotFound)?, others))
}

fn check_signing_time(
    signing_time: Timestamp,
    signer: &TrustedCertificate,
    at: Timestamp,
) -> Result<(), CmsError> {
    if signing_time.duration_since(at) > CLOCK_SKEW {
        return Err(CmsError::SigningTimeInFuture);
    }
    signer
        .check_validity(signing_time)
        .map_err(|_| CmsError::SigningTimeOutsideValidity)
}
