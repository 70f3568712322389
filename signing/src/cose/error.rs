//! Why a COSE message was refused, or not made.

use super::CborError;
use crate::ecdsa::EcdsaError;

/// Why a `COSE_Sign1` was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CoseError {
    /// Longer than [`super::MAX_LEN`].
    #[error("the COSE message is too large; a prescription or a signature never is")]
    TooLarge,
    /// Without tag 18 in front (RFC 9052 §2).
    #[error("the message is not tagged as COSE_Sign1; prefix it with tag 18")]
    NotTagged,
    /// Not deterministic CBOR.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Not an array of protected header, unprotected header, payload and signature.
    #[error("the message does not have the four parts of COSE_Sign1")]
    Shape,
    /// No algorithm in the protected header.
    #[error("the protected header names no algorithm; it must be ES256 (-7)")]
    MissingAlgorithm,
    /// An algorithm in the unprotected header, where anybody can change it.
    #[error("the algorithm is in the unprotected header; put it in the protected one")]
    UnprotectedAlgorithm,
    /// An algorithm other than ES256.
    #[error("the algorithm is not ES256 (-7); sign with P-256 and SHA-256")]
    UnsupportedAlgorithm,
    /// A `crit` header: we understand no extension, so we must refuse (RFC 9052 §3.1).
    #[error("the message has critical headers that this verifier does not understand")]
    CriticalHeader,
    /// A header label this profile does not have.
    #[error("the message has a header that this profile does not use; leave it out")]
    UnknownHeader,
    /// A key identifier that is not 8 bytes.
    #[error("the key identifier is not 8 bytes: the start of SHA-256 of the SPKI")]
    KidShape,
    /// A key identifier in the unprotected header.
    #[error("the key identifier is in the unprotected header; put it in the protected one")]
    UnprotectedKid,
    /// A signature that is not 64 bytes.
    #[error("the signature is not 64 bytes; encode r and s with 32 bytes each")]
    SignatureLength,
    /// The malleable twin of a signature.
    #[error("the signature has a high S; the signer must normalise it")]
    HighS,
    /// The payload is detached where it must be carried.
    #[error("the message carries no payload")]
    PayloadMissing,
    /// The payload is carried where it must be detached.
    #[error("the message carries a payload; a detached signature must not")]
    PayloadPresent,
    /// The verifying key is not an uncompressed P-256 `SubjectPublicKeyInfo`.
    #[error("the verifying key is not an uncompressed P-256 key; check the certificate")]
    KeyNotP256,
    /// The message names another key than the one given.
    #[error("the message was signed by another key than this one; look the key up by its kid")]
    KidMismatch,
    /// The signature does not match.
    #[error("the signature does not match the content and the key")]
    BadSignature,
}

impl From<EcdsaError> for CoseError {
    fn from(error: EcdsaError) -> Self {
        match error {
            EcdsaError::HighS => Self::HighS,
            EcdsaError::Malformed | EcdsaError::BadSignature => Self::BadSignature,
        }
    }
}

/// Why a message could not be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError<E: std::error::Error + 'static> {
    /// The holder of the key refused or failed.
    #[error("the key did not sign")]
    Signer(#[source] E),
    /// The bytes that came back are not an ECDSA signature over P-256.
    #[error("the key returned something that is not a P-256 signature; check the HSM")]
    InvalidSignature,
    /// The result would exceed [`super::MAX_LEN`].
    #[error("the content is too large to sign as one COSE message")]
    TooLarge,
}
