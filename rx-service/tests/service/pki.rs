//! Certificates for the tests: root, issuing authority, one prescriber.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SerialNumber, SubjectPublicKeyInfo, date_time_ymd,
};

const DOCUMENT_SIGNING: &[u64] = &[1, 3, 6, 1, 5, 5, 7, 3, 36];
const CURP: &[u64] = &[2, 5, 4, 5];
const CEDULA: &[u64] = &[2, 16, 840, 1, 113_883, 3, 215, 12, 18];

/// The authorities.
pub(crate) struct Pki {
    pub(crate) root: PathBuf,
    pub(crate) issuing: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    root_issuer: Issuer<'static, KeyPair>,
}

impl Pki {
    pub(crate) fn create(folder: &Path) -> Self {
        let root_key = KeyPair::generate().unwrap();
        let mut root = authority("Raíz de pruebas");
        root.extended_key_usages.clear();
        let root_cert = root.self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(root, root_key);
        let key = KeyPair::generate().unwrap();
        let issuing = authority("Emisora de pruebas");
        let issuing_cert = issuing.signed_by(&key, &root_issuer).unwrap();
        let paths = (folder.join("root.pem"), folder.join("issuing.pem"));
        std::fs::write(&paths.0, root_cert.pem()).unwrap();
        std::fs::write(&paths.1, issuing_cert.pem()).unwrap();
        Self {
            root: paths.0,
            issuing: paths.1,
            issuer: Issuer::new(issuing, key),
            root_issuer,
        }
    }

    /// The revocation lists of both authorities, of this day of March, good for a month.
    pub(crate) fn lists(&self, day: u8) -> [Vec<u8>; 2] {
        let list = list(day, rcgen::KeyIdMethod::Sha256);
        [&self.root_issuer, &self.issuer].map(|ca| list.signed_by(ca).unwrap().der().to_vec())
    }

    /// A certificate of the years from `from` on, for the holder of `cedula`, over the key that the
    /// HSM made.
    pub(crate) fn certify(&self, cedula: &str, from: i32, spki_der: &[u8]) -> Vec<u8> {
        let mut params = between(from, from + 2);
        let subject = &mut params.distinguished_name;
        subject.push(DnType::CommonName, "Teresa Mendoza Rivas");
        let curp = DnValue::PrintableString("VADA800927HSRSRL05".try_into().unwrap());
        subject.push(DnType::CustomDnType(CURP.to_vec()), curp);
        let cedula = DnValue::Utf8String(cedula.to_owned());
        subject.push(DnType::CustomDnType(CEDULA.to_vec()), cedula);
        params.key_usages = vec![
            KeyUsagePurpose::DigitalSignature,
            KeyUsagePurpose::ContentCommitment,
        ];
        params.extended_key_usages = vec![document_signing()];
        let key = SubjectPublicKeyInfo::from_der(spki_der).unwrap();
        params.signed_by(&key, &self.issuer).unwrap().der().to_vec()
    }

    /// A certificate of this authority.
    pub(crate) fn issue(
        &self,
        params: &CertificateParams,
        key: &impl rcgen::PublicKeyData,
    ) -> Vec<u8> {
        params.signed_by(key, &self.issuer).unwrap().der().to_vec()
    }
}

impl Pki {
    /// The issuing authority's list, in DER, of these certificates, good from `from` to `until`.
    pub(crate) fn list(&self, number: u64, good: (&str, &str), revoked: &[Revoked]) -> Vec<u8> {
        let time = |text: &str| {
            let at: jiff::Timestamp = text.parse().unwrap();
            let seconds = u64::try_from(at.as_second()).unwrap();
            date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(seconds)
        };
        let entry = |one: &Revoked| RevokedCertParams {
            serial_number: SerialNumber::from_slice(&one.serial),
            revocation_time: time(one.at),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: one.stolen.map(time),
        };
        let params = CertificateRevocationListParams {
            this_update: time(good.0),
            next_update: time(good.1),
            crl_number: SerialNumber::from(number),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(entry).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).unwrap().der().to_vec()
    }
}

/// A certificate in a list.
pub(crate) struct Revoked {
    pub(crate) serial: Vec<u8>,
    pub(crate) at: &'static str,
    /// Since when the key was in other hands.
    pub(crate) stolen: Option<&'static str>,
}

/// An empty list of this day of March of 2026, good for a month.
pub(crate) fn list(day: u8, key_id: rcgen::KeyIdMethod) -> rcgen::CertificateRevocationListParams {
    rcgen::CertificateRevocationListParams {
        this_update: date_time_ymd(2026, 3, day),
        next_update: date_time_ymd(2026, 4, day),
        crl_number: rcgen::SerialNumber::from_slice(&[day]),
        issuing_distribution_point: None,
        revoked_certs: vec![],
        key_identifier_method: key_id,
    }
}

pub(crate) fn document_signing() -> ExtendedKeyUsagePurpose {
    ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec())
}

fn between(from: i32, to: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(to, 1, 1);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str) -> CertificateParams {
    let mut params = between(2025, 2035);
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages = vec![document_signing()];
    params
}
