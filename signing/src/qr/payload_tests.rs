//! Tests of the payload's encoding: a known vector, and what is refused on reading.

use data_encoding::HEXLOWER_PERMISSIVE;
use prescription::{Fraction, Packages};

use super::payload::{Payload, PayloadError as E};
use super::{fixture, payload_cbor};
use crate::cose::CborError;

/// The fixture's `SABC560626MDFLRN01`, `DFSSA000012` and first clave, `040.000.2612.00`, packed.
const CURP: [u8; 12] = [
    0x1a, 0x2f, 0xd2, 0x68, 0x9e, 0x59, 0xcf, 0xf3, 0x1c, 0x38, 0xce, 0x31,
];
const CLUES: [u8; 8] = [0, 0xae, 0x8f, 0xb7, 0xef, 0xcd, 0xa0, 0x26];
const CLAVE: [u8; 5] = [0x09, 0x50, 0x33, 0x8c, 0x50];
/// Its cédula, 12 345 678.
const CEDULA: [u8; 5] = [0x1a, 0, 0xbc, 0x61, 0x4e];

fn bytes() -> Vec<u8> {
    fixture::payload().to_cbor().unwrap()
}

/// The fixture's bytes with the only occurrence of `from` replaced by `to`.
fn replaced(from: &[u8], to: &[u8]) -> Vec<u8> {
    let bytes = bytes();
    let places: Vec<usize> = (0..bytes.len())
        .filter(|at| bytes[*at..].starts_with(from))
        .collect();
    let [place] = places[..] else {
        panic!("{from:02x?} occurs at {places:?}")
    };
    [&bytes[..place], to, &bytes[place + from.len()..]].concat()
}

fn refused(reason: E, from: &[u8], to: &[u8]) {
    assert_eq!(
        Payload::from_cbor(&replaced(from, to)),
        Err(reason),
        "{from:02x?} {to:02x?}"
    );
}

/// What `from_cbor` says of a payload that `to_cbor` would not have encoded.
fn refused_payload(reason: E, change: impl FnOnce(&mut Payload)) {
    let mut payload = fixture::payload();
    change(&mut payload);
    let bytes = payload_cbor::encode(&payload).unwrap();
    assert_eq!(Payload::from_cbor(&bytes), Err(reason));
}

/// Written by an encoder in another language from the CDDL in `payload_cbor.rs`.
const VECTOR: &[&str] = &[
    "a8 01 01",
    "02 4a 07070707070707070707",
    "03 82 4c 1a2fd2689e59cff31c38ce31",
    "78 28 434f4e4345504349c3934e2053414c4741444f204252495345c3914f204445204c4120544f525245",
    "04 82 1a 00bc614e 48 00ae8fb7efcda026",
    "05 1a 6b006e80",
    "06 19 5129",
    "07 83",
    "86 45 0950338c50 02 01 04 18 1e 88 19 09c4 05 01 08 01 07 01 f5",
    "86 45 02540f2341 02 01 09 18 1e 87 19 03e8 02 01 08 01 07 01",
    "86 45 02540c0ca0 02 01 08 18 1e 87 19 03e8 02 01 08 01 07 01",
    "08 58 20 d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1",
];

#[test]
fn the_format_does_not_drift() {
    let hex = VECTOR.concat().replace(' ', "");
    let vector = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).unwrap();
    assert_eq!(bytes(), vector);
    assert_eq!(Payload::from_cbor(&vector), Ok(fixture::payload()));
}

