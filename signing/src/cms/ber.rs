//! Rewrites a foreign BER signature as DER, once, on import.
//!
//! Signers write CMS in BER where RFC 5652 lets them: indefinite lengths, the content in pieces,
//! sets in any order. [`super::cades::verify`] reads DER alone, so that a stored signature has
//! one encoding. What enters from outside passes here first, and only the result is kept.
//!
//! What is signed keeps its bytes:
//!
//! | Part | Here | Why |
//! |---|---|---|
//! | certificates, revocation data | copied octet by octet | signed and hashed as they stand |
//! | signed attributes | rewritten in DER | the signature is over their DER, however they were sent (RFC 5652 §5.4) |
//! | tokens of unsigned attributes | by these same rules | a timestamp is a CMS signature of its own |
//! | the rest | rewritten in DER | not signed |
//!
//! A signer that signed its attributes in another form than DER signed other bytes: such a
//! signature does not verify after import, as RFC 5652 says. Defaults that DER would leave out are
//! not known here; the strict reader refuses them. Nothing here verifies.

mod error;
mod reader;

pub use error::BerError;

use reader::{CONSTRUCTED, Header, Reader};

/// Largest file: a document of a prescription attached, several certificates and revocation data.
pub const MAX_BYTES: usize = 512 * 1024;
/// Deepest nesting, as for the strict reader.
pub const MAX_DEPTH: usize = crate::nesting::MAX_DEPTH;

const BOOLEAN: u8 = 0x01;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const CONTEXT_0: u8 = 0xa0;
const CONTEXT_1: u8 = 0xa1;
/// Value of the OID `id-signedData` (RFC 5652 §5.1).
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// Normalises a foreign signature over `document` to detached DER, for
/// [`super::cades::verify`].
///
/// Content that the file brings along must be the document, and is left out of the result: the
/// signature never covered its envelope.
///
/// # Errors
/// One [`BerError`] per reason; a file that is not CMS comes out as it is understood, and the
/// verifier refuses it.
pub fn import(document: &[u8], foreign: &[u8]) -> Result<Vec<u8>, BerError> {
    let mut normaliser = Normaliser {
        detach: true,
        content: None,
    };
    let der = normaliser.run(foreign)?;
    match normaliser.content {
        Some(content) if content != document => Err(BerError::ContentMismatch),
        _ => Ok(der),
    }
}

/// Normalises a foreign CMS file to DER, its content included. What is DER comes out as it was.
///
/// # Errors
/// As [`import`].
pub fn to_der(foreign: &[u8]) -> Result<Vec<u8>, BerError> {
    let mut normaliser = Normaliser {
        detach: false,
        content: None,
    };
    normaliser.run(foreign)
}

/// What an element is in RFC 5652 §5, as far as its bytes are treated differently for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Whether it is the file itself, not a token inside.
    ContentInfo(bool),
    Explicit(bool),
    SignedData(bool),
    Encapsulated(bool),
    Content(bool),
    /// `certificates` or `crls`: a set of elements that stay as they are.
    VerbatimSet,
    SignerInfos,
    SignerInfo,
    /// Signed attributes: a set without the tag of one.
    Attributes,
    UnsignedAttributes,
    UnsignedAttribute,
    UnsignedValues,
    /// Anything else.
    Plain,
}

impl Role {
    /// The role of the child number `index` with this tag.
    fn of_child(self, index: usize, tag: u8) -> Self {
        match (self, index, tag) {
            (Self::ContentInfo(file), 1, CONTEXT_0) => Self::Explicit(file),
            (Self::Explicit(file), 0, SEQUENCE) => Self::SignedData(file),
            (Self::SignedData(file), 2, SEQUENCE) => Self::Encapsulated(file),
            (Self::Encapsulated(file), 1, CONTEXT_0) => Self::Content(file),
            (Self::SignedData(_), 3.., CONTEXT_0 | CONTEXT_1) => Self::VerbatimSet,
            (Self::SignedData(_), 3.., SET) => Self::SignerInfos,
            (Self::SignerInfos, _, SEQUENCE) => Self::SignerInfo,
            // Before the digest algorithm, [0] is a key identifier.
            (Self::SignerInfo, 3, CONTEXT_0) => Self::Attributes,
            (Self::SignerInfo, 5.., CONTEXT_1) => Self::UnsignedAttributes,
            (Self::UnsignedAttributes, _, SEQUENCE) => Self::UnsignedAttribute,
            (Self::UnsignedAttribute, 1, SET) => Self::UnsignedValues,
            (Self::UnsignedValues, _, SEQUENCE) => Self::ContentInfo(false),
            _ => Self::Plain,
        }
    }

