//! What an authority signs: `TSTInfo` (RFC 3161 §2.4.2).

use const_oid::ObjectIdentifier;
use der::asn1::UintRef;
use der::{Decode, Tag, TagNumber};
use jiff::{SignedDuration, Timestamp};

use super::request::MessageImprint;
use super::{TimestampError, time};
use crate::cms::signed_data::{Fields, expect};

/// Serial numbers have at most 160 bits.
const MAX_SERIAL: usize = 20;
/// Extensions that a token may have.
const MAX_EXTENSIONS: usize = 8;

/// A `TSTInfo`, read whole.
#[derive(Debug, Clone)]
pub(super) struct TstInfo {
    pub(super) policy: ObjectIdentifier,
    pub(super) imprint: MessageImprint,
    /// Big endian, without leading zeros.
    pub(super) serial: Vec<u8>,
    pub(super) gen_time: Timestamp,
    pub(super) accuracy: Option<SignedDuration>,
    pub(super) ordering: bool,
    pub(super) nonce: Option<Vec<u8>>,
}

impl TstInfo {
    pub(super) fn parse(der: &[u8]) -> Result<Self, TimestampError> {
        let mut fields = expect(der, Tag::Sequence)?;
        if fields.decode::<u8>()? != 1 {
            return Err(TimestampError::InfoVersion);
        }
        let policy = fields.decode()?;
        let imprint = fields.decode()?;
        let serial: UintRef<'_> = fields.decode()?;
        if serial.as_bytes().len() > MAX_SERIAL {
            return Err(TimestampError::Malformed);
        }
        let gen_time = fields.expect(Tag::GeneralizedTime)?;
        let gen_time = time::read(gen_time).ok_or(TimestampError::MalformedTime)?;
        let accuracy = match fields.optional(Tag::Sequence)? {
            Some(field) => Some(read_accuracy(field.value)?),
            None => None,
        };
        let ordering = match fields.optional(Tag::Boolean)? {
            // DER leaves the default, FALSE, out (X.690 §11.5).
            Some(field) if field.value == [0xff] => true,
            Some(_) => return Err(TimestampError::NotDer),
            None => false,
        };
        let nonce = match fields.optional(Tag::Integer)? {
            Some(field) => Some(UintRef::from_der(field.whole)?.as_bytes().to_vec()),
            None => None,
        };
        // tsa: a hint about the name, which the certificate states with proof.
        fields.optional(context(0, true))?;
        if let Some(extensions) = fields.optional(context(1, true))? {
            refuse_critical(extensions.value)?;
        }
        fields.finish()?;
        Ok(Self {
            policy,
            imprint,
            serial: serial.as_bytes().to_vec(),
            gen_time,
            accuracy,
            ordering,
            nonce,
        })
    }
}

/// `Accuracy ::= SEQUENCE { seconds, millis [0] (1..999), micros [1] (1..999) }`, each optional.
fn read_accuracy(value: &[u8]) -> Result<SignedDuration, TimestampError> {
    let mut fields = Fields::new(value)?;
    let seconds = match fields.optional(Tag::Integer)? {
        Some(field) => u32::from_der(field.whole)?,
        None => 0,
    };
    let mut accuracy = SignedDuration::from_secs(i64::from(seconds));
    for (number, unit) in [
        (0, SignedDuration::from_millis(1)),
        (1, SignedDuration::from_micros(1)),
    ] {
        if let Some(field) = fields.optional(context(number, false))? {
            accuracy += unit * i32::from(thousandths(field.value)?);
        }
    }
    fields.finish()?;
    Ok(accuracy)
}

/// An implicitly tagged INTEGER from 1 to 999.
fn thousandths(value: &[u8]) -> Result<u16, TimestampError> {
    let number = match value {
        [small] if *small < 0x80 => u16::from(*small),
        [high, low] if *high < 0x80 && (*high > 0 || *low >= 0x80) => {
            u16::from_be_bytes([*high, *low])
        }
        _ => return Err(TimestampError::Malformed),
    };
    if (1..=999).contains(&number) {
        Ok(number)
    } else {
        Err(TimestampError::Malformed)
    }
}

/// We know no extension: one that is critical may not be ignored, the others may.
fn refuse_critical(value: &[u8]) -> Result<(), TimestampError> {
    let mut extensions = Fields::new(value)?;
    for _ in 0..MAX_EXTENSIONS {
        let Some(extension) = extensions.optional(Tag::Sequence)? else {
            break;
        };
        let mut fields = Fields::new(extension.value)?;
        fields.decode::<ObjectIdentifier>()?;
        if fields.optional(Tag::Boolean)?.is_some() {
            return Err(TimestampError::CriticalExtension);
        }
        fields.expect(Tag::OctetString)?;
        fields.finish()?;
    }
    Ok(extensions.finish()?)
}

fn context(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific {
        constructed,
        number: TagNumber(number),
    }
}
