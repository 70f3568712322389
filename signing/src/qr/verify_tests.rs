//! Tests of [`super::verify`]: one per reason of refusal, named after it.

use jiff::Timestamp;
use proptest::prelude::*;

use super::fixture::{self, Ledger};
use super::payload::{Payload, PayloadError};
use super::seal::{self, SealError};
use super::text::TextError;
use super::{
    KeyHolder, PrescriberKey, QrError, QrSigner, VerifiedPrescription, qr_digest, read, text,
    verify,
};
use crate::cose::test_signer::TestSigner;
use crate::cose::{CborError, CoseError, Sign1};

/// Reads and verifies with the fixture's certificate and ledger key.
fn check(text: &str) -> Result<VerifiedPrescription, QrError> {
    let known = fixture::prescriber();
    verify(
        &read(text)?,
        |kid| (kid == known.kid).then(fixture::prescriber_key),
        &Ledger::new(1).public,
    )
}

/// Verifies the fixture's QR with a changed certificate.
fn check_with(change: impl Fn(&mut PrescriberKey)) -> Result<VerifiedPrescription, QrError> {
    let certificate = |_| {
        let mut key = fixture::prescriber_key();
        change(&mut key);
        Some(key)
    };
    verify(
        &read(&fixture::sealed_text())?,
        certificate,
        &Ledger::new(1).public,
    )
}

fn after(timestamp: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_second(timestamp.as_second() + seconds).unwrap()
}

#[test]
fn verifies_and_gives_every_fact() {
    let verified = check(&fixture::sealed_text()).unwrap();
    let message = fixture::signed(&fixture::payload());
    assert_eq!(verified.payload(), &fixture::payload());
    assert_eq!(verified.kid(), fixture::prescriber().kid);
    assert_eq!(verified.seal_index(), 1_234_567_890);
    assert_eq!(verified.sealed_at(), fixture::sealed_at());
    assert_eq!(Ok(*verified.qr_digest()), qr_digest(&message.encode()));
    let sealed = text::decode(&fixture::sealed_text()).unwrap();
    assert_eq!(Ok(*verified.qr_digest()), qr_digest(&sealed));
    assert_eq!(
        read(&fixture::sealed_text()).unwrap().qr_digest(),
        verified.qr_digest()
    );
}

#[test]
fn verifies_as_a_wedge_in_caps_lock_types_it() {
    assert!(check(&format!(" {}\r\n", fixture::sealed_text().to_lowercase())).is_ok());
}

#[test]
fn verifies_with_a_special_folio() {
    let payload = Payload {
        special_folio: Some(fixture::special_folio()),
        ..fixture::payload()
    };
    let text = fixture::sealed(&fixture::signed(&payload), fixture::sealed_at());
    assert_eq!(check(&text).unwrap().payload(), &payload);
}

#[test]
fn every_flipped_bit_is_refused() {
    let good = text::decode(&fixture::sealed_text()).unwrap();
    for bit in 0..good.len() * 8 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(check(&text::encode(&bad).unwrap()).is_err(), "bit {bit}");
    }
}

#[test]
fn every_changed_character_is_refused() {
    let good = fixture::sealed_text();
    for place in 0..good.len() {
        for other in ["A", "7", "Q", "1", "Ñ", "="] {
            let mut bad = good.clone();
            bad.replace_range(place..=place, other);
            assert!(bad == good || check(&bad).is_err(), "{other} at {place}");
        }
        let mut shorter = good.clone();
        shorter.remove(place);
        assert!(check(&shorter).is_err(), "without {place}");
    }
}

#[test]
fn text() {
    assert_eq!(
        check("https://example.org"),
        Err(QrError::Text(TextError::NotOurs))
    );
}

