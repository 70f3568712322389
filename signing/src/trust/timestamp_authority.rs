//! Whom we believe about when: the path of a timestamp authority (RFC 3161 §2.3).

use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;

use super::path::validity;
use super::{TrustError, TrustStore, signed, store, usage};

/// Proof that a certificate is of a timestamp authority under one of our anchors for timestamps,
/// at the time it was checked. Only [`TrustStore::validate_timestamp_authority`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedTimestampAuthority {
    der: Vec<u8>,
    subject: String,
    vouches_until: Timestamp,
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

    /// Last second at which its certificate and every CA of its path are valid. After it whoever
    /// gets hold of an old key could make an old token, and nobody would be told.
    #[must_use]
    pub fn vouches_until(&self) -> Timestamp {
        self.vouches_until
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
        let malformed = TrustError::MalformedCertificate;
        let mut vouches_until = validity(&cert).ok_or(malformed.clone())?.1;
        for issuer in path.issuers() {
            let (_, until) = validity(&store::certificate(issuer)?).ok_or(malformed.clone())?;
            vouches_until = vouches_until.min(until);
        }
        Ok(TrustedTimestampAuthority {
            der: leaf.to_vec(),
            subject: cert.tbs_certificate().subject().to_string(),
            vouches_until,
            issuers: path.issuers().map(<[u8]>::to_vec).collect(),
        })
    }
}

impl TrustError {
    /// Whether it only says that nothing we hold reaches the time. No news of a certificate is not
    /// bad news, where it was good before.
    pub(crate) fn is_want_of_news(&self) -> bool {
        matches!(
            self,
            Self::RevocationUnknown | Self::StaleCrl | Self::StaleOcsp
        )
    }
}
