//! Writes DER (X.690), and nothing stops it from writing what no standard allows.

use anyhow::{Context, Result};

/// Universal tags used here.
pub const INTEGER: u8 = 0x02;
/// `OCTET STRING`.
pub const OCTET_STRING: u8 = 0x04;
/// `NULL`.
pub const NULL: [u8; 2] = [0x05, 0x00];
/// `GeneralizedTime`.
pub const GENERALIZED_TIME: u8 = 0x18;
/// `SEQUENCE`.
pub const SEQUENCE: u8 = 0x30;
/// `SET`.
pub const SET: u8 = 0x31;

/// One value with its tag and its length in the shortest form.
#[must_use]
pub fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    let length = value.len().to_be_bytes();
    let significant = length.iter().position(|byte| *byte != 0);
    let length = &length[significant.unwrap_or(length.len() - 1)..];
    match length {
        [short] if *short < 0x80 => out.push(*short),
        long => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0));
            out.extend_from_slice(long);
        }
    }
    out.extend_from_slice(value);
    out
}

/// A constructed value of these parts, in this order.
#[must_use]
pub fn constructed(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(tag, &parts.concat())
}

/// A `SEQUENCE`.
#[must_use]
pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    constructed(SEQUENCE, parts)
}

/// The elements of a `SET OF` in DER order (X.690 §11.6), under `tag`.
#[must_use]
pub fn set_of(tag: u8, elements: &[Vec<u8>]) -> Vec<u8> {
    let mut elements = elements.to_vec();
    elements.sort();
    constructed(tag, &elements)
}

/// A non-negative `INTEGER` from its big-endian bytes.
#[must_use]
pub fn integer(magnitude: &[u8]) -> Vec<u8> {
    let significant = magnitude.iter().position(|byte| *byte != 0);
    let mut value = magnitude[significant.unwrap_or(magnitude.len())..].to_vec();
    if value.first().is_none_or(|byte| *byte >= 0x80) {
        value.insert(0, 0);
    }
    tlv(INTEGER, &value)
}

/// An `OBJECT IDENTIFIER` from its dotted text.
///
/// # Errors
/// Not the text of one.
pub fn oid(dotted: &str) -> Result<Vec<u8>> {
    let arcs: Vec<u64> = dotted
        .split('.')
        .map(|arc| arc.parse().with_context(|| format!("{dotted} is no OID")))
        .collect::<Result<_>>()?;
    let [first, second, rest @ ..] = arcs.as_slice() else {
        anyhow::bail!("{dotted} is no OID");
    };
    let mut value = base128(first * 40 + second);
    for arc in rest {
        value.extend(base128(*arc));
    }
    Ok(tlv(0x06, &value))
}

fn base128(arc: u64) -> Vec<u8> {
    let mut digits = vec![u8::try_from(arc & 0x7f).unwrap_or(0)];
    let mut rest = arc >> 7;
    while rest > 0 {
        digits.insert(0, 0x80 | u8::try_from(rest & 0x7f).unwrap_or(0));
        rest >>= 7;
    }
    digits
}

/// The first value in `bytes`: its tag, its content, and what follows it.
#[must_use]
pub fn read(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = digits.iter().try_fold(0_usize, |sum, digit| {
            sum.checked_mul(256)?.checked_add(usize::from(*digit))
        })?;
        (length, rest)
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((*tag, value, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_integers_are_minimal() {
        assert_eq!(tlv(4, &[]), [4, 0]);
        assert_eq!(tlv(4, &[7; 127])[..2], [4, 127]);
        assert_eq!(tlv(4, &[7; 128])[..3], [4, 0x81, 128]);
        assert_eq!(tlv(4, &[7; 256])[..4], [4, 0x82, 1, 0]);
        assert_eq!(integer(&[0, 0]), [2, 1, 0]);
        assert_eq!(integer(&[0, 0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[0, 0x7f]), [2, 1, 0x7f]);
    }

    #[test]
    fn identifiers_are_those_of_the_standards() {
        assert_eq!(oid("2.5.29.37").unwrap(), [6, 3, 0x55, 0x1d, 0x25]);
        let tst_info = oid("1.2.840.113549.1.9.16.1.4").unwrap();
        assert_eq!(
            data_encoding::HEXLOWER.encode(&tst_info),
            "060b2a864886f70d0109100104"
        );
        assert!(oid("1.x").is_err());
    }

    #[test]
    fn what_is_written_is_read() {
        let written = tlv(0x30, &[9; 300]);
        assert_eq!(read(&written), Some((0x30, &[9; 300][..], &[][..])));
        assert_eq!(read(&written[..200]), None);
        assert_eq!(read(&[]), None);
    }
}
