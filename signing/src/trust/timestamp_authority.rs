//! Whom we believe about when: the path of a timestamp authority (RFC 3161 §2.3).

use der::{Decode, Encode};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use spki::AlgorithmIdentifierOwned;
use webpki::EndEntityCert;

use super::store::{self, PATH_ALGORITHMS};
use super::{TrustError, TrustStore, usage};

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
        let Ok(algorithm) = algorithm.to_der() else {
            return false;
        };
        let value = der::asn1::AnyRef::from_der(&algorithm).map(der::asn1::AnyRef::value);
        let certificate = CertificateDer::from(self.der.as_slice());
        let (Ok(value), Ok(certificate)) = (value, EndEntityCert::try_from(&certificate)) else {
            return false;
        };
        PATH_ALGORITHMS
            .iter()
            .filter(|candidate| candidate.signature_alg_id().as_ref() == value)
            .any(|candidate| {
                certificate
                    .verify_signature(*candidate, message, signature)
                    .is_ok()
            })
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
        self.check_revocation(&cert, &path, at)?;
        let ends = std::iter::once(&cert)
            .chain(path.issuers().map(|issuer| &issuer.cert))
            .map(|cert| store::timestamp(cert.tbs_certificate().validity().not_after));
        let vouches_until = ends.collect::<Option<Vec<_>>>();
        let vouches_until = vouches_until.and_then(|ends| ends.into_iter().min());
        Ok(TrustedTimestampAuthority {
            der: leaf.to_vec(),
            subject: cert.tbs_certificate().subject().to_string(),
            vouches_until: vouches_until.ok_or(TrustError::MalformedCertificate)?,
            issuers: path.issuers().map(|issuer| issuer.der.clone()).collect(),
        })
    }
}
