//! The leaf of the ledger: what everyone may see of a step. Deterministic CBOR, no personal data.
//! `docs/FORMATS.md` describes it for those who write a verifier.

use jiff::Timestamp;
use minicbor::{Decoder, Encoder};
use sha2::{Digest, Sha256};

use crate::state::Phase;
use crate::{Clave, Clues, Event, Folio, Packages, Prescription};

/// Version of the leaf format.
pub const VERSION: u8 = 1;

type EncodeError = minicbor::encode::Error<std::convert::Infallible>;

/// What the ledger publishes of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf {
    /// What happened.
    pub kind: LeafKind,
    /// Which prescription, by pseudonym.
    pub pseudonym: Pseudonym,
    /// Its state before.
    pub before: Phase,
    /// Its state after.
    pub after: Phase,
    /// Controlled medicines (fractions I to III) prescribed or handed over; empty for the others.
    pub controlled: Vec<(Clave, Packages)>,
    /// Where it happened. `None` for an expiry, which happens nowhere.
    pub establishment: Option<Clues>,
    /// When it happened, to the second.
    pub at: Timestamp,
    /// SHA-256 of salt and canonical event body: see [`crate::body`].
    pub commitment: [u8; 32],
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeafKind {
    /// Issue.
    Issued,
    /// Dispensing.
    Dispensed,
    /// Cancellation.
    Cancelled,
    /// Expiry.
    Expired,
}

impl LeafKind {
    fn number(self) -> u8 {
        match self {
            Self::Issued => 1,
            Self::Dispensed => 2,
            Self::Cancelled => 3,
            Self::Expired => 4,
        }
    }

    fn from_number(number: u8) -> Option<Self> {
        [
            Self::Issued,
            Self::Dispensed,
            Self::Cancelled,
            Self::Expired,
        ]
        .into_iter()
        .find(|kind| kind.number() == number)
    }
}

/// Pseudonym of a prescription: the first 16 bytes of SHA-256 over a domain prefix and the folio.
/// A folio has 75 random bits, so that the pseudonym does not give it away; whoever holds the
/// folio can compute it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(pub [u8; 16]);

impl Pseudonym {
    /// The pseudonym of `folio`.
    #[must_use]
    pub fn of(folio: Folio) -> Self {
        let digest = Sha256::new()
            .chain_update(b"receta/folio/v1\0")
            .chain_update(folio.compact())
            .finalize();
        let mut first = [0; 16];
        first.copy_from_slice(&digest[..16]);
        Self(first)
    }
}

/// Why bytes are not a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// Not the map that the format describes.
    #[error("not a leaf of version 1")]
    Shape,
    /// The same content can be written in one way only, and this is another.
    #[error("the leaf is not in deterministic CBOR")]
    NotCanonical,
}

impl Leaf {
    /// The leaf of `event`, which takes a prescription from `before` to `after`.
    #[must_use]
    pub fn of(event: &Event, before: Phase, after: &Prescription, commitment: [u8; 32]) -> Self {
        let controlled_line = |number: u8, packages: Packages| {
            let (line, _) = after.line(number)?;
            line.fraction
                .is_controlled()
                .then(|| (line.clave.clone(), packages))
        };
        let (kind, controlled, establishment) = match event {
            Event::Issued(issued) => {
                let lines = (1..).zip(&issued.lines);
                let total = lines.filter_map(|(number, line)| {
                    controlled_line(number, line.packages.times(line.fills)?)
                });
                (
                    LeafKind::Issued,
                    total.collect(),
                    Some(issued.establishment.clone()),
                )
            }
            Event::Dispensed(dispensed) => {
                let lines = dispensed.lines.iter();
                let handed = lines.filter_map(|part| controlled_line(part.line, part.packages));
                (
                    LeafKind::Dispensed,
                    handed.collect(),
                    Some(dispensed.pharmacy.clone()),
                )
            }
            Event::Cancelled(_) => (
                LeafKind::Cancelled,
                Vec::new(),
                Some(after.issued.establishment.clone()),
            ),
            Event::Expired(_) => (LeafKind::Expired, Vec::new(), None),
        };
        Self {
            kind,
            pseudonym: Pseudonym::of(event.folio()),
            before,
            after: after.phase(),
            controlled,
            establishment,
            at: event.at(),
            commitment,
        }
    }

