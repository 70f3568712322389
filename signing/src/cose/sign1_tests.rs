//! Tests of [`super::Sign1`]: one per reason of refusal, named after it.

use std::convert::Infallible;

use proptest::prelude::*;

use super::key::P256_SPKI_PREFIX;
use super::test_signer::TestSigner;
use super::{CborError, CoseError, Kid, MAX_LEN, Sign1, SignError};

const PAYLOAD: &[u8] = b"receta";

fn message() -> Sign1 {
    let signer = TestSigner::new(1);
    Sign1::sign(Some(signer.kid), PAYLOAD.to_vec(), |digest| {
        signer.sign(digest)
    })
    .unwrap()
}

/// `18([protected, unprotected, payload, signature])` from raw parts, well formed or not.
fn raw(protected: &[u8], unprotected: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let mut e = minicbor::Encoder::new(vec![0xd2]);
    e.array(4).unwrap().bytes(protected).unwrap();
    e.writer_mut().extend_from_slice(unprotected);
    e.bytes(payload).unwrap().bytes(signature).unwrap();
    e.into_writer()
}

/// Refusal of a message with these headers and a plausible signature.
fn refusal(protected: &[u8], unprotected: &[u8]) -> CoseError {
    Sign1::parse(&raw(protected, unprotected, PAYLOAD, &[1; 64])).unwrap_err()
}

#[test]
fn reads_back_and_verifies() {
    let signer = TestSigner::new(1);
    let parsed = Sign1::parse(&message().encode()).unwrap();
    assert_eq!(parsed, message());
    let verified = parsed.verify(&signer.spki).unwrap();
    assert_eq!((verified.bytes(), verified.kid()), (PAYLOAD, signer.kid));
}

#[test]
fn the_format_does_not_drift() {
    let bytes = message().encode();
    // 18([<<{1: -7, 4: h'…'}>>, {}, h'…', h'…'])
    assert_eq!(bytes[..7], [0xd2, 0x84, 0x4d, 0xa2, 0x01, 0x26, 0x04]);
    assert_eq!(bytes[7], 0x48);
    assert_eq!(bytes[16..18], [0xa0, 0x46]);
    assert_eq!(bytes[24..26], [0x58, 0x40]);
    assert_eq!(bytes.len(), 90);
}

#[test]
fn a_message_without_kid_verifies() {
    let signer = TestSigner::new(1);
    let message = Sign1::sign(None, PAYLOAD.to_vec(), |digest| signer.sign(digest)).unwrap();
    let parsed = Sign1::parse(&message.encode()).unwrap();
    assert_eq!(parsed.kid(), None);
    assert_eq!(
        parsed.verify(&signer.spki).map(|verified| verified.kid()),
        Ok(signer.kid)
    );
}

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

/// The single-signer example of RFC 9052 (appendix C.2.1) with the key "11" of appendix C.7.1.
/// It has its kid in the unprotected header, which we refuse; without it, it verifies.
#[test]
fn unprotected_kid_and_the_signature_of_the_rfc() {
    let content = b"This is the content.";
    let signature = hex(concat!(
        "8eb33e4ca31d1c465ab05aac34cc6b23d58fef5c083106c4d25a91aef0b0117e",
        "2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36"
    ));
    let example = raw(
        &[0xa1, 0x01, 0x26],
        &[0xa1, 0x04, 0x42, b'1', b'1'],
        content,
        &signature,
    );
    assert_eq!(Sign1::parse(&example), Err(CoseError::UnprotectedKid));

    let accepted = raw(&[0xa1, 0x01, 0x26], &[0xa0], content, &signature);
    let point = hex(concat!(
        "04bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff",
        "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e"
    ));
    let spki = [&P256_SPKI_PREFIX[..], &point].concat();
    let message = Sign1::parse(&accepted).unwrap();
    assert_eq!(
        message.verify(&spki).map(|verified| verified.bytes()),
        Ok(&content[..])
    );
}

#[test]
fn too_large() {
    assert_eq!(Sign1::parse(&[0xd2; MAX_LEN + 1]), Err(CoseError::TooLarge));
    let map = [&[0xa1, 0x05, 0x59, 0x10, 0x00][..], &[0; 4096]].concat();
    assert_eq!(message().with_unprotected(map), Err(CoseError::TooLarge));
}

