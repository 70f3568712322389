//! Why a foreign signature could not be normalised.

/// One variant per reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BerError {
    /// Larger than any signature with its document that we import.
    #[error("the signature file is too large; send a detached signature")]
    TooLarge,
    /// Nested more deeply than a signature with a timestamp inside.
    #[error("the signature file is nested too deeply; no signature needs that: ask for another")]
    TooDeep,
    /// An element, or the end-of-contents octets of one, is missing.
    #[error("the signature file is incomplete; send it whole")]
    Truncated,
    /// Bytes after the outermost structure.
    #[error("there are bytes after the signature; send the signature file unchanged")]
    TrailingBytes,
    /// A tag number above 30 (X.690 §8.1.2.4), which no signature uses.
    #[error("the signature file has a tag that no CMS signature has; ask for the original")]
    UnknownTag,
    /// The reserved length octet, or a length of more than four octets (X.690 §8.1.3.5).
    #[error("the signature file has an impossible length; ask for the original")]
    ImpossibleLength,
    /// Indefinite length on a primitive value (X.690 §8.1.3.2).
    #[error("a value of indefinite length is not constructed; ask for the original")]
    IndefinitePrimitive,
    /// End-of-contents octets where no indefinite length is open (X.690 §8.1.5).
    #[error("an end of contents closes nothing; ask for the original")]
    StrayEndOfContents,
    /// A primitive SEQUENCE or SET, or a constructed value of a type that never is.
    #[error("a value has a form that its type cannot have; ask for the original")]
    WrongForm,
    /// A segment of a constructed string that is not of the string's type (X.690 §8.7.3).
    #[error("a piece of a string is of another type; ask for the original")]
    ForeignSegment,
    /// Unused bits that cannot be: above seven, of nothing, or before the last segment.
    #[error("a bit string counts its unused bits wrongly; ask for the original")]
    UnusedBits,
    /// A certificate or revocation list whose own outermost length is not DER. It is signed and
    /// hashed as it stands, so it cannot be rewritten.
    #[error("a certificate or revocation list inside is not DER; include the original one")]
    CertificateNotDer,
    /// The signature brings content that is not the document.
    #[error("the signature contains another document; sign the one that was prepared")]
    ContentMismatch,
}
