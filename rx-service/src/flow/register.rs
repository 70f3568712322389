//! From an act in a register to what the store writes.

use jiff::Timestamp;
use prescription::body::{Evidence, commitment};
use prescription::register::{Place, Register, RegisterBody, RegisterLeaf};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::FlowError;
use super::officer::Proof;
use crate::store::{ActRecord, Identity, NewEntry};

/// Builds body, commitment and leaf of `act`, which happened at `at` and takes `place`.
///
/// What was signed makes it the same act, so that a document sent twice is recorded once
/// (`Conflict::Recorded`); `at` must then come from the document. An act that nobody signs has its
/// place to itself.
pub(super) fn act_record<T: Serialize + DeserializeOwned>(
    place: Place,
    act: T,
    proof: impl Into<Proof>,
    at: Timestamp,
    salt: [u8; 32],
) -> Result<ActRecord, FlowError> {
    let Proof { evidence, key } = proof.into();
    let identity = match &evidence {
        Evidence::Cades { document, .. } | Evidence::Cose { document, .. } => {
            identity(place.register, &place.subject, at, document)
        }
        Evidence::OfLaw => identity(
            place.register,
            &place.subject,
            at,
            &place.number.to_be_bytes(),
        ),
    };
    let body = RegisterBody::new(place.clone(), act, evidence)
        .to_canonical()
        .map_err(FlowError::internal)?;
    let leaf = RegisterLeaf::of(&place, at, commitment(&salt, &body)).encode();
    Ok(ActRecord {
        place,
        salt,
        body,
        entry: NewEntry { identity, leaf },
        key,
    })
}

/// What an act in the series of `subject` is about, of which `document` was signed: known before its
/// place is.
pub(super) fn identity(
    register: Register,
    subject: &str,
    at: Timestamp,
    document: &[u8],
) -> Identity {
    let (register, what) = (register.code().as_bytes(), Sha256::digest(document));
    Identity::new(at.as_second(), &[register, subject.as_bytes(), &what])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u64, document: &[u8], salt: u8) -> ActRecord {
        let place = Place {
            register: Register::Movement,
            subject: "HGIMB000011".to_owned(),
            number,
        };
        let evidence = Evidence::Cose {
            document: document.to_vec(),
            cose: vec![1],
            certificate: vec![2],
        };
        act_record(
            place,
            "act".to_owned(),
            evidence,
            Timestamp::UNIX_EPOCH,
            [salt; 32],
        )
        .unwrap()
    }

    #[test]
    fn what_was_signed_makes_the_act() {
        let first = record(1, b"document", 1);
        let retry = record(2, b"document", 2);
        assert_eq!(first.entry.identity, retry.entry.identity);
        assert_ne!(first.entry.identity, record(1, b"other", 1).entry.identity);
    }

    #[test]
    fn the_leaf_commits_to_the_body() {
        let record = record(3, b"document", 5);
        let leaf = RegisterLeaf::decode(&record.entry.leaf).unwrap();
        assert_eq!(leaf.commitment, commitment(&record.salt, &record.body));
        assert_eq!(leaf.number, 3);
        let body = RegisterBody::<String>::from_canonical(&record.body).unwrap();
        assert_eq!(body.place, record.place);
    }
}
