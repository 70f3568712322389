//! The leaf in deterministic CBOR (RFC 8949 §4.2.1), and back. There is exactly one encoding of a
//! leaf; any other is refused.

use std::convert::Infallible;

use jiff::Timestamp;
use minicbor::{Decoder, Encoder};

use super::{FIRST_OTHER_KIND, Leaf, LeafKind, Pseudonym, Totals, VERSION};
use crate::state::Phase;
use crate::{BlindedKey, Clave, Packages};

type EncodeError = minicbor::encode::Error<Infallible>;

/// Why bytes are not a leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// Not the map that the format describes.
    #[error("not a leaf of version 1")]
    Shape,
    /// The same content can be written in one way only, and this is another.
    #[error("the leaf is not in deterministic CBOR")]
    NotCanonical,
    /// An entry that begins like a leaf, of a kind (16 or more) that is not a step of a
    /// prescription. Nothing else of it was looked at.
    #[error("an entry of kind {0}, which is not a step of a prescription")]
    OtherKind(u8),
}

impl Leaf {
    /// The leaf in deterministic CBOR: what the Merkle tree hashes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160);
        let written = self.encode_into(&mut Encoder::new(&mut out));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    fn encode_into(&self, e: &mut Encoder<&mut Vec<u8>>) -> Result<(), EncodeError> {
        let optional = [
            self.establishment.is_some(),
            self.totals.is_some(),
            !self.claimed.is_empty(),
            !self.released.is_empty(),
            !self.erased.is_empty(),
        ];
        e.map(8 + optional.map(u64::from).iter().sum::<u64>())?;
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
        if let Some(totals) = &self.totals {
            e.u8(10)?.array(2)?;
            e.u64(totals.dispensed)?.u64(totals.prescribed)?;
        }
        for (key, names) in [(11, &self.claimed), (12, &self.released)] {
            if !names.is_empty() {
                e.u8(key)?.array(names.len() as u64)?;
                for name in names {
                    e.bytes(&name.0)?;
                }
            }
        }
        if !self.erased.is_empty() {
            e.u8(13)?.array(self.erased.len() as u64)?;
            for index in &self.erased {
                e.u64(*index)?;
            }
        }
        Ok(())
    }

    /// Reads a leaf.
    ///
    /// # Errors
    /// [`LeafError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LeafError> {
        let mut fields = Fields::open(bytes).ok_or(LeafError::Shape)?;
        let kind = fields.kind().ok_or(LeafError::Shape)?;
        if kind >= FIRST_OTHER_KIND {
            return Err(LeafError::OtherKind(kind));
        }
        let leaf = fields.leaf(kind).ok_or(LeafError::Shape)?;
        // Whatever was read leniently (longer integers, fields in another order or left over) is
        // written differently here.
        if leaf.encode() == bytes {
            Ok(leaf)
        } else {
            Err(LeafError::NotCanonical)
        }
    }

    /// Whether the leaf has the fields of its kind, and only those.
    fn has_fields_of_kind(&self) -> bool {
        let erasure = self.kind == LeafKind::Erased;
        let ascending = self.erased.is_sorted_by(|one, next| one < next);
        // An issue takes a place at least, and a return those of the lines that it opens again.
        let claims = match self.kind {
            LeafKind::Issued => !self.claimed.is_empty(),
            LeafKind::Returned => true,
            LeafKind::Dispensed
            | LeafKind::Cancelled
            | LeafKind::Expired
            | LeafKind::Erased
            | LeafKind::Suspended
            | LeafKind::Resumed
            | LeafKind::Transferred => self.claimed.is_empty(),
        };
        let may_release = matches!(
            self.kind,
            LeafKind::Dispensed | LeafKind::Cancelled | LeafKind::Expired
        );
        self.totals.is_none() == erasure
            && claims
            && (self.released.is_empty() || may_release)
            && self.erased.is_empty() != erasure
            && ascending
    }
}

/// The fields of the map that are still to be read.
struct Fields<'b> {
    decoder: Decoder<'b>,
    left: u64,
}

impl<'b> Fields<'b> {
    fn open(bytes: &'b [u8]) -> Option<Self> {
        let mut decoder = Decoder::new(bytes);
        let left = decoder.map().ok()??;
        Some(Self { decoder, left })
    }

    /// Whether the next field is number `key`; its value is to be read then.
    fn has(&mut self, key: u8) -> Option<bool> {
        if self.left == 0 || self.decoder.probe().u8().ok() != Some(key) {
            return Some(false);
        }
        self.decoder.u8().ok()?;
        self.left -= 1;
        Some(true)
    }

    fn needs(&mut self, key: u8) -> Option<&mut Decoder<'b>> {
        self.has(key)?.then_some(&mut self.decoder)
    }

    /// Version and kind, which every entry begins with.
    fn kind(&mut self) -> Option<u8> {
        (self.needs(1)?.u8().ok()? == VERSION).then_some(())?;
        self.needs(2)?.u8().ok()
    }

    fn phase(&mut self, key: u8) -> Option<Phase> {
        Phase::from_number(self.needs(key)?.u8().ok()?)
    }

    fn controlled(&mut self) -> Option<Vec<(Clave, Packages)>> {
        let d = self.needs(6)?;
        let mut controlled = Vec::new();
        for _ in 0..d.array().ok()?? {
            (d.array().ok()?? == 2).then_some(())?;
            controlled.push((d.str().ok()?.parse().ok()?, Packages::new(d.u32().ok()?)));
        }
        Some(controlled)
    }

    fn totals(&mut self) -> Option<Totals> {
        let d = &mut self.decoder;
        (d.array().ok()?? == 2).then_some(())?;
        Some(Totals {
            dispensed: d.u64().ok()?,
            prescribed: d.u64().ok()?,
        })
    }

    /// An array that is left out where it is empty.
    fn array<T>(
        &mut self,
        key: u8,
        item: impl Fn(&mut Decoder<'b>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut items = Vec::new();
        if self.has(key)? {
            let d = &mut self.decoder;
            for _ in 0..d.array().ok()?? {
                items.push(item(d)?);
            }
        }
        Some(items)
    }

    fn leaf(mut self, kind: u8) -> Option<Leaf> {
        let blinded = |d: &mut Decoder<'b>| d.bytes().ok()?.try_into().ok().map(BlindedKey);
        let leaf = Leaf {
            kind: LeafKind::from_number(kind)?,
            pseudonym: Pseudonym(self.needs(3)?.bytes().ok()?.try_into().ok()?),
            before: self.phase(4)?,
            after: self.phase(5)?,
            controlled: self.controlled()?,
            establishment: if self.has(7)? {
                Some(self.decoder.str().ok()?.parse().ok()?)
            } else {
                None
            },
            at: Timestamp::from_second(self.needs(8)?.i64().ok()?).ok()?,
            commitment: self.needs(9)?.bytes().ok()?.try_into().ok()?,
            totals: if self.has(10)? {
                Some(self.totals()?)
            } else {
                None
            },
            claimed: self.array(11, blinded)?,
            released: self.array(12, blinded)?,
            erased: self.array(13, |d| d.u64().ok())?,
        };
        (self.left == 0 && leaf.has_fields_of_kind()).then_some(leaf)
    }
}

#[cfg(test)]
mod tests;
