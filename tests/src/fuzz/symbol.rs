//! The QR: its text, and the payload inside.

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::date;
use prescription::{Dosage, DoseUnit, Folio, Fraction, Packages, Period, Route};
use ring::signature::Ed25519KeyPair;
use signing::cose::{Kid, Sign1};
use signing::qr::{self, KeyHolder, Payload, PayloadLine, PrescriberKey, Seal, seal};

use super::pki::Key;

/// 20 November 2026.
const AT: i64 = 1_795_190_400;

/// The text of a QR as a scanner types it.
pub(super) fn text(data: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(data) else {
        return false;
    };
    let Ok(parsed) = qr::read(text) else {
        return false;
    };
    // Case and blanks aside, there is one text for what was read.
    let cose = qr::text::decode(text);
    let again = cose.and_then(|cose| qr::text::encode(&cose));
    let compact: String = text
        .split_whitespace()
        .collect::<String>()
        .to_ascii_uppercase();
    assert_eq!(again.as_ref(), Ok(&compact));
    let payload = parsed.claimed().to_cbor();
    assert!(payload.is_ok_and(|bytes| Payload::from_cbor(&bytes).as_ref() == Ok(parsed.claimed())));
    // What verifies is a text that was given out.
    if let Ok(verified) = qr::verify(&parsed, known, &ledger_key()) {
        let given_out = text_seeds().is_ok_and(|seeds| seeds.contains(&compact.into_bytes()));
        assert!(given_out, "a forgery of {:?}", verified.payload());
    }
    true
}

fn known(kid: Kid) -> Option<PrescriberKey> {
    let key = Key::new(3);
    let spki_der = key.spki();
    (kid == Kid::of_spki(&spki_der)).then_some(())?;
    Some(PrescriberKey {
        spki_der,
        holder: KeyHolder::Prescriber("12345678".parse().ok()?),
        not_before: Timestamp::from_second(AT - 86_400).ok()?,
        not_after: Timestamp::from_second(AT + 86_400).ok()?,
    })
}

fn ledger_key() -> [u8; 32] {
    use ring::signature::KeyPair;
    let pair = Ed25519KeyPair::from_seed_unchecked(&[5; 32]);
    let public = pair
        .ok()
        .and_then(|pair| pair.public_key().as_ref().try_into().ok());
    public.unwrap_or_default()
}

/// The CBOR that a prescriber signs.
pub(super) fn payload(data: &[u8]) -> bool {
    let Ok(payload) = Payload::from_cbor(data) else {
        return false;
    };
    assert_eq!(payload.to_cbor().as_deref(), Ok(data));
    true
}

pub(super) fn text_seeds() -> Result<Vec<Vec<u8>>> {
    let key = Key::new(3);
    let ledger = Ed25519KeyPair::from_seed_unchecked(&[5; 32])
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut texts = Vec::new();
    for payload in payload_seeds()? {
        let kid = Kid::of_spki(&key.spki());
        let signed = Sign1::sign(Some(kid), payload, |digest| key.sign_digest(&digest))?;
        let at = Timestamp::from_second(AT + 1)?;
        let message = seal::seal_message(&seal::digest(&signed), 17, at);
        let signature = ledger.sign(&message).as_ref().try_into()?;
        let sealed = seal::attach(
            &signed,
            &Seal {
                index: 17,
                at,
                signature,
            },
        )?;
        texts.push(qr::text::encode(&sealed.encode())?.into_bytes());
    }
    Ok(texts)
}

pub(super) fn payload_seeds() -> Result<Vec<Vec<u8>>> {
    let dosage = Dosage {
        dose_milli: 500,
        unit: DoseUnit::Tablet,
        times: 1,
        every: 12,
        period: Period::Hour,
        days: 30,
        route: Route::Oral,
        as_needed: true,
    };
    let line = PayloadLine {
        clave: "040.000.2612.00".parse()?,
        packages: Packages::new(2),
        fills: 1,
        fraction: Fraction::II,
        antibiotic: false,
        valid_until: date(2026, 12, 20),
        dosage,
    };
    let one = Payload {
        folio: Folio::from_random([7; 10]),
        curp: "SABC560626MDFLRN01".to_owned(),
        name: "CONCEPCIÓN SALGADO BRISEÑO".to_owned(),
        cedula: "12345678".parse()?,
        clues: "DFSSA000012".parse()?,
        issued_at: Timestamp::from_second(AT)?,
        written_on: date(2026, 11, 20),
        lines: vec![line.clone()],
        document_digest: [0xd1; 32],
        special_folio: None,
        signer: signing::qr::QrSigner::Prescriber,
    };
    let six = Payload {
        lines: vec![line; 6],
        ..one.clone()
    };
    let special = Payload {
        special_folio: Some("SSA-2026-000123".parse()?),
        ..one.clone()
    };
    [one, six, special]
        .iter()
        .map(|payload| Ok(payload.to_cbor()?))
        .collect()
}
