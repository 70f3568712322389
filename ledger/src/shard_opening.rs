//! The opening of a shard: the first entry of a log that continues another.

use minicbor::{Decoder, Encoder};

use crate::checkpoint::TreeHead;
use crate::hash::Hash;

/// Version of the format.
const VERSION: u8 = 1;
/// Kind of this entry. Kinds below 16 are the steps of prescriptions.
const KIND: u8 = 17;

type EncodeError = minicbor::encode::Error<std::convert::Infallible>;

/// What the first entry of a later shard says: which log it continues, and from where. The map goes
/// on as it was.
///
/// Deterministic CBOR (RFC 8949 §4.2.1):
/// `{1: 1, 2: 17, 3: previous origin, 4: previous size, 5: previous root, 6: map root}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardOpening {
    /// Origin of the log that ended.
    pub previous: String,
    /// Its last tree head.
    pub head: TreeHead,
    /// Root of the map after its last entry.
    pub map_root: Hash,
}

/// Why an entry does not open a shard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardOpeningError {
    /// An entry of another kind, or none at all.
    #[error("not the opening of a shard of version 1")]
    Shape,
    /// The same content can be written in one way only, and this is another.
    #[error("the opening of the shard is not in deterministic CBOR")]
    NotCanonical,
}

impl ShardOpening {
    /// The entry of the log.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        let written = self.encode_into(&mut Encoder::new(&mut out));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    fn encode_into(&self, e: &mut Encoder<&mut Vec<u8>>) -> Result<(), EncodeError> {
        e.map(6)?;
        e.u8(1)?.u8(VERSION)?;
        e.u8(2)?.u8(KIND)?;
        e.u8(3)?.str(&self.previous)?;
        e.u8(4)?.u64(self.head.size)?;
        e.u8(5)?.bytes(&self.head.root.0)?;
        e.u8(6)?.bytes(&self.map_root.0)?;
        Ok(())
    }

    /// Reads an entry strictly.
    ///
    /// # Errors
    /// [`ShardOpeningError`]; entries of other kinds are [`ShardOpeningError::Shape`].
    pub fn decode(entry: &[u8]) -> Result<Self, ShardOpeningError> {
        let opening = Self::decode_fields(&mut Decoder::new(entry));
        let opening = opening.ok_or(ShardOpeningError::Shape)?;
        if opening.encode() == entry {
            Ok(opening)
        } else {
            Err(ShardOpeningError::NotCanonical)
        }
    }

    fn decode_fields(d: &mut Decoder<'_>) -> Option<Self> {
        (d.map().ok()?? == 6).then_some(())?;
        let key = |d: &mut Decoder<'_>, expected: u8| (d.u8().ok()? == expected).then_some(());
        let hash = |d: &mut Decoder<'_>| Some(Hash(d.bytes().ok()?.try_into().ok()?));
        key(d, 1)?;
        (d.u8().ok()? == VERSION).then_some(())?;
        key(d, 2)?;
        (d.u8().ok()? == KIND).then_some(())?;
        key(d, 3)?;
        let previous = d.str().ok()?.to_owned();
        key(d, 4)?;
        let size = d.u64().ok()?;
        key(d, 5)?;
        let root = hash(d)?;
        key(d, 6)?;
        Some(Self {
            previous,
            head: TreeHead { size, root },
            map_root: hash(d)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::map_head::MapHead;

    fn opening() -> ShardOpening {
        ShardOpening {
            previous: "a/b".to_owned(),
            head: TreeHead {
                size: 24,
                root: Hash([7; 32]),
            },
            map_root: Hash([8; 32]),
        }
    }

    #[test]
    fn the_format_does_not_drift() {
        let expected = [
            &[
                0xa6, 1, 1, 2, 17, 3, 0x63, b'a', b'/', b'b', 4, 0x18, 24, 5, 0x58, 32,
            ][..],
            &[7; 32],
            &[6, 0x58, 32],
            &[8; 32],
        ]
        .concat();
        assert_eq!(opening().encode(), expected);
    }

    #[test]
    fn is_no_other_entry_and_no_other_entry_is_one() {
        let head = MapHead {
            entries: 1,
            keys: 2,
            root: Hash([1; 32]),
        };
        let refused = ShardOpening::decode(&head.encode());
        assert_eq!(refused, Err(ShardOpeningError::Shape));
        assert!(MapHead::decode(&opening().encode()).is_err());
        let mut longer = opening().encode();
        longer.splice(12..13, [0x19, 0, 24]);
        longer.remove(11);
        assert_eq!(
            ShardOpening::decode(&longer),
            Err(ShardOpeningError::NotCanonical)
        );
        let mut trailing = opening().encode();
        trailing.push(0);
        let refused = ShardOpening::decode(&trailing);
        assert_eq!(refused, Err(ShardOpeningError::NotCanonical));
    }

    proptest! {
        #[test]
        fn reads_back(previous in "[a-z/.]{0,40}", size: u64, root: [u8; 32], map: [u8; 32]) {
            let opening = ShardOpening {
                previous,
                head: TreeHead { size, root: Hash(root) },
                map_root: Hash(map),
            };
            prop_assert_eq!(ShardOpening::decode(&opening.encode()), Ok(opening));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            if let Ok(opening) = ShardOpening::decode(&bytes) {
                prop_assert_eq!(opening.encode(), bytes);
            }
        }
    }
}
