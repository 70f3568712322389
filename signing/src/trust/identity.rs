//! Who a professional certificate names.
//!
//! | Subject attribute | OID | Where |
//! |---|---|---|
//! | name | 2.5.4.3 (`commonName`) | always |
//! | CURP | 2.5.4.5 (`serialNumber`) | always |
//! | RFC | 2.5.4.45 (`x500UniqueIdentifier`) | e.firma; optional elsewhere |
//! | cédula profesional | 2.16.840.1.113883.3.215.12.18 | our own CA, as `UTF8String` |
//!
//! The cédula has no attribute type of its own in X.520; we use the national OID of the
//! identifier (DGIS) as the attribute type. A SAT certificate of a company writes the pair
//! `company RFC / representative's RFC` and ` / representative's CURP`.

use std::borrow::Cow;
use std::fmt;

use const_oid::ObjectIdentifier;
use der::asn1::Any;
use der::{Tag, Tagged};
use x509_cert::Certificate;
use x509_cert::serial_number::SerialNumber;

/// `commonName`.
const NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// `serialNumber`: the CURP.
const CURP: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
/// `x500UniqueIdentifier`: the RFC.
const RFC: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.45");
/// The national OID of the cédula profesional.
const CEDULA: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.113883.3.215.12.18");

/// Why a subject cannot be read as a professional. Texts never repeat the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// No `commonName`.
    #[error("it has no name; ask the CA for a certificate with a common name")]
    MissingName,
    /// No CURP in `serialNumber`.
    #[error("it has no CURP; ask the CA for a certificate with the CURP in serialNumber")]
    MissingCurp,
    /// An attribute we read appears twice.
    #[error("an identity attribute appears twice; ask the CA for a new certificate")]
    DuplicateAttribute,
    /// Not a text we can read, or empty.
    #[error("an identity attribute is not readable text; ask the CA for a new certificate")]
    MalformedText,
    /// Not the 18 characters of a CURP.
    #[error("the CURP is malformed; ask the CA for a new certificate")]
    MalformedCurp,
    /// Not the 12 or 13 characters of an RFC.
    #[error("the RFC is malformed; ask the CA for a new certificate")]
    MalformedRfc,
    /// Not 7 or 8 digits.
    #[error("the cédula is malformed; ask the CA for a new certificate")]
    MalformedCedula,
}

/// The person a certificate names. `Debug` shows the certificate's serial only.
#[derive(Clone, PartialEq, Eq)]
pub struct ProfessionalIdentity {
    /// Name as certified. For a company's e.firma this is the company's name.
    pub name: String,
    /// The person's CURP: shape checked, check digit not (the CA vouches for it).
    pub curp: String,
    /// Cédula profesional, 7 or 8 digits, when the CA certifies it.
    pub cedula: Option<String>,
    /// The person's RFC.
    pub rfc: Option<String>,
    /// RFC of the company the person signs for, in a company's e.firma. A prescriber is a natural
    /// person (LGS 28 Bis): callers refuse a prescription signed for a company.
    pub represents: Option<String>,
    /// Serial of the certificate: the SAT's 20 digits, or hexadecimal.
    pub serial: String,
}

impl fmt::Debug for ProfessionalIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfessionalIdentity")
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

impl ProfessionalIdentity {
    /// Reads the subject of `cert`.
    pub(super) fn from_certificate(cert: &Certificate) -> Result<Self, IdentityError> {
        let name = text_of(cert, NAME)?
            .ok_or(IdentityError::MissingName)?
            .into_owned();
        let curp = text_of(cert, CURP)?.ok_or(IdentityError::MissingCurp)?;
        let cedula = text_of(cert, CEDULA)?.map(Cow::into_owned);
        if cedula.as_deref().is_some_and(|cedula| !is_cedula(cedula)) {
            return Err(IdentityError::MalformedCedula);
        }
        let (represents, rfc) = match text_of(cert, RFC)? {
            Some(text) => split_rfc(&text)?,
            None => (None, None),
        };
        Ok(Self {
            name,
            curp: split_curp(&curp)?,
            cedula,
            rfc,
            represents,
            serial: serial_text(cert.tbs_certificate().serial_number()),
        })
    }
}

/// The one value of a subject attribute.
fn text_of(
    cert: &Certificate,
    oid: ObjectIdentifier,
) -> Result<Option<Cow<'_, str>>, IdentityError> {
    let subject = cert.tbs_certificate().subject().as_ref();
    let mut values = subject
        .iter()
        .flat_map(|rdn| rdn.as_ref().iter())
        .filter(|attribute| attribute.oid == oid)
        .map(|attribute| &attribute.value);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(IdentityError::DuplicateAttribute);
    }
    text(value).map(Some)
}

