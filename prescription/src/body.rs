//! The body of an event: the event and the evidence of who took the step, in one canonical form.
//!
//! The ledger publishes only a commitment to it: `SHA-256(salt ‖ body)`, with 32 random bytes of
//! salt. Body and salt are handed to those who are entitled to them; destroying both erases the
//! person from a ledger whose proofs all stay valid.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Event;

/// Version of the body format.
pub const VERSION: u8 = 1;

/// An event with the evidence of who took the step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventBody {
    /// Format version.
    pub v: u8,
    /// What happened.
    pub event: Event,
    /// Who says so.
    pub evidence: Evidence,
}

/// The signature of whoever took the step, over the document as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Evidence {
    /// A prescriber's legal signature: detached CAdES over `document`.
    Cades {
        /// The signed bytes: canonical JSON (RFC 8785) of the FHIR document.
        #[serde(with = "base64_bytes")]
        document: Vec<u8>,
        /// The CMS `SignedData`, DER.
        #[serde(with = "base64_bytes")]
        cms: Vec<u8>,
        /// The prescriber's `COSE_Sign1` of the QR, for an issue; empty otherwise.
        #[serde(with = "base64_bytes")]
        qr: Vec<u8>,
    },
    /// A pharmacy's signature: `COSE_Sign1` with detached payload over `document`.
    Cose {
        /// The signed bytes: canonical JSON (RFC 8785) of the FHIR resource.
        #[serde(with = "base64_bytes")]
        document: Vec<u8>,
        /// The `COSE_Sign1`.
        #[serde(with = "base64_bytes")]
        cose: Vec<u8>,
        /// The signer's certificate, DER.
        #[serde(with = "base64_bytes")]
        certificate: Vec<u8>,
    },
    /// Nobody acts: the law itself ends a prescription whose validity ran out.
    OfLaw,
}

/// The body could not be written in canonical form or read from it.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Not JSON of this shape.
    #[error("not an event body: {0}")]
    Shape(#[from] serde_json::Error),
    /// A version that this program does not know.
    #[error("event body of version {0}; this program reads version {VERSION}")]
    Version(u8),
    /// The same content can be written in one way only, and this is another.
    #[error("the event body is not in canonical JSON (RFC 8785)")]
    NotCanonical,
}

impl EventBody {
    /// A body of the current version.
    #[must_use]
    pub fn new(event: Event, evidence: Evidence) -> Self {
        Self {
            v: VERSION,
            event,
            evidence,
        }
    }

    /// The canonical bytes (RFC 8785) that the commitment covers.
    ///
    /// # Errors
    /// [`BodyError::Shape`] if the event cannot be serialised.
    pub fn to_canonical(&self) -> Result<Vec<u8>, BodyError> {
        Ok(serde_json_canonicalizer::to_vec(self)?)
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`BodyError`]; any other writing of the same content is refused.
    pub fn from_canonical(bytes: &[u8]) -> Result<Self, BodyError> {
        let body: Self = serde_json::from_slice(bytes)?;
        if body.v != VERSION {
            return Err(BodyError::Version(body.v));
        }
        if body.to_canonical()? != bytes {
            return Err(BodyError::NotCanonical);
        }
        Ok(body)
    }
}

/// `SHA-256(salt ‖ body)`: what the leaf carries of a body.
#[must_use]
pub fn commitment(salt: &[u8; 32], body: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(salt)
        .chain_update(body)
        .finalize()
        .into()
}

mod base64_bytes {
    use data_encoding::BASE64;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        BASE64.decode(text.as_bytes()).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Expired;
    use crate::{Event, Folio};

    fn body() -> EventBody {
        let event = Event::Expired(Expired {
            folio: Folio::from_random([1; 10]),
            at: "2026-11-23T10:00:00Z".parse().unwrap(),
        });
        EventBody::new(event, Evidence::OfLaw)
    }

    #[test]
    fn reads_back_and_only_in_one_writing() {
        let bytes = body().to_canonical().unwrap();
        assert_eq!(EventBody::from_canonical(&bytes).unwrap(), body());
        let spaced = String::from_utf8(bytes)
            .unwrap()
            .replace("\"v\":1", "\"v\": 1");
        assert!(matches!(
            EventBody::from_canonical(spaced.as_bytes()),
            Err(BodyError::NotCanonical)
        ));
    }

    #[test]
    fn commitment_binds_salt_and_body() {
        let first = commitment(&[1; 32], b"body");
        assert_ne!(first, commitment(&[2; 32], b"body"));
        assert_ne!(first, commitment(&[1; 32], b"bodz"));
    }
}