#[test]
fn not_tagged() {
    let bytes = message().encode();
    assert_eq!(Sign1::parse(&bytes[1..]), Err(CoseError::NotTagged));
    assert_eq!(Sign1::parse(&[]), Err(CoseError::NotTagged));
    // Tag 18 in two bytes is not deterministic.
    let longer = [&[0xd8, 0x12], &bytes[1..]].concat();
    assert_eq!(Sign1::parse(&longer), Err(CoseError::NotTagged));
    // Tag 17 is COSE_Mac0.
    let mac = [&[0xd1], &bytes[1..]].concat();
    assert_eq!(Sign1::parse(&mac), Err(CoseError::NotTagged));
}

#[test]
fn cbor() {
    let bytes = message().encode();
    let cbor = |bytes: &[u8]| match Sign1::parse(bytes) {
        Err(CoseError::Cbor(reason)) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(cbor(&[&bytes[..], &[0]].concat()), CborError::TrailingBytes);
    assert_eq!(cbor(&bytes[..bytes.len() - 1]), CborError::Malformed);
    let indefinite = [&[0xd2, 0x9f], &bytes[2..], &[0xff]].concat();
    assert_eq!(cbor(&indefinite), CborError::IndefiniteLength);
    let duplicate = raw(&[0xa2, 0x01, 0x26, 0x01, 0x26], &[0xa0], PAYLOAD, &[1; 64]);
    assert_eq!(cbor(&duplicate), CborError::DuplicateKey);
    let unsorted = raw(&[0xa2, 0x04, 0x40, 0x01, 0x26], &[0xa0], PAYLOAD, &[1; 64]);
    assert_eq!(cbor(&unsorted), CborError::UnsortedKeys);
    let longer = raw(&[0xa1, 0x18, 0x01, 0x26], &[0xa0], PAYLOAD, &[1; 64]);
    assert_eq!(cbor(&longer), CborError::NotShortest);
    let deep = raw(
        &[0xa1, 0x01, 0x26],
        &[0xa1, 0x05, 0x81, 0x81, 0x81, 0x81, 0x81, 0],
        b"",
        &[],
    );
    assert_eq!(cbor(&deep), CborError::TooDeep);
}

#[test]
fn shape() {
    for wrong in [
        &[0xd2, 0x00][..],
        &[0xd2, 0x83, 0x40, 0xa0, 0x40],
        &[0xd2, 0x84, 0x40, 0x80, 0x40, 0x40],
        &[0xd2, 0x84, 0x40, 0xa0, 0x60, 0x40],
        &[0xd2, 0x84, 0x40, 0xa0, 0x40, 0xf6],
        &[0xd2, 0x84, 0xa0, 0xa0, 0x40, 0x40],
    ] {
        assert_eq!(Sign1::parse(wrong), Err(CoseError::Shape), "{wrong:02x?}");
    }
    assert_eq!(refusal(&[0x80], &[0xa0]), CoseError::Shape);
    assert_eq!(
        message().with_unprotected(vec![0x80]),
        Err(CoseError::Shape)
    );
}

#[test]
fn missing_algorithm() {
    assert_eq!(refusal(&[], &[0xa0]), CoseError::MissingAlgorithm);
    assert_eq!(refusal(&[0xa0], &[0xa0]), CoseError::MissingAlgorithm);
}

#[test]
fn unprotected_algorithm() {
    let unprotected = [0xa1, 0x01, 0x26];
    assert_eq!(
        refusal(&[0xa1, 0x01, 0x26], &unprotected),
        CoseError::UnprotectedAlgorithm
    );
    let result = message().with_unprotected(unprotected.to_vec());
    assert_eq!(result, Err(CoseError::UnprotectedAlgorithm));
}

#[test]
fn unsupported_algorithm() {
    // EdDSA −8, ES384 −35, and a text.
    for wrong in [
        &[0xa1, 0x01, 0x27][..],
        &[0xa1, 0x01, 0x38, 0x22],
        &[0xa1, 0x01, 0x61, 0x61],
    ] {
        assert_eq!(refusal(wrong, &[0xa0]), CoseError::UnsupportedAlgorithm);
    }
}

#[test]
fn critical_header() {
    let critical = [0xa2, 0x01, 0x26, 0x02, 0x81, 0x04];
    assert_eq!(refusal(&critical, &[0xa0]), CoseError::CriticalHeader);
    assert_eq!(
        refusal(&[0xa1, 0x01, 0x26], &[0xa1, 0x02, 0x81, 4]),
        CoseError::CriticalHeader
    );
}

#[test]
fn unknown_header() {
    // Content type (3), and a text label.
    assert_eq!(
        refusal(&[0xa2, 1, 0x26, 3, 0], &[0xa0]),
        CoseError::UnknownHeader
    );
    assert_eq!(
        refusal(&[0xa2, 1, 0x26, 0x61, 0x61, 0], &[0xa0]),
        CoseError::UnknownHeader
    );
    assert_eq!(
        refusal(&[0xa1, 1, 0x26], &[0xa1, 0x61, 0x61, 0]),
        CoseError::UnknownHeader
    );
}

#[test]
fn kid_shape() {
    assert_eq!(
        refusal(&[0xa2, 1, 0x26, 4, 0x42, 1, 1], &[0xa0]),
        CoseError::KidShape
    );
    assert_eq!(
        refusal(&[0xa2, 1, 0x26, 4, 0x07], &[0xa0]),
        CoseError::KidShape
    );
}

#[test]
fn signature_length() {
    for length in [0, 63, 65, 70] {
        let bytes = raw(&[0xa1, 1, 0x26], &[0xa0], PAYLOAD, &vec![1; length]);
        assert_eq!(Sign1::parse(&bytes), Err(CoseError::SignatureLength));
    }
}

#[test]
fn high_s() {
    let signer = TestSigner::new(1);
    let mut high = None;
    // What the HSM returns is normalised …
    let message = Sign1::sign(Some(signer.kid), PAYLOAD.to_vec(), |digest| {
        high = signer.sign_high(digest).ok();
        signer.sign_high(digest)
    });
    let message = message.unwrap();
    assert!(message.verify(&signer.spki).is_ok());
    // … and refused when somebody puts it back.
    let mut bytes = message.encode();
    let start = bytes.len() - 64;
    bytes[start..].copy_from_slice(&high.unwrap());
    assert_eq!(Sign1::parse(&bytes), Err(CoseError::HighS));
}

#[test]
fn payload_missing() {
    let signer = TestSigner::new(1);
    let detached = super::sign_detached(PAYLOAD, signer.kid, |digest| signer.sign(digest)).unwrap();
    let detached = Sign1::parse(&detached).unwrap();
    assert_eq!(
        detached.verify(&signer.spki),
        Err(CoseError::PayloadMissing)
    );
}

#[test]
fn kid_mismatch_and_bad_signature() {
    let other = TestSigner::new(2);
    assert_eq!(message().verify(&other.spki), Err(CoseError::KidMismatch));
    // The kid of one key, the signature of another.
    let forged = Sign1::sign(Some(TestSigner::new(1).kid), PAYLOAD.to_vec(), |d| {
        other.sign(d)
    });
    let forged = forged.unwrap();
    assert_eq!(
        forged.verify(&TestSigner::new(1).spki),
        Err(CoseError::BadSignature)
    );
}

#[test]
fn key_not_p256() {
    assert_eq!(message().verify(&[]), Err(CoseError::KeyNotP256));
}

#[test]
fn sign_errors() {
    let fmt = |_| Err(std::fmt::Error);
    assert_eq!(
        Sign1::sign(None, vec![], fmt),
        Err(SignError::Signer(std::fmt::Error))
    );
    let zero = |_| Ok::<_, Infallible>([0; 64]);
    assert_eq!(
        Sign1::sign(None, vec![], zero),
        Err(SignError::InvalidSignature)
    );
    assert_eq!(
        Sign1::sign(None, vec![0; MAX_LEN], zero),
        Err(SignError::TooLarge)
    );
}

#[test]
fn debug_hides_the_payload() {
    let signer = TestSigner::new(1);
    let verified = message();
    let shown = format!("{verified:?} {:?}", verified.verify(&signer.spki).unwrap());
    assert!(
        !shown.contains("receta") && !shown.contains("114"),
        "{shown}"
    );
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let tagged = [&[0xd2, 0x84], bytes.as_slice()].concat();
        for bytes in [bytes, tagged] {
            if let Ok(message) = Sign1::parse(&bytes) {
                prop_assert_eq!(message.encode(), bytes);
            }
        }
    }

    #[test]
    fn any_payload_round_trips(payload: Vec<u8>, kid: Option<[u8; 8]>) {
        let signer = TestSigner::new(3);
        let message = Sign1::sign(kid.map(Kid::new), payload, |digest| signer.sign(digest)).unwrap();
        prop_assert_eq!(Sign1::parse(&message.encode()), Ok(message));
    }
}
