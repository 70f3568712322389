//! A certification authority from a seed.

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, DnValue, IsCa,
    Issuer, KeyIdMethod, KeyUsagePurpose, PublicKeyData, SerialNumber, date_time_ymd,
};

use crate::der;
use crate::key::Key;

/// `id-kp-timeStamping` (RFC 3161 §2.3).
pub const TIME_STAMPING: &str = "1.3.6.1.5.5.7.3.8";

/// A CA that issues whatever it is asked for.
pub struct Authority {
    issuer: Issuer<'static, Key>,
    key_id: KeyIdMethod,
    der: Vec<u8>,
}

impl Authority {
    /// A self-signed root, valid from 2025 to 2048.
    ///
    /// # Errors
    /// The certificate cannot be made.
    pub fn root(name: &str, seed: u8) -> Result<Self> {
        let key = Key::from_seed(seed)?;
        let params = ca_params(name, seed);
        let der = params.self_signed(&key)?.der().to_vec();
        Ok(Self {
            key_id: params.key_identifier_method.clone(),
            issuer: Issuer::new(params, key),
            der,
        })
    }

    /// A CA below this one.
    ///
    /// # Errors
    /// The certificate cannot be made.
    pub fn subordinate(&self, name: &str, seed: u8) -> Result<Self> {
        let key = Key::from_seed(seed)?;
        let params = ca_params(name, seed);
        let der = params.signed_by(&key, &self.issuer)?.der().to_vec();
        Ok(Self {
            key_id: params.key_identifier_method.clone(),
            issuer: Issuer::new(params, key),
            der,
        })
    }

    /// Its certificate, DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The identifier of its key, which a list of it names.
    #[must_use]
    pub fn key_id(&self) -> KeyIdMethod {
        self.key_id.clone()
    }

    /// What signs its certificates and lists.
    #[must_use]
    pub fn issuer(&self) -> &Issuer<'static, Key> {
        &self.issuer
    }

    /// A certificate as `params` say, for this key. DER.
    ///
    /// # Errors
    /// The certificate cannot be made.
    pub fn issue(&self, params: &CertificateParams, key: &impl PublicKeyData) -> Result<Vec<u8>> {
        Ok(params.signed_by(key, &self.issuer)?.der().to_vec())
    }
}

/// A name and a validity, for whoever sets the rest.
#[must_use]
pub fn params(name: &str, serial: u8) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, DnValue::Utf8String(name.to_owned()));
    params.serial_number = Some(SerialNumber::from_slice(&[0x51, serial]));
    params.not_before = date_time_ymd(2025, 1, 1);
    params.not_after = date_time_ymd(2048, 1, 1);
    params
}

/// A timestamp authority as RFC 3161 §2.3 asks: one purpose, critical.
///
/// # Errors
/// None in practice.
pub fn timestamp_params(name: &str, serial: u8) -> Result<CertificateParams> {
    let mut params = params(name, serial);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.custom_extensions = vec![purposes(&[TIME_STAMPING], true)?];
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// An extended key usage, which `rcgen` itself cannot make critical.
///
/// # Errors
/// A purpose that is no OID.
pub fn purposes(purposes: &[&str], critical: bool) -> Result<CustomExtension> {
    let list: Vec<_> = purposes
        .iter()
        .map(|purpose| der::oid(purpose))
        .collect::<Result<_>>()?;
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 37], der::sequence(&list));
    extension.set_criticality(critical);
    Ok(extension)
}

fn ca_params(name: &str, seed: u8) -> CertificateParams {
    let mut params = params(name, seed);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.key_identifier_method = KeyIdMethod::PreSpecified(name.as_bytes().to_vec());
    params
}
