//! Why an OCSP answer was refused.

/// One variant per reason. No text names a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OcspError {
    /// Larger than any answer we accept, or about more certificates.
    #[error("the OCSP answer is too large; ask about one certificate")]
    TooLarge,
    /// Nested more deeply than any answer is.
    #[error("the OCSP answer is nested too deeply; it is not a real one")]
    TooDeep,
    /// Not the DER of an `OCSPResponse` or `BasicOCSPResponse`, or bytes after it.
    #[error("the OCSP answer is malformed; ask the responder again")]
    Malformed,
    /// `malformedRequest` (RFC 6960 §2.3).
    #[error("the OCSP responder did not understand the request; check the responder's address")]
    MalformedRequest,
    /// `internalError`.
    #[error("the OCSP responder has an internal error; ask again later")]
    InternalError,
    /// `tryLater`.
    #[error("the OCSP responder is busy; ask again later")]
    TryLater,
    /// `sigRequired`.
    #[error("the OCSP responder wants signed requests, which are not supported; use the CA's CRL")]
    SigRequired,
    /// `unauthorized`.
    #[error("the OCSP responder does not answer for this CA; check the responder's address")]
    Unauthorized,
    /// A successful answer of another type than `id-pkix-ocsp-basic`, or without content.
    #[error("the OCSP answer is not a basic response; configure a responder of RFC 6960")]
    NotBasic,
    /// A critical extension that we do not know.
    #[error("the OCSP answer has an unknown critical extension; use the CA's CRL")]
    UnknownCriticalExtension,
    /// A `CertID` hashed otherwise than with SHA-1 or SHA-256.
    #[error("the OCSP answer names the certificate by an unsupported hash; use SHA-1 or SHA-256")]
    UnsupportedHash,
    /// It speaks of certificates of another CA.
    #[error("the OCSP answer is about another CA's certificates; check the responder's address")]
    OtherIssuer,
    /// It does not speak of the certificate asked about.
    #[error("the OCSP answer is about another certificate; ask the responder again")]
    OtherCertificate,
    /// It says two different things about one certificate.
    #[error("the OCSP answer speaks twice of one certificate; ask the responder again")]
    AnsweredTwice,
    /// We asked with a nonce, and the answer has none.
    #[error("the OCSP answer lacks the nonce we sent; it may be a replay: do not use it")]
    NonceMissing,
    /// Another nonce than the one we sent.
    #[error("the OCSP answer carries another nonce; it may be a replay: do not use it")]
    NonceMismatch,
    /// Without `nextUpdate` nobody knows how long the answer holds.
    #[error("the OCSP answer does not say until when it holds; use the CA's CRL")]
    NoNextUpdate,
    /// `nextUpdate` before `thisUpdate`.
    #[error("the OCSP answer ends before it begins; report it to the CA")]
    TimesInverted,
    /// `thisUpdate` or `producedAt` lies ahead of now.
    #[error("the OCSP answer is from the future; check this machine's clock")]
    FromTheFuture,
    /// Received after its `nextUpdate`.
    #[error("the OCSP answer has run out; ask the responder again")]
    Stale,
    /// The certificate that made the signature is not in the answer, and is not the CA.
    #[error("the OCSP answer's signer is not there; report it to the CA")]
    ResponderNotFound,
    /// The responder's certificate was not issued by the CA it speaks for.
    #[error("another CA issued the OCSP responder's certificate; do not use its answers")]
    ResponderOfOtherCa,
    /// The responder's certificate lacks `id-kp-OCSPSigning`, or its key usage forbids signing.
    #[error("the OCSP responder's certificate is not for OCSP; do not use its answers")]
    ResponderNotForOcsp,
    /// The responder's certificate was outside its validity when it answered.
    #[error("the OCSP responder's certificate was outside its validity; report it to the CA")]
    ResponderOutsideValidity,
    /// The responder's certificate is malformed or has an unknown critical extension.
    #[error("the OCSP responder's certificate is malformed; report it to the CA")]
    ResponderMalformed,
    /// The CA revoked the responder's certificate.
    #[error("the OCSP responder's certificate was revoked; do not use its answers")]
    ResponderRevoked,
    /// No `id-pkix-ocsp-nocheck`, and no list that reaches the answer.
    #[error("whether the OCSP responder was revoked is not known; load the CA's CRL first")]
    ResponderRevocationUnknown,
    /// An algorithm that no CA may use here, such as SHA-1.
    #[error("the OCSP answer is signed with an algorithm that is not accepted")]
    Algorithm,
    /// The signature does not verify.
    #[error("the OCSP answer carries a wrong signature; do not use it")]
    BadSignature,
}
