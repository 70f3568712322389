//! A professional's certificate with its path, revocation lists and answers, and the stores that
//! judge by them: what `bench sign` and `bench trust` work on. Everything from seeds.

use anyhow::{Context, Result};
use jiff::Timestamp;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{EncodePrivateKey, SecretDocument};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyUsagePurpose, PublicKeyData,
    RevokedCertParams, SerialNumber, date_time_ymd,
};
use signing::cms::cades::SigningChain;
use signing::ecdsa::P256Signature;
use signing::ocsp::{CertIdHash, CertificateAnswer, NewAnswer, Status, respond};
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustStore};
use simulators::key::Key;
use simulators::pki::{Authority, params};

use crate::cast::prescribers;

/// Within the validity of everything.
const AT: &str = "2026-11-20T16:00:00Z";
/// The leaf's serial number, second byte; the first is that of [`params`].
const SERIAL: u8 = 77;
/// `id-kp-documentSigning` (RFC 9336).
const DOCUMENT_SIGNING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 36];
/// `serialNumber` (X.520): the CURP.
const CURP: [u64; 4] = [2, 5, 4, 5];
/// National OID of the cédula profesional (DGIS).
const CEDULA: [u64; 9] = [2, 16, 840, 1, 113_883, 3, 215, 12, 18];
const ISSUING_SEED: u8 = 52;
const LEAF_SEED: u8 = 53;

/// Root, issuing CA and leaf.
pub(super) struct Professional {
    root: Authority,
    issuing: Issuer<'static, Key>,
    issuing_der: Vec<u8>,
    leaf: Vec<u8>,
}

impl Professional {
    /// With a key in memory: see [`sign`].
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn new() -> Result<Self> {
        Self::with_key(&Key::from_seed(LEAF_SEED)?)
    }

    /// With a key that is elsewhere.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn with_key(key: &impl PublicKeyData) -> Result<Self> {
        let root = Authority::root("AC Raíz de medición", 51)?;
        let issuing_key = Key::from_seed(ISSUING_SEED)?;
        let issuing_params = issuing_params();
        let issuing_der = root.issue(&issuing_params, &issuing_key)?;
        let issuing = Issuer::new(issuing_params, issuing_key);
        let leaf = leaf_params()?.signed_by(key, &issuing)?.der().to_vec();
        Ok(Self {
            root,
            issuing,
            issuing_der,
            leaf,
        })
    }

    /// The leaf, DER.
    pub(super) fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    /// The CA that issued it, DER.
    pub(super) fn issuing(&self) -> &[u8] {
        &self.issuing_der
    }

    /// What goes into each signature.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn chain(&self) -> Result<SigningChain> {
        let chain = SigningChain::new(&self.leaf, &[&self.issuing_der]);
        chain.context("the certificate does not sign")
    }

    /// A store that demands revocation data and has none yet.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn store(&self) -> Result<TrustStore> {
        let mut store = TrustStore::new(RevocationPolicy::Required);
        store.add_anchor(self.root.der(), AnchorPolicy::Professional)?;
        store.add_issuer(&self.issuing_der)?;
        Ok(store)
    }

    /// The same with the root's list, which is empty, and the issuing CA's with `entries` others.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn store_with_lists(&self, entries: u32) -> Result<TrustStore> {
        let mut store = self.store()?;
        store.add_crl(&self.root_list()?)?;
        store.add_crl(&self.issuing_list(entries)?)?;
        Ok(store)
    }

    /// The root's list: nothing revoked.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn root_list(&self) -> Result<Vec<u8>> {
        let params = list_params(0, self.root.key_id());
        Ok(params.signed_by(self.root.issuer())?.der().to_vec())
    }

    /// The issuing CA's list with `entries` certificates, of which the leaf is none.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn issuing_list(&self, entries: u32) -> Result<Vec<u8>> {
        let params = list_params(entries, KeyIdMethod::Sha256);
        Ok(params.signed_by(&self.issuing)?.der().to_vec())
    }

    /// The issuing CA's answer about the leaf, signed by itself: DER `OCSPResponse`.
    ///
    /// # Errors
    /// None, in practice.
    pub(super) fn answer(&self) -> Result<Vec<u8>> {
        let (this_update, next_update) = ("2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z");
        let answer = NewAnswer {
            issuer: &self.issuing_der,
            responder: None,
            hash: CertIdHash::Sha256,
            says: vec![CertificateAnswer {
                serial: vec![0x51, SERIAL],
                status: Status::Good,
                this_update: this_update.parse()?,
                next_update: next_update.parse()?,
            }],
            produced_at: this_update.parse()?,
            nonce: None,
        };
        Ok(respond(&answer, |digest| sign_with(ISSUING_SEED, digest))?)
    }
}

/// The moment at which everything is signed and judged.
///
/// # Errors
/// None, in practice.
pub(super) fn at() -> Result<Timestamp> {
    Ok(AT.parse()?)
}

/// Signs with the key in memory.
///
/// # Errors
/// None, in practice.
pub(super) fn sign(digest: [u8; 32]) -> Result<P256Signature, p256::ecdsa::Error> {
    sign_with(LEAF_SEED, digest)
}

/// The key of [`sign`].
///
/// # Errors
/// None, in practice.
pub(super) fn pkcs8() -> Result<SecretDocument> {
    Ok(SigningKey::from_slice(&[LEAF_SEED; 32])?.to_pkcs8_der()?)
}

fn sign_with(seed: u8, digest: [u8; 32]) -> Result<P256Signature, p256::ecdsa::Error> {
    let key = SigningKey::from_slice(&[seed; 32])?;
    let signature: Signature = key.sign_prehash(&digest)?;
    Ok(signature.normalize_s().to_bytes().into())
}

fn issuing_params() -> CertificateParams {
    let mut params = params("AC Profesional de medición", 2);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec())];
    params
}

fn leaf_params() -> Result<CertificateParams> {
    let [doctor, _] = prescribers()?;
    let mut params = params(&doctor.person.full_name(), SERIAL);
    let curp = DnValue::PrintableString(doctor.person.curp.as_str().try_into()?);
    let cedula = DnValue::Utf8String(doctor.cedula.to_owned());
    let subject = &mut params.distinguished_name;
    subject.push(DnType::CustomDnType(CURP.to_vec()), curp);
    subject.push(DnType::CustomDnType(CEDULA.to_vec()), cedula);
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec())];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Parameters of a list of `entries` others that is good when everything happens.
pub(super) fn list_params(entries: u32, key: KeyIdMethod) -> CertificateRevocationListParams {
    let revoked = (0..entries).map(|number| RevokedCertParams {
        // Eight bytes, as serial numbers of CAs are long; the leaf's has two.
        serial_number: SerialNumber::from((1_u64 << 62) | u64::from(number)),
        revocation_time: date_time_ymd(2026, 6, 1),
        reason_code: None,
        invalidity_date: None,
    });
    CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 11, 1),
        next_update: date_time_ymd(2026, 12, 1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect(),
        key_identifier_method: key,
    }
}

/// The signature that is asked for over and over.
///
/// # Errors
/// It does not come to be.
pub(super) fn signed(professional: &Professional, content: &[u8]) -> Result<Vec<u8>> {
    let built = signing::cms::cades::build(content, at()?, &professional.chain()?, sign);
    built.map_err(|error| anyhow::anyhow!("{error}"))
}
