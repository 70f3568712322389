//! Why a CAdES signature could not be made, or was refused.

use std::convert::Infallible;
use std::fmt;

use crate::ecdsa::EcdsaError;
use crate::timestamp::TimestampError;
use crate::trust::{KeyError, TrustError};

/// The signed attributes a CAdES-B-B signature must carry exactly once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute {
    /// RFC 5652 §11.1.
    ContentType,
    /// RFC 5652 §11.2.
    MessageDigest,
    /// RFC 5652 §11.3.
    SigningTime,
    /// RFC 5035 §3.
    SigningCertificateV2,
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ContentType => "content-type",
            Self::MessageDigest => "message-digest",
            Self::SigningTime => "signing-time",
            Self::SigningCertificateV2 => "signing-certificate-v2",
        })
    }
}

/// Why a signature was refused: one variant per reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CmsError {
    /// Larger than any CAdES-B-B signature we accept.
    #[error("the signature file is too large; send the CAdES-B-B signature alone")]
    TooLarge,
    /// Nested more deeply than a signature with a timestamp inside.
    #[error("the signature file is nested too deeply; no signature needs that: ask for another")]
    TooDeep,
    /// Bytes after the outermost structure.
    #[error("there are bytes after the signature; send the signature file unchanged")]
    TrailingBytes,
    /// Indefinite or non-minimal lengths, or a SET out of order: BER, not DER.
    #[error("the signature is BER, not DER; re-encode it as DER before signing")]
    NotDer,
    /// Not the structure of RFC 5652.
    #[error("the signature file is malformed; ask for the original")]
    Malformed,
    /// A CMS structure, but no signature.
    #[error("the file is not a CMS SignedData; send a CAdES signature")]
    NotSignedData,
    /// A version other than 1 (RFC 5652 §5.1 and §5.3 for `id-data` and issuer-and-serial).
    #[error("the SignedData or SignerInfo version is not 1; sign with issuer and serial number")]
    UnsupportedVersion,
    /// The content type signed is not `id-data`.
    #[error("the signed content type is not id-data; sign the document's bytes")]
    WrongContentType,
    /// The signature brings its own content; ours are detached.
    #[error("the signature contains content; make a detached signature")]
    EncapsulatedContent,
    /// Revocation lists inside the signature.
    #[error(
        "the signature contains revocation data; send a CAdES-B-B signature, or a timestamp too"
    )]
    EmbeddedRevocation,
    /// Revocation data of no known form, or in an envelope that is not a good answer's.
    #[error("the signature's revocation data is malformed; extend the original again")]
    MalformedRevocation,
    /// Revocation data that does not verify, or is about no certificate of the paths.
    #[error("the signature carries revocation data that is not of its paths; remove it")]
    StrayRevocation,
    /// Several timestamps over the signature.
    #[error("the signature has several timestamps; keep the earliest")]
    SeveralTimestamps,
    /// A timestamp, and no authority that is believed.
    #[error("the signature has a timestamp and no authority is configured; configure one")]
    NoTimestampAuthority,
    /// The timestamp does not verify.
    #[error(transparent)]
    Timestamp(TimestampError),
    /// The timestamp was good once, but its authority does not vouch for it any more, and nothing
    /// else proves when the signature existed.
    #[error("the timestamp's authority no longer vouches for it ({0}); give the ledger's time")]
    TimestampNoLongerProves(TrustError),
    /// No signer at all.
    #[error("the signature has no signer; sign the document")]
    NoSigner,
    /// More than one signer.
    #[error("the signature has several signers; a prescription has one prescriber")]
    SeveralSigners,
    /// No signed attributes: what was signed cannot be told from attributes presented as content.
    #[error("the signed attributes are missing; sign with CAdES, not with plain CMS")]
    SignedAttributesMissing,
    /// Unsigned attributes, which anyone may add.
    #[error("the signature has unsigned attributes; send a CAdES-B-B signature")]
    UnsignedAttributes,
    /// A required attribute is missing.
    #[error("the signed attribute {0} is missing; sign with CAdES-B-B")]
    MissingAttribute(Attribute),
    /// A required attribute appears twice.
    #[error("the signed attribute {0} appears twice; sign again")]
    DuplicateAttribute(Attribute),
    /// Any other attribute appears twice.
    #[error("a signed attribute appears twice; sign again")]
    DuplicateOtherAttribute,
    /// A required attribute has no value, several, or one of another type.
    #[error("the signed attribute {0} is malformed; sign again")]
    MalformedAttribute(Attribute),
    /// The `content-type` attribute is not `id-data`.
    #[error("the signed content-type is not id-data; sign the document's bytes")]
    ContentTypeMismatch,
    /// The document is not the one that was signed.
    #[error("the document is not the one that was signed; compare the stored bytes")]
    MessageDigestMismatch,
    /// `signing-certificate-v2` names another certificate (RFC 5035 §5).
    #[error("the signature names another signing certificate; it may have been substituted")]
    SigningCertificateMismatch,
    /// A digest other than SHA-256.
    #[error("only SHA-256 digests are accepted; sign again with SHA-256")]
    UnsupportedDigest,
    /// Neither ECDSA P-256 nor RSA PKCS#1 v1.5, with SHA-256, or not the key's.
    #[error("only ECDSA P-256 and RSA PKCS#1 v1.5 with SHA-256 are accepted; sign again")]
    UnsupportedSignatureAlgorithm,
    /// The signer's certificate is not inside.
    #[error("the signer's certificate is not in the signature; include it")]
    CertificateNotFound,
    /// A certificate that is not part of the signer's path.
    #[error("the signature carries a certificate that is not of its path; remove it")]
    StrayCertificate,
    /// `s` in the upper half: the malleable twin of a signature.
    #[error("the ECDSA signature has a high S; the signer must normalise it")]
    HighS,
    /// The signature does not verify.
    #[error("the signature does not match; the document or signature may have been altered")]
    BadSignature,
    /// The claimed signing time is later than the time the signature is proved to have existed.
    #[error("the signing time lies in the future; check the signer's clock")]
    SigningTimeInFuture,
    /// The claimed signing time is outside the certificate's validity.
    #[error("the signing time is outside the certificate's validity; sign again")]
    SigningTimeOutsideValidity,
    /// The signer is not trusted.
    #[error(transparent)]
    Trust(TrustError),
}

