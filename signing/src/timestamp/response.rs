//! The answer around a token: `TimeStampResp` (RFC 3161 §2.4.2).

use der::asn1::BitStringRef;
use der::{Decode, Tag};

use super::TimestampError;
use super::token::MAX_BYTES;
use crate::cms::signed_data::{Fields, expect};

/// The token of a granted response.
pub(super) fn token(response: &[u8]) -> Result<&[u8], TimestampError> {
    if response.len() > MAX_BYTES {
        return Err(TimestampError::TooLarge);
    }
    let mut outer = Fields::new(response)?;
    let value = outer.expect(Tag::Sequence)?;
    outer.finish().map_err(|_| TimestampError::TrailingBytes)?;

    let mut fields = Fields::new(value)?;
    let status_info = fields.whole(Tag::Sequence)?;
    let token = fields.optional(Tag::Sequence)?.map(|field| field.whole);
    fields.finish()?;

    let mut status_info = expect(status_info, Tag::Sequence)?;
    let status: u8 = status_info.decode()?;
    // statusString: for people who read it elsewhere.
    status_info.optional(Tag::Sequence)?;
    let failure = match status_info.optional(Tag::BitString)? {
        Some(field) => first_bit(field.whole)?,
        None => None,
    };
    status_info.finish()?;
    match (status, token) {
        // granted, grantedWithMods: what was modified is checked against the request.
        (0 | 1, Some(token)) => Ok(token),
        (0 | 1, None) => Err(TimestampError::TokenMissing),
        (_, Some(_)) => Err(TimestampError::TokenInRefusal),
        (_, None) => Err(TimestampError::Rejected { status, failure }),
    }
}

fn first_bit(bits: &[u8]) -> Result<Option<u8>, TimestampError> {
    let bits = BitStringRef::from_der(bits)?;
    let first = bits.bits().position(|bit| bit);
    Ok(first.and_then(|bit| u8::try_from(bit).ok()))
}
