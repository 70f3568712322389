//! The independent verifier and `signing` agree on every QR: those of the running service, and many
//! thousands of damaged ones — damaged in the text, and damaged before they were signed, so that
//! only the strictness of the decoder is left to refuse them.

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey;
use receta_tests::fuzz::mutate::mutate;
use receta_tests::random::Random;
use receta_tests::running::Running;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sandbox::cast::SPECIAL_FOLIOS;
use sandbox::seed::Line;
use signing::cose::{Kid, Sign1};
use signing::qr::{self, KeyHolder, PrescriberKey, QrSigner, Seal, VerifiedPrescription};
use x509_cert::Certificate;
use x509_cert::der::{DecodePem, Encode};

use crate::qr_verifier::{self, Known, Verified};

/// Damaged QRs of each kind for each good one.
const DAMAGED: usize = 4000;

/// Whom both verifiers trust.
struct Trusted {
    spki: Vec<u8>,
    cedula: &'static str,
    /// Seconds since 1970.
    valid: (i64, i64),
    ledger: [u8; 32],
}

impl Trusted {
    fn ours(&self, text: &str) -> Option<VerifiedPrescription> {
        let find = |kid: Kid| {
            (kid == Kid::of_spki(&self.spki)).then(|| PrescriberKey {
                spki_der: self.spki.clone(),
                holder: KeyHolder::Prescriber(self.cedula.parse().unwrap()),
                not_before: Timestamp::from_second(self.valid.0).unwrap(),
                not_after: Timestamp::from_second(self.valid.1).unwrap(),
            })
        };
        qr::verify(&qr::read(text).ok()?, find, &self.ledger).ok()
    }

    fn theirs(&self, text: &str) -> Option<Verified> {
        let kid = ring::digest::digest(&ring::digest::SHA256, &self.spki).as_ref()[..8].to_vec();
        let known = Known {
            kid,
            point: self.spki[self.spki.len() - 65..].to_vec(),
            cedula: Some(self.cedula.to_owned()),
            valid: self.valid.0.unsigned_abs()..=self.valid.1.unsigned_abs(),
        };
        qr_verifier::verify(text, &[known], &self.ledger)
    }

    /// Both refuse, or both read the same. Whether they accepted.
    fn agree(&self, text: &str) -> bool {
        let (ours, theirs) = (self.ours(text), self.theirs(text));
        assert_eq!(ours.as_ref().map(as_theirs), theirs, "{text}");
        ours.is_some()
    }
}

/// What our verifier read, in the words of the other one.
fn as_theirs(ours: &VerifiedPrescription) -> Verified {
    let payload = ours.payload();
    let epoch = jiff::civil::date(1970, 1, 1);
    let days =
        |date: jiff::civil::Date| u64::from(epoch.until(date).unwrap().get_days().unsigned_abs());
    let seconds = |at: Timestamp| at.as_second().unsigned_abs();
    let line = |line: &qr::PayloadLine| {
        let dosage = &line.dosage;
        let numbers = vec![
            dosage.dose_milli.into(),
            dosage.unit.number().into(),
            dosage.times.into(),
            dosage.every.into(),
            dosage.period.number().into(),
            dosage.days.into(),
            dosage.route.number().into(),
            dosage.as_needed.into(),
        ];
        let validity = days(line.valid_until) - days(payload.written_on);
        let (packages, fills) = (line.packages.count().into(), line.fills.into());
        let fraction = line.fraction.number().into();
        (
            line.clave.to_string(),
            packages,
            fills,
            fraction,
            line.antibiotic,
            validity,
            numbers,
        )
    };
    Verified {
        folio: payload.folio.compact().to_owned(),
        curp: payload.curp.clone(),
        name: payload.name.clone(),
        cedula: payload.cedula.to_string(),
        clues: payload.clues.to_string(),
        issued_at: seconds(payload.issued_at),
        written_on: days(payload.written_on),
        lines: payload.lines.iter().map(line).collect(),
        document: payload.document_digest.to_vec(),
        special_folio: payload
            .special_folio
            .as_ref()
            .map(|folio| folio.as_str().to_owned()),
        cades: match payload.signer {
            QrSigner::Prescriber => None,
            QrSigner::Institution { cades } => Some(cades.to_vec()),
        },
        index: ours.seal_index(),
        sealed_at: seconds(ours.sealed_at()),
        digest: ours.qr_digest().to_vec(),
    }
}

/// The prescriber and the ledger of the running service.
fn trusted(running: &Running) -> Trusted {
    let [doctor, _] = &running.world.prescribers;
    let pem = std::fs::read(running.world.pki.prescriber(doctor.cedula)).unwrap();
    let certificate = Certificate::from_pem(&pem).unwrap();
    let tbs = certificate.tbs_certificate();
    let seconds =
        |time: &x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap();
    let validity = tbs.validity();
    let vkey = std::fs::read_to_string(running.world.ledger_vkey()).unwrap();
    let vkey: ledger::VerifierKey = vkey.trim().parse().unwrap();
    Trusted {
        spki: tbs.subject_public_key_info().to_der().unwrap(),
        cedula: doctor.cedula,
        valid: (seconds(&validity.not_before), seconds(&validity.not_after)),
        ledger: *vkey.public_key(),
    }
}

