//! Why a certificate, an anchor or a revocation list was refused.

use super::{IdentityError, KeyError};
use crate::ocsp::OcspError;

/// One variant per reason. No text names a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustError {
    /// Not the DER (or the single PEM block) of an X.509 certificate.
    #[error("a certificate is malformed; ask its holder for the original file")]
    MalformedCertificate,
    /// A trust anchor or issuer must be a CA (RFC 5280 §4.2.1.9).
    #[error("this certificate is not a CA; do not configure it as anchor or issuer")]
    NotACa,
    /// The same CA name and key are already an anchor.
    #[error("this anchor is already configured; remove the duplicate")]
    DuplicateAnchor,
    /// More certificates than a path can need.
    #[error("too many certificates accompany the signature; send only the path")]
    TooManyCertificates,
    /// The path is longer than our bound or than a CA's `pathLenConstraint`.
    #[error("the certificate path is too long; check the CA hierarchy")]
    PathTooLong,
    /// A certificate or list is nested more deeply than any is.
    #[error("a certificate or revocation list is nested too deeply; it is not a real one")]
    TooDeep,
    /// The issuers lead back to a CA already passed, and to no anchor.
    #[error("the certificate's issuers certify each other in a loop; send the path to the root")]
    PathLoop,
    /// So many ways to go that the search for a path was given up.
    #[error(
        "the certificates allow too many paths; send only the path from the signer to the root"
    )]
    PathBudget,
    /// No path from the leaf to an anchor.
    #[error("the certificate's issuer is not trusted; configure its CA or use another certificate")]
    UnknownIssuer,
    /// The leaf is not valid yet at the given time.
    #[error("the certificate was not valid yet at that time; check the signing time")]
    NotYetValid,
    /// The leaf had expired at the given time.
    #[error("the certificate had expired at that time; the holder must renew it")]
    Expired,
    /// A CA of the path was outside its validity at the given time.
    #[error("a CA certificate of the path was outside its validity; renew the CA")]
    IssuerOutsideValidity,
    /// A signature in the path does not verify.
    #[error("a certificate of the path carries a wrong signature; it may have been altered")]
    BadPathSignature,
    /// The leaf is a CA certificate.
    #[error("a CA certificate cannot sign documents; use a personal certificate")]
    CaAsLeaf,
    /// A SAT *certificado de sello digital* (CSD): a company's seal, never a person's signature.
    #[error("this is a SAT seal (CSD), not a personal signature; sign with the e.firma")]
    SatSeal,
    /// The leaf has neither `digitalSignature` nor `contentCommitment` (RFC 5280 §4.2.1.3).
    #[error("the certificate's key usage does not allow signatures; use a signing certificate")]
    LeafKeyUsage,
    /// The leaf lacks `id-kp-documentSigning` (RFC 9336), which its anchor's policy requires.
    #[error("the certificate is not for document signing; ask its CA for one that is")]
    LeafNotForDocumentSigning,
    /// A personal signature under an anchor that is believed about times only.
    #[error("the certificate's anchor is for timestamps only; sign with a personal certificate")]
    AnchorForTimestampsOnly,
    /// A timestamp under an anchor that is not configured for timestamps.
    #[error("the authority's anchor is not for timestamps; configure its own anchor")]
    AnchorNotForTimestamps,
    /// The extended key usage is not `id-kp-timeStamping` alone (RFC 3161 §2.3).
    #[error("the certificate is not of a timestamp authority; it needs timeStamping alone")]
    NotATimestampAuthority,
    /// The extended key usage is not critical (RFC 3161 §2.3).
    #[error("the timestamp authority's purpose is not critical; it needs another certificate")]
    TimestampPurposeNotCritical,
    /// A CA of the path lacks `keyCertSign`.
    #[error("a CA of the path may not sign certificates; check the CA's key usage")]
    IssuerKeyUsage,
    /// A CA of the path lacks `id-kp-documentSigning`.
    #[error("a CA of the path is not for document signing; check the CA's extended key usage")]
    IssuerNotForDocumentSigning,
    /// An extension is malformed or repeated.
    #[error("a certificate has a malformed extension; ask its CA for a new one")]
    MalformedExtension,
    /// Revoked at or before the given time.
    #[error("the certificate was revoked at that time; the holder needs a new one")]
    Revoked,
    /// The policy requires a revocation list and there is none for this issuer.
    #[error("no revocation list for the certificate's issuer; load its CRL")]
    RevocationUnknown,
    /// The newest list we hold does not reach the given time.
    #[error("the revocation list is out of date; load a newer CRL")]
    StaleCrl,
    /// The newest OCSP answer we hold does not reach the given time.
    #[error("the OCSP answer about the certificate is out of date; fetch a newer one")]
    StaleOcsp,
    /// The CA answered over OCSP that it knows of no such certificate (RFC 6960 §2.2).
    #[error("the CA does not know this certificate; do not accept it, and report it to the CA")]
    UnknownToIssuer,
    /// The trust list trusts this CA only from a later time on.
    #[error("a CA of the path was not trusted yet at that time; see the trust list")]
    IssuerNotTrustedYet,
    /// The trust list trusts this CA only up to an earlier time.
    #[error("a CA of the path was no longer trusted at that time; see the trust list")]
    IssuerNoLongerTrusted,
    /// We already hold a newer OCSP answer about the same certificate.
    #[error("a newer OCSP answer about this certificate is already loaded; keep that one")]
    OcspRollback,
    /// An OCSP answer was refused.
    #[error(transparent)]
    Ocsp(#[from] OcspError),
    /// Not the DER (or single PEM block) of a complete v2 CRL with `nextUpdate`.
    #[error("the revocation list is malformed; download it again")]
    MalformedCrl,
    /// Delta, indirect or partitioned lists, and critical extensions we do not know.
    #[error("this kind of revocation list is not supported; load the CA's complete CRL")]
    UnsupportedCrl,
    /// No anchor or issuer we hold issued the list.
    #[error("the revocation list's issuer is not known; configure the CA first")]
    UnknownCrlIssuer,
    /// The list's signature does not verify.
    #[error("the revocation list carries a wrong signature; download it again")]
    BadCrlSignature,
    /// The list's issuer lacks `cRLSign`.
    #[error("the CA that signed the revocation list may not sign lists; check its key usage")]
    CrlIssuerKeyUsage,
    /// We already hold a newer list of the same issuer.
    #[error("a newer revocation list is already loaded; keep that one")]
    CrlRollback,
    /// Another certificate than the one pinned.
    #[error("the signature is not by the pinned certificate; verify online")]
    NotTheCachedLeaf,
    /// The subject does not name a professional as we need it.
    #[error("the certificate's subject is unusable: {0}")]
    Identity(#[from] IdentityError),
    /// The leaf's key is of a kind or size we do not accept.
    #[error("the certificate's key is unusable: {0}")]
    Key(#[from] KeyError),
    /// Any other finding of the path builder.
    #[error("the certificate path is invalid ({0}); check the certificates of the path")]
    Path(webpki::Error),
}