#[test]
fn cbor() {
    let bytes = bytes();
    let cbor = |bytes: &[u8]| match Payload::from_cbor(bytes) {
        Err(E::Cbor(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(cbor(&[&bytes[..], &[0]].concat()), CborError::TrailingBytes);
    assert_eq!(
        cbor(&[&[0xbf], &bytes[1..], &[0xff]].concat()),
        CborError::IndefiniteLength
    );
    assert_eq!(
        cbor(&replaced(&[7, 0x83], &[7, 0x9f])),
        CborError::IndefiniteLength
    );
    let twice = replaced(&[0xa8, 1, 1], &[0xa9, 1, 1, 1, 1]);
    assert_eq!(cbor(&twice), CborError::DuplicateKey);
    let unsorted = replaced(&[0xa8, 1, 1], &[0xa9, 2, 0, 1, 1]);
    assert_eq!(cbor(&unsorted), CborError::UnsortedKeys);
    assert_eq!(
        cbor(&replaced(&[0xa8, 1, 1], &[0xa8, 1, 0x18, 1])),
        CborError::NotShortest
    );
    assert_eq!(cbor(&bytes[..bytes.len() - 1]), CborError::Malformed);
    assert_eq!(
        cbor(&replaced(&[0xa8, 1, 1], &[0xa8, 1, 0xf9, 0, 1])),
        CborError::UnsupportedType
    );
}

#[test]
fn version() {
    refused(E::Version, &[0xa8, 1, 1], &[0xa8, 1, 2]);
    refused(E::Version, &[0xa8, 1, 1], &[0xa8, 1, 0x61, b'1']);
    // A later version may have more keys; it is the version that should be reported.
    let later = [
        &replaced(&[0xa8, 1, 1], &[0xaa, 1, 2])[..],
        &[0x18, 0x40, 0, 0x18, 0x41, 0],
    ];
    assert_eq!(Payload::from_cbor(&later.concat()), Err(E::Version));
}

#[test]
fn shape() {
    let with_key = |head: u8, tail: &[u8]| [&[head][..], &bytes()[1..], tail].concat();
    assert_eq!(
        Payload::from_cbor(&with_key(0xa9, &[0x0a, 0])),
        Err(E::Shape)
    );
    assert_eq!(
        Payload::from_cbor(&with_key(0xa9, &[0x0b, 0])),
        Err(E::Shape)
    );
    assert_eq!(
        Payload::from_cbor(&with_key(0xaa, &[9, 0x60, 0x0a, 0])),
        Err(E::SpecialFolio)
    );
    let special = [&[9, 0x66][..], b"ABC-12", &[0x0a, 0x41, 0]].concat();
    assert_eq!(
        Payload::from_cbor(&with_key(0xaa, &special)),
        Err(E::Shape),
        "a digest of one byte"
    );
    assert_eq!(Payload::from_cbor(&[0x80]), Err(E::Shape));
    assert_eq!(Payload::from_cbor(&[0xa0]), Err(E::Shape));
    assert_eq!(Payload::from_cbor(&[0xa1, 1, 1]), Err(E::Shape));
    refused(E::Shape, &[0xa8, 1, 1], &[0xa7]);
    refused(E::Shape, &[3, 0x82, 0x4c], &[3, 0x83, 0, 0x4c]);
    refused(E::Shape, &[7, 0x83, 0x86], &[7, 0x83, 0x87, 0]);
}

#[test]
fn byte_strings_have_one_length() {
    let payload = fixture::payload();
    for packed in [
        &payload.folio.to_bits()[..],
        &CURP,
        &CLUES,
        &CLAVE,
        &payload.document_digest,
    ] {
        let length = u8::try_from(packed.len()).unwrap();
        let head = |length: u8| match length {
            0..=23 => vec![0x40 | length],
            _ => vec![0x58, length],
        };
        let whole = [&head(length)[..], packed].concat();
        refused(
            E::Shape,
            &whole,
            &[&head(length - 1), &packed[1..]].concat(),
        );
        refused(
            E::Shape,
            &whole,
            &[&head(length + 1), packed, &[0]].concat(),
        );
        // As text, or as the number it is.
        refused(E::Shape, &whole, b"\x61A");
        refused(E::Shape, &whole, &[0]);
    }
}

#[test]
fn not_canonical() {
    refused(E::NotCanonical, &CEDULA, b"\x6812345678");
    refused(E::NotCanonical, &[7, 1, 0xf5], &[7, 1, 0xf4]);
}

#[test]
fn identifiers_that_are_not_what_they_should_be() {
    let payload = fixture::payload();
    let mut folio = payload.folio.to_bits();
    folio[0] |= 8;
    refused(E::Folio, &payload.folio.to_bits(), &folio);
    refused(E::Curp, &CURP, &[0xff; 12]);
    refused(E::Clues, &CLUES, &[0xff; 8]);
    refused(E::Clues, &CLUES, &[0; 8]);
    refused(E::Clave, &CLAVE, &[0xe8, 0xd4, 0xa5, 0x10, 0]);
    let name = [&[0x78, 40], payload.name.as_bytes()].concat();
    refused(E::Name, &name, &[0x60]);
    refused(E::Name, &name, &[0x61, 0x07]);
    refused(E::Shape, &name, &[0x41, b'A']);
}

#[test]
fn cedula() {
    // 999 999 and 100 000 000; text of six digits; bytes.
    refused(E::Cedula, &CEDULA, &[0x1a, 0, 0x0f, 0x42, 0x3f]);
    refused(E::Cedula, &CEDULA, &[0x1a, 0x05, 0xf5, 0xe1, 0]);
    refused(E::Cedula, &CEDULA, b"\x66012345");
    refused(E::Cedula, &CEDULA, b"\x4801234567");
    for (cedula, encoded) in [
        ("1000000", &[0x1a, 0, 0x0f, 0x42, 0x40][..]),
        ("99999999", &[0x1a, 0x05, 0xf5, 0xe0, 0xff]),
        ("0123456", b"\x670123456"),
        ("00000000", b"\x6800000000"),
    ] {
        let mut payload = fixture::payload();
        payload.cedula = cedula.parse().unwrap();
        assert_eq!(payload.to_cbor(), Ok(replaced(&CEDULA, encoded)));
        let read = Payload::from_cbor(&replaced(&CEDULA, encoded));
        assert_eq!(read, Ok(payload), "{cedula}");
    }
}

#[test]
fn special_folio() {
    let with = |folio: &[u8]| [&[0xa9], &bytes()[1..], &[9], folio].concat();
    assert_eq!(
        Payload::from_cbor(&with(&[0x63, b'a', b'b', b'c'])),
        Err(E::SpecialFolio)
    );
    let read = Payload::from_cbor(&with(b"\x6fSSA-2026-000123")).unwrap();
    assert_eq!(read.special_folio, Some(fixture::special_folio()));
}

#[test]
fn times() {
    let issued_at = [5, 0x1a, 0x6b, 0, 0x6e, 0x80];
    refused(E::IssuedAt, &issued_at, &[5, 0x20]);
    refused(E::IssuedAt, &issued_at, &[5, 0x60]);
    refused(
        E::IssuedAt,
        &issued_at,
        &[5, 0x1b, 255, 255, 255, 255, 255, 255, 255, 255],
    );
    refused(
        E::IssuedAt,
        &issued_at,
        &[5, 0x1b, 0, 0xff, 255, 255, 255, 255, 255, 255],
    );
    refused(E::WrittenOn, &[6, 0x19, 0x51, 0x29], &[6, 0x20]);
    refused(
        E::WrittenOn,
        &[6, 0x19, 0x51, 0x29],
        &[6, 0x1a, 255, 255, 255, 255],
    );
    let validity = [2, 1, 4, 0x18, 30];
    refused(
        E::ValidUntil,
        &validity,
        &[2, 1, 4, 0x1a, 255, 255, 255, 255],
    );
    // 2 912 120 days after 20 November 2026 is the first day of the year 10 000.
    refused(
        E::ValidUntil,
        &validity,
        &[2, 1, 4, 0x1a, 0, 0x2c, 0x6f, 0x78],
    );
    refused(E::ValidUntil, &validity, &[2, 1, 4, 0x20]);
    let same_day = Payload::from_cbor(&replaced(&validity, &[2, 1, 4, 0])).unwrap();
    assert_eq!(same_day.lines[0].valid_until, same_day.written_on);
}

#[test]
fn lines() {
    refused_payload(E::LineCount, |p| p.lines.clear());
    refused_payload(E::LineCount, |p| p.lines = vec![p.lines[0].clone(); 7]);
    refused_payload(E::Packages, |p| p.lines[0].packages = Packages::ZERO);
    refused_payload(E::Fills, |p| p.lines[0].fills = 0);
    refused(E::Packages, &[2, 1, 4, 0x18], &[0x60, 1, 4, 0x18]);
    refused(E::Fills, &[2, 1, 4, 0x18], &[2, 0x19, 1, 0, 4, 0x18]);
    for class in [1, 14] {
        refused(E::Fraction, &[2, 1, 4, 0x18], &[2, 1, class, 0x18]);
    }
    refused(E::Fraction, &[2, 1, 4, 0x18], &[2, 1, 0xf4, 0x18]);
    for (class, fraction, antibiotic) in [
        (2, Fraction::I, false),
        (9, Fraction::IV, true),
        (13, Fraction::VI, true),
    ] {
        let other = replaced(&[2, 1, 4, 0x18], &[2, 1, class, 0x18]);
        let line = &Payload::from_cbor(&other).unwrap().lines[0];
        assert_eq!((line.fraction, line.antibiotic), (fraction, antibiotic));
    }
}

#[test]
fn dosage() {
    let whole = [0x88, 0x19, 0x09, 0xc4, 5, 1, 8, 1, 7, 1, 0xf5];
    for (place, wrong) in [
        (4, 15),
        (5, 0x20),
        (6, 0x20),
        (7, 4),
        (8, 0x20),
        (9, 15),
        (10, 1),
    ] {
        let mut bad = whole;
        bad[place] = wrong;
        refused(E::Dosage, &whole, &bad);
    }
    refused(E::Dosage, &whole, &[0]);
    let elements = &whole[1..];
    refused(E::Dosage, &whole, &[&[0x86], &elements[..8]].concat());
    refused(E::Dosage, &whole, &[&[0x89], elements, &[0]].concat());
    refused(
        E::Dosage,
        &[5, 1, 8, 1, 7, 1, 0xf5],
        &[5, 0x1a, 0, 1, 0, 0, 8, 1, 7, 1, 0xf5],
    );
}
