//! An act on a key of a prescriber, as its body in the register tells it. Whose key it is, is the
//! subject of the series.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Digest, KeyState};
use crate::Cedula;

/// An act on one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyAct {
    /// What.
    pub what: KeyVerb,
    /// The key's number among those of the prescriber, from 1.
    pub key: u32,
    /// SHA-256 of its `SubjectPublicKeyInfo` (DER).
    pub spki: Digest,
    /// When, to the second.
    pub at: Timestamp,
    /// The officer who orders and signs it; none: the operator records it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Cedula>,
}

/// What is done to a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeyVerb {
    /// The prescriber's first key is made.
    Enrol {
        /// Label of the wrapping key.
        wrapping: String,
        /// SHA-256 of the wrapped bytes.
        wrapped: Digest,
    },
    /// A later key is made. The one that signs goes on until the new one has its certificate.
    Rotate {
        /// Label of the wrapping key.
        wrapping: String,
        /// SHA-256 of the wrapped bytes.
        wrapped: Digest,
    },
    /// The authority's certificate is installed: the key signs, and the one before it is retired.
    Certify {
        /// SHA-256 of the certificate (DER).
        certificate: Digest,
    },
    /// It does not sign any more.
    Revoke {
        /// Why.
        reason: RevocationReason,
        /// Since when somebody else may have used it (invalidityDate of RFC 5280 §5.3.2), where
        /// that is known.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        since: Option<Timestamp>,
    },
    /// The wrapped bytes are destroyed. Their digest stays, so that a copy that turns up can be
    /// told from other bytes.
    Destroy {
        /// SHA-256 of the bytes that were destroyed.
        wrapped: Digest,
    },
    /// A key from before there was this register is entered as it is found.
    Adopt {
        /// The state in which it is found.
        state: KeyState,
        /// Label of the wrapping key.
        wrapping: String,
        /// SHA-256 of the wrapped bytes.
        wrapped: Digest,
        /// SHA-256 of its certificate, where it has one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        certificate: Option<Digest>,
    },
}

/// A key that has just been made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Birth {
    /// Label of the wrapping key.
    pub wrapping: String,
    /// SHA-256 of the wrapped bytes.
    pub wrapped: Digest,
}

/// Why a key is revoked (the reasons of RFC 5280 §5.3.1 that a person's key can have).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RevocationReason {
    /// Somebody else could use it: lost telephone, stolen password, a breach.
    KeyCompromise,
    /// The prescriber works elsewhere.
    AffiliationChanged,
    /// The prescriber does not prescribe any more, or has died.
    CessationOfOperation,
    /// The authority took the licence away.
    PrivilegeWithdrawn,
    /// The authority revoked the certificate, and says no more.
    CertificateRevoked,
}

impl KeyVerb {
    /// The code, in acts and at the command line.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Enrol { .. } => "enrol",
            Self::Rotate { .. } => "rotate",
            Self::Certify { .. } => "certify",
            Self::Revoke { .. } => "revoke",
            Self::Destroy { .. } => "destroy",
            Self::Adopt { .. } => "adopt",
        }
    }
}

impl RevocationReason {
    /// All reasons.
    pub const ALL: [Self; 5] = [
        Self::KeyCompromise,
        Self::AffiliationChanged,
        Self::CessationOfOperation,
        Self::PrivilegeWithdrawn,
        Self::CertificateRevoked,
    ];

    /// The code, in acts and at the command line.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::KeyCompromise => "key-compromise",
            Self::AffiliationChanged => "affiliation-changed",
            Self::CessationOfOperation => "cessation-of-operation",
            Self::PrivilegeWithdrawn => "privilege-withdrawn",
            Self::CertificateRevoked => "certificate-revoked",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}
