//! One person, one pseudonym; one patient and one substance, one place in the map. An operator who
//! gave a patient a second secret, or a person a second pseudonym, could keep two prescriptions of
//! one substance active and prove the absence of either. With the bodies, that shows.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use prescription::leaf::Pseudonym;
use prescription::{BlindedKey, Issued, PatientId};
use sha2::{Digest, Sha256};

use super::chain::Chains;
use super::{Finding, Findings};

/// First 16 bytes of a SHA-256: what stands for a person or a place here, so that memory holds
/// neither names nor substances.
type Short = [u8; 16];

/// What the bodies so far say of persons and places: 48 bytes a place and 32 a person.
#[derive(Debug, Default)]
pub(super) struct Identities {
    places: HashMap<Short, Place>,
    people: HashMap<Short, Short>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    key: BlindedKey,
    /// The last prescription that took it.
    holder: Pseudonym,
}

impl Identities {
    /// Takes an issue. `curp` is the patient's according to the signed document, where it is
    /// readable. A patient who comes back after an erasure of everything has a new secret, which
    /// is lawful: `chains` knows what was erased.
    pub(super) fn issue(
        &mut self,
        index: u64,
        issued: &Issued,
        curp: Option<&str>,
        chains: &Chains,
        findings: &mut Findings,
    ) {
        let folio = issued.folio;
        if let Some(curp) = curp
            && !self.is_same_person(curp, &issued.patient)
        {
            findings.push(Finding::TwoPseudonyms { index, folio });
        }
        let holder = Pseudonym::of(folio);
        for line in &issued.lines {
            let place = short(&[issued.patient.as_str(), &line.substance]);
            let key = line.map_key;
            match self.places.entry(place) {
                Entry::Vacant(free) => {
                    free.insert(Place { key, holder });
                }
                Entry::Occupied(mut taken) => {
                    let known = *taken.get();
                    if known.key != key && !chains.is_erased(known.holder) {
                        findings.push(Finding::TwoMapKeys { index, folio });
                    }
                    taken.insert(Place { key, holder });
                }
            }
        }
    }

    fn is_same_person(&mut self, curp: &str, patient: &PatientId) -> bool {
        let pseudonym = short(&[patient.as_str()]);
        *self.people.entry(short(&[curp])).or_insert(pseudonym) == pseudonym
    }
}

fn short(parts: &[&str]) -> Short {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    let mut first = [0; 16];
    first.copy_from_slice(&digest.finalize()[..16]);
    first
}