impl From<TrustError> for CmsError {
    fn from(error: TrustError) -> Self {
        Self::Trust(error)
    }
}

impl From<TimestampError> for CmsError {
    fn from(error: TimestampError) -> Self {
        Self::Timestamp(error)
    }
}

impl From<KeyError> for CmsError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Ecdsa(EcdsaError::HighS) => Self::HighS,
            KeyError::Ecdsa(EcdsaError::Malformed | EcdsaError::BadSignature)
            | KeyError::BadRsaSignature => Self::BadSignature,
            KeyError::SchemeMismatch | KeyError::UnsupportedKey | KeyError::RsaSize => {
                Self::UnsupportedSignatureAlgorithm
            }
        }
    }
}

/// Why a signature could not be made. `E` is the error of whoever holds the key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildError<E = Infallible> {
    /// The key's holder refused or failed.
    #[error("the key could not sign: {0}")]
    Signer(E),
    /// A certificate of the chain is malformed or not DER.
    #[error("a certificate of the signing chain is not DER; load the original file")]
    MalformedCertificate,
    /// The leaf's key is neither P-256 nor RSA from 2048 bits; or the HSM, which signs with P-256
    /// alone, was asked to sign for an RSA certificate.
    #[error("the signing certificate's key does not serve here; use P-256, or an RSA e.firma")]
    UnsupportedKey,
    /// The signing time is outside 1970 to 2049, or outside the certificate's validity.
    #[error("the signing time is outside the certificate's validity; renew the certificate")]
    SigningTime,
    /// The signature returned is not by the leaf's key over these attributes, has another length
    /// than the key's, or is not low-S.
    #[error("the signature returned does not fit the certificate ({0}); check the key")]
    WrongSignature(KeyError),
    /// Prepared attributes that are not those of this chain: another certificate, other bytes.
    #[error("the prepared attributes are not of this certificate ({0}); prepare again")]
    NotPrepared(CmsError),
    /// A structure could not be encoded.
    #[error("the signature could not be encoded: {0}")]
    Encoding(#[from] der::Error),
}
