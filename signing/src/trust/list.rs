//! Trust lists: which authorities are believed, about what, from when and until when, as a signed
//! file with a version.
//!
//! The list is RFC 8785 JSON, signed with a detached `COSE_Sign1` by a key that whoever reads it has
//! pinned. CAdES would need a path to one of the very authorities that the list names; a pinned key
//! needs none. An authority that loses its trust stays in the list with an end: what it certified
//! before still verifies. So it may never be left out, and versions follow each other without gaps,
//! each naming the digest of the one before.

use std::collections::HashSet;

use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{AnchorPolicy, TrustError, TrustSpan, TrustStore};
use crate::cose::{CoseError, verify_detached};

/// Larger than the authorities of a country need.
const MAX_BYTES: usize = 1024 * 1024;
/// Format version.
const FORMAT: u8 = 1;

/// What an authority is believed about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListedPolicy {
    /// Health professionals.
    Professional,
    /// Persons with the SAT's e.firma.
    Efirma,
    /// Times.
    Tsa,
    /// Institutions, which sign no prescription.
    Institution,
}

/// Whether an authority is believed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ListedRole {
    /// Paths end at it.
    Anchor,
    /// It completes paths.
    Issuer,
}

/// An authority of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListedAuthority {
    /// Its certificate: base64 of the DER.
    pub certificate: String,
    /// What it is believed about.
    pub policy: ListedPolicy,
    /// Whether by itself.
    pub role: ListedRole,
    /// First instant of trust; absent: ever since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Last one; absent: still trusted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A trust list, as it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustList {
    /// Format version: 1.
    pub v: u8,
    /// 1, 2, 3…
    pub version: u64,
    /// SHA-256 of the version before, in hexadecimal; absent in the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<String>,
    /// First day on which it counts.
    pub effective_from: Date,
    /// By when another version is promised.
    pub next_update: Timestamp,
    /// The authorities.
    pub authorities: Vec<ListedAuthority>,
}

/// The file: the exact bytes of the list, and the signature over them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    /// Base64 of the RFC 8785 JSON.
    list: String,
    /// Base64 of the detached `COSE_Sign1`.
    signature: String,
}

/// Why a trust list was refused: one variant per reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrustListError {
    /// Larger than any list.
    #[error("the trust list is too large; fetch it again")]
    TooLarge,
    /// Not the file's shape, or the list's.
    #[error("the trust list is malformed; fetch it again")]
    Malformed,
    /// Not RFC 8785 JSON: two readers could read two lists.
    #[error("the trust list is not canonical JSON (RFC 8785); ask its publisher for another file")]
    NotCanonical,
    /// By none of the pinned keys, or altered.
    #[error("the trust list's signature does not verify with the pinned key ({0})")]
    Signature(CoseError),
    /// Not version 1 of the format.
    #[error("the trust list has an unknown format; use a newer program")]
    Format,
    /// Not newer than the version in use.
    #[error("the trust list is version {got}, and {known} is in use; keep that one")]
    Rollback {
        /// Of the file.
        got: u64,
        /// In use.
        known: u64,
    },
    /// A version between was left out.
    #[error("the trust list is version {got}, and {known} is in use; apply those between first")]
    Gap {
        /// Of the file.
        got: u64,
        /// In use.
        known: u64,
    },
    /// It follows another version than the one in use.
    #[error("the trust list follows another version {0} than the one in use; ask its publisher")]
    OtherHistory(u64),
    /// It counts from an earlier day than the version before.
    #[error("the trust list counts from an earlier day than the version before; ask its publisher")]
    EffectiveEarlier,
    /// Its `next_update` has passed.
    #[error("the trust list has run out; fetch the next version")]
    Stale,
    /// The same certificate twice.
    #[error("the trust list names authority {0} twice; ask its publisher")]
    Twice(usize),
    /// The end of trust before its beginning.
    #[error("the trust list ends trust in authority {0} before it begins; ask its publisher")]
    SpanInverted(usize),
    /// An authority of the version before is left out: what it certified would be lost.
    #[error("the trust list leaves out an authority; give it an end instead")]
    LeftOut,
    /// An authority that cannot be one.
    #[error("authority {0} of the trust list: {1}")]
    Authority(usize, TrustError),
}

impl TrustList {
    /// Reads a file whose signature is by one of the pinned `keys` (DER `SubjectPublicKeyInfo`,
    /// P-256), and checks what it says by itself.
    ///
    /// # Errors
    /// One [`TrustListError`] per reason.
    pub fn verify(file: &[u8], keys: &[&[u8]]) -> Result<Self, TrustListError> {
        if file.len() > MAX_BYTES {
            return Err(TrustListError::TooLarge);
        }
        let malformed = TrustListError::Malformed;
        let envelope: Envelope = serde_json::from_slice(file).map_err(|_| malformed.clone())?;
        let decode = |text: &str| {
            BASE64
                .decode(text.as_bytes())
                .map_err(|_| malformed.clone())
        };
        let (bytes, signature) = (decode(&envelope.list)?, decode(&envelope.signature)?);
        let mut failure = CoseError::BadSignature;
        let is_signed = keys.iter().any(|key| {
            verify_detached(&signature, &bytes, key)
                .map_err(|error| failure = error)
                .is_ok()
        });
        if !is_signed {
            return Err(TrustListError::Signature(failure));
        }
        let list: Self = serde_json::from_slice(&bytes).map_err(|_| malformed.clone())?;
        if list.canonical()? != bytes {
            return Err(TrustListError::NotCanonical);
        }
        list.check()?;
        Ok(list)
    }

