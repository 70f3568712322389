//! A small professional PKI for tests: root, issuing CA, leaf; deterministic keys.

use jiff::Timestamp;
use p256::ecdsa::SigningKey;
use p256::pkcs8::EncodePrivateKey;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName,
    DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose,
    PKCS_ECDSA_P256_SHA256, RevokedCertParams, SerialNumber, date_time_ymd,
};

use super::{AnchorPolicy, RevocationPolicy, TrustStore};

pub(crate) const LEAF_SEED: u8 = 3;
pub(crate) const CURP: &str = "SABC560626MDFLRN01";
pub(crate) const CEDULA: &str = "12345678";
pub(crate) const LEAF_SERIAL: &[u8] = &[0x4a, 0x01];

/// Within every certificate's validity.
pub(crate) fn at() -> Timestamp {
    "2026-06-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_slice(&[seed; 32]).unwrap()
}

pub(crate) fn key_pair(seed: u8) -> KeyPair {
    let pkcs8 = signing_key(seed).to_pkcs8_der().unwrap();
    let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.as_bytes());
    KeyPair::from_pkcs8_der_and_sign_algo(&der, &PKCS_ECDSA_P256_SHA256).unwrap()
}

pub(crate) fn document_signing() -> ExtendedKeyUsagePurpose {
    ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 36])
}

pub(crate) fn ca_params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2049, 1, 1);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.key_identifier_method = KeyIdMethod::PreSpecified(name.as_bytes().to_vec());
    params
}

pub(crate) fn issuing_params(name: &str) -> CertificateParams {
    let mut params = ca_params(name);
    params.extended_key_usages = vec![document_signing()];
    params
}

pub(crate) fn leaf_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(LEAF_SERIAL));
    params.distinguished_name = DistinguishedName::new();
    for (kind, value) in [
        (
            DnType::CountryName,
            DnValue::PrintableString("MX".try_into().unwrap()),
        ),
        (
            DnType::CommonName,
            DnValue::Utf8String("Concepción Salgado Briseño".into()),
        ),
        (
            custom(&[2, 5, 4, 5]),
            DnValue::PrintableString(CURP.try_into().unwrap()),
        ),
        (cedula_type(), DnValue::Utf8String(CEDULA.into())),
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

pub(crate) fn custom(oid: &[u64]) -> DnType {
    DnType::CustomDnType(oid.to_vec())
}

pub(crate) fn cedula_type() -> DnType {
    custom(&[2, 16, 840, 1, 113_883, 3, 215, 12, 18])
}

/// A CA that can issue certificates and revocation lists.
pub(crate) struct TestCa {
    pub(crate) params: CertificateParams,
    key: KeyPair,
    pub(crate) der: Vec<u8>,
}

impl TestCa {
    pub(crate) fn root(params: CertificateParams, seed: u8) -> Self {
        let key = key_pair(seed);
        let der = params.self_signed(&key).unwrap().der().to_vec();
        Self { params, key, der }
    }

    pub(crate) fn subordinate(&self, params: CertificateParams, seed: u8) -> Self {
        let key = key_pair(seed);
        let der = params
            .signed_by(&key, &self.issuer())
            .unwrap()
            .der()
            .to_vec();
        Self { params, key, der }
    }

    /// A certificate for the key of [`LEAF_SEED`].
    pub(crate) fn issue(&self, params: &CertificateParams) -> Vec<u8> {
        self.issue_for(params, &key_pair(LEAF_SEED))
    }

    /// A certificate for a key of any kind.
    pub(crate) fn issue_for(
        &self,
        params: &CertificateParams,
        key: &impl rcgen::PublicKeyData,
    ) -> Vec<u8> {
        params
            .signed_by(key, &self.issuer())
            .unwrap()
            .der()
            .to_vec()
    }

    pub(crate) fn crl_params() -> CertificateRevocationListParams {
        CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 5, 1),
            next_update: date_time_ymd(2026, 7, 1),
            crl_number: SerialNumber::from_slice(&[1]),
            issuing_distribution_point: None,
            revoked_certs: vec![],
            key_identifier_method: KeyIdMethod::Sha256,
        }
    }

    pub(crate) fn crl(&self, params: &CertificateRevocationListParams) -> Vec<u8> {
        params.signed_by(&self.issuer()).unwrap().der().to_vec()
    }

    fn issuer(&self) -> Issuer<'_, &KeyPair> {
        Issuer::from_params(&self.params, &self.key)
    }
}

/// The leaf's entry in a list, revoked on the first of a month of 2026.
pub(crate) fn leaf_revoked(month: u8) -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(LEAF_SERIAL),
        revocation_time: date_time_ymd(2026, month, 1),
        reason_code: None,
        invalidity_date: None,
    }
}

pub(crate) struct Pki {
    pub(crate) root: TestCa,
    pub(crate) issuing: TestCa,
    pub(crate) leaf: Vec<u8>,
}

impl Pki {
    pub(crate) fn new() -> Self {
        Self::with_leaf(&leaf_params())
    }

    pub(crate) fn with_leaf(params: &CertificateParams) -> Self {
        let root = TestCa::root(ca_params("AC Raíz de pruebas"), 1);
        let issuing = root.subordinate(issuing_params("AC Profesional de pruebas"), 2);
        let leaf = issuing.issue(params);
        Self {
            root,
            issuing,
            leaf,
        }
    }

    pub(crate) fn store(&self) -> TrustStore {
        let mut store = TrustStore::new(RevocationPolicy::WhenListed);
        store
            .add_anchor(&self.root.der, AnchorPolicy::Professional)
            .unwrap();
        store
    }
}
