//! Why a timestamp was refused.

use crate::cms::CmsError;
use crate::trust::TrustError;

/// One variant per reason. "The token" is the `TimeStampToken` of RFC 3161 §2.4.2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// Larger than any token or response we accept.
    #[error("the timestamp is too large; send the token alone")]
    TooLarge,
    /// Bytes after the outermost structure.
    #[error("there are bytes after the timestamp; send it unchanged")]
    TrailingBytes,
    /// Nested deeper than any token.
    #[error("the timestamp is nested too deeply; it is no RFC 3161 token")]
    TooDeep,
    /// Indefinite or non-minimal lengths, or a SET out of order.
    #[error("the timestamp is BER, not DER; ask the authority for DER")]
    NotDer,
    /// Not the structure of RFC 3161.
    #[error("the timestamp is malformed; ask for it again")]
    Malformed,
    /// The authority said no: `PKIStatus` and the first bit of `PKIFailureInfo`.
    #[error("the authority refused (status {status}, failure {failure:?}); see RFC 3161 §2.4.2")]
    Rejected {
        /// `PKIStatus`, 2 to 5.
        status: u8,
        /// Number of the first bit set: 0 badAlg, 2 badRequest, 5 badDataFormat,
        /// 14 timeNotAvailable, 15 unacceptedPolicy, 16 unacceptedExtension,
        /// 17 addInfoNotAvailable, 25 systemFailure.
        failure: Option<u8>,
    },
    /// Granted, but with no token inside.
    #[error("the response grants a timestamp and has none; ask again")]
    TokenMissing,
    /// Refused, and yet with a token inside.
    #[error("the response refuses and has a token all the same; ask again")]
    TokenInRefusal,
    /// A CMS structure, but no signature.
    #[error("the token is not a CMS SignedData; send an RFC 3161 token")]
    NotSignedData,
    /// `SignedData` version other than 3, or `SignerInfo` version other than 1.
    #[error("the token's CMS version is not the one of RFC 3161; ask the authority")]
    UnsupportedVersion,
    /// The content is not a `TSTInfo`.
    #[error("the token's content is not a TSTInfo; it is no timestamp")]
    WrongContentType,
    /// A token without its `TSTInfo`.
    #[error("the token has no content; ask for it again")]
    ContentMissing,
    /// Revocation data in the token.
    #[error("the token carries revocation data; it belongs into the signature around it")]
    EmbeddedRevocation,
    /// No signer.
    #[error("the token has no signer; ask for it again")]
    NoSigner,
    /// RFC 3161 §2.4.2: exactly one signature, the authority's.
    #[error("the token has several signers; an authority signs alone")]
    SeveralSigners,
    /// No signed attributes.
    #[error("the token has no signed attributes; ask for it again")]
    SignedAttributesMissing,
    /// Anyone may add unsigned attributes.
    #[error("the token has unsigned attributes; send it as the authority gave it")]
    UnsignedAttributes,
    /// `content-type`, `message-digest` or both `signing-certificate`s are missing.
    #[error("the token's signed attribute {0} is missing; ask the authority")]
    MissingAttribute(&'static str),
    /// An attribute twice.
    #[error("a signed attribute of the token appears twice; ask the authority")]
    DuplicateAttribute,
    /// An attribute without its one value of the right type.
    #[error("the token's signed attribute {0} is malformed; ask the authority")]
    MalformedAttribute(&'static str),
    /// The signed content type is another.
    #[error("the token's signed content type is not TSTInfo; it is no timestamp")]
    ContentTypeMismatch,
    /// The signed digest is not of the `TSTInfo`.
    #[error("the token's content is not what was signed; it may have been altered")]
    MessageDigestMismatch,
    /// `signing-certificate` names another certificate (RFC 5816 §2.2.1).
    #[error("the token names another signing certificate; it may have been substituted")]
    SigningCertificateMismatch,
    /// A digest other than SHA-256, SHA-384 or SHA-512 inside the CMS.
    #[error("the token is signed over an unsupported digest; SHA-256 or better is needed")]
    UnsupportedDigest,
    /// Neither ECDSA (P-256, P-384) nor RSA PKCS#1 v1.5 with SHA-2.
    #[error("the token's signature algorithm is not supported; ask the authority for another")]
    UnsupportedSignatureAlgorithm,
    /// The signature is not by the certificate over the attributes.
    #[error("the token's signature does not match; it may have been altered")]
    BadSignature,
    /// The authority's certificate is not inside: ask with `certReq`.
    #[error("the authority's certificate is not in the token; ask with certReq")]
    CertificateMissing,
    /// A certificate that is not of the authority's path.
    #[error("the token carries a certificate that is not of its path; ask the authority")]
    StrayCertificate,
    /// `TSTInfo` version other than 1.
    #[error("the TSTInfo version is not 1; ask the authority")]
    InfoVersion,
    /// A time that RFC 3161 §2.4.2 does not allow.
    #[error("the token's time is malformed; ask the authority")]
    MalformedTime,
    /// The document was digested with SHA-1 or another hash that proves nothing.
    #[error("the imprint's hash is not accepted; SHA-256 or better is needed")]
    WeakImprint,
    /// Another hash than the one asked with.
    #[error("the imprint's hash is not the one that was asked with; ask again")]
    OtherImprintHash,
    /// Another document.
    #[error("the timestamp is of another document; compare the bytes")]
    ImprintMismatch,
    /// A nonce was sent and none came back.
    #[error("the nonce is missing; the answer may be an old one")]
    NonceMissing,
    /// Another nonce, or one that was not sent.
    #[error("the nonce is another; the answer is to another request")]
    NonceMismatch,
    /// The policy is not one we accept.
    #[error("the timestamp's policy {0} is not accepted; configure it or change authority")]
    PolicyNotAccepted(const_oid::ObjectIdentifier),
    /// A policy outside the arc of NOM-151-SCFI-2016.
    #[error("the policy {0} is not one of NOM-151 (2.16.484.101.10.316); it is no constancia")]
    NotNom151(const_oid::ObjectIdentifier),
    /// NOM-151 digests with SHA-256.
    #[error("a NOM-151 constancia is over SHA-256; ask the provider")]
    NotSha256,
    /// An extension that we do not know and may not ignore.
    #[error("the token has a critical extension that is not understood; ask the authority")]
    CriticalExtension,
    /// The authority's time is far from ours.
    #[error("the authority's clock and ours differ by more than five minutes; check ours")]
    ClockDisagrees,
    /// The authority is not trusted.
    #[error("timestamp authority: {0}")]
    Trust(#[from] TrustError),
}

impl From<der::Error> for TimestampError {
    fn from(error: der::Error) -> Self {
        CmsError::from(error).into()
    }
}

/// What the reader of CMS fields says.
impl From<CmsError> for TimestampError {
    fn from(error: CmsError) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "the field reader knows two reasons; every other is malformed here"
        )]
        match error {
            CmsError::NotDer => Self::NotDer,
            _ => Self::Malformed,
        }
    }
}
