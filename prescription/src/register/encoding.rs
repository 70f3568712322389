//! The leaf of a register in deterministic CBOR (RFC 8949 §4.2.1), and back. There is exactly one
//! encoding of a leaf; any other is refused.

use std::convert::Infallible;

use jiff::Timestamp;
use minicbor::{Decoder, Encoder};

use super::{Register, RegisterLeaf, VERSION};
use crate::leaf::LeafError;

type EncodeError = minicbor::encode::Error<Infallible>;

/// Longest name of a subject, in bytes.
const SUBJECT_MAX: usize = 32;

impl RegisterLeaf {
    /// The leaf in deterministic CBOR: what the Merkle tree hashes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(96);
        let written = self.encode_into(&mut Encoder::new(&mut out));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    fn encode_into(&self, e: &mut Encoder<&mut Vec<u8>>) -> Result<(), EncodeError> {
        e.map(5 + u64::from(self.subject.is_some()))?;
        e.u8(1)?.u8(VERSION)?;
        e.u8(2)?.u8(self.register.number())?;
        if let Some(subject) = &self.subject {
            e.u8(7)?.str(subject)?;
        }
        e.u8(8)?.i64(self.at.as_second())?;
        e.u8(9)?.bytes(&self.commitment)?;
        e.u8(14)?.u64(self.number)?;
        Ok(())
    }

    /// Reads a leaf of a register.
    ///
    /// # Errors
    /// [`LeafError`]; entries of other kinds are [`LeafError::OtherKind`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LeafError> {
        let mut d = Decoder::new(bytes);
        let (fields, kind) = head(&mut d).ok_or(LeafError::Shape)?;
        let register = Register::from_number(kind).ok_or(LeafError::OtherKind(kind))?;
        let leaf = rest(&mut d, register, fields).ok_or(LeafError::Shape)?;
        // Whatever was read leniently (longer integers, bytes left over) is written differently.
        if leaf.encode() == bytes {
            Ok(leaf)
        } else {
            Err(LeafError::NotCanonical)
        }
    }
}

fn key(d: &mut Decoder<'_>, expected: u8) -> Option<()> {
    (d.u8().ok()? == expected).then_some(())
}

/// Number of fields and kind, which every entry begins with.
fn head(d: &mut Decoder<'_>) -> Option<(u64, u8)> {
    let fields = d.map().ok()??;
    key(d, 1)?;
    (d.u8().ok()? == VERSION).then_some(())?;
    key(d, 2)?;
    Some((fields, d.u8().ok()?))
}

fn rest(d: &mut Decoder<'_>, register: Register, fields: u64) -> Option<RegisterLeaf> {
    let named = register.names_its_subject();
    (fields == 5 + u64::from(named)).then_some(())?;
    let subject = if named {
        key(d, 7)?;
        Some(d.str().ok()?.to_owned())
    } else {
        None
    };
    key(d, 8)?;
    let at = Timestamp::from_second(d.i64().ok()?).ok()?;
    key(d, 9)?;
    let commitment = d.bytes().ok()?.try_into().ok()?;
    key(d, 14)?;
    let number = d.u64().ok()?;
    let plausible = subject.as_deref().is_none_or(is_name) && number > 0;
    plausible.then_some(RegisterLeaf {
        register,
        subject,
        number,
        at,
        commitment,
    })
}

/// A CLUES or the name of a catalog.
fn is_name(subject: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=SUBJECT_MAX).contains(&subject.len()) && subject.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaf(register: Register) -> RegisterLeaf {
        RegisterLeaf {
            register,
            subject: register
                .names_its_subject()
                .then(|| "HGIMB000011".to_owned()),
            number: 300,
            at: Timestamp::from_second(1_795_000_000).unwrap(),
            commitment: [9; 32],
        }
    }

    #[test]
    fn reads_back() {
        for register in Register::ALL {
            let leaf = leaf(register);
            assert_eq!(RegisterLeaf::decode(&leaf.encode()), Ok(leaf));
        }
    }

    #[test]
    fn the_format_does_not_drift() {
        let bytes = leaf(Register::Movement).encode();
        assert_eq!(bytes[..6], [0xa6, 0x01, 0x01, 0x02, 0x12, 0x07]);
        assert_eq!(bytes[bytes.len() - 4..], [0x0e, 0x19, 0x01, 0x2c]);
        assert_eq!(bytes.len(), 63);
    }

    #[test]
    fn it_is_no_leaf_of_a_prescription_and_the_other_way_round() {
        let bytes = leaf(Register::Catalog).encode();
        let answer = crate::leaf::Leaf::decode(&bytes);
        assert_eq!(answer, Err(LeafError::OtherKind(19)));
        let map_head = [0xa5, 0x01, 0x01, 0x02, 0x10, 0x03, 0x00];
        assert_eq!(
            RegisterLeaf::decode(&map_head),
            Err(LeafError::OtherKind(16))
        );
    }

    #[test]
    fn refuses_what_no_act_has() {
        let right = leaf(Register::Movement);
        for wrong in [
            RegisterLeaf {
                number: 0,
                ..right.clone()
            },
            RegisterLeaf {
                subject: None,
                ..right.clone()
            },
            RegisterLeaf {
                subject: Some("a b".to_owned()),
                ..right.clone()
            },
            RegisterLeaf {
                subject: Some("A".repeat(33)),
                ..right.clone()
            },
            RegisterLeaf {
                subject: Some("1234567".to_owned()),
                ..leaf(Register::SpecialFolio)
            },
        ] {
            assert_eq!(
                RegisterLeaf::decode(&wrong.encode()),
                Err(LeafError::Shape),
                "{wrong:?}"
            );
        }
        let mut trailing = right.encode();
        trailing.push(0);
        assert_eq!(
            RegisterLeaf::decode(&trailing),
            Err(LeafError::NotCanonical)
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            if let Ok(leaf) = RegisterLeaf::decode(&bytes) {
                prop_assert_eq!(leaf.encode(), bytes);
            }
        }

        #[test]
        fn no_flipped_byte_reads_as_the_same_leaf(place: prop::sample::Index, flip in 1_u8..=255) {
            let leaf = leaf(Register::Movement);
            let mut bytes = leaf.encode();
            let place = place.index(bytes.len());
            bytes[place] ^= flip;
            prop_assert_ne!(RegisterLeaf::decode(&bytes), Ok(leaf));
        }
    }
}
