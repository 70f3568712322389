//! A prescription of two medicines and the keys around it, in memory in the place of HSM and CA.

pub(crate) mod acts;
mod witnesses;

pub(crate) use self::witnesses::{watched_counter, witnessed_head};
use crate::service::{LineAnswer, StateAnswer};
use jiff::Timestamp;
use jiff::civil::date;
use ledger::{Policy, VerifierKey};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{EncodePrivateKey, EncodePublicKey};
use prescription::{
    Dosage, DoseUnit, Folio, Fraction, IssuedLine, LineState, Packages, Period, Route,
};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    date_time_ymd,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use signing::cose::{Kid, Sign1};
use signing::qr::{Payload, PayloadLine, Seal, seal, text};
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustStore};

/// The prescriber's key.
const LEAF_SEED: u8 = 3;
pub(crate) const CEDULA: &str = "12345678";
pub(crate) const PRESCRIBER: &str = "Concepción Salgado Briseño";
pub(crate) const PATIENT: &str = "LUCÍA <b>NÚÑEZ</b> & HIJA";
/// Clonazepam, tableta: psychotropic group III, fraction II.
pub(crate) const CONTROLLED: &str = "040.000.2612.00";
/// Amoxicilina: antibiotic, fraction IV.
pub(crate) const ANTIBIOTIC: &str = "010.000.2128.00";
/// Paracetamol, tableta: fraction IV.
pub(crate) const ORDINARY: &str = "010.000.0104.00";

pub(crate) fn issued_at() -> Timestamp {
    "2026-11-20T16:00:00Z".parse().unwrap()
}

pub(crate) fn sealed_at() -> Timestamp {
    "2026-11-20T16:00:01Z".parse().unwrap()
}

/// Three days later, at noon in Mexico City.
pub(crate) fn now() -> Timestamp {
    "2026-11-23T18:00:00Z".parse().unwrap()
}

pub(crate) fn line(clave: &str, fraction: Fraction, packages: u32, fills: u8) -> PayloadLine {
    PayloadLine {
        clave: clave.parse().unwrap(),
        packages: Packages::new(packages),
        fills,
        fraction,
        antibiotic: clave == ANTIBIOTIC,
        valid_until: date(2026, 12, 20),
        dosage: Dosage {
            dose_milli: 1000,
            unit: DoseUnit::Tablet,
            times: 1,
            every: 8,
            period: Period::Hour,
            days: 7,
            route: Route::Oral,
            as_needed: false,
        },
    }
}

/// Line 1 ordinary: 2 packages, 2 fills. Line 2 antibiotic: 1 package, 1 fill.
pub(crate) fn payload() -> Payload {
    payload_of(vec![
        line(ORDINARY, Fraction::IV, 2, 2),
        line(ANTIBIOTIC, Fraction::IV, 1, 1),
    ])
}

pub(crate) fn payload_of(lines: Vec<PayloadLine>) -> Payload {
    Payload {
        folio: Folio::from_random([7; 10]),
        curp: "SABC560626MDFLRN01".to_owned(),
        name: PATIENT.to_owned(),
        cedula: CEDULA.parse().unwrap(),
        clues: "HGIMB000011".parse().unwrap(),
        issued_at: issued_at(),
        written_on: date(2026, 11, 20),
        lines,
        document_digest: [0xd1; 32],
        special_folio: None,
        signer: signing::qr::QrSigner::Prescriber,
    }
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

fn ledger_key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[5; 32]).unwrap()
}

pub(crate) fn vkey() -> VerifierKey {
    let key = ledger_key().public_key().as_ref().try_into().unwrap();
    VerifierKey::new("receta.example/libro", key).unwrap()
}

/// A counter's trust in that key alone.
pub(crate) fn ledger() -> Policy {
    Policy::of_log(vkey())
}

/// The QR of `payload`, signed by the prescriber of [`pki`] and sealed by [`vkey`].
pub(crate) fn qr(payload: &Payload) -> String {
    qr_by(LEAF_SEED, payload)
}

/// The same, signed by another key.
pub(crate) fn qr_by(seed: u8, payload: &Payload) -> String {
    let key = signing_key(seed);
    let spki = key.verifying_key().to_public_key_der().unwrap();
    let cbor = payload.to_cbor().unwrap();
    let message = Sign1::sign(Some(Kid::of_spki(spki.as_bytes())), cbor, |digest| {
        let signature: Result<Signature, p256::ecdsa::Error> = key.sign_prehash(&digest);
        signature.map(|signature| -> [u8; 64] { signature.to_bytes().into() })
    })
    .unwrap();
    let signed = ledger_key().sign(&seal::seal_message(
        &seal::digest(&message),
        41,
        sealed_at(),
    ));
    let seal = Seal {
        index: 41,
        at: sealed_at(),
        signature: signed.as_ref().try_into().unwrap(),
    };
    text::encode(&seal::attach(&message, &seal).unwrap().encode()).unwrap()
}

