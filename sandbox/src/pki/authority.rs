//! A certificate authority, and the shapes of the certificates that it signs.

use anyhow::{Context, Result};
use jiff::ToSpan;
use jiff::civil::Date;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PublicKeyData, SanType, date_time_ymd,
};

/// Years that every authority of the sandbox is valid.
const AUTHORITY_YEARS: i16 = 10;

/// An authority with its key in memory.
pub(super) struct Authority {
    /// Its certificate.
    pub(super) pem: String,
    /// Its key, PKCS#8.
    pub(super) key_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// A self-signed authority.
    pub(super) fn root(
        name: &str,
        purposes: &[ExtendedKeyUsagePurpose],
        from: Date,
    ) -> Result<Self> {
        let params = authority_params(name, purposes, from)?;
        let key = new_key()?;
        let pem = params.self_signed(&key)?.pem();
        Ok(Self {
            pem,
            key_pem: key.serialize_pem(),
            issuer: Issuer::new(params, key),
        })
    }

    /// An authority under this one.
    pub(super) fn subordinate(
        &self,
        name: &str,
        purposes: &[ExtendedKeyUsagePurpose],
        from: Date,
    ) -> Result<Self> {
        let params = authority_params(name, purposes, from)?;
        let key = new_key()?;
        let pem = self.issue(&params, &key)?;
        Ok(Self {
            pem,
            key_pem: key.serialize_pem(),
            issuer: Issuer::new(params, key),
        })
    }

    /// An authority that was made before.
    pub(super) fn open(pem: String, key_pem: String) -> Result<Self> {
        let key = KeyPair::from_pem(&key_pem)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key)?;
        Ok(Self {
            pem,
            key_pem,
            issuer,
        })
    }

    /// A certificate of this authority for a public key, PEM.
    pub(super) fn issue(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<String> {
        Ok(params.signed_by(key, &self.issuer)?.pem())
    }
}

/// A fresh P-256 key.
pub(super) fn new_key() -> Result<KeyPair> {
    Ok(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?)
}

fn authority_params(
    name: &str,
    purposes: &[ExtendedKeyUsagePurpose],
    from: Date,
) -> Result<CertificateParams> {
    let mut params = params_between(from, from.checked_add(AUTHORITY_YEARS.years())?)?;
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.extended_key_usages = purposes.to_vec();
    Ok(params)
}

/// A leaf for TLS.
pub(super) fn tls_leaf(
    name: &str,
    purpose: ExtendedKeyUsagePurpose,
    names: Vec<SanType>,
    validity: (Date, Date),
) -> Result<CertificateParams> {
    let mut params = params_between(validity.0, validity.1)?;
    params
        .distinguished_name
        .push(DnType::CommonName, DnValue::Utf8String(name.to_owned()));
    params.subject_alt_names = names;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![purpose];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// Parameters with an empty subject in Mexico, valid between two days.
pub(super) fn params_between(from: Date, until: Date) -> Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    let country = DnValue::PrintableString("MX".try_into()?);
    params.distinguished_name.push(DnType::CountryName, country);
    let moment = |date: Date| -> Result<_> {
        let month = u8::try_from(date.month()).context("month")?;
        let day = u8::try_from(date.day()).context("day")?;
        Ok(date_time_ymd(i32::from(date.year()), month, day))
    };
    params.not_before = moment(from)?;
    params.not_after = moment(until)?;
    Ok(params)
}