    /// The leaf in deterministic CBOR (RFC 8949 §4.2.1): what the Merkle tree hashes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        let written = self.encode_into(&mut Encoder::new(&mut out));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    fn encode_into(&self, e: &mut Encoder<&mut Vec<u8>>) -> Result<(), EncodeError> {
        e.map(8 + u64::from(self.establishment.is_some()))?;
        e.u8(1)?.u8(VERSION)?;
        e.u8(2)?.u8(self.kind.number())?;
        e.u8(3)?.bytes(&self.pseudonym.0)?;
        e.u8(4)?.u8(self.before.number())?;
        e.u8(5)?.u8(self.after.number())?;
        e.u8(6)?.array(self.controlled.len() as u64)?;
        for (clave, packages) in &self.controlled {
            e.array(2)?.str(clave.as_str())?.u32(packages.count())?;
        }
        if let Some(clues) = &self.establishment {
            e.u8(7)?.str(clues.as_str())?;
        }
        e.u8(8)?.i64(self.at.as_second())?;
        e.u8(9)?.bytes(&self.commitment)?;
        Ok(())
    }

    /// Reads a leaf. There is exactly one encoding of a leaf; any other is refused.
    ///
    /// # Errors
    /// [`LeafError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LeafError> {
        let leaf = Self::decode_fields(&mut Decoder::new(bytes)).ok_or(LeafError::Shape)?;
        if leaf.encode() == bytes {
            Ok(leaf)
        } else {
            Err(LeafError::NotCanonical)
        }
    }

    fn decode_fields(d: &mut Decoder<'_>) -> Option<Self> {
        let fields = d.map().ok()??;
        let key = |d: &mut Decoder<'_>, expected: u8| (d.u8().ok()? == expected).then_some(());
        key(d, 1)?;
        (d.u8().ok()? == VERSION).then_some(())?;
        key(d, 2)?;
        let kind = LeafKind::from_number(d.u8().ok()?)?;
        key(d, 3)?;
        let pseudonym = Pseudonym(d.bytes().ok()?.try_into().ok()?);
        key(d, 4)?;
        let before = Phase::from_number(d.u8().ok()?)?;
        key(d, 5)?;
        let after = Phase::from_number(d.u8().ok()?)?;
        key(d, 6)?;
        let mut controlled = Vec::new();
        for _ in 0..d.array().ok()?? {
            (d.array().ok()?? == 2).then_some(())?;
            controlled.push((d.str().ok()?.parse().ok()?, Packages::new(d.u32().ok()?)));
        }
        let establishment = if fields == 9 {
            key(d, 7)?;
            Some(d.str().ok()?.parse().ok()?)
        } else {
            None
        };
        key(d, 8)?;
        let at = Timestamp::from_second(d.i64().ok()?).ok()?;
        key(d, 9)?;
        let commitment = d.bytes().ok()?.try_into().ok()?;
        Some(Self {
            kind,
            pseudonym,
            before,
            after,
            controlled,
            establishment,
            at,
            commitment,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaf() -> Leaf {
        Leaf {
            kind: LeafKind::Dispensed,
            pseudonym: Pseudonym([7; 16]),
            before: Phase::Active,
            after: Phase::Completed,
            controlled: vec![("040.000.2612.00".parse().unwrap(), Packages::new(2))],
            establishment: Some("HGIMB000011".parse().unwrap()),
            at: Timestamp::from_second(1_795_000_000).unwrap(),
            commitment: [9; 32],
        }
    }

    #[test]
    fn reads_back() {
        for establishment in [leaf().establishment, None] {
            let leaf = Leaf {
                establishment,
                ..leaf()
            };
            assert_eq!(Leaf::decode(&leaf.encode()), Ok(leaf));
        }
    }

    #[test]
    fn the_format_does_not_drift() {
        let bytes = leaf().encode();
        assert_eq!(bytes[..4], [0xa9, 0x01, 0x01, 0x02]);
        assert_eq!(bytes.len(), 101);
    }

    #[test]
    fn refuses_another_writing_of_the_same_content() {
        let mut longer = leaf().encode();
        // 0x18 0x01 is the integer 1 in two bytes.
        longer.splice(2..3, [0x18, 0x01]);
        assert_eq!(Leaf::decode(&longer), Err(LeafError::NotCanonical));
        let mut trailing = leaf().encode();
        trailing.push(0);
        assert_eq!(Leaf::decode(&trailing), Err(LeafError::NotCanonical));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            if let Ok(leaf) = Leaf::decode(&bytes) {
                prop_assert_eq!(leaf.encode(), bytes);
            }
        }

        #[test]
        fn no_flipped_byte_reads_as_the_same_leaf(place in 0_usize..101, flip in 1_u8..=255) {
            let mut bytes = leaf().encode();
            bytes[place] ^= flip;
            prop_assert_ne!(Leaf::decode(&bytes), Ok(leaf()));
        }
    }
}