/// A professional PKI: root, issuing authority, the prescriber's certificate.
pub(crate) struct Pki {
    pub(crate) root_pem: String,
    pub(crate) issuing_pem: String,
    pub(crate) leaf_pem: String,
    pub(crate) leaf_der: Vec<u8>,
}

impl Pki {
    pub(crate) fn trust(&self) -> TrustStore {
        let mut store = TrustStore::new(RevocationPolicy::WhenListed);
        store
            .add_anchor(self.root_pem.as_bytes(), AnchorPolicy::Professional)
            .unwrap();
        store.add_issuer(self.issuing_pem.as_bytes()).unwrap();
        store
    }
}

pub(crate) fn pki() -> Pki {
    let (root_key, issuing_key) = (key_pair(1), key_pair(2));
    let root_params = ca_params("AC Raíz de pruebas");
    let root = root_params.self_signed(&root_key).unwrap();
    let issuing_params = ca_params("AC Profesional de pruebas");
    let root_issuer = Issuer::from_params(&root_params, &root_key);
    let issuing = issuing_params
        .signed_by(&issuing_key, &root_issuer)
        .unwrap();
    let issuer = Issuer::from_params(&issuing_params, &issuing_key);
    let leaf = leaf_params()
        .signed_by(&key_pair(LEAF_SEED), &issuer)
        .unwrap();
    Pki {
        root_pem: root.pem(),
        issuing_pem: issuing.pem(),
        leaf_pem: leaf.pem(),
        leaf_der: leaf.der().to_vec(),
    }
}

/// A self-signed certificate for TLS, and its key.
pub(crate) fn client_certificate(seed: u8) -> (Vec<u8>, SigningKey) {
    certificate_for(seed, "farmacia.example")
}

/// The same for a server of this name or address.
pub(crate) fn certificate_for(seed: u8, name: &str) -> (Vec<u8>, SigningKey) {
    let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = params.self_signed(&key_pair(seed)).unwrap();
    (certificate.der().to_vec(), signing_key(seed))
}

fn key_pair(seed: u8) -> KeyPair {
    let pkcs8 = signing_key(seed).to_pkcs8_der().unwrap();
    let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.as_bytes());
    KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ECDSA_P256_SHA256).unwrap()
}

fn document_signing() -> ExtendedKeyUsagePurpose {
    ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 36])
}

fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2049, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages = vec![document_signing()];
    params
}

fn leaf_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let curp = DnValue::PrintableString("SABC560626MDFLRN01".try_into().unwrap());
    for (kind, value) in [
        (DnType::CommonName, DnValue::Utf8String(PRESCRIBER.into())),
        (DnType::CustomDnType(vec![2, 5, 4, 5]), curp),
        (
            DnType::CustomDnType(vec![2, 16, 840, 1, 113_883, 3, 215, 12, 18]),
            DnValue::Utf8String(CEDULA.into()),
        ),
    ] {
        params.distinguished_name.push(kind, value);
    }
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2029, 1, 1);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.extended_key_usages = vec![document_signing()];
    params
}

/// [`payload`], proved.
pub(crate) fn verified() -> signing::qr::VerifiedPrescription {
    verified_of(&payload())
}

/// `payload`, proved.
pub(crate) fn verified_of(payload: &Payload) -> signing::qr::VerifiedPrescription {
    verified_by(
        payload,
        signing::qr::KeyHolder::Prescriber(payload.cedula.clone()),
    )
}

/// What the prescriber's key makes of a digest: `r ‖ s`, low S.
pub(crate) fn sign(digest: [u8; 32]) -> [u8; 64] {
    let signature: Signature = signing_key(LEAF_SEED).sign_prehash(&digest).unwrap();
    signature.normalize_s().to_bytes().into()
}

/// `payload`, proved by the key of `holder`.
pub(crate) fn verified_by(
    payload: &Payload,
    holder: signing::qr::KeyHolder,
) -> signing::qr::VerifiedPrescription {
    let parsed = signing::qr::read(&qr(payload)).unwrap();
    let spki = signing_key(LEAF_SEED).verifying_key().to_public_key_der();
    let key = signing::qr::PrescriberKey {
        spki_der: spki.unwrap().into_vec(),
        holder,
        not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
        not_after: "2029-01-01T00:00:00Z".parse().unwrap(),
    };
    signing::qr::verify(&parsed, |_| Some(key.clone()), vkey().public_key()).unwrap()
}

