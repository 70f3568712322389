//! Whom we believe about when: the path of a timestamp authority (RFC 3161 §2.3).

use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;

use super::{TrustError, TrustStore, signed, store, usage};

/// Proof that a certificate is of a timestamp authority under one of our anchors for timestamps,
/// at the time it was checked. Only [`TrustStore::validate_timestamp_authority`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedTimestampAuthority {
    der: Vec<u8>,
    subject: String,
    not_after: Timestamp,
    issuers: Vec<Vec<u8>>,
}

impl TrustedTimestampAuthority {
    /// The certificate, exactly as received.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// Its subject, as RFC 4514 writes names.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Last second of the certificate's validity.
    #[must_use]
    pub fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// The DER of the CAs of the path: the issuing CA first, the anchor last.
    #[must_use]
    pub fn issuers(&self) -> &[Vec<u8>] {
        &self.issuers
    }

    /// Whether `signature` over `message` is by this authority, with exactly this algorithm: ECDSA
    /// P-256 or P-384, or RSA PKCS#1 v1.5, with SHA-2. S may be in either half: the authority is a
    /// foreign signer, and what it signed is bound by its bytes.
    pub(crate) fn verifies(
        &self,
        algorithm: &AlgorithmIdentifierOwned,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        signed::verify(&self.der, algorithm, message, signature).is_ok()
    }
}

impl TrustStore {
    /// Validates the certificate of a timestamp authority for a token made at `at`: a path to an
    /// anchor of [`super::AnchorPolicy::Timestamp`], `id-kp-timeStamping` critical and alone, and
    /// revocation under this store's policy.
    pub fn validate_timestamp_authority(
        &self,
        leaf: &[u8],
        intermediates: &[&[u8]],
        at: Timestamp,
    ) -> Result<TrustedTimestampAuthority, TrustError> {
        let cert = super::store::certificate(leaf)?;
        let path = self.path(leaf, &cert, intermediates, at)?;
        usage::check_timestamp_authority(&cert, path.policy)?;
        self.check_at(&path, at)?;
        let tbs = cert.tbs_certificate();
        let not_after = store::timestamp(tbs.validity().not_after);
        Ok(TrustedTimestampAuthority {
            der: leaf.to_vec(),
            subject: tbs.subject().to_string(),
            not_after: not_after.ok_or(TrustError::MalformedCertificate)?,
            issuers: path.issuers().map(<[u8]>::to_vec).collect(),
        })
    }
}
