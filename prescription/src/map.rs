//! What a leaf does to the ledger's map: the state of each prescription, and which prescription
//! holds the place of a substance for a patient.
//!
//! A pure function of the leaf, so that whoever follows the log rebuilds the map from the leaves
//! alone. It knows neither how the map is hashed nor where it is kept; `docs/FORMATS.md` describes
//! both.

use minicbor::{Decoder, Encoder};
use sha2::{Digest, Sha256};

use crate::BlindedKey;
use crate::leaf::{Leaf, Pseudonym, Totals};
use crate::state::Phase;

/// One change of the map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MapUpdate {
    /// The key has this value from now on, whatever it had before.
    Set {
        /// The key.
        key: [u8; 32],
        /// The value.
        value: Vec<u8>,
    },
    /// The key goes, if its value is `holder`: somebody else may have taken the place since.
    Release {
        /// The key.
        key: [u8; 32],
        /// Who gives the place back.
        holder: Vec<u8>,
    },
}

/// The key under which the map keeps the state of a prescription.
#[must_use]
pub fn prescription_key(pseudonym: Pseudonym) -> [u8; 32] {
    key(b"receta/map/prescription/v1\0", pseudonym.0)
}

/// The key under which the map keeps who holds the place of a substance for a patient. The value
/// is the pseudonym of the prescription: see [`holder_value`].
#[must_use]
pub fn substance_key(blinded: BlindedKey) -> [u8; 32] {
    key(b"receta/map/substance/v1\0", blinded.0)
}

fn key(domain: &[u8], name: [u8; 16]) -> [u8; 32] {
    Sha256::new()
        .chain_update(domain)
        .chain_update(name)
        .finalize()
        .into()
}

/// The value of a substance's key: the pseudonym of the prescription that holds the place.
#[must_use]
pub fn holder_value(holder: Pseudonym) -> Vec<u8> {
    holder.0.to_vec()
}

/// The value of a prescription's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MappedState {
    /// Its state.
    pub phase: Phase,
    /// Packages handed over and prescribed.
    pub totals: Totals,
}

impl MappedState {
    /// Deterministic CBOR: `[phase, dispensed, prescribed]`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8);
        let mut e = Encoder::new(&mut out);
        let written = e
            .array(3)
            .and_then(|e| e.u8(self.phase.number()))
            .and_then(|e| e.u64(self.totals.dispensed))
            .and_then(|e| e.u64(self.totals.prescribed));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    /// Reads a value; `None` where it is not one, or is written in another way.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut d = Decoder::new(bytes);
        (d.array().ok()?? == 3).then_some(())?;
        let phase = Phase::from_number(d.u8().ok()?)?;
        let totals = Totals {
            dispensed: d.u64().ok()?,
            prescribed: d.u64().ok()?,
        };
        let state = Self { phase, totals };
        (state.encode() == bytes).then_some(state)
    }
}

/// What `leaf` does to the map, in order. An erasure does nothing: the state of a prescription
/// outlives its bodies.
///
/// The key of a substance names the prescription that took the place last: one that was issued all
/// the same (see [`crate::event::Overlap`]) or opened again by a return takes it over, and when it
/// gives it back the place is free, though an earlier one may still be open.
#[must_use]
pub fn updates(leaf: &Leaf) -> Vec<MapUpdate> {
    let state = leaf.totals.map(|totals| MapUpdate::Set {
        key: prescription_key(leaf.pseudonym),
        value: MappedState {
            phase: leaf.after,
            totals,
        }
        .encode(),
    });
    let claim = |blinded: &BlindedKey| MapUpdate::Set {
        key: substance_key(*blinded),
        value: holder_value(leaf.pseudonym),
    };
    let release = |blinded: &BlindedKey| MapUpdate::Release {
        key: substance_key(*blinded),
        holder: holder_value(leaf.pseudonym),
    };
    let claims = leaf.claimed.iter().map(claim);
    let releases = leaf.released.iter().map(release);
    state.into_iter().chain(claims).chain(releases).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_format_does_not_drift() {
        let state = MappedState {
            phase: Phase::PartiallyDispensed,
            totals: Totals {
                dispensed: 2,
                prescribed: 300,
            },
        };
        assert_eq!(state.encode(), [0x83, 0x02, 0x02, 0x19, 0x01, 0x2c]);
        let hex = |key: [u8; 32]| data_encoding::HEXLOWER.encode(&key);
        // Computed by Python's hashlib.
        assert_eq!(
            hex(prescription_key(Pseudonym([7; 16]))),
            "ebb214a6074bc37f484b524d0d3b1412f9ec193126a8f398a28baa321b802458"
        );
        assert_eq!(
            hex(substance_key(BlindedKey([7; 16]))),
            "22f7d36ce75faeacb65436924896be7a4b32e6c788e2ec2605f540126d5f83f2"
        );
    }

    proptest! {
        #[test]
        fn a_value_has_one_encoding(phase in 0_u8..7, dispensed: u64, prescribed: u64) {
            let totals = Totals { dispensed, prescribed };
            let state = MappedState { phase: Phase::from_number(phase).unwrap(), totals };
            prop_assert_eq!(MappedState::decode(&state.encode()), Some(state));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            if let Some(state) = MappedState::decode(&bytes) {
                prop_assert_eq!(state.encode(), bytes);
            }
        }
    }
}
