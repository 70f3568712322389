//! The mutation sweep: of a valid CAdES signature, COSE message, timestamp, OCSP answer, certificate
//! and revocation list, every bit flipped, every octet inverted, doubled or left out, every
//! truncation and every missing beginning is refused. The reasons are counted; `docs/REFUSALS.md`
//! quotes them.

use std::collections::BTreeMap;
use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::Signature;
use p256::ecdsa::signature::hazmat::PrehashSigner;

use crate::cms::cades::{SigningChain, build, verify};
use crate::cose::test_signer::TestSigner;
use crate::cose::{Kid, Sign1};
use crate::ecdsa::P256Signature;
use crate::ocsp::{
    BasicAnswer, CertIdHash, CertificateAnswer, NewAnswer, Status, basic_response, respond,
};
use crate::qr;
use crate::timestamp::TimestampError;
use crate::timestamp::test_tsa::{MESSAGE, Stamps};
use crate::trust::Trust;
use crate::trust::test_pki::{LEAF_SEED, LEAF_SERIAL, Pki, TestCa, at, leaf_revoked, signing_key};

const CONTENT: &[u8] = br#"{"resourceType":"Bundle"}"#;
/// Of the key of the issuing CA in `test_pki`.
const ISSUING_SEED: u8 = 2;

/// What an HSM does: signs 32 bytes, returns `r ‖ s` with low S.
fn sign(digest: [u8; 32]) -> Result<P256Signature, p256::ecdsa::Error> {
    sign_with(LEAF_SEED, digest)
}

fn sign_with(seed: u8, digest: [u8; 32]) -> Result<P256Signature, p256::ecdsa::Error> {
    let signature: Signature = signing_key(seed).sign_prehash(&digest)?;
    Ok(signature.normalize_s().to_bytes().into())
}

/// How often each reason was given.
type Reasons = BTreeMap<String, usize>;

/// `good` with one thing changed, each way there is.
fn mutants(good: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let changed = (0..good.len()).flat_map(move |at| {
        let flips = (0..8).map(|bit| 1 << bit).chain([0xff]);
        let flipped = flips.map(move |mask| {
            let mut bytes = good.to_vec();
            bytes[at] ^= mask;
            bytes
        });
        let without = [&good[..at], &good[at + 1..]].concat();
        let doubled = [&good[..=at], &good[at..]].concat();
        let ends = [good[..at].to_vec(), good[at + 1..].to_vec()];
        flipped.chain([without, doubled]).chain(ends)
    });
    // Two equal neighbours: leaving out either is the same; doubling none is the message itself.
    changed.filter(move |mutant| mutant != good)
}

/// Asserts that every mutant is refused; prints and returns the reasons.
fn sweep<T, E: Debug>(name: &str, good: &[u8], check: impl Fn(&[u8]) -> Result<T, E>) -> Reasons {
    assert!(check(good).is_ok(), "{name}: the original is refused");
    let mut reasons = Reasons::new();
    for mutant in mutants(good) {
        match check(&mutant) {
            Ok(_) => panic!(
                "{name}: accepted {}",
                data_encoding::HEXLOWER.encode(&mutant)
            ),
            Err(reason) => *reasons.entry(name_of(&reason)).or_default() += 1,
        }
    }
    let total: usize = reasons.values().sum();
    eprintln!(
        "{name}: {} octets, {total} mutants, all refused",
        good.len()
    );
    for (reason, count) in &reasons {
        eprintln!("  {count:6} {reason}");
    }
    reasons
}

/// The variant, with the one inside it.
fn name_of(reason: &impl Debug) -> String {
    let text = format!("{reason:?}");
    let parts: Vec<&str> = text.split(['(', ')', ' ', '{']).take(2).collect();
    parts.join(" ").trim_end().to_owned()
}

fn assert_reasons(reasons: &Reasons, expected: &[&str]) {
    for reason in expected {
        assert!(
            reasons.contains_key(*reason),
            "nothing was refused as {reason}"
        );
    }
}

#[test]
fn sweep_of_a_cades_signature() {
    let pki = Pki::new();
    let chain = SigningChain::new(&pki.leaf, &[&pki.issuing.der]).unwrap();
    let p7s = build(CONTENT, at(), &chain, sign);
    let store = pki.store();
    let trust = Trust::Store(&store);
    let reasons = sweep("CAdES", &p7s.unwrap(), |bytes| {
        verify(CONTENT, bytes, &trust, at())
    });
    assert_reasons(
        &reasons,
        &[
            "BadSignature",
            "Malformed",
            "NotDer",
            "TrailingBytes",
            "MessageDigestMismatch",
            "CertificateNotFound",
            "UnsupportedDigest",
            "SigningCertificateMismatch",
        ],
    );
}

#[test]
fn sweep_of_a_cose_message() {
    let signer = TestSigner::new(1);
    let kid = Some(Kid::of_spki(&signer.spki));
    let message = Sign1::sign(kid, CONTENT.to_vec(), |digest| signer.sign(digest)).unwrap();
    let check = |bytes: &[u8]| Sign1::parse(bytes)?.verify(&signer.spki).map(drop);
    let reasons = sweep("COSE", &message.encode(), check);
    assert_reasons(
        &reasons,
        &[
            "BadSignature",
            "NotTagged",
            "Shape",
            "KidMismatch",
            "Cbor Malformed",
        ],
    );
}

