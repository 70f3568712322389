//! One person, one pseudonym; one patient and one substance, one place in the map, and no other's.
//! An operator who gave a patient a second secret, or a person a second pseudonym, could keep two
//! prescriptions of one substance active and prove the absence of either; one who gave two patients
//! one secret could prove an absence for both when the later of them gives the place back. With the
//! bodies, that shows.

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

/// Half of a [`Short`]: enough to tell whether a place, found by its whole key, is the same patient's.
/// Whoever wants two to look alike has to try 2^64 pseudonyms.
type Mark = [u8; 8];

/// What the bodies so far say of persons and places: 72 bytes a place and 32 a person.
#[derive(Debug, Default)]
pub(super) struct Identities {
    places: HashMap<Short, Place>,
    /// Whose each place is: the way back.
    owners: HashMap<BlindedKey, Mark>,
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
        let same = curp.is_none_or(|curp| self.is_same_person(curp, &issued.patient));
        if !same {
            findings.push(Finding::TwoPseudonyms { index, folio });
        }
        let holder = Pseudonym::of(folio);
        for line in &issued.lines {
            let place = short(&[issued.patient.as_str(), &line.substance]);
            let key = line.map_key;
            // A person with two pseudonyms is one finding, not two patients.
            if !self.is_owner(key, place) && same {
                findings.push(Finding::SharedMapKey { index, folio });
            }
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

    /// Whether the place `key` was nobody else's before. Where no key is known, nobody has one.
    fn is_owner(&mut self, key: BlindedKey, [mark @ .., _, _, _, _, _, _, _, _]: Short) -> bool {
        key == BlindedKey::UNKNOWN || *self.owners.entry(key).or_insert(mark) == mark
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
