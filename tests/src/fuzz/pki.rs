//! Keys and certificates that come out the same each time, so that a corpus stays valid: ECDSA with
//! the nonce of RFC 6979 instead of a random one.

use anyhow::Result;
use jiff::Timestamp;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Error, Signature, SigningKey};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CustomExtension,
    DistinguishedName, DnType, DnValue, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, RevocationReason, RevokedCertParams,
    SerialNumber, SignatureAlgorithm, date_time_ymd,
};
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustStore};

/// `id-kp-documentSigning` (RFC 9336).
const DOCUMENT_SIGNING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 36];

/// Serial number of the prescriber's certificate.
pub(super) const SERIAL: [u8; 2] = [0x4a, 0x01];

/// Seed of the key of the OCSP responder.
pub(super) const RESPONDER: u8 = 4;

/// A P-256 key from a seed.
pub(super) struct Key {
    key: SigningKey,
    point: Vec<u8>,
}

impl Key {
    /// `seed` is at least 1.
    #[expect(
        clippy::expect_used,
        reason = "any number from 1 to 255 is a P-256 key"
    )]
    pub(super) fn new(seed: u8) -> Self {
        let mut scalar = [0; 32];
        scalar[31] = seed;
        let key = SigningKey::from_slice(&scalar).expect("a scalar below the order");
        let point = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Self { key, point }
    }

    pub(super) fn spki(&self) -> Vec<u8> {
        self.subject_public_key_info()
    }

    /// `r ‖ s` with low S over a SHA-256.
    pub(super) fn sign_digest(&self, digest: &[u8; 32]) -> Result<[u8; 64], Error> {
        let signature: Signature = self.key.sign_prehash(digest)?;
        Ok(signature.normalize_s().to_bytes().into())
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let signature: Signature = self
            .key
            .try_sign(message)
            .map_err(|_| rcgen::Error::RemoteKeyError)?;
        Ok(signature.to_der().as_bytes().to_vec())
    }
}

/// A prescriber's certificate and the path to its root.
pub(super) struct Pki {
    /// Trusts the root.
    pub(super) trust: TrustStore,
    /// Its root, DER.
    pub(super) root: Vec<u8>,
    /// Issuing authority, DER.
    pub(super) issuing: Vec<u8>,
    /// Certificate of the prescriber, DER.
    pub(super) leaf: Vec<u8>,
    /// The prescriber's key.
    pub(super) key: Key,
    /// Certificate of the OCSP responder that the issuing authority appointed, DER.
    pub(super) responder: Vec<u8>,
    /// Two lists of the issuing authority: one is empty, the other revokes the prescriber.
    pub(super) crls: Vec<Vec<u8>>,
}

/// A time at which all of it is valid.
pub(super) fn at() -> Result<Timestamp> {
    Ok("2026-11-20T16:00:00Z".parse()?)
}

impl Pki {
    pub(super) fn new() -> Result<Self> {
        let root_key = Key::new(1);
        let root_params = authority("Raíz de pruebas");
        let root = root_params.self_signed(&root_key)?.der().to_vec();
        let root_issuer = Issuer::new(root_params, root_key);
        let issuing_key = Key::new(2);
        let mut issuing_params = authority("AC de pruebas");
        issuing_params.extended_key_usages = vec![document_signing()];
        let issuing = issuing_params
            .signed_by(&issuing_key, &root_issuer)?
            .der()
            .to_vec();
        let issuer = Issuer::new(issuing_params, issuing_key);
        let key = Key::new(3);
        let mut leaf = prescriber()?;
        leaf.serial_number = Some(SerialNumber::from_slice(&SERIAL));
        let leaf = leaf.signed_by(&key, &issuer)?.der().to_vec();
        let responder = responder();
        let responder = responder.signed_by(&Key::new(RESPONDER), &issuer)?;
        let crls = [vec![], vec![revoked()]].map(|revoked| {
            let list = crl(revoked).signed_by(&issuer)?;
            Ok(list.der().to_vec())
        });
        let crls = crls.into_iter().collect::<Result<_>>()?;
        let mut trust = TrustStore::new(RevocationPolicy::WhenListed);
        trust.add_anchor(&root, AnchorPolicy::Professional)?;
        Ok(Self {
            trust,
            root,
            issuing,
            leaf,
            key,
            responder: responder.der().to_vec(),
            crls,
        })
    }
}

fn crl(revoked_certs: Vec<RevokedCertParams>) -> CertificateRevocationListParams {
    CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 11, 1),
        next_update: date_time_ymd(2026, 12, 1),
        crl_number: SerialNumber::from_slice(&[1]),
        issuing_distribution_point: None,
        revoked_certs,
        key_identifier_method: KeyIdMethod::Sha256,
    }
}

fn revoked() -> RevokedCertParams {
    RevokedCertParams {
        serial_number: SerialNumber::from_slice(&SERIAL),
        revocation_time: date_time_ymd(2026, 11, 10),
        reason_code: Some(RevocationReason::KeyCompromise),
        invalidity_date: None,
    }
}

fn responder() -> CertificateParams {
    let mut params = params("Responder");
    params.serial_number = Some(SerialNumber::from_slice(&[0x51]));
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    // id-pkix-ocsp-nocheck: NULL.
    let no_check = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 48, 1, 5], vec![5, 0]);
    params.custom_extensions = vec![no_check];
    params
}

fn document_signing() -> ExtendedKeyUsagePurpose {
    ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec())
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, DnValue::Utf8String(name.to_owned()));
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2029, 1, 1);
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn prescriber() -> Result<CertificateParams> {
    let mut params = params("CONCEPCIÓN SALGADO BRISEÑO");
    let curp = DnValue::PrintableString("SABC560626MDFLRN01".try_into()?);
    params
        .distinguished_name
        .push(DnType::CustomDnType(vec![2, 5, 4, 5]), curp);
    params.distinguished_name.push(
        DnType::CustomDnType(vec![2, 16, 840, 1, 113_883, 3, 215, 12, 18]),
        DnValue::Utf8String("12345678".to_owned()),
    );
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.extended_key_usages = vec![document_signing()];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
