//! The map head: an entry of the log that commits the root of the map over all entries before it.

use minicbor::{Decoder, Encoder};

use crate::hash::Hash;

/// Version of the format.
const VERSION: u8 = 1;
/// Kind of this entry. Kinds below 16 are the steps of prescriptions.
const KIND: u8 = 16;

type EncodeError = minicbor::encode::Error<std::convert::Infallible>;

/// What the log says of the map. Every batch ends with one.
///
/// Deterministic CBOR (RFC 8949 §4.2.1): `{1: 1, 2: 16, 3: entries, 4: root, 5: keys}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapHead {
    /// Entries that the map is made of, over all shards: all before this one, so that this is also
    /// its own index in the whole ledger (in a later shard, not its place in the log).
    pub entries: u64,
    /// Number of keys.
    pub keys: u64,
    /// Root of the map (see [`PrefixMap::root`](crate::PrefixMap::root)).
    pub root: Hash,
}

/// Why an entry is not a map head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapHeadError {
    /// An entry of another kind, or none at all.
    #[error("not a map head of version 1")]
    Shape,
    /// The same content can be written in one way only, and this is another.
    #[error("the map head is not in deterministic CBOR")]
    NotCanonical,
}

impl MapHead {
    /// The entry of the log.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        let written = self.encode_into(&mut Encoder::new(&mut out));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    fn encode_into(&self, e: &mut Encoder<&mut Vec<u8>>) -> Result<(), EncodeError> {
        e.map(5)?;
        e.u8(1)?.u8(VERSION)?;
        e.u8(2)?.u8(KIND)?;
        e.u8(3)?.u64(self.entries)?;
        e.u8(4)?.bytes(&self.root.0)?;
        e.u8(5)?.u64(self.keys)?;
        Ok(())
    }

    /// Reads an entry strictly.
    ///
    /// # Errors
    /// [`MapHeadError`]; entries of other kinds are [`MapHeadError::Shape`].
    pub fn decode(entry: &[u8]) -> Result<Self, MapHeadError> {
        let head = Self::decode_fields(&mut Decoder::new(entry)).ok_or(MapHeadError::Shape)?;
        if head.encode() == entry {
            Ok(head)
        } else {
            Err(MapHeadError::NotCanonical)
        }
    }

    fn decode_fields(d: &mut Decoder<'_>) -> Option<Self> {
        (d.map().ok()?? == 5).then_some(())?;
        let key = |d: &mut Decoder<'_>, expected: u8| (d.u8().ok()? == expected).then_some(());
        key(d, 1)?;
        (d.u8().ok()? == VERSION).then_some(())?;
        key(d, 2)?;
        (d.u8().ok()? == KIND).then_some(())?;
        key(d, 3)?;
        let entries = d.u64().ok()?;
        key(d, 4)?;
        let root = Hash(d.bytes().ok()?.try_into().ok()?);
        key(d, 5)?;
        let keys = d.u64().ok()?;
        Some(Self {
            entries,
            keys,
            root,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEAD: MapHead = MapHead {
        entries: 1000,
        keys: 17,
        root: Hash([0x5a; 32]),
    };

    #[test]
    fn the_format_does_not_drift() {
        let expected = [
            &[0xa5, 1, 1, 2, 16, 3, 0x19, 0x03, 0xe8, 4, 0x58, 32][..],
            &[0x5a; 32],
            &[5, 17],
        ]
        .concat();
        assert_eq!(HEAD.encode(), expected);
    }

    #[test]
    fn each_refusal_has_its_reason() {
        let good = HEAD.encode();
        let changed = |place: usize, to: &[u8]| {
            let mut bytes = good.clone();
            bytes.splice(place..=place, to.iter().copied());
            MapHead::decode(&bytes)
        };
        assert_eq!(changed(0, &[0xa5]), Ok(HEAD));
        for (place, to) in [
            (0, &[0xa4][..]),
            (0, &[0xbf]),
            (2, &[2]),
            (4, &[1]),
            (4, &[17]),
            (5, &[4]),
            (11, &[31]),
            (45, &[0x20]),
            (45, &[]),
        ] {
            assert_eq!(changed(place, to), Err(MapHeadError::Shape), "{place}");
        }
        for (place, to) in [
            (2, &[0x18, 1][..]),
            (6, &[0x1a, 0, 0]),
            (10, &[0x59, 0]),
            (45, &[17, 0]),
        ] {
            assert_eq!(
                changed(place, to),
                Err(MapHeadError::NotCanonical),
                "{place}"
            );
        }
    }

    proptest! {
        #[test]
        fn reads_back(entries: u64, keys: u64, root: [u8; 32]) {
            let root = Hash(root);
            let head = MapHead { entries, keys, root };
            prop_assert_eq!(MapHead::decode(&head.encode()), Ok(head));
        }
    }
}
