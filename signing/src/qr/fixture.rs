//! One prescription of three medicines and the keys around it, for the tests of this folder.

use jiff::Timestamp;
use jiff::civil::date;
use prescription::{
    BlindedKey, Dosage, DoseUnit, Fraction, Issued, IssuedLine, Packages, Period, Route,
    SpecialFolio,
};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::payload::{Payload, PayloadLine};
use super::seal::{self, Seal};
use super::text;
use super::verify::{KeyHolder, PrescriberKey};
use crate::cose::Sign1;
use crate::cose::test_signer::TestSigner;

/// Friday, 20 November 2026, in the morning of Mexico City.
const ISSUED_AT: i64 = 1_795_190_400;

pub(super) fn issued_at() -> Timestamp {
    Timestamp::from_second(ISSUED_AT).unwrap()
}

pub(super) fn sealed_at() -> Timestamp {
    Timestamp::from_second(ISSUED_AT + 1).unwrap()
}

fn line(clave: &str, fraction: Fraction, antibiotic: bool, dosage: Dosage) -> PayloadLine {
    PayloadLine {
        clave: clave.parse().unwrap(),
        packages: Packages::new(2),
        fills: 1,
        fraction,
        antibiotic,
        valid_until: date(2026, 12, 20),
        dosage,
    }
}

pub(super) fn payload() -> Payload {
    let every_8_hours = Dosage {
        dose_milli: 1000,
        unit: DoseUnit::Capsule,
        times: 1,
        every: 8,
        period: Period::Hour,
        days: 7,
        route: Route::Oral,
        as_needed: false,
    };
    let drops = Dosage {
        dose_milli: 2500,
        unit: DoseUnit::Drop,
        as_needed: true,
        ..every_8_hours
    };
    Payload {
        folio: prescription::Folio::from_random([7; 10]),
        curp: "SABC560626MDFLRN01".to_owned(),
        name: "CONCEPCIÓN SALGADO BRISEÑO DE LA TORRE".to_owned(),
        cedula: "12345678".parse().unwrap(),
        clues: "DFSSA000012".parse().unwrap(),
        issued_at: issued_at(),
        written_on: date(2026, 11, 20),
        lines: vec![
            line("040.000.2612.00", Fraction::II, false, drops),
            line("010.000.2128.01", Fraction::IV, true, every_8_hours),
            line("010.000.0104.00", Fraction::IV, false, every_8_hours),
        ],
        document_digest: [0xd1; 32],
        special_folio: None,
        signer: super::payload::QrSigner::Prescriber,
    }
}

pub(super) fn special_folio() -> SpecialFolio {
    "SSA-2026-000123".parse().unwrap()
}

/// The event behind [`payload`], half a second later.
pub(super) fn issued() -> Issued {
    let payload = payload();
    Issued {
        folio: payload.folio,
        at: Timestamp::from_millisecond(ISSUED_AT * 1000 + 500).unwrap(),
        written_on: payload.written_on,
        patient: "0".repeat(32).parse().unwrap(),
        prescriber: payload.cedula,
        establishment: payload.clues,
        special_folio: payload.special_folio,
        animal: None,
        setting: prescription::event::Setting::default(),
        lines: payload
            .lines
            .into_iter()
            .map(|line| IssuedLine {
                clave: line.clave,
                substance: "clonazepam".to_owned(),
                map_key: BlindedKey([3; 16]),
                fraction: line.fraction,
                antibiotic: line.antibiotic,
                packages: line.packages,
                fills: line.fills,
                dosage: line.dosage,
                brand: None,
                no_substitution: false,
                group: None,
                refill_interval: None,
                supply_days: None,
                overlap: None,
                valid_until: line.valid_until,
            })
            .collect(),
    }
}

/// A ledger key in memory, in the place of the HSM.
pub(super) struct Ledger {
    key: Ed25519KeyPair,
    pub(super) public: [u8; 32],
}

impl Ledger {
    pub(super) fn new(seed: u8) -> Self {
        let key = Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap();
        Self {
            public: key.public_key().as_ref().try_into().unwrap(),
            key,
        }
    }

    pub(super) fn seal(&self, message: &Sign1, index: u64, at: Timestamp) -> Seal {
        let signed = self
            .key
            .sign(&seal::seal_message(&seal::digest(message), index, at));
        Seal {
            index,
            at,
            signature: signed.as_ref().try_into().unwrap(),
        }
    }
}

pub(super) fn prescriber() -> TestSigner {
    TestSigner::new(1)
}

/// The prescriber's certificate, valid for the year 2026.
pub(super) fn prescriber_key() -> PrescriberKey {
    PrescriberKey {
        spki_der: prescriber().spki,
        holder: KeyHolder::Prescriber(payload().cedula),
        not_before: Timestamp::from_second(1_767_225_600).unwrap(),
        not_after: Timestamp::from_second(1_798_761_599).unwrap(),
    }
}

pub(super) fn signed(payload: &Payload) -> Sign1 {
    let signer = prescriber();
    let payload = payload.to_cbor().unwrap();
    Sign1::sign(Some(signer.kid), payload, |digest| signer.sign(digest)).unwrap()
}

/// `message` sealed by ledger key 1 at `at`, as text.
pub(super) fn sealed(message: &Sign1, at: Timestamp) -> String {
    let seal = Ledger::new(1).seal(message, 1_234_567_890, at);
    text::encode(&seal::attach(message, &seal).unwrap().encode()).unwrap()
}

/// The QR of [`payload`].
pub(super) fn sealed_text() -> String {
    sealed(&signed(&payload()), sealed_at())
}
