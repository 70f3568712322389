//! The prescription of three medicines behind `bench qr`, with keys in memory.

use anyhow::{Context, Result};
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::pkcs8::EncodePublicKey;
use prescription::{Dosage, DoseUnit, Folio, Fraction, Packages, Period, Route};
use ring::signature::{Ed25519KeyPair, KeyPair};
use signing::cose::{Kid, Sign1};
use signing::qr::{KeyHolder, Payload, PayloadLine, PrescriberKey, Seal, seal, text};

use crate::cast::{Prescriber, prescribers};

/// 20 November 2026, in the morning of Mexico City.
const ISSUED_AT: i64 = 1_795_190_400;

/// Payload and keys.
pub(super) struct Fixture {
    pub(super) payload: Payload,
    prescriber: SigningKey,
    ledger: Ed25519KeyPair,
    /// What a counter has cached of the prescriber.
    pub(super) known: PrescriberKey,
    /// The ledger's key, as a counter pins it.
    pub(super) ledger_key: [u8; 32],
    kid: Kid,
}

impl Fixture {
    /// The same each time.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn new() -> Result<Self> {
        let [doctor, _] = prescribers()?;
        let prescriber = SigningKey::from_slice(&[7; 32])
            .ok()
            .context("no P-256 key")?;
        let spki = prescriber
            .verifying_key()
            .to_public_key_der()
            .ok()
            .context("no public key")?;
        let ledger = Ed25519KeyPair::from_seed_unchecked(&[3; 32])
            .ok()
            .context("no Ed25519 key")?;
        let at = Timestamp::from_second(ISSUED_AT)?;
        Ok(Self {
            payload: payload(&doctor, at)?,
            known: PrescriberKey {
                spki_der: spki.as_bytes().to_vec(),
                holder: KeyHolder::Prescriber(doctor.cedula.parse()?),
                not_before: at - 24.hours(),
                not_after: at + 24.hours(),
            },
            ledger_key: ledger.public_key().as_ref().try_into()?,
            kid: Kid::of_spki(spki.as_bytes()),
            prescriber,
            ledger,
        })
    }

    /// Encodes, signs, seals: the text of the QR.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn build(&self) -> Result<String> {
        let message = Sign1::sign(Some(self.kid), self.payload.to_cbor()?, |digest| {
            let signed: Result<p256::ecdsa::Signature, _> = self.prescriber.sign_prehash(&digest);
            signed.map(|signature| signature.to_bytes().into())
        })
        .map_err(|error| anyhow::anyhow!("{error}"))?;
        let (index, at) = (1_234_567_890, self.payload.issued_at);
        let to_sign = seal::seal_message(&seal::digest(&message), index, at);
        let signature = self.ledger.sign(&to_sign).as_ref().try_into()?;
        let sealed = seal::attach(
            &message,
            &Seal {
                index,
                at,
                signature,
            },
        )?;
        Ok(text::encode(&sealed.encode())?)
    }
}

fn payload(doctor: &Prescriber, at: Timestamp) -> Result<Payload> {
    let capsule = Dosage {
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
        ..capsule
    };
    let lines = [
        ("040.000.2612.00", Fraction::II, false, drops),
        ("010.000.2128.01", Fraction::IV, true, capsule),
        ("010.000.0104.00", Fraction::IV, false, capsule),
    ];
    let lines = lines.map(|(clave, fraction, antibiotic, dosage)| {
        Ok(PayloadLine {
            clave: clave.parse()?,
            packages: Packages::new(2),
            fills: 1,
            fraction,
            antibiotic,
            valid_until: date(2026, 12, 20),
            dosage,
        })
    });
    Ok(Payload {
        folio: Folio::from_random([7; 10]),
        curp: "SABC560626MDFLRN01".to_owned(),
        name: "CONCEPCIÓN SALGADO BRISEÑO DE LA TORRE".to_owned(),
        cedula: doctor.cedula.parse()?,
        clues: crate::cast::EHR_CLUES.parse()?,
        issued_at: at,
        written_on: date(2026, 11, 20),
        lines: lines.into_iter().collect::<Result<_>>()?,
        document_digest: [0xd1; 32],
        special_folio: None,
        signer: signing::qr::QrSigner::Prescriber,
    })
}