    /// The file of this list, with `signature`, a detached `COSE_Sign1` over [`Self::canonical`].
    ///
    /// # Errors
    /// [`TrustListError::Malformed`] when it cannot be encoded.
    pub fn file(&self, signature: &[u8]) -> Result<Vec<u8>, TrustListError> {
        let envelope = Envelope {
            list: BASE64.encode(&self.canonical()?),
            signature: BASE64.encode(signature),
        };
        serde_json::to_vec_pretty(&envelope).map_err(|_| TrustListError::Malformed)
    }

    /// The bytes that are signed.
    ///
    /// # Errors
    /// [`TrustListError::Malformed`] when it cannot be encoded.
    pub fn canonical(&self) -> Result<Vec<u8>, TrustListError> {
        serde_json_canonicalizer::to_vec(self).map_err(|_| TrustListError::Malformed)
    }

    /// What the next version names as `previous`.
    ///
    /// # Errors
    /// [`TrustListError::Malformed`] when it cannot be encoded.
    pub fn digest(&self) -> Result<String, TrustListError> {
        Ok(HEXLOWER.encode(&Sha256::digest(self.canonical()?)))
    }

    fn check(&self) -> Result<(), TrustListError> {
        if self.v != FORMAT {
            return Err(TrustListError::Format);
        }
        let mut seen = HashSet::new();
        for (number, authority) in (1..).zip(&self.authorities) {
            if !seen.insert(&authority.certificate) {
                return Err(TrustListError::Twice(number));
            }
            let span = (authority.from, authority.until);
            if matches!(span, (Some(from), Some(until)) if until < from) {
                return Err(TrustListError::SpanInverted(number));
            }
        }
        // Every authority can be one, or none counts.
        self.apply(&mut TrustStore::new(super::RevocationPolicy::WhenListed))
    }

    /// Checks that this list may take the place of `current` (none: it is the first) at `now`.
    ///
    /// # Errors
    /// One [`TrustListError`] per reason.
    pub fn follows(&self, current: Option<&Self>, now: Timestamp) -> Result<(), TrustListError> {
        if self.next_update < now {
            return Err(TrustListError::Stale);
        }
        let known = current.map_or(0, |list| list.version);
        let got = self.version;
        if got <= known {
            return Err(TrustListError::Rollback { got, known });
        }
        if got != known + 1 {
            return Err(TrustListError::Gap { got, known });
        }
        let Some(current) = current else {
            return if self.previous.is_none() {
                Ok(())
            } else {
                Err(TrustListError::OtherHistory(0))
            };
        };
        if self.previous.as_deref() != Some(current.digest()?.as_str()) {
            return Err(TrustListError::OtherHistory(known));
        }
        if self.effective_from < current.effective_from {
            return Err(TrustListError::EffectiveEarlier);
        }
        let kept = |old: &ListedAuthority| {
            let same = |new: &ListedAuthority| {
                (&new.certificate, new.policy, new.role) == (&old.certificate, old.policy, old.role)
            };
            self.authorities.iter().any(same)
        };
        if current.authorities.iter().all(kept) {
            Ok(())
        } else {
            Err(TrustListError::LeftOut)
        }
    }

    /// Adds its authorities, with the spans of their trust, to `store`. Institutions are left out:
    /// they sign no prescription.
    ///
    /// # Errors
    /// [`TrustListError::Authority`] with its place, from 1.
    pub fn apply(&self, store: &mut TrustStore) -> Result<(), TrustListError> {
        for (number, authority) in (1..).zip(&self.authorities) {
            let malformed = TrustListError::Authority(number, TrustError::MalformedCertificate);
            let der = BASE64.decode(authority.certificate.as_bytes());
            let der = der.map_err(|_| malformed)?;
            let policy = match authority.policy {
                ListedPolicy::Professional => AnchorPolicy::Professional,
                ListedPolicy::Efirma => AnchorPolicy::Efirma,
                ListedPolicy::Tsa => AnchorPolicy::Timestamp,
                ListedPolicy::Institution => continue,
            };
            let span = TrustSpan {
                from: authority.from,
                until: authority.until,
            };
            let added = match authority.role {
                ListedRole::Anchor => store.add_anchor(&der, policy),
                ListedRole::Issuer => store.add_issuer(&der),
            };
            added
                .and_then(|()| store.limit_trust(&der, span))
                .map_err(|error| TrustListError::Authority(number, error))?;
        }
        Ok(())
    }
}

/// The version that counts on `day`: of those whose day has come, the newest. One that was published
/// for a later day leaves the one before in force until then.
#[must_use]
pub fn on_day(lists: &[TrustList], day: Date) -> Option<&TrustList> {
    let due = lists.iter().filter(|list| list.effective_from <= day);
    due.max_by_key(|list| list.version)
}