/// Decodes a directory string. Older SAT certificates use `TeletexString` as Latin-1.
fn text(value: &Any) -> Result<Cow<'_, str>, IdentityError> {
    let bytes = value.value();
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "every other ASN.1 type is no text"
    )]
    let decoded = match value.tag() {
        Tag::Utf8String => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
        Tag::PrintableString | Tag::Ia5String if bytes.is_ascii() => {
            std::str::from_utf8(bytes).ok().map(Cow::Borrowed)
        }
        Tag::TeletexString => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        _ => None,
    };
    decoded
        .filter(|text| !text.trim().is_empty() && !text.contains(char::is_control))
        .ok_or(IdentityError::MalformedText)
}

/// `CURP` or the SAT's ` / CURP`.
fn split_curp(text: &str) -> Result<String, IdentityError> {
    let curp = match text.split_once('/') {
        Some((before, curp)) if before.trim().is_empty() => curp.trim(),
        Some(_) => return Err(IdentityError::MalformedCurp),
        None => text.trim(),
    };
    if is_curp(curp) {
        Ok(curp.to_owned())
    } else {
        Err(IdentityError::MalformedCurp)
    }
}

/// `RFC`, or the SAT's `company / person`: the company represented, then the person's RFC.
fn split_rfc(text: &str) -> Result<(Option<String>, Option<String>), IdentityError> {
    let (company, person) = match text.split_once('/') {
        Some((company, person)) => (Some(company.trim()), person.trim()),
        None => (None, text.trim()),
    };
    if is_rfc(person) && company.is_none_or(is_rfc) {
        Ok((company.map(str::to_owned), Some(person.to_owned())))
    } else {
        Err(IdentityError::MalformedRfc)
    }
}

/// Position by position as in the RENAPO definition, check digit excluded.
fn is_curp(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 18
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4..=9 | 17 => byte.is_ascii_digit(),
            10 => matches!(byte, b'H' | b'M' | b'X'),
            16 => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            _ => byte.is_ascii_uppercase(),
        })
}

fn is_rfc(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '&' || c == 'Ñ';
    matches!(text.chars().count(), 12 | 13) && text.chars().all(allowed)
}