/// What the service says of `prescription`, whose QR is that of [`payload`].
pub(crate) fn answer(prescription: &prescription::Prescription) -> crate::service::StateAnswer {
    let lines = (1_u8..).zip(prescription.issued.lines.iter().zip(&prescription.lines));
    let line = |(line, (issued, state)): (u8, (&IssuedLine, &LineState))| LineAnswer {
        line,
        clave: issued.clave.clone(),
        packages: issued.packages.count(),
        fills: issued.fills,
        fill: state
            .owed_in_fill(issued)
            .map_or(issued.fills, |(_, fill)| fill),
        owed: state
            .owed_in_fill(issued)
            .map_or(0, |(owed, _)| owed.count()),
        dispensed: state.dispensed().count(),
        closed: matches!(state, LineState::Closed { .. }),
        retained: matches!(state, LineState::Closed { retained: true, .. }),
        valid_until: issued.valid_until,
        fraction: issued.fraction,
        antibiotic: issued.antibiotic,
        remainder: None,
        next_fill_on: None,
        brand: None,
        substitution_allowed: true,
        reserved: None,
    };
    StateAnswer {
        folio: prescription.issued.folio,
        phase: prescription.phase(),
        version: 1,
        lines: lines.map(line).collect(),
        dispensings: vec![],
        cancelled: None,
        suspended: None,
        setting: None,
        qr_digest: data_encoding::BASE64URL_NOPAD.encode(verified().qr_digest()),
    }
}

/// A counter whose service nobody listens for; offline allowed up to 2 packages.
pub(crate) fn counter() -> (tempfile::TempDir, crate::counter::Counter) {
    counter_with("allowed = true\nmax_packages = 2\nmax_pending = 3")
}

/// The same with other limits for offline dispensing.
pub(crate) fn counter_with(offline: &str) -> (tempfile::TempDir, crate::counter::Counter) {
    counter_of("ledger_vkey = \"ledger.vkey\"", offline, "")
}

/// The same with a line that says which ledger is believed, and the text of `policy.txt`.
fn counter_of(
    ledger: &str,
    offline: &str,
    policy: &str,
) -> (tempfile::TempDir, crate::counter::Counter) {
    let folder = tempfile::tempdir().unwrap();
    let pki = pki();
    let (certificate, key) = client_certificate(9);
    let certificate = pem(&certificate);
    let key = key.to_pkcs8_pem(p256::pkcs8::LineEnding::LF).unwrap();
    // Bound and released: a port that refuses.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port();
    let config = format!(
        "service_url = \"https://127.0.0.1:{port}\"\nserver_ca = \"client.pem\"\n\
         client_certificate = \"client.pem\"\nclient_key = \"client.key\"\n\
         clues = \"HGFAR000001\"\ncontrolled_licence = \"LS-1\"\ndata_dir = \"data\"\n\
         {ledger}\n[professionals]\nanchors = [\"root.pem\"]\n\
         issuers = [\"issuing.pem\"]\n[offline]\n{offline}\n"
    );
    for (name, content) in [
        ("counter.toml", config.as_str()),
        ("client.pem", &certificate),
        ("client.key", &key),
        ("ledger.vkey", &format!("{}\n", vkey())),
        ("policy.txt", policy),
        ("root.pem", &pki.root_pem),
        ("issuing.pem", &pki.issuing_pem),
    ] {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let config = crate::config::Config::load(&folder.path().join("counter.toml")).unwrap();
    let counter = crate::counter::Counter::open(config).unwrap();
    let pem = pki.leaf_pem.as_bytes();
    crate::sync::store_certificates(pem, &pki.trust(), &mut counter.store(), now()).unwrap();
    (folder, counter)
}

/// A certificate as PEM.
pub(crate) fn pem(der: &[u8]) -> String {
    let encoded = data_encoding::BASE64.encode(der);
    format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n")
}

/// A receipt of [`vkey`]'s ledger for its only entry, as the header `Receta-Receipt` has it.
pub(crate) fn receipt_header() -> String {
    let ledger = ledger::SoftwareSigner::from_seed("receta.example/libro", &[5; 32]).unwrap();
    let root = ledger::leaf_hash(b"leaf");
    let head = ledger::TreeHead { size: 1, root };
    let checkpoint = ledger::Checkpoint::new("receta.example/libro", head).unwrap();
    let head = ledger::SignedCheckpoint::sign(checkpoint, &ledger).unwrap();
    let inclusion = ledger::InclusionProof {
        index: 0,
        size: 1,
        path: vec![],
    };
    let proof = ledger::TlogProof::new(inclusion, head).unwrap();
    data_encoding::BASE64.encode(proof.to_string().as_bytes())
}

/// A receipt that was read.
pub(crate) fn receipt() -> crate::service::Receipt {
    crate::service::Receipt {
        index: 7,
        proof: "proof".to_owned(),
    }
}
