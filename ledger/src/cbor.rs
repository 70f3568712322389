//! A strict reader of CBOR (RFC 8949): shortest integers and lengths, definite lengths, no key twice
//! in a map, nothing after the item. Map keys may stand in any order, because headers of COSE do.

use std::collections::BTreeSet;

/// Items inside items that are skipped at most.
const MAX_DEPTH: u8 = 8;

/// Why bytes are not strict CBOR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The bytes end before the item does.
    #[error("the CBOR ends in the middle of an item")]
    Truncated,
    /// Bytes after the item.
    #[error("bytes follow the CBOR item")]
    Trailing,
    /// An integer or a length that could be written shorter.
    #[error("an integer or a length in the CBOR is not in its shortest form")]
    NotShortest,
    /// A string, an array or a map of indefinite length.
    #[error("the CBOR has an item of indefinite length")]
    Indefinite,
    /// A map has the same key twice.
    #[error("a map in the CBOR has a key twice")]
    DuplicateKey,
    /// A reserved encoding, or a number that is not an integer.
    #[error("the CBOR has an item of a kind that is not read here")]
    Unsupported,
    /// Text that is not UTF-8.
    #[error("a text in the CBOR is not UTF-8")]
    NotText,
    /// Items nested too deep.
    #[error("items of the CBOR are nested more than {MAX_DEPTH} deep")]
    TooDeep,
}