/// The text that a counter scans: one character wrong, missing or doubled.
#[test]
fn sweep_of_the_text_of_a_qr() {
    let signer = TestSigner::new(1);
    let kid = Some(Kid::of_spki(&signer.spki));
    let message = Sign1::sign(kid, CONTENT.to_vec(), |digest| signer.sign(digest)).unwrap();
    let good = qr::text::encode(&message.encode()).unwrap();
    // Upper and lower case, and blanks around, are one text to a scanner.
    let canonical = |text: &str| {
        text.split_whitespace()
            .collect::<String>()
            .to_ascii_uppercase()
    };
    let check = |bytes: &[u8]| {
        let text = str::from_utf8(bytes).map_err(|_| "not UTF-8".to_owned())?;
        if bytes != good.as_bytes() && canonical(text) == good {
            return Err("the same text".to_owned());
        }
        let cose = qr::text::decode(text).map_err(|error| format!("{error:?}"))?;
        let message = Sign1::parse(&cose).map_err(|error| name_of(&error))?;
        message
            .verify(&signer.spki)
            .map(drop)
            .map_err(|error| name_of(&error))
    };
    sweep("QR text", good.as_bytes(), check);
}

#[test]
fn sweep_of_a_certificate_and_of_its_ca() {
    let pki = Pki::new();
    let store = pki.store();
    let leaf = |bytes: &[u8]| store.validate(bytes, &[&pki.issuing.der], at());
    let reasons = sweep("certificate", &pki.leaf, leaf);
    assert_reasons(
        &reasons,
        &["BadPathSignature", "MalformedCertificate", "UnknownIssuer"],
    );
    let issuing = |bytes: &[u8]| store.validate(&pki.leaf, &[bytes], at());
    let reasons = sweep("certificate of the CA", &pki.issuing.der, issuing);
    assert_reasons(&reasons, &["BadPathSignature", "UnknownIssuer"]);
}

#[test]
fn sweep_of_a_revocation_list() {
    let pki = Pki::new();
    let mut params = TestCa::crl_params();
    params.revoked_certs = vec![leaf_revoked(5)];
    let crl = pki.issuing.crl(&params);
    let mut store = pki.store();
    store.add_issuer(&pki.issuing.der).unwrap();
    let check = |bytes: &[u8]| store.clone().add_crl(bytes);
    let reasons = sweep("revocation list", &crl, check);
    assert_reasons(
        &reasons,
        &["BadCrlSignature", "MalformedCrl", "UnknownCrlIssuer"],
    );
    // Nothing of it slips in by a wrong list: the revocation of the right one stands.
    store.add_crl(&crl).unwrap();
    let during: Timestamp = "2026-05-02T00:00:00Z".parse().unwrap();
    assert!(store.validate(&pki.leaf, &[], during).is_err());
}

/// A token of the simulated authority, over a message of another test.
#[test]
fn sweep_of_a_timestamp() {
    let stamps = Stamps::new();
    let token = stamps.tsa.token(&stamps.draft(MESSAGE)).unwrap();
    let reasons = sweep("timestamp", &token, |bytes| {
        stamps.trust.verify_token(bytes, MESSAGE)
    });
    for reason in [
        TimestampError::BadSignature,
        TimestampError::TrailingBytes,
        TimestampError::MessageDigestMismatch,
        TimestampError::ContentMissing,
        TimestampError::SignedAttributesMissing,
    ] {
        assert_reasons(&reasons, &[&name_of(&reason)]);
    }
}

/// A token carries no revocation data: nobody signed it.
#[test]
fn a_timestamp_with_revocation_data_is_refused() {
    let stamps = Stamps::new();
    let token = stamps.tsa.token(&stamps.draft(MESSAGE)).unwrap();
    // ContentInfo, [0] and SignedData, each with a length of two octets; then version, digests,
    // content and certificates, behind which an empty [1] goes.
    let mut place = 23;
    for _ in 0..4 {
        place += match token[place + 1] {
            0x82 => 4 + usize::from(u16::from_be_bytes([token[place + 2], token[place + 3]])),
            0x81 => 3 + usize::from(token[place + 2]),
            short => 2 + usize::from(short),
        };
    }
    let mut with_lists = [&token[..place], &[0xa1, 0], &token[place..]].concat();
    for length in [2, 17, 21] {
        let longer = u16::from_be_bytes([token[length], token[length + 1]]) + 2;
        with_lists[length..length + 2].copy_from_slice(&longer.to_be_bytes());
    }
    let refused = stamps.trust.verify_token(&with_lists, MESSAGE);
    assert_eq!(refused.err(), Some(TimestampError::EmbeddedRevocation));
}

#[test]
fn sweep_of_an_ocsp_answer() {
    let pki = Pki::new();
    let answer = NewAnswer {
        issuer: &pki.issuing.der,
        responder: None,
        hash: CertIdHash::Sha256,
        says: vec![CertificateAnswer {
            serial: LEAF_SERIAL.to_vec(),
            status: Status::Good,
            this_update: at(),
            next_update: at() + SignedDuration::from_hours(24),
        }],
        produced_at: at(),
        nonce: None,
    };
    // The CA answers itself.
    let response = respond(&answer, |digest| sign_with(ISSUING_SEED, digest)).unwrap();
    let basic = basic_response(&response).unwrap();
    let reasons = sweep("OCSP", &basic, |bytes| {
        BasicAnswer::verify(bytes, &pki.issuing.der, |_, _| None)
    });
    assert_reasons(&reasons, &["BadSignature"]);
}