    /// Whether the children come in DER order (X.690 §11.6). Every SET of CMS and X.509 is a
    /// SET OF.
    fn is_set(self, tag: u8) -> bool {
        tag == SET
            || matches!(
                self,
                Self::VerbatimSet | Self::Attributes | Self::UnsignedAttributes
            )
    }
}

struct Normaliser {
    detach: bool,
    /// The content that the file brought along.
    content: Option<Vec<u8>>,
}

impl Normaliser {
    fn run(&mut self, foreign: &[u8]) -> Result<Vec<u8>, BerError> {
        if foreign.len() > MAX_BYTES {
            return Err(BerError::TooLarge);
        }
        let mut reader = Reader::new(foreign);
        let der = self.element(&mut reader, Role::ContentInfo(true), 0)?;
        if reader.is_empty() {
            Ok(der)
        } else {
            Err(BerError::TrailingBytes)
        }
    }

    /// The next element in DER.
    fn element(
        &mut self,
        reader: &mut Reader<'_>,
        role: Role,
        depth: usize,
    ) -> Result<Vec<u8>, BerError> {
        if depth == MAX_DEPTH {
            return Err(BerError::TooDeep);
        }
        let header = reader.header()?;
        if !header.is_constructed() {
            let length = header.length.ok_or(BerError::IndefinitePrimitive)?;
            return primitive(header.tag, reader.take(length)?);
        }
        match header.tag {
            SEQUENCE | SET => self.constructed(reader, header, role, depth),
            tag if is_string(tag & !CONSTRUCTED) => {
                let value = string(reader, header, depth)?;
                Ok(tlv(tag & !CONSTRUCTED, &value))
            }
            // Universal, and neither a string nor a sequence or set.
            0..=0x3f => Err(BerError::WrongForm),
            _ => self.constructed(reader, header, role, depth),
        }
    }

    fn constructed(
        &mut self,
        reader: &mut Reader<'_>,
        header: Header,
        role: Role,
        depth: usize,
    ) -> Result<Vec<u8>, BerError> {
        let mut children: Vec<Vec<u8>> = Vec::new();
        let mut role = role;
        each_child(reader, header, |reader| {
            let child = if role == Role::VerbatimSet {
                verbatim(reader)?
            } else {
                let tag = reader.rest().first().copied().unwrap_or_default();
                let child = role.of_child(children.len(), tag);
                self.element(reader, child, depth + 1)?
            };
            if let (Role::ContentInfo(_), []) = (role, children.as_slice()) {
                // Another content than a signature is none of ours to interpret.
                if child != tlv(0x06, SIGNED_DATA) {
                    role = Role::Plain;
                }
            }
            children.push(child);
            Ok(())
        })?;
        if role == Role::Content(true)
            && let [only] = children.as_slice()
            && only.first() == Some(&OCTET_STRING)
        {
            let mut content = Reader::new(only);
            content.header()?;
            self.content = Some(content.rest().to_vec());
            if self.detach {
                return Ok(vec![]);
            }
        }
        if role.is_set(header.tag) {
            children.sort_unstable();
        }
        Ok(tlv(header.tag, &children.concat()))
    }
}

/// Runs `child` on each element inside `header`, and leaves the reader behind the last.
fn each_child<'a>(
    reader: &mut Reader<'a>,
    header: Header,
    mut child: impl FnMut(&mut Reader<'a>) -> Result<(), BerError>,
) -> Result<(), BerError> {
    let Some(length) = header.length else {
        while !reader.end_of_contents() {
            child(reader)?;
        }
        return Ok(());
    };
    let mut inner = Reader::new(reader.take(length)?);
    while !inner.is_empty() {
        child(&mut inner)?;
    }
    Ok(())
}

