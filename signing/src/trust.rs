//! Whom we believe: path validation for professional certificates.
//!
//! `rustls-webpki` builds and checks the path (signatures, names, validity, basic constraints);
//! this module adds what it leaves out: key usage, extended key usage by policy, the refusal of
//! SAT seals, revocation at a point in time, and who the subject is.
//!
//! Revocation is judged **at the time of signing**: a prescription signed in January stays signed
//! when the physician's certificate is revoked in March. That is why revocation lists are read
//! here and not by `rustls-webpki`, which refuses every listed serial whatever the date.
//!
//! Directory-name constraints in a CA are refused by `rustls-webpki`: such a path does not verify.

mod crl;
#[cfg(test)]
mod crl_tests;
mod error;
mod evidence;
#[cfg(test)]
mod evidence_tests;
mod identity;
mod inspect;
mod key;
pub mod list;
#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod loop_tests;
mod loops;
mod path;
#[cfg(test)]
mod pkits_tests;
mod places;
mod revocation;
pub(crate) mod signed;
mod store;
#[cfg(test)]
mod store_tests;
#[cfg(test)]
pub(crate) mod test_pki;
mod timestamp_authority;
mod usage;
#[cfg(test)]
mod wycheproof;

pub use error::TrustError;
pub use evidence::{ListAge, RevocationEvidence};
pub use identity::{IdentityError, ProfessionalIdentity};
pub use inspect::{CertificateKind, Inspected, inspect};
pub use key::{KeyError, SignatureScheme, SignerKey};
pub use places::CertificatePlaces;
pub(crate) use store::timestamp;
pub use store::{AnchorPolicy, RevocationPolicy, TrustSpan, TrustStore};
pub use timestamp_authority::TrustedTimestampAuthority;

use jiff::Timestamp;

/// Proof that a certificate had a valid path to one of our anchors at the time it was checked.
///
/// Only [`TrustStore::validate`] makes one. It may be kept (pinned) and used later through
/// [`Trust::CachedLeaf`]; it then speaks for the moment of its validation: it knows nothing of a
/// later revocation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedCertificate {
    der: Vec<u8>,
    spki: Vec<u8>,
    key: SignerKey,
    identity: ProfessionalIdentity,
    policy: AnchorPolicy,
    not_before: Timestamp,
    not_after: Timestamp,
    issuers: Vec<Vec<u8>>,
}

impl TrustedCertificate {
    /// The certificate, exactly as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// The public key, ready to verify.
    #[must_use]
    pub fn key(&self) -> &SignerKey {
        &self.key
    }

    /// Who the certificate names.
    #[must_use]
    pub fn identity(&self) -> &ProfessionalIdentity {
        &self.identity
    }

    /// The policy of the anchor the path ends at.
    #[must_use]
    pub fn policy(&self) -> AnchorPolicy {
        self.policy
    }

    /// First second of validity.
    #[must_use]
    pub fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// Last second of validity.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The DER of the CAs of the path: the issuing CA first, the anchor last.
    #[must_use]
    pub fn issuers(&self) -> &[Vec<u8>] {
        &self.issuers
    }

    /// Whether `at` lies within the certificate's own validity.
    pub fn check_validity(&self, at: Timestamp) -> Result<(), TrustError> {
        if at < self.not_before {
            return Err(TrustError::NotYetValid);
        }
        if at > self.not_after {
            return Err(TrustError::Expired);
        }
        Ok(())
    }
}

/// How a verifier comes to trust the certificate inside a signature.
#[derive(Debug, Clone, Copy)]
pub enum Trust<'a> {
    /// Build and check the path, revocation included.
    Store(&'a TrustStore),
    /// Accept exactly this certificate, whose path was checked before (offline, or for speed).
    CachedLeaf(&'a TrustedCertificate),
}

impl Trust<'_> {
    /// Checks `leaf` for a signature that is proved to have existed at `at`.
    pub fn validate(
        &self,
        leaf: &[u8],
        intermediates: &[&[u8]],
        at: Timestamp,
    ) -> Result<TrustedCertificate, TrustError> {
        match self {
            Self::Store(store) => store.validate(leaf, intermediates, at),
            Self::CachedLeaf(pinned) if pinned.der == leaf => {
                pinned.check_validity(at)?;
                Ok((*pinned).clone())
            }
            Self::CachedLeaf(_) => Err(TrustError::NotTheCachedLeaf),
        }
    }
}
