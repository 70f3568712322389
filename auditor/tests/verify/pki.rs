//! Professionals under a root and an issuing authority, pharmacies under the authority of the
//! clients. Deterministic keys.

mod own;

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePrivateKey;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use signing::cms::cades::SigningChain;
use signing::cose::Kid;

pub(crate) const CURP: &str = "SABC560626MDFLRN01";

/// A P-256 key in memory, in the place of the HSM.
#[derive(Clone)]
pub(crate) struct Key(SigningKey);

impl Key {
    fn new(seed: u8) -> Self {
        Self(SigningKey::from_slice(&[seed; 32]).unwrap())
    }

    #[expect(clippy::unnecessary_wraps, reason = "the shape of a signer")]
    pub(crate) fn sign(&self, digest: [u8; 32]) -> Result<[u8; 64], std::convert::Infallible> {
        let signature: Signature = self.0.sign_prehash(&digest).unwrap();
        Ok(signature.normalize_s().to_bytes().into())
    }

    /// `SubjectPublicKeyInfo`, DER.
    pub(crate) fn spki(&self) -> Vec<u8> {
        use p256::pkcs8::EncodePublicKey;
        let spki = self.0.verifying_key().to_public_key_der();
        spki.unwrap().as_bytes().to_vec()
    }

    pub(crate) fn kid(&self) -> Kid {
        Kid::of_spki(&self.spki())
    }

    fn pair(&self) -> KeyPair {
        let pkcs8 = self.0.to_pkcs8_der().unwrap();
        let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.as_bytes());
        KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ECDSA_P256_SHA256).unwrap()
    }
}

/// Who prescribes.
pub(crate) struct Prescriber {
    pub(crate) cedula: &'static str,
    pub(crate) key: Key,
    pub(crate) chain: SigningChain,
    /// DER.
    pub(crate) certificate: Vec<u8>,
}

/// Who dispenses.
pub(crate) struct Pharmacy {
    pub(crate) clues: &'static str,
    pub(crate) key: Key,
    pub(crate) certificate: Vec<u8>,
}

pub(crate) struct Pki {
    pub(crate) root: Vec<u8>,
    pub(crate) issuing: Vec<u8>,
    pub(crate) clients_pem: String,
    /// Prescribes most.
    pub(crate) ana: Prescriber,
    /// A revocation list on which Ana's certificate is, since 10 June 2026.
    pub(crate) ana_revoked_in_june: Vec<u8>,
    /// Prescribes too.
    pub(crate) luis: Prescriber,
    /// With a licence for controlled medicines.
    pub(crate) licensed: Pharmacy,
    /// Without one.
    pub(crate) corner: Pharmacy,
    /// Signatures made outside.
    pub(crate) own: own::Own,
}

fn document_signing() -> ExtendedKeyUsagePurpose {
    ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 36])
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, DnValue::Utf8String(name.to_owned()));
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2035, 1, 1);
    params
}

fn ca(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.key_identifier_method = KeyIdMethod::PreSpecified(name.as_bytes().to_vec());
    params
}

fn prescriber(
    issuing: &Issuer<'_, &KeyPair>,
    issuing_der: &[u8],
    seed: u8,
    cedula: &'static str,
) -> Prescriber {
    let mut params = params("Profesional de pruebas");
    let curp = DnValue::PrintableString(CURP.try_into().unwrap());
    params
        .distinguished_name
        .push(DnType::CustomDnType(vec![2, 5, 4, 5]), curp);
    let oid = vec![2, 16, 840, 1, 113_883, 3, 215, 12, 18];
    let value = DnValue::Utf8String(cedula.to_owned());
    params
        .distinguished_name
        .push(DnType::CustomDnType(oid), value);
    params.serial_number = Some(SerialNumber::from_slice(&[seed]));
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.extended_key_usages = vec![document_signing()];
    let key = Key::new(seed);
    let leaf = params.signed_by(&key.pair(), issuing).unwrap();
    let chain = SigningChain::new(leaf.der(), &[issuing_der]).unwrap();
    let certificate = leaf.der().to_vec();
    Prescriber {
        cedula,
        key,
        chain,
        certificate,
    }
}

fn pharmacy(
    authority: &Issuer<'_, &KeyPair>,
    seed: u8,
    clues: &'static str,
    licence: &str,
) -> Pharmacy {
    let mut params = params("Farmacia de pruebas");
    let uri = format!("urn:receta:client:pharmacy:{clues}{licence}");
    params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = Key::new(seed);
    let certificate = params
        .signed_by(&key.pair(), authority)
        .unwrap()
        .der()
        .to_vec();
    Pharmacy {
        clues,
        key,
        certificate,
    }
}

/// A list that reaches the whole year, with the certificate of serial 3 on it.
fn revocation_list(issuing: &Issuer<'_, &KeyPair>) -> Vec<u8> {
    let revoked = RevokedCertParams {
        serial_number: SerialNumber::from_slice(&[3]),
        revocation_time: date_time_ymd(2026, 6, 10),
        reason_code: None,
        invalidity_date: None,
    };
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 6, 30),
        next_update: date_time_ymd(2026, 12, 31),
        crl_number: SerialNumber::from_slice(&[1]),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(issuing).unwrap().der().to_vec()
}

impl Pki {
    pub(crate) fn new() -> Self {
        let (root_key, issuing_key, clients_key) =
            (Key::new(1).pair(), Key::new(2).pair(), Key::new(5).pair());
        let root_params = ca("AC Raíz de pruebas");
        let root = root_params.self_signed(&root_key).unwrap();
        let mut issuing_params = ca("AC Profesional de pruebas");
        issuing_params.extended_key_usages = vec![document_signing()];
        let root_issuer = Issuer::from_params(&root_params, &root_key);
        let issuing = issuing_params
            .signed_by(&issuing_key, &root_issuer)
            .unwrap();
        let issuer = Issuer::from_params(&issuing_params, &issuing_key);
        let clients_params = ca("AC de clientes de pruebas");
        let clients = clients_params.self_signed(&clients_key).unwrap();
        let clients_issuer = Issuer::from_params(&clients_params, &clients_key);
        Self {
            ana: prescriber(&issuer, issuing.der(), 3, "12345678"),
            ana_revoked_in_june: revocation_list(&issuer),
            luis: prescriber(&issuer, issuing.der(), 4, "7654321"),
            licensed: pharmacy(&clients_issuer, 6, "HGFAR000001", ":LS-1"),
            corner: pharmacy(&clients_issuer, 7, "HGFAR000002", ""),
            own: own::Own::new(&issuer),
            root: root.der().to_vec(),
            issuing: issuing.der().to_vec(),
            clients_pem: clients.pem(),
        }
    }
}

/// The same list, by the issuing authority and by the root.
pub(crate) fn lists(list: &CertificateRevocationListParams) -> [Vec<u8>; 2] {
    let (root, issuing) = (Key::new(1).pair(), Key::new(2).pair());
    let names = ["AC Profesional de pruebas", "AC Raíz de pruebas"].map(ca);
    let signed = |params, key| {
        let issuer = Issuer::from_params(params, key);
        list.signed_by(&issuer).unwrap().der().to_vec()
    };
    [signed(&names[0], &issuing), signed(&names[1], &root)]
}
