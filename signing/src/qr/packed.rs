//! Identifiers of fixed length as the bytes of one big-endian number, shorter than their text.

use prescription::{Clave, Clues};

/// Bytes of a packed CURP: 36^18 is less than 2^96.
pub(super) const CURP_BYTES: usize = 12;
/// Bytes of a packed CLUES: 36^11 is less than 2^64.
pub(super) const CLUES_BYTES: usize = 8;
/// Bytes of a packed clave: 10^12 is less than 2^40.
pub(super) const CLAVE_BYTES: usize = 5;

const CURP_CHARS: usize = 18;
const CLUES_CHARS: usize = 11;
const CLAVE_DIGITS: usize = 12;

/// A CURP as a number in base 36; `None` unless it is of 18 digits and capital letters.
pub(super) fn pack_curp(curp: &str) -> Option<[u8; CURP_BYTES]> {
    pack(curp.bytes(), 36, CURP_CHARS)
}

/// The CURP of [`pack_curp`]; `None` for a number with more than 18 digits.
pub(super) fn unpack_curp(bytes: [u8; CURP_BYTES]) -> Option<String> {
    unpack(&bytes, 36, CURP_CHARS)
}

/// A CLUES as a number in base 36.
pub(super) fn pack_clues(clues: &Clues) -> Option<[u8; CLUES_BYTES]> {
    pack(clues.as_str().bytes(), 36, CLUES_CHARS)
}

/// The CLUES of [`pack_clues`]; `None` where the number is not that of a CLUES.
pub(super) fn unpack_clues(bytes: [u8; CLUES_BYTES]) -> Option<Clues> {
    unpack(&bytes, 36, CLUES_CHARS)?.parse().ok()
}

/// A clave as the number of its twelve digits: `040.000.2612.00` is 40 000 261 200.
pub(super) fn pack_clave(clave: &Clave) -> Option<[u8; CLAVE_BYTES]> {
    let digits = clave.as_str().bytes().filter(|c| *c != b'.');
    pack(digits, 10, CLAVE_DIGITS)
}

/// The clave of [`pack_clave`]; `None` for a number with more than twelve digits.
pub(super) fn unpack_clave(bytes: [u8; CLAVE_BYTES]) -> Option<Clave> {
    let d = unpack(&bytes, 10, CLAVE_DIGITS)?;
    format!("{}.{}.{}.{}", &d[..3], &d[3..6], &d[6..10], &d[10..])
        .parse()
        .ok()
}

/// The number whose `count` digits are `text`, most significant first, in `N` bytes.
fn pack<const N: usize>(
    text: impl Iterator<Item = u8>,
    base: u128,
    count: usize,
) -> Option<[u8; N]> {
    let mut number = 0_u128;
    let mut seen = 0;
    for character in text {
        let digit = value_of(character).filter(|digit| *digit < base)?;
        number = number.checked_mul(base)?.checked_add(digit)?;
        seen += 1;
    }
    let bytes = number.to_be_bytes();
    let (surplus, bytes) = bytes.split_last_chunk()?;
    (seen == count && surplus.iter().all(|byte| *byte == 0)).then_some(*bytes)
}

/// The number in at most sixteen `bytes`, in `count` digits; `None` where it has more.
fn unpack(bytes: &[u8], base: u128, count: usize) -> Option<String> {
    let mut number = bytes
        .iter()
        .fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    let mut digits = vec![b'0'; count];
    for digit in digits.iter_mut().rev() {
        *digit = *ALPHABET.get(usize::try_from(number % base).ok()?)?;
        number /= base;
    }
    (number == 0).then(|| String::from_utf8(digits).ok())?
}

/// The digits of base 36; those of base 10 are its first ten.
const ALPHABET: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

fn value_of(character: u8) -> Option<u128> {
    let position = ALPHABET.iter().position(|c| *c == character)?;
    u128::try_from(position).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_numbers_are_those_of_their_digits() {
        let curp = "00000000000000010Z";
        let packed = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x05, 0x33];
        assert_eq!(pack_curp(curp), Some(packed), "36² + 35 is 0x533");
        assert_eq!(unpack_curp(packed).as_deref(), Some(curp));
        let clave: Clave = "040.000.2612.00".parse().unwrap();
        assert_eq!(pack_clave(&clave), Some([0x09, 0x50, 0x33, 0x8c, 0x50]));
        let clues: Clues = "DFSSA000012".parse().unwrap();
        let number = i64::from_str_radix("DFSSA000012", 36).unwrap();
        assert_eq!(pack_clues(&clues), Some(number.to_be_bytes()));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for wrong in [
            "",
            "SABC560626MDFLRN0",
            "SABC560626MDFLRN011",
            "sABC560626MDFLRN01",
        ] {
            assert_eq!(pack_curp(wrong), None, "{wrong}");
        }
        assert_eq!(pack_curp(&"Z".repeat(40)), None);
        let largest = pack_curp(&"Z".repeat(18)).unwrap();
        assert!(unpack_curp(largest).is_some());
        // One more than the largest CURP, CLUES and clave.
        let above = u128::pow(36, 18).to_be_bytes();
        assert_eq!(unpack_curp(above[4..].try_into().unwrap()), None);
        assert_eq!(unpack_clues(u64::pow(36, 11).to_be_bytes()), None);
        assert_eq!(unpack_clave([0xe8, 0xd4, 0xa5, 0x10, 0x00]), None);
        assert!(unpack_clave([0xe8, 0xd4, 0xa5, 0x0f, 0xff]).is_some());
        // Eleven characters of base 36, but six digits and five letters.
        let number = u64::from_str_radix("000012DFSSA", 36).unwrap();
        assert_eq!(unpack_clues(number.to_be_bytes()), None);
    }

    proptest! {
        #[test]
        fn everything_reads_back(
            curp in "[0-9A-Z]{18}",
            clues in "[A-Z]{5}[0-9]{6}",
            clave in "[0-9]{3}\\.[0-9]{3}\\.[0-9]{4}\\.[0-9]{2}",
        ) {
            prop_assert_eq!(pack_curp(&curp).and_then(unpack_curp), Some(curp));
            let clues: Clues = clues.parse().unwrap();
            prop_assert_eq!(pack_clues(&clues).and_then(unpack_clues), Some(clues));
            let clave: Clave = clave.parse().unwrap();
            prop_assert_eq!(pack_clave(&clave).and_then(unpack_clave), Some(clave));
        }

        #[test]
        fn every_number_has_one_text(curp: [u8; 12], clues: [u8; 8], clave: [u8; 5]) {
            if let Some(text) = unpack_curp(curp) {
                prop_assert_eq!(pack_curp(&text), Some(curp));
            }
            if let Some(text) = unpack_clues(clues) {
                prop_assert_eq!(pack_clues(&text), Some(clues));
            }
            if let Some(text) = unpack_clave(clave) {
                prop_assert_eq!(pack_clave(&text), Some(clave));
            }
        }
    }
}
