//! The protected header: the algorithm, the key, the kind of tree.

use minicbor::Encoder;

use super::error::CoseReceiptFormatError as Format;
use crate::cbor::{Item, Reader};
use crate::verifier_key::VerifierKey;

/// Labels of RFC 9052 §3.1, and of RFC 9942 §4.2 ("vds").
const ALG: Item<'_> = Item::Uint(1);
const CRIT: Item<'_> = Item::Uint(2);
const KID: Item<'_> = Item::Uint(4);
const VDS: Item<'_> = Item::Uint(395);
/// `EdDSA` (RFC 9053 §2.2): −8.
const ED_DSA: Item<'_> = Item::Negative(7);
/// `RFC9162_SHA256` (RFC 9942 §5.1).
const RFC9162_SHA256: Item<'_> = Item::Uint(1);

/// A protected header, byte for byte as it was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Protected {
    bytes: Vec<u8>,
    ed_dsa: bool,
    kid: Option<Vec<u8>>,
}

impl Protected {
    /// The header of this log's receipts: `{1: -8, 4: key id (4 bytes), 395: 1}`.
    pub(super) fn of_key(key: &VerifierKey) -> Self {
        let kid = key.id().to_be_bytes();
        let mut bytes = Vec::with_capacity(16);
        let mut e = Encoder::new(&mut bytes);
        let written = e.map(3).and_then(|e| e.u8(1)?.i8(-8)?.u8(4)?.bytes(&kid));
        let written = written.and_then(|e| e.u16(395)?.u8(1));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        Self {
            bytes,
            ed_dsa: true,
            kid: Some(kid.to_vec()),
        }
    }

    /// Reads a header. Labels that are not known here are kept and mean nothing; those that must be
    /// understood (`crit`) are refused.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Format> {
        let mut whole = Reader::new(bytes);
        whole.skip()?;
        whole.end()?;
        let mut reader = Reader::new(bytes);
        let Item::Map(count) = reader.next()? else {
            return Err(Format::Protected);
        };
        let (mut alg, mut vds, mut kid) = (None, None, None);
        for _ in 0..count {
            let label = reader.next()?;
            match label {
                ALG => alg = Some(reader.next()?),
                VDS => vds = Some(reader.next()?),
                CRIT => return Err(Format::Critical),
                KID => {
                    let Item::Bytes(bytes) = reader.next()? else {
                        return Err(Format::Protected);
                    };
                    kid = Some(bytes.to_vec());
                }
                Item::Uint(_) | Item::Negative(_) | Item::Text(_) => {
                    reader.skip()?;
                }
                Item::Bytes(_) | Item::Array(_) | Item::Map(_) | Item::Tag(_) | Item::Simple(_) => {
                    return Err(Format::Protected);
                }
            }
        }
        if vds != Some(RFC9162_SHA256) {
            return Err(Format::Tree);
        }
        // The registry's algorithms are integers; texts are private.
        let Some(Item::Uint(_) | Item::Negative(_)) = alg else {
            return Err(Format::Protected);
        };
        Ok(Self {
            bytes: bytes.to_vec(),
            ed_dsa: alg == Some(ED_DSA),
            kid,
        })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn is_ed_dsa(&self) -> bool {
        self.ed_dsa
    }

    pub(super) fn is_by(&self, key: &VerifierKey) -> bool {
        self.kid.as_deref() == Some(&key.id().to_be_bytes())
    }
}
