//! Certificates of health professionals: what `signing::trust` demands of them.

use anyhow::Result;
use jiff::ToSpan;
use jiff::civil::Date;
use rcgen::{CertificateParams, DnType, DnValue, ExtendedKeyUsagePurpose, KeyUsagePurpose};

use super::authority::params_between;
use crate::cast::Prescriber;

/// `serialNumber` (X.520): the CURP.
const CURP: [u64; 4] = [2, 5, 4, 5];
/// National OID of the cédula profesional (DGIS).
const CEDULA: [u64; 9] = [2, 16, 840, 1, 113_883, 3, 215, 12, 18];
/// `id-kp-documentSigning` (RFC 9336).
const DOCUMENT_SIGNING: [u64; 9] = [1, 3, 6, 1, 5, 5, 7, 3, 36];

/// The purposes that leaf and issuing authority both carry: documentSigning, which our trust
/// demands, and emailProtection, which `openssl cms -verify` demands by default. The LFEA has the
/// e-mail in the certificate anyway.
pub(super) fn purposes() -> Vec<ExtendedKeyUsagePurpose> {
    vec![
        ExtendedKeyUsagePurpose::Other(DOCUMENT_SIGNING.to_vec()),
        ExtendedKeyUsagePurpose::EmailProtection,
    ]
}

/// A prescriber's certificate, valid for three years. No organizational unit: that is how a seal of
/// the SAT looks.
pub(super) fn params(who: &Prescriber, today: Date) -> Result<CertificateParams> {
    let from = today.checked_sub(2.days())?;
    let mut params = params_between(from, from.checked_add(3.years())?)?;
    let curp = DnValue::PrintableString(who.person.curp.as_str().try_into()?);
    let name = DnValue::Utf8String(who.person.full_name());
    let subject = &mut params.distinguished_name;
    subject.push(DnType::CommonName, name);
    subject.push(DnType::CustomDnType(CURP.to_vec()), curp);
    subject.push(
        DnType::CustomDnType(CEDULA.to_vec()),
        DnValue::Utf8String(who.cedula.to_owned()),
    );
    params.key_usages = vec![
        KeyUsagePurpose::DigitalSignature,
        KeyUsagePurpose::ContentCommitment,
    ];
    params.extended_key_usages = purposes();
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}
