//! Deterministic CBOR (RFC 8949 §4.2.1): one content, one encoding.

use minicbor::Decoder;
use minicbor::data::Type;

/// Levels of nesting: the deepest message, a QR payload, has four.
const MAX_DEPTH: u8 = 6;

/// Why bytes are not one item of deterministic CBOR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// Truncated, or not CBOR.
    #[error("the CBOR is malformed or truncated; send the complete message")]
    Malformed,
    /// An item whose length is not announced.
    #[error("the CBOR has an item of indefinite length; encode it with its length")]
    IndefiniteLength,
    /// A type that no format here uses: floats, nested tags, simple values.
    #[error("the CBOR has a float, a tag or a simple value, which these formats do not use")]
    UnsupportedType,
    /// Deeper than any format here.
    #[error("the CBOR is nested too deeply")]
    TooDeep,
    /// A number or a length in more bytes than it needs.
    #[error("the CBOR has a number that is not in its shortest form")]
    NotShortest,
    /// The same key twice in one map.
    #[error("the CBOR has a duplicate map key")]
    DuplicateKey,
    /// Map keys that do not ascend.
    #[error("the CBOR has map keys out of order")]
    UnsortedKeys,
    /// Bytes after the item.
    #[error("the CBOR is followed by surplus bytes")]
    TrailingBytes,
}

/// Checks that `bytes` are exactly one item in deterministic encoding, of integers, strings,
/// arrays, maps, booleans and null. The work is linear in the length.
pub(crate) fn check(bytes: &[u8]) -> Result<(), CborError> {
    let mut decoder = Decoder::new(bytes);
    check_item(&mut decoder, 0)?;
    if decoder.position() == bytes.len() {
        Ok(())
    } else {
        Err(CborError::TrailingBytes)
    }
}

fn check_item(d: &mut Decoder<'_>, depth: u8) -> Result<(), CborError> {
    if depth == MAX_DEPTH {
        return Err(CborError::TooDeep);
    }
    let start = d.position();
    match d.datatype().map_err(malformed)? {
        Type::U8
        | Type::U16
        | Type::U32
        | Type::U64
        | Type::I8
        | Type::I16
        | Type::I32
        | Type::I64
        | Type::Int => {
            let number = i128::from(d.int().map_err(malformed)?);
            // The head of a negative number n carries −1 − n.
            let argument = if number < 0 { -1 - number } else { number };
            check_head(d.position() - start, argument.unsigned_abs())
        }
        Type::Bytes => {
            let length = d.bytes().map_err(malformed)?.len();
            check_head(d.position() - start - length, length as u128)
        }
        Type::String => {
            let length = d.str().map_err(malformed)?.len();
            check_head(d.position() - start - length, length as u128)
        }
        Type::Array => {
            let count = d
                .array()
                .map_err(malformed)?
                .ok_or(CborError::IndefiniteLength)?;
            check_head(d.position() - start, u128::from(count))?;
            // A count beyond the input ends with the input.
            (0..count).try_for_each(|_| check_item(d, depth + 1))
        }
        Type::Map => {
            let count = d
                .map()
                .map_err(malformed)?
                .ok_or(CborError::IndefiniteLength)?;
            check_head(d.position() - start, u128::from(count))?;
            check_entries(d, count, depth)
        }
        Type::Bool => d.bool().map(drop).map_err(malformed),
        Type::Null => d.null().map_err(malformed),
        Type::BytesIndef | Type::StringIndef | Type::ArrayIndef | Type::MapIndef => {
            Err(CborError::IndefiniteLength)
        }
        Type::Undefined | Type::F16 | Type::F32 | Type::F64 | Type::Simple | Type::Tag => {
            Err(CborError::UnsupportedType)
        }
        Type::Break | Type::Unknown(_) => Err(CborError::Malformed),
    }
}

fn check_entries(d: &mut Decoder<'_>, count: u64, depth: u8) -> Result<(), CborError> {
    let mut previous: Option<&[u8]> = None;
    for _ in 0..count {
        let start = d.position();
        check_item(d, depth + 1)?;
        let key = &d.input()[start..d.position()];
        match previous {
            Some(previous) if previous == key => return Err(CborError::DuplicateKey),
            Some(previous) if previous > key => return Err(CborError::UnsortedKeys),
            _ => previous = Some(key),
        }
        check_item(d, depth + 1)?;
    }
    Ok(())
}

/// A head of `length` bytes must be the shortest that carries `argument` (RFC 8949 §3).
fn check_head(length: usize, argument: u128) -> Result<(), CborError> {
    let shortest = match argument {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    };
    if length == shortest {
        Ok(())
    } else {
        Err(CborError::NotShortest)
    }
}

fn malformed(_: minicbor::decode::Error) -> CborError {
    CborError::Malformed
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER_PERMISSIVE;
    use proptest::prelude::*;

    use super::*;

    fn check_hex(hex: &str) -> Result<(), CborError> {
        check(
            &HEXLOWER_PERMISSIVE
                .decode(hex.replace(' ', "").as_bytes())
                .unwrap(),
        )
    }

    /// Examples of RFC 8949 appendix A that are deterministic.
    #[test]
    fn accepts_the_deterministic_examples_of_the_rfc() {
        for hex in [
            "00",
            "17",
            "1818",
            "1903e8",
            "1a000f4240",
            "1b000000e8d4a51000",
            "20",
            "3863",
            "3bffffffffffffffff",
            "f4",
            "f5",
            "f6",
            "40",
            "4401020304",
            "60",
            "62c3bc",
            "80",
            "8301820203820405",
            "a0",
            "a201020304",
            "a26161016162820203",
            "a1613a3903e7",
        ] {
            assert_eq!(check_hex(hex), Ok(()), "{hex}");
        }
    }

    #[test]
    fn names_each_reason() {
        use CborError as E;
        for (hex, reason) in [
            ("", E::Malformed),
            ("4401", E::Malformed),
            ("62ff fe", E::Malformed),
            ("ff", E::Malformed),
            ("9b ffffffffffffffff", E::Malformed),
            ("9fff", E::IndefiniteLength),
            ("bfff", E::IndefiniteLength),
            ("5f 4101 ff", E::IndefiniteLength),
            ("7f 6161 ff", E::IndefiniteLength),
            ("f90000", E::UnsupportedType),
            ("fb3ff199999999999a", E::UnsupportedType),
            ("f7", E::UnsupportedType),
            ("f0", E::UnsupportedType),
            ("c11a514b67b0", E::UnsupportedType),
            ("81818181818100", E::TooDeep),
            ("1817", E::NotShortest),
            ("190017", E::NotShortest),
            ("1b00000000ffffffff", E::NotShortest),
            ("3800", E::NotShortest),
            ("580101", E::NotShortest),
            ("780161", E::NotShortest),
            ("980100", E::NotShortest),
            ("b8010000", E::NotShortest),
            ("a2 0100 0100", E::DuplicateKey),
            ("a2 616100 616100", E::DuplicateKey),
            ("a2 0200 0100", E::UnsortedKeys),
            // −1 sorts after every non-negative number.
            ("a2 2000 0100", E::UnsortedKeys),
            ("0000", E::TrailingBytes),
        ] {
            assert_eq!(check_hex(hex), Err(reason), "{hex}");
        }
    }

    proptest! {
        #[test]
        fn what_passes_is_one_whole_item(bytes: Vec<u8>) {
            if check(&bytes).is_ok() {
                let mut decoder = Decoder::new(&bytes);
                prop_assert!(decoder.skip().is_ok());
                prop_assert_eq!(decoder.position(), bytes.len());
            }
        }
    }
}