#[test]
fn cose() {
    // A prescription signed by one key in the name of another.
    let other = TestSigner::new(9);
    let payload = fixture::payload().to_cbor().unwrap();
    let named = Some(fixture::prescriber().kid);
    let forged = Sign1::sign(named, payload, |digest| other.sign(digest)).unwrap();
    let refused = check(&fixture::sealed(&forged, fixture::sealed_at()));
    assert_eq!(refused, Err(QrError::Cose(CoseError::BadSignature)));

    let untagged = text::encode(&[0x84]).unwrap();
    assert_eq!(check(&untagged), Err(QrError::Cose(CoseError::NotTagged)));
    let other_key = check_with(|key| key.spki_der = TestSigner::new(9).spki);
    assert_eq!(other_key, Err(QrError::Cose(CoseError::KidMismatch)));
    let detached = crate::cose::sign_detached(b"", other.kid, |digest| other.sign(digest));
    let detached = Sign1::parse(&detached.unwrap()).unwrap();
    let refused = check(&fixture::sealed(&detached, fixture::sealed_at()));
    assert_eq!(refused, Err(QrError::Cose(CoseError::PayloadMissing)));
}

#[test]
fn payload() {
    let signer = fixture::prescriber();
    let message = Sign1::sign(Some(signer.kid), vec![0x9f, 0xff], |digest| {
        signer.sign(digest)
    });
    let refused = check(&fixture::sealed(&message.unwrap(), fixture::sealed_at()));
    let reason = PayloadError::Cbor(CborError::IndefiniteLength);
    assert_eq!(refused, Err(QrError::Payload(reason)));
}

#[test]
fn seal() {
    let message = fixture::signed(&fixture::payload());
    let unsealed = text::encode(&message.encode()).unwrap();
    assert_eq!(check(&unsealed), Err(QrError::Seal(SealError::Missing)));
    let forged = Ledger::new(2).seal(&message, 1, fixture::sealed_at());
    let forged = text::encode(&seal::attach(&message, &forged).unwrap().encode()).unwrap();
    assert_eq!(check(&forged), Err(QrError::Seal(SealError::BadSignature)));
}

#[test]
fn a_seal_of_another_prescription_is_refused() {
    let one = fixture::signed(&fixture::payload());
    let other = fixture::signed(&Payload {
        document_digest: [2; 32],
        ..fixture::payload()
    });
    let moved = Ledger::new(1).seal(&one, 1, fixture::sealed_at());
    let moved = text::encode(&seal::attach(&other, &moved).unwrap().encode()).unwrap();
    assert_eq!(check(&moved), Err(QrError::Seal(SealError::BadSignature)));
}

#[test]
fn missing_kid() {
    let signer = fixture::prescriber();
    let payload = fixture::payload().to_cbor().unwrap();
    let message = Sign1::sign(None, payload, |digest| signer.sign(digest)).unwrap();
    let refused = check(&fixture::sealed(&message, fixture::sealed_at()));
    assert_eq!(refused, Err(QrError::MissingKid));
}

#[test]
fn unknown_prescriber() {
    let qr = read(&fixture::sealed_text()).unwrap();
    assert_eq!(qr.kid(), fixture::prescriber().kid);
    let refused = verify(&qr, |_| None, &Ledger::new(1).public);
    assert_eq!(refused, Err(QrError::UnknownPrescriber));
}

/// The institution's key, under the kid of the fixture's.
fn institution(key: &mut PrescriberKey) {
    key.holder = KeyHolder::Institution;
}

fn check_text_with(
    text: &str,
    change: impl Fn(&mut PrescriberKey),
) -> Result<VerifiedPrescription, QrError> {
    let certificate = |_| {
        let mut key = fixture::prescriber_key();
        change(&mut key);
        Some(key)
    };
    verify(&read(text)?, certificate, &Ledger::new(1).public)
}

#[test]
fn an_institution_signs_what_says_so_and_carries_the_cades_digest() {
    let payload = fixture::payload().by_institution([0xca; 32]);
    let text = fixture::sealed(&fixture::signed(&payload), fixture::sealed_at());
    let verified = check_text_with(&text, institution).unwrap();
    let expected = QrSigner::Institution { cades: [0xca; 32] };
    assert_eq!(verified.payload().signer, expected);
    let own = check(&fixture::sealed_text()).unwrap();
    assert_eq!(own.payload().signer, QrSigner::Prescriber);
}

