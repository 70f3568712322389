//! An authority in the SAT's shape, and the e.firmas and certificates that prescribers bring along.

use std::path::{Path, PathBuf};

use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::pkcs8::EncodePrivateKey;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, DnValue, IsCa,
    Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PublicKeyData, RevokedCertParams, SerialNumber,
    date_time_ymd,
};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use sha2::{Digest, Sha256};

use crate::pki::{Pki, document_signing};

/// Whoever signs with their own e.firma.
pub(crate) const CEDULA: &str = "8765432";
pub(crate) const CURP: &str = "VADA800927HSRSRL05";
const SERIAL: &[u8] = b"30001000000500003999";

/// The SAT's authority.
pub(crate) struct Sat {
    pub(crate) root: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A key outside the HSM, as a prescriber's software has it.
pub(crate) enum OwnKey {
    Rsa(RsaKeyPair),
    P256(KeyPair, SigningKey),
}

impl OwnKey {
    /// The RSA-2048 key of an e.firma.
    pub(crate) fn rsa() -> Self {
        let key = include_bytes!("../../../signing/src/cms/test_rsa_2048.pk8");
        Self::Rsa(RsaKeyPair::from_pkcs8(key).unwrap())
    }

    /// Somebody else's.
    pub(crate) fn other_rsa() -> Self {
        Self::Rsa(RsaKeyPair::from_pkcs8(include_bytes!("rsa_other.pk8")).unwrap())
    }

    pub(crate) fn p256(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let pkcs8 = key.to_pkcs8_der().unwrap();
        let der = rustls_pki_types::PrivatePkcs8KeyDer::from(pkcs8.as_bytes());
        let algorithm = &rcgen::PKCS_ECDSA_P256_SHA256;
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&der, algorithm).unwrap();
        Self::P256(pair, key)
    }

    /// What software returns for these bytes: RSA PKCS#1 v1.5, or `r ‖ s` with low S.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Rsa(key) => {
                let mut signature = vec![0; 256];
                let random = SystemRandom::new();
                key.sign(&RSA_PKCS1_SHA256, &random, bytes, &mut signature)
                    .unwrap();
                signature
            }
            Self::P256(_, key) => {
                let digest: [u8; 32] = Sha256::digest(bytes).into();
                let signature: p256::ecdsa::Signature = key.sign_prehash(&digest).unwrap();
                signature.normalize_s().to_bytes().to_vec()
            }
        }
    }
}

impl PublicKeyData for OwnKey {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::Rsa(key) => key.public_key().as_ref(),
            Self::P256(pair, _) => pair.der_bytes(),
        }
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        match self {
            Self::Rsa(_) => &rcgen::PKCS_RSA_SHA256,
            Self::P256(..) => &rcgen::PKCS_ECDSA_P256_SHA256,
        }
    }
}

/// A person's e.firma of 2026 and 2027: CURP, RFC, the key usage of a FIEL, no extended purpose.
pub(crate) fn fiel() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(SERIAL));
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2028, 1, 1);
    for (oid, value) in [
        (&[2, 5, 4, 3][..], "Alba Vázquez Durán"),
        (&[2, 5, 4, 5], CURP),
        (&[2, 5, 4, 45], "VADA800927DJ3"),
    ] {
        name(&mut params, oid, value);
    }
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
        KeyUsagePurpose::DataEncipherment,
        KeyUsagePurpose::KeyAgreement,
    ];
    params
}

/// Sets an attribute of the subject.
pub(crate) fn name(params: &mut CertificateParams, oid: &[u64], value: &str) {
    let kind = DnType::CustomDnType(oid.to_vec());
    let subject = &mut params.distinguished_name;
    subject.remove(kind.clone());
    subject.push(kind, DnValue::Utf8String(value.to_owned()));
}

/// A professional's certificate for a key outside: with the cédula, for document signing.
pub(crate) fn professional(cedula: &str) -> CertificateParams {
    let mut params = fiel();
    name(
        &mut params,
        &[2, 16, 840, 1, 113_883, 3, 215, 12, 18],
        cedula,
    );
    params.extended_key_usages = vec![document_signing()];
    params
}

/// The institution's: it represents a legal person.
pub(crate) fn institution(pki: &Pki, spki: &[u8]) -> Vec<u8> {
    let mut params = fiel();
    name(&mut params, &[2, 5, 4, 3], "Servicios de Salud de Prueba");
    name(&mut params, &[2, 5, 4, 45], "EKU9003173C9 / VADA800927DJ3");
    params.extended_key_usages = vec![document_signing()];
    let key = rcgen::SubjectPublicKeyInfo::from_der(spki).unwrap();
    pki.issue(&params, &key)
}

impl Sat {
    pub(crate) fn create(folder: &Path) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "A.C. del SAT de pruebas");
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2040, 1, 1);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let root = folder.join("sat.pem");
        std::fs::write(&root, params.self_signed(&key).unwrap().pem()).unwrap();
        Self {
            root,
            issuer: Issuer::new(params, key),
        }
    }

    pub(crate) fn issue(&self, params: &CertificateParams, key: &OwnKey) -> Vec<u8> {
        params.signed_by(key, &self.issuer).unwrap().der().to_vec()
    }

    /// A list of this year that revokes [`fiel`] since February.
    pub(crate) fn crl(&self) -> Vec<u8> {
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 3, 1),
            next_update: date_time_ymd(2026, 4, 1),
            crl_number: SerialNumber::from_slice(&[1]),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from_slice(SERIAL),
                revocation_time: date_time_ymd(2026, 2, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().der().to_vec()
    }
}