fn is_cedula(text: &str) -> bool {
    matches!(text.len(), 7 | 8) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The SAT writes its 20 digits as ASCII inside the integer; others get hexadecimal.
fn serial_text(serial: &SerialNumber) -> String {
    let bytes = serial.as_bytes();
    if bytes.len() == 20 && bytes.iter().all(u8::is_ascii_digit) {
        bytes.iter().map(|byte| char::from(*byte)).collect()
    } else {
        data_encoding::HEXLOWER.encode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::test_pki::{self, Pki, cedula_type, custom, leaf_params};
    use crate::trust::{AnchorPolicy, TrustError, usage};
    use der::Decode;
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, DnValue};

    fn identity(params: &CertificateParams) -> Result<ProfessionalIdentity, IdentityError> {
        let leaf = Pki::with_leaf(params).leaf;
        ProfessionalIdentity::from_certificate(&Certificate::from_der(&leaf).unwrap())
    }

    fn with(kind: DnType, value: &str) -> Result<ProfessionalIdentity, IdentityError> {
        let mut params = leaf_params();
        params.distinguished_name.remove(kind.clone());
        params
            .distinguished_name
            .push(kind, DnValue::Utf8String(value.to_owned()));
        identity(&params)
    }

    fn without(kind: DnType) -> Result<ProfessionalIdentity, IdentityError> {
        let mut params = leaf_params();
        params.distinguished_name.remove(kind);
        identity(&params)
    }

    #[test]
    fn name_and_curp_are_required_and_cedula_is_not() {
        assert_eq!(without(DnType::CommonName), Err(IdentityError::MissingName));
        assert_eq!(
            without(custom(&[2, 5, 4, 5])),
            Err(IdentityError::MissingCurp)
        );
        assert_eq!(without(cedula_type()).unwrap().cedula, None);
    }

    #[test]
    fn each_attribute_appears_once_as_text() {
        let twice = with(custom(&[2, 5, 4, 3]), "Otra persona");
        assert_eq!(twice, Err(IdentityError::DuplicateAttribute));
        assert_eq!(
            with(DnType::CommonName, "  "),
            Err(IdentityError::MalformedText)
        );
        assert_eq!(
            with(DnType::CommonName, "a\u{0}b"),
            Err(IdentityError::MalformedText)
        );
        let bits = Any::new(Tag::BitString, [0, 1]).unwrap();
        assert_eq!(text(&bits), Err(IdentityError::MalformedText));
        let latin1 = Any::new(Tag::TeletexString, *b"MU\xd1OZ").unwrap();
        assert_eq!(text(&latin1).as_deref(), Ok("MUÑOZ"));
        let not_utf8 = Any::new(Tag::Utf8String, *b"MU\xd1OZ").unwrap();
        assert_eq!(text(&not_utf8), Err(IdentityError::MalformedText));
    }

    #[test]
    fn identifiers_have_their_shape() {
        for bad in [
            "SABC560626MDFLRN0",
            "SABC560626ZDFLRN01",
            "sabc560626mdflrn01",
            "x/ y",
        ] {
            assert_eq!(
                with(custom(&[2, 5, 4, 5]), bad),
                Err(IdentityError::MalformedCurp)
            );
        }
        for bad in ["123456", "123456789", "12345é7"] {
            assert_eq!(
                with(cedula_type(), bad),
                Err(IdentityError::MalformedCedula)
            );
        }
        for bad in ["SABC560626", "SABC560626AB1 / X", "a / b / c"] {
            assert_eq!(
                with(custom(&[2, 5, 4, 45]), bad),
                Err(IdentityError::MalformedRfc)
            );
        }
        let own = with(custom(&[2, 5, 4, 45]), "SABC560626AB1").unwrap();
        assert_eq!(own.rfc.as_deref(), Some("SABC560626AB1"));
        assert_eq!(own.represents, None);
    }

    #[test]
    fn debug_names_nobody() {
        let shown = format!("{:?}", identity(&leaf_params()).unwrap());
        assert!(shown.contains("4a01"));
        for secret in [test_pki::CURP, "Salgado", test_pki::CEDULA] {
            assert!(!shown.contains(secret));
        }
    }

    /// A certificate of the SAT's test set, which is not part of the repository.
    fn sat(path: &str) -> Option<Vec<u8>> {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../shared/data/efirma-test-certs"
        );
        let read = std::fs::read(format!("{folder}/{path}"));
        if read.is_err() {
            eprintln!("SKIPPED: {folder}/{path} is missing");
        }
        read.ok()
    }

    #[test]
    fn sat_fiel_names_the_person_and_the_company() {
        for (path, rfc, company, curp, serial) in [
            (
                "EKU9003173C9/fake-fiel/EKU9003173C9.cer",
                "VADA800927DJ3",
                "EKU9003173C9",
                "VADA800927HSRSRL05",
                "30001000000500003415",
            ),
            (
                "phpcfdi-credentials/FIEL_AAA010101AAA/certificate.cer",
                "HEGT7610034S2",
                "AAA010101AAA",
                "HEGT761003MDFRNN09",
                "30001000000300023685",
            ),
        ] {
            let Some(der) = sat(path) else { return };
            let cert = Certificate::from_der(&der).unwrap();
            let identity = ProfessionalIdentity::from_certificate(&cert).unwrap();
            assert_eq!(identity.rfc.as_deref(), Some(rfc));
            assert_eq!(identity.represents.as_deref(), Some(company));
            assert_eq!(identity.curp, curp);
            assert_eq!(identity.serial, serial);
            assert_eq!(usage::check_leaf(&cert), Ok(()));
            assert_eq!(
                usage::check_leaf_policy(&cert, AnchorPolicy::Efirma),
                Ok(())
            );
            let from = super::super::store::timestamp(cert.tbs_certificate().validity().not_before);
            let result = Pki::new().store().validate(&der, &[], from.unwrap());
            assert_eq!(result, Err(TrustError::UnknownIssuer));
        }
    }

    #[test]
    fn sat_csd_is_refused() {
        for path in [
            "EKU9003173C9/fake-csd/EKU9003173C9.cer",
            "phpcfdi-credentials/CSD01_AAA010101AAA/certificate.cer",
        ] {
            let Some(der) = sat(path) else { return };
            let result = Pki::new().store().validate(&der, &[], test_pki::at());
            assert_eq!(result, Err(TrustError::SatSeal));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_as_certificate_never_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..256),
            at in 0_usize..400,
        ) {
            let pki = Pki::new();
            let mut leaf = pki.leaf.clone();
            for (byte, new) in leaf[at.min(pki.leaf.len())..].iter_mut().zip(&bytes) {
                *byte = *new;
            }
            let store = pki.store();
            let trusted = store.validate(&leaf, &[&pki.issuing.der], test_pki::at());
            prop_assert_eq!(trusted.is_ok(), leaf == pki.leaf);
            prop_assert!(store.validate(&bytes, &[&bytes], test_pki::at()).is_err());
        }
    }
}