#[test]
fn other_holder() {
    let payload = fixture::payload().by_institution([0xca; 32]);
    let text = fixture::sealed(&fixture::signed(&payload), fixture::sealed_at());
    // A prescriber who signs as if the institution had: the CAdES behind it would be anybody's.
    assert_eq!(check(&text), Err(QrError::OtherHolder));
    // An institution that signs as if the prescriber had.
    assert_eq!(check_with(institution), Err(QrError::OtherHolder));
}

#[test]
fn cedula_mismatch() {
    let refused = check_with(|key| {
        key.holder = KeyHolder::Prescriber("7654321".parse().unwrap());
    });
    assert_eq!(refused, Err(QrError::CedulaMismatch));
}

#[test]
fn certificate_not_yet_valid() {
    let refused = check_with(|key| key.not_before = after(fixture::sealed_at(), 1));
    assert_eq!(refused, Err(QrError::CertificateNotYetValid));
    assert!(check_with(|key| key.not_before = fixture::sealed_at()).is_ok());
}

#[test]
fn certificate_expired() {
    // The signer says that it was issued while the certificate was valid; the ledger decides.
    let refused = check_with(|key| key.not_after = fixture::issued_at());
    assert_eq!(refused, Err(QrError::CertificateExpired));
    assert!(check_with(|key| key.not_after = fixture::sealed_at()).is_ok());
}

#[test]
fn issued_after_seal() {
    let message = fixture::signed(&fixture::payload());
    let skewed = fixture::sealed(&message, after(fixture::issued_at(), -300));
    assert!(check(&skewed).is_ok());
    let later = fixture::sealed(&message, after(fixture::issued_at(), -301));
    assert_eq!(check(&later), Err(QrError::IssuedAfterSeal));
}

#[test]
fn every_refusal_speaks_spanish() {
    let errors = [
        QrError::Text(TextError::NotOurs),
        QrError::Text(TextError::TooLong),
        QrError::Text(TextError::Incomplete),
        QrError::Text(TextError::Symbol),
        QrError::Text(TextError::NotCanonical),
        QrError::Cose(CoseError::BadSignature),
        QrError::Cose(CoseError::KeyNotP256),
        QrError::Cose(CoseError::Shape),
        QrError::Payload(PayloadError::Version),
        QrError::Payload(PayloadError::Shape),
        QrError::Seal(SealError::Missing),
        QrError::Seal(SealError::BadSignature),
        QrError::Seal(SealError::Shape),
        QrError::MissingKid,
        QrError::UnknownPrescriber,
        QrError::CedulaMismatch,
        QrError::OtherHolder,
        QrError::CertificateNotYetValid,
        QrError::CertificateExpired,
        QrError::IssuedAfterSeal,
    ];
    for error in errors {
        let text = error.in_spanish();
        assert!(
            text.ends_with('.') && !text.contains("  "),
            "{error:?}: {text}"
        );
        assert_ne!(text, error.to_string());
    }
}

#[test]
fn debug_hides_the_patient() {
    let qr = read(&fixture::sealed_text()).unwrap();
    let verified = check(&fixture::sealed_text()).unwrap();
    let shown = format!("{qr:?} {verified:?}");
    let patient = fixture::payload();
    assert!(
        !shown.contains(&patient.curp) && !shown.contains(&patient.name),
        "{shown}"
    );
    // Nor as a list of bytes: "SAB" is 83, 65, 66.
    assert!(!shown.contains("83, 65, 66"), "{shown}");
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "(RX1)?[a-zA-Z2-7 ]{0,80}") {
        drop(read(&text));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, place in 0_usize..400, cut in 0_usize..60) {
        drop(read(&text::encode(&bytes).unwrap()));
        prop_assert_eq!(qr_digest(&bytes).is_ok(), Sign1::parse(&bytes).is_ok());
        // Random bytes spliced into a good QR get further than random bytes alone.
        let mut spliced = text::decode(&fixture::sealed_text()).unwrap();
        let start = place.min(spliced.len());
        let end = (start + cut).min(spliced.len());
        spliced.splice(start..end, bytes);
        drop(read(&text::encode(&spliced).unwrap()));
    }
}
