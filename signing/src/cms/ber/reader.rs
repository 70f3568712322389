//! Reads BER identifier and length octets (X.690 §8.1), no more than the signature needs.

use super::BerError;

/// The bit of a constructed encoding in the identifier octet.
pub(super) const CONSTRUCTED: u8 = 0x20;
/// Identifier and length octets of an end of contents.
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// Identifier octet, and length: `None` is indefinite.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) tag: u8,
    pub(super) length: Option<usize>,
    /// In as few octets as possible (X.690 §10.1).
    pub(super) is_der: bool,
}

impl Header {
    pub(super) fn is_constructed(self) -> bool {
        self.tag & CONSTRUCTED != 0
    }
}

/// What is left to read.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is left, for taking an element whole.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], BerError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(BerError::Truncated)?;
        self.0 = rest;
        Ok(taken)
    }

    fn octet(&mut self) -> Result<u8, BerError> {
        let (first, rest) = self.0.split_first().ok_or(BerError::Truncated)?;
        self.0 = rest;
        Ok(*first)
    }

    pub(super) fn header(&mut self) -> Result<Header, BerError> {
        let tag = self.octet()?;
        if tag == 0 {
            return Err(BerError::StrayEndOfContents);
        }
        if tag & 0x1f == 0x1f {
            return Err(BerError::UnknownTag);
        }
        let first = self.octet()?;
        let (length, is_der) = match first {
            0..=0x7f => (Some(usize::from(first)), true),
            0x80 => (None, false),
            0x81..=0x84 => {
                let octets = self.take(usize::from(first & 0x7f))?;
                let length = octets
                    .iter()
                    .fold(0_usize, |length, octet| length << 8 | usize::from(*octet));
                (Some(length), octets[0] != 0 && length > 0x7f)
            }
            _ => return Err(BerError::ImpossibleLength),
        };
        Ok(Header {
            tag,
            length,
            is_der,
        })
    }

    /// Takes the octets that end an indefinite length, if they come next.
    pub(super) fn end_of_contents(&mut self) -> bool {
        match self.0.strip_prefix(&END_OF_CONTENTS) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }
}
