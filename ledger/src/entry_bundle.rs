//! Entry bundles: up to 256 log entries, each behind a big-endian 16-bit length.

use crate::tile::TILE_WIDTH;

/// Largest entry a bundle can hold, in bytes.
pub const MAX_ENTRY_BYTES: usize = 65_535;
const LENGTH_BYTES: usize = 2;
/// Largest possible full bundle, in bytes.
pub(crate) const MAX_BUNDLE_BYTES: usize = 256 * (LENGTH_BYTES + MAX_ENTRY_BYTES);

/// The entry does not fit a 16-bit length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an entry of {bytes} bytes does not fit a bundle (at most {MAX_ENTRY_BYTES})")]
pub struct EntryTooLong {
    /// Length of the refused entry.
    pub bytes: usize,
}

/// Why bytes are not a bundle of the expected number of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The bytes end before entry `entry` (counted from 0 within the bundle) is complete.
    #[error("the bundle ends within entry {entry} of {expected}")]
    Truncated {
        /// Position within the bundle.
        entry: u16,
        /// Number of entries the bundle must have.
        expected: u16,
    },
    /// Bytes follow the last entry.
    #[error("{bytes} bytes follow the {expected} entries of the bundle")]
    TrailingBytes {
        /// How many.
        bytes: usize,
        /// Number of entries the bundle must have.
        expected: u16,
    },
}

/// Appends one entry to the bytes of a bundle.
pub(crate) fn append_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> Result<(), EntryTooLong> {
    let length = u16::try_from(entry.len()).map_err(|_| EntryTooLong { bytes: entry.len() })?;
    bundle.extend_from_slice(&length.to_be_bytes());
    bundle.extend_from_slice(entry);
    Ok(())
}

/// The bytes of a bundle with these entries; the caller passes at most 256.
///
/// # Errors
/// When an entry is longer than [`MAX_ENTRY_BYTES`].
pub fn encode_bundle<'e>(
    entries: impl IntoIterator<Item = &'e [u8]>,
) -> Result<Vec<u8>, EntryTooLong> {
    let mut bundle = Vec::new();
    for entry in entries {
        append_entry(&mut bundle, entry)?;
    }
    Ok(bundle)
}

/// Splits a bundle into exactly `width` entries.
///
/// # Errors
/// When an entry is cut short or bytes remain after the last one.
pub fn decode_bundle(bytes: &[u8], width: u16) -> Result<Vec<&[u8]>, BundleError> {
    let (entries, rest) = split_entries(bytes, width)?;
    if rest.is_empty() {
        Ok(entries)
    } else {
        Err(BundleError::TrailingBytes {
            bytes: rest.len(),
            expected: width,
        })
    }
}

/// The bytes of the first `width` entries: the partial bundle contained in a wider one.
pub(crate) fn bundle_prefix(bytes: &[u8], width: u16) -> Result<&[u8], BundleError> {
    let (_, rest) = split_entries(bytes, width)?;
    Ok(&bytes[..bytes.len() - rest.len()])
}

fn split_entries(bytes: &[u8], width: u16) -> Result<(Vec<&[u8]>, &[u8]), BundleError> {
    let mut entries = Vec::with_capacity(usize::from(width.min(TILE_WIDTH)));
    let mut rest = bytes;
    for entry in 0..width {
        let cut_short = BundleError::Truncated {
            entry,
            expected: width,
        };
        let (length, after) = rest.split_first_chunk::<LENGTH_BYTES>().ok_or(cut_short)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (body, after) = after.split_at_checked(length).ok_or(cut_short)?;
        entries.push(body);
        rest = after;
    }
    Ok((entries, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn layout_of_the_specification() {
        let bundle = encode_bundle([b"one".as_slice(), b"two"]).unwrap();
        assert_eq!(bundle, b"\x00\x03one\x00\x03two");
        assert_eq!(decode_bundle(&bundle, 2).unwrap(), [b"one", b"two"]);
        assert_eq!(bundle_prefix(&bundle, 1).unwrap(), b"\x00\x03one");
    }

    #[test]
    fn the_number_of_entries_is_exact() {
        let bundle = b"\x00\x01a\x00\x00";
        assert_eq!(decode_bundle(bundle, 2).unwrap(), [b"a".as_slice(), b""]);
        assert_eq!(
            decode_bundle(bundle, 1),
            Err(BundleError::TrailingBytes {
                bytes: 2,
                expected: 1
            })
        );
        assert_eq!(
            decode_bundle(bundle, 3),
            Err(BundleError::Truncated {
                entry: 2,
                expected: 3
            })
        );
        assert_eq!(
            decode_bundle(b"\x00\x02a", 1),
            Err(BundleError::Truncated {
                entry: 0,
                expected: 1
            })
        );
    }

    #[test]
    fn longest_entry() {
        let longest = vec![7; MAX_ENTRY_BYTES];
        let bundle = encode_bundle([longest.as_slice()]).unwrap();
        assert_eq!(decode_bundle(&bundle, 1).unwrap(), [longest.as_slice()]);
        let too_long = vec![7; MAX_ENTRY_BYTES + 1];
        assert_eq!(
            encode_bundle([too_long.as_slice()]),
            Err(EntryTooLong { bytes: 65_536 })
        );
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_identically(bytes: Vec<u8>, width in 0_u16..6) {
            if let Ok(entries) = decode_bundle(&bytes, width) {
                prop_assert_eq!(encode_bundle(entries).unwrap(), bytes);
            }
        }
    }
}