/// Keys of the test's own, to sign what no service would.
struct Forger {
    key: SigningKey,
    ledger: Ed25519KeyPair,
}

impl Forger {
    fn new() -> Self {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        Self {
            key,
            ledger: Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap(),
        }
    }

    fn trusted(&self, cedula: &'static str) -> Trusted {
        let spki = self
            .key
            .verifying_key()
            .to_public_key_der()
            .unwrap()
            .as_bytes()
            .to_vec();
        let ledger = self.ledger.public_key().as_ref().try_into().unwrap();
        Trusted {
            spki,
            cedula,
            valid: (1_700_000_000, 1_900_000_000),
            ledger,
        }
    }

    /// A QR with this payload, well signed and well sealed.
    fn sign(&self, payload: Vec<u8>, at: i64) -> Option<String> {
        let kid = Kid::of_spki(&self.trusted("7654321").spki);
        let sign = |digest: [u8; 32]| {
            let signature: Signature = self.key.sign_prehash(&digest)?;
            Ok::<[u8; 64], p256::ecdsa::Error>(signature.to_bytes().into())
        };
        let signed = Sign1::sign(Some(kid), payload, sign).ok()?;
        let at = Timestamp::from_second(at).unwrap();
        let message = qr::seal::seal_message(&qr::seal::digest(&signed), 4, at);
        let signature = self.ledger.sign(&message).as_ref().try_into().unwrap();
        let sealed = qr::seal::attach(
            &signed,
            &Seal {
                index: 4,
                at,
                signature,
            },
        )
        .ok()?;
        qr::text::encode(&sealed.encode()).ok()
    }
}

#[test]
fn an_independent_verifier_agrees_on_good_and_bad() {
    let running = Running::start().unwrap();
    let three = vec![Line::amoxicillin(), Line::metformin(), Line::losartan()];
    let morphine = running.prescription(3, vec![Line::morphine()]).unwrap();
    let prescriptions = [
        running.prescription(1, three).unwrap(),
        running.prescription(2, vec![Line::clonazepam()]).unwrap(),
        morphine.on_special_recetario(SPECIAL_FOLIOS[0]),
    ];
    let trusted = trusted(&running);
    let forger = Forger::new();
    let mut random = Random::new(0x9152);
    for prescription in &prescriptions {
        let text = running
            .ehr
            .qr(running.issue(prescription).unwrap().folio)
            .unwrap();
        assert!(trusted.agree(&text), "the service's own QR is refused");
        assert!(trusted.agree(&format!(" {}\r\n", text.to_lowercase())));
        damaged_texts(&trusted, &text, &mut random);
        damaged_before_signing(&forger, &text, &mut random);
    }
}

/// Nobody accepts a text in which anything differs.
fn damaged_texts(trusted: &Trusted, text: &str, random: &mut Random) {
    let cose = BASE32_NOPAD.decode(&text.as_bytes()[3..]).unwrap();
    for _ in 0..DAMAGED / 4 {
        let damaged = mutate(&cose, random);
        let damaged_text = format!("RX1{}", BASE32_NOPAD.encode(&damaged));
        assert_eq!(
            trusted.agree(&damaged_text),
            damaged == cose,
            "{damaged_text}"
        );
        let typed = mutate(text.as_bytes(), random);
        trusted.agree(&String::from_utf8_lossy(&typed));
    }
}

/// Both decoders draw the same line between a payload and something else.
fn damaged_before_signing(forger: &Forger, text: &str, random: &mut Random) {
    let trusted = forger.trusted("7654321");
    let parsed = qr::read(text).unwrap();
    let payload = parsed.claimed().to_cbor().unwrap();
    let at = parsed.claimed().issued_at.as_second();
    assert!(trusted.agree(&forger.sign(payload.clone(), at).unwrap()));
    // Sealed five minutes before its issue: the clocks may differ. A second more, and they may not.
    assert!(trusted.agree(&forger.sign(payload.clone(), at - 300).unwrap()));
    assert!(!trusted.agree(&forger.sign(payload.clone(), at - 301).unwrap()));
    // Outside the validity of the certificate.
    assert!(!trusted.agree(&forger.sign(payload.clone(), 1_900_000_001).unwrap()));
    assert!(
        !forger
            .trusted("1234567")
            .agree(&forger.sign(payload.clone(), at).unwrap())
    );
    let mut accepted = 0;
    for _ in 0..DAMAGED {
        let damaged = mutate(&payload, random);
        if let Some(text) = forger.sign(damaged, at) {
            accepted += usize::from(trusted.agree(&text));
        }
    }
    // Another name, another dose: lawful payloads too, or the comparison would be of refusals only.
    assert!(accepted > DAMAGED / 100, "{accepted} accepted");
}