/// A certificate or revocation list, octet by octet.
fn verbatim(reader: &mut Reader<'_>) -> Result<Vec<u8>, BerError> {
    let whole = reader.rest();
    let header = reader.header()?;
    let (Some(length), true) = (header.length, header.is_der) else {
        return Err(BerError::CertificateNotDer);
    };
    reader.take(length)?;
    Ok(whole[..whole.len() - reader.rest().len()].to_vec())
}

fn primitive(tag: u8, value: &[u8]) -> Result<Vec<u8>, BerError> {
    match (tag | CONSTRUCTED, tag, value) {
        (SEQUENCE | SET, ..) => Err(BerError::WrongForm),
        // X.690 §11.1: true is all ones.
        (_, BOOLEAN, [1..=0xff]) => Ok(tlv(tag, &[0xff])),
        (_, BIT_STRING, _) => Ok(tlv(tag, &bits(&[value])?)),
        _ => Ok(tlv(tag, value)),
    }
}

/// The value of a constructed string in one piece.
fn string(reader: &mut Reader<'_>, header: Header, depth: usize) -> Result<Vec<u8>, BerError> {
    let mut pieces = Vec::new();
    // X.690 §8.23.3: the segments of a character string are octet strings.
    let segment = match header.tag & !CONSTRUCTED {
        BIT_STRING => BIT_STRING,
        _ => OCTET_STRING,
    };
    segments(reader, header, segment, depth, &mut pieces)?;
    if segment == BIT_STRING {
        bits(&pieces)
    } else {
        Ok(pieces.concat())
    }
}

fn segments<'a>(
    reader: &mut Reader<'a>,
    header: Header,
    segment: u8,
    depth: usize,
    pieces: &mut Vec<&'a [u8]>,
) -> Result<(), BerError> {
    if depth == MAX_DEPTH {
        return Err(BerError::TooDeep);
    }
    each_child(reader, header, |reader| {
        let inner = reader.header()?;
        if inner.tag & !CONSTRUCTED != segment {
            return Err(BerError::ForeignSegment);
        }
        if inner.is_constructed() {
            return segments(reader, inner, segment, depth + 1, pieces);
        }
        let length = inner.length.ok_or(BerError::IndefinitePrimitive)?;
        pieces.push(reader.take(length)?);
        Ok(())
    })
}

/// A bit string in one piece, its unused bits zero (X.690 §8.6, §11.2.1).
fn bits(pieces: &[&[u8]]) -> Result<Vec<u8>, BerError> {
    let mut value = vec![0];
    for (number, piece) in pieces.iter().enumerate() {
        let (unused, octets) = piece.split_first().ok_or(BerError::UnusedBits)?;
        let is_last = number + 1 == pieces.len();
        if *unused > 7 || (*unused > 0 && (!is_last || octets.is_empty())) {
            return Err(BerError::UnusedBits);
        }
        value[0] = *unused;
        value.extend_from_slice(octets);
    }
    let unused = value[0];
    if let [_, .., last] = value.as_mut_slice() {
        *last &= 0xff << unused;
    }
    Ok(value)
}

/// Universal types whose BER may be in pieces: bits, octets, characters and times.
fn is_string(tag: u8) -> bool {
    matches!(tag, BIT_STRING | OCTET_STRING | 0x0c | 0x12..=0x1c | 0x1e)
}

/// Identifier, shortest definite length (X.690 §10.1), value.
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 5);
    out.push(tag);
    let octets = value.len().to_be_bytes();
    let octets = &octets[octets.iter().take_while(|octet| **octet == 0).count()..];
    match octets {
        [] => out.push(0),
        [only @ 0..=0x7f] => out.push(*only),
        // A length below MAX_BYTES has three octets at most.
        octets => {
            out.push(0x80 | octets.len().to_le_bytes()[0]);
            out.extend_from_slice(octets);
        }
    }
    out.extend_from_slice(value);
    out
}
