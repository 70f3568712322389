//! The hashes a timestamp may stand on.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::{ID_SHA_256, ID_SHA_384, ID_SHA_512};
use ring::digest;
use spki::AlgorithmIdentifierOwned;

use crate::cms::attributes::is_absent_or_null;

/// SHA-256 or better: SHA-1 has collisions, and a collision is a document exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImprintHash {
    /// What we ask with, and what NOM-151 prescribes.
    Sha256,
    /// Accepted from others.
    Sha384,
    /// Accepted from others.
    Sha512,
}

impl ImprintHash {
    /// `None` for every other hash, and for parameters that are not NULL.
    pub(super) fn of(algorithm: &AlgorithmIdentifierOwned) -> Option<Self> {
        if !is_absent_or_null(algorithm.parameters.as_ref()) {
            return None;
        }
        match algorithm.oid {
            ID_SHA_256 => Some(Self::Sha256),
            ID_SHA_384 => Some(Self::Sha384),
            ID_SHA_512 => Some(Self::Sha512),
            _ => None,
        }
    }

    pub(super) fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha256 => ID_SHA_256,
            Self::Sha384 => ID_SHA_384,
            Self::Sha512 => ID_SHA_512,
        }
    }

    /// The digest of `bytes`: 32, 48 or 64 bytes.
    #[must_use]
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        };
        digest::digest(algorithm, bytes).as_ref().to_vec()
    }
}