/// Kinds of items (RFC 8949 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'b> {
    Uint(u64),
    /// −1 − n.
    Negative(u64),
    Bytes(&'b [u8]),
    Text(&'b str),
    /// That many items follow.
    Array(u64),
    /// That many pairs of items follow.
    Map(u64),
    /// An item follows.
    Tag(u64),
    /// Null, true, false and other values without content.
    Simple(u8),
}

/// `null`.
pub(crate) const NULL: Item<'static> = Item::Simple(22);

/// Reads items one after another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next item; of arrays, maps and tags, its head.
    pub(crate) fn next(&mut self) -> Result<Item<'b>, CborError> {
        let [first] = *self.take(1)? else {
            return Err(CborError::Truncated);
        };
        let (major, low) = (first >> 5, first & 0x1f);
        if major == 7 {
            // Larger simple values and floating-point numbers come after these.
            return match low {
                0..=23 => Ok(Item::Simple(low)),
                31 => Err(CborError::Indefinite),
                _ => Err(CborError::Unsupported),
            };
        }
        let number = self.argument(low)?;
        Ok(match major {
            0 => Item::Uint(number),
            1 => Item::Negative(number),
            2 => Item::Bytes(self.take(number)?),
            3 => Item::Text(str::from_utf8(self.take(number)?).map_err(|_| CborError::NotText)?),
            4 => Item::Array(number),
            5 => Item::Map(number),
            _ => Item::Tag(number),
        })
    }

    fn argument(&mut self, low: u8) -> Result<u64, CborError> {
        let width = match low {
            0..=23 => return Ok(low.into()),
            24..=27 => 1 << (low - 24),
            31 => return Err(CborError::Indefinite),
            _ => return Err(CborError::Unsupported),
        };
        let bytes = self.take(width)?;
        let number = bytes.iter().fold(0, |n, byte| (n << 8) | u64::from(*byte));
        // What half the bytes can hold needs no more; one byte starts where the head ends.
        let least = if width == 1 { 24 } else { 1 << (4 * width) };
        if number < least {
            return Err(CborError::NotShortest);
        }
        Ok(number)
    }

    fn take(&mut self, count: u64) -> Result<&'b [u8], CborError> {
        let count = usize::try_from(count).map_err(|_| CborError::Truncated)?;
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(CborError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Passes over the next item whole, and returns its bytes.
    pub(crate) fn skip(&mut self) -> Result<&'b [u8], CborError> {
        self.skip_nested(0)
    }

    fn skip_nested(&mut self, depth: u8) -> Result<&'b [u8], CborError> {
        if depth > MAX_DEPTH {
            return Err(CborError::TooDeep);
        }
        let start = self.rest;
        match self.next()? {
            Item::Array(count) => {
                for _ in 0..count {
                    self.skip_nested(depth + 1)?;
                }
            }
            Item::Map(count) => {
                let mut keys = BTreeSet::new();
                for _ in 0..count {
                    // Each item has one spelling, so that equal keys are equal bytes.
                    if !keys.insert(self.skip_nested(depth + 1)?) {
                        return Err(CborError::DuplicateKey);
                    }
                    self.skip_nested(depth + 1)?;
                }
            }
            Item::Tag(_) => {
                self.skip_nested(depth + 1)?;
            }
            Item::Uint(_)
            | Item::Negative(_)
            | Item::Bytes(_)
            | Item::Text(_)
            | Item::Simple(_) => {}
        }
        Ok(&start[..start.len() - self.rest.len()])
    }

    /// The end of the bytes.
    pub(crate) fn end(self) -> Result<(), CborError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(CborError::Trailing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(bytes: &[u8]) -> Result<(), CborError> {
        let mut reader = Reader::new(bytes);
        assert_eq!(reader.skip()?.len() + reader.rest.len(), bytes.len());
        reader.end()
    }

    #[test]
    fn heads_of_every_kind() {
        let bytes = [
            &[0x17, 0x18, 24, 0x19, 1, 0, 0x1a, 0, 1, 0, 0][..],
            &[0x1b, 0, 0, 0, 1, 0, 0, 0, 0, 0x39, 1, 0x8a],
            &[0x41, 7, 0x62, 0xc3, 0xb1, 0x82, 0xa1, 0xd2, 0xf6, 0xf5],
        ]
        .concat();
        let mut reader = Reader::new(&bytes);
        for item in [
            Item::Uint(23),
            Item::Uint(24),
            Item::Uint(256),
            Item::Uint(65_536),
            Item::Uint(1 << 32),
            Item::Negative(394),
            Item::Bytes(&[7]),
            Item::Text("ñ"),
            Item::Array(2),
            Item::Map(1),
            Item::Tag(18),
            NULL,
            Item::Simple(21),
        ] {
            assert_eq!(reader.next(), Ok(item));
        }
        assert_eq!(reader.end(), Ok(()));
    }

    #[test]
    fn each_refusal_has_its_reason() {
        let nested = |depth: usize| [&[0x81].repeat(depth)[..], &[0]].concat();
        assert_eq!(skip(&nested(8)), Ok(()));
        // Keys in any order, nested items, equal keys in different maps.
        assert_eq!(skip(&[0xa2, 2, 0xa1, 1, 0, 1, 0x81, 0xf6]), Ok(()));
        for (bytes, reason) in [
            (&[][..], CborError::Truncated),
            (&[0x18], CborError::Truncated),
            (&[0x42, 0], CborError::Truncated),
            (&[0x82, 0], CborError::Truncated),
            (&[0xa1, 0], CborError::Truncated),
            (&[0xd2], CborError::Truncated),
            (
                &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
                CborError::Truncated,
            ),
            (
                &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
                CborError::Truncated,
            ),
            (&[0, 0], CborError::Trailing),
            (&[0x18, 23], CborError::NotShortest),
            (&[0x38, 23], CborError::NotShortest),
            (&[0x58, 0], CborError::NotShortest),
            (&[0x19, 0, 255], CborError::NotShortest),
            (&[0x1a, 0, 0, 255, 255], CborError::NotShortest),
            (
                &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
                CborError::NotShortest,
            ),
            (&[0x5f, 0xff], CborError::Indefinite),
            (&[0x7f, 0xff], CborError::Indefinite),
            (&[0x9f, 0xff], CborError::Indefinite),
            (&[0xbf, 0xff], CborError::Indefinite),
            (&[0xff], CborError::Indefinite),
            (&[0xa2, 1, 0, 1, 0], CborError::DuplicateKey),
            (
                &[0x81, 0xa2, 0x41, 1, 0, 0x41, 1, 1],
                CborError::DuplicateKey,
            ),
            (&[0x1c], CborError::Unsupported),
            (&[0xf8, 32], CborError::Unsupported),
            (&[0xf9, 0, 0], CborError::Unsupported),
            (&[0x61, 0xff], CborError::NotText),
            (&nested(9), CborError::TooDeep),
        ] {
            assert_eq!(skip(bytes), Err(reason), "{bytes:?}");
        }
    }
}
