//! Signers and the answers of `$prepare` for them.

use data_encoding::BASE64;
use jiff::Timestamp;
use p256::pkcs8::EncodePrivateKey;
use prescription::{Dosage, DoseUnit, Folio, Fraction, Packages, Period, Route};
use rcgen::{
    CertificateParams, DnType, DnValue, KeyPair, KeyUsagePurpose, PublicKeyData, date_time_ymd,
};
use ring::signature::KeyPair as _;
use serde_json::{Value, json};
use signing::cms::cades::{SigningChain, prepare};
use signing::cose::Sign1;
use signing::qr::{Payload, PayloadLine, QrSigner};
use signing::trust::{SignerKey, inspect};

/// A person with a certificate and its key.
pub(crate) struct Signer {
    pub(crate) certificate: Vec<u8>,
    pub(crate) pkcs8: Vec<u8>,
}

struct RsaPublic(ring::rsa::KeyPair);

impl PublicKeyData for RsaPublic {
    fn der_bytes(&self) -> &[u8] {
        self.0.public_key().as_ref()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &rcgen::PKCS_RSA_SHA256
    }
}

fn params(from: i32, until: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    for (oid, value) in [
        (&[2, 5, 4, 3][..], "Alba Vázquez Durán"),
        (&[2, 5, 4, 5], "VADA800927HSRSRL05"),
    ] {
        let kind = DnType::CustomDnType(oid.to_vec());
        params
            .distinguished_name
            .push(kind, DnValue::Utf8String(value.to_owned()));
    }
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
        KeyUsagePurpose::DataEncipherment,
        KeyUsagePurpose::KeyAgreement,
    ];
    params
}

/// An authority that nobody trusts: this program does not ask.
fn issue(params: &CertificateParams, key: &impl PublicKeyData) -> Vec<u8> {
    let authority = KeyPair::generate().unwrap();
    let issuer = rcgen::Issuer::new(CertificateParams::default(), authority);
    params.signed_by(key, &issuer).unwrap().der().to_vec()
}

impl Signer {
    pub(crate) fn rsa() -> Self {
        Self::rsa_of(2025, 2049)
    }

    pub(crate) fn rsa_of(from: i32, until: i32) -> Self {
        let pkcs8 = include_bytes!("../../../src/cms/test_rsa_2048.pk8");
        let key = RsaPublic(ring::rsa::KeyPair::from_pkcs8(pkcs8).unwrap());
        Self {
            certificate: issue(&params(from, until), &key),
            pkcs8: pkcs8.to_vec(),
        }
    }

    pub(crate) fn p256() -> Self {
        let key = p256::ecdsa::SigningKey::from_slice(&[11; 32]).unwrap();
        let pkcs8 = key.to_pkcs8_der().unwrap().as_bytes().to_vec();
        let der = rustls_pki_types::PrivatePkcs8KeyDer::from(&pkcs8[..]);
        let algorithm = &rcgen::PKCS_ECDSA_P256_SHA256;
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, algorithm).unwrap();
        Self {
            certificate: issue(&params(2025, 2049), &pair),
            pkcs8,
        }
    }

    pub(crate) fn spki(&self) -> Vec<u8> {
        inspect(&self.certificate).unwrap().spki
    }

    pub(crate) fn attributes(&self) -> Vec<u8> {
        let chain = SigningChain::new(&self.certificate, &[]).unwrap();
        let prepared = prepare(&document(), at(), &chain).unwrap();
        prepared.signed_attributes().to_vec()
    }

    pub(crate) fn payload() -> Payload {
        Payload {
            folio: folio(),
            curp: "SABC560626MDFLRN01".to_owned(),
            name: "CONCEPCIÓN SALGADO BRISEÑO".to_owned(),
            cedula: "12345678".parse().unwrap(),
            clues: "DFSSA000012".parse().unwrap(),
            issued_at: at(),
            written_on: jiff::civil::date(2026, 11, 20),
            lines: vec![line()],
            document_digest: sha256(&document()),
            special_folio: None,
            signer: QrSigner::Prescriber,
        }
    }
}

fn line() -> PayloadLine {
    PayloadLine {
        clave: "040.000.2612.00".parse().unwrap(),
        packages: Packages::new(1),
        fills: 1,
        fraction: Fraction::II,
        antibiotic: false,
        valid_until: jiff::civil::date(2026, 12, 20),
        dosage: Dosage {
            dose_milli: 500,
            unit: DoseUnit::Tablet,
            times: 1,
            every: 1,
            period: Period::Day,
            days: 30,
            route: Route::Oral,
            as_needed: false,
        },
    }
}

fn at() -> Timestamp {
    "2026-11-20T16:00:00Z".parse().unwrap()
}

fn folio() -> Folio {
    Folio::from_random([7; 10])
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().try_into().unwrap()
}

fn document() -> Vec<u8> {
    let coding = json!({"system": "urn:oid:2.16.840.1.113883.3.215.12.8",
        "code": "040.000.2612.00", "display": "Clonazepam, tableta 2 mg"});
    let line = json!({"resourceType": "MedicationRequest",
        "medicationCodeableConcept": {"coding": [coding]},
        "requester": {"identifier": {"value": "12345678"}}});
    let bundle = json!({"resourceType": "Bundle", "type": "collection",
        "identifier": {"value": folio().to_string()}, "entry": [{"resource": line}]});
    bundle.to_string().into_bytes()
}

/// What the service answers for this signer.
pub(crate) fn answer(signer: &Signer) -> String {
    to_value(signer).to_string()
}

/// The same with one value replaced.
pub(crate) fn answer_with(signer: &Signer, name: &str, value: &str) -> String {
    let mut answer = to_value(signer);
    let list = answer["parameter"].as_array_mut().unwrap();
    let found = list.iter_mut().find(|parameter| parameter["name"] == name);
    for (key, old) in found.unwrap().as_object_mut().unwrap() {
        if key.starts_with("value") {
            *old = json!(value);
        }
    }
    answer.to_string()
}

fn to_value(signer: &Signer) -> Value {
    let payload = Signer::payload().to_cbor().unwrap();
    let rsa = matches!(inspect(&signer.certificate).unwrap().key, SignerKey::Rsa(_));
    let by = if rsa { "institution" } else { "prescriber" };
    let binary =
        |name: &str, bytes: &[u8]| json!({"name": name, "valueBase64Binary": BASE64.encode(bytes)});
    let mut list = vec![
        json!({"name": "transaction", "valueString": "00112233445566778899aabbccddeeff"}),
        json!({"name": "expires", "valueInstant": "2099-01-01T00:00:00Z"}),
        binary("document", &document()),
        binary("signedAttributes", &signer.attributes()),
        json!({"name": "qrSigner", "valueCode": by}),
        binary("qrPayload", &payload),
    ];
    if !rsa {
        list.push(binary(
            "qrToSign",
            &Sign1::to_be_signed(&signer.spki(), &payload),
        ));
    }
    json!({"resourceType": "Parameters", "parameter": list})
}
