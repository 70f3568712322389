//! Signed attributes: required once, of the right type, about this document and certificate.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA,
    ID_SIGNING_TIME,
};
use const_oid::db::rfc5912::{ID_SHA_256, ID_SHA_384};
use der::asn1::{GeneralizedTime, OctetString, SetOfVec, UtcTime};
use der::{Any, Decode};
use spki::AlgorithmIdentifierOwned;
use std::time::Duration;
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::serial_number::SerialNumber;

use super::attributes::{EssCertIdV2, IssuerSerial, SigningCertificateV2};
use super::build::sha256;
use super::test_signer::{CONTENT, attribute, check, edit_attributes, refusal, signed};
use super::{Attribute, CmsError};
use crate::trust::test_pki::{LEAF_SERIAL, Pki, at};

const REQUIRED: [(ObjectIdentifier, Attribute); 4] = [
    (ID_CONTENT_TYPE, Attribute::ContentType),
    (ID_MESSAGE_DIGEST, Attribute::MessageDigest),
    (ID_SIGNING_TIME, Attribute::SigningTime),
    (
        ID_AA_SIGNING_CERTIFICATE_V_2,
        Attribute::SigningCertificateV2,
    ),
];

/// A signature in which the attribute of this OID is replaced, properly signed.
fn replaced(pki: &Pki, new: x509_cert::attr::Attribute) -> Vec<u8> {
    edit_attributes(&signed(pki), |attributes| {
        attributes.retain(|attribute| attribute.oid != new.oid);
        attributes.push(new);
    })
}

fn octets(bytes: impl Into<Box<[u8]>>) -> OctetString {
    OctetString::new(bytes).unwrap()
}

fn cert_id(der: &[u8]) -> EssCertIdV2 {
    EssCertIdV2 {
        hash_algorithm: None,
        cert_hash: octets(sha256(der)),
        issuer_serial: None,
    }
}

fn signing_certificate(certs: Vec<EssCertIdV2>) -> x509_cert::attr::Attribute {
    let value = SigningCertificateV2 {
        certs,
        policies: None,
    };
    attribute(ID_AA_SIGNING_CERTIFICATE_V_2, &value)
}

#[test]
fn each_required_attribute_must_be_there() {
    let pki = Pki::new();
    for (oid, name) in REQUIRED {
        let p7s = edit_attributes(&signed(&pki), |attributes| {
            attributes.retain(|attribute| attribute.oid != oid);
        });
        assert_eq!(refusal(&pki, &p7s), CmsError::MissingAttribute(name));
    }
}

#[test]
fn no_attribute_may_appear_twice() {
    let pki = Pki::new();
    for (oid, name) in REQUIRED {
        let p7s = edit_attributes(&signed(&pki), |attributes| {
            attributes.push(attribute(oid, &octets(*b"otra")));
        });
        assert_eq!(refusal(&pki, &p7s), CmsError::DuplicateAttribute(name));
    }
    let other = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.15");
    let once = edit_attributes(&signed(&pki), |attributes| {
        attributes.push(attribute(other, &octets(*b"1")));
    });
    assert!(
        check(&pki, &once).is_ok(),
        "unknown signed attributes are allowed"
    );
    let twice = edit_attributes(&once, |attributes| {
        attributes.push(attribute(other, &octets(*b"2")));
    });
    assert_eq!(refusal(&pki, &twice), CmsError::DuplicateOtherAttribute);
}

#[test]
fn each_required_attribute_has_one_value_of_its_type() {
    let pki = Pki::new();
    for (oid, name) in REQUIRED {
        let expected = CmsError::MalformedAttribute(name);
        let wrong_type = replaced(&pki, attribute(oid, &true));
        assert_eq!(refusal(&pki, &wrong_type), expected);
        let empty = x509_cert::attr::Attribute {
            oid,
            values: SetOfVec::new(),
        };
        assert_eq!(refusal(&pki, &replaced(&pki, empty)), expected);
        let two = edit_attributes(&signed(&pki), |attributes| {
            let found = attributes
                .iter_mut()
                .find(|attribute| attribute.oid == oid)
                .unwrap();
            found.values.insert(Any::null()).unwrap();
        });
        assert_eq!(refusal(&pki, &two), expected);
    }
    let short = attribute(ID_MESSAGE_DIGEST, &octets(&sha256(CONTENT)[..31]));
    let expected = CmsError::MalformedAttribute(Attribute::MessageDigest);
    assert_eq!(refusal(&pki, &replaced(&pki, short)), expected);
    let none = signing_certificate(vec![]);
    let expected = CmsError::MalformedAttribute(Attribute::SigningCertificateV2);
    assert_eq!(refusal(&pki, &replaced(&pki, none)), expected);
}

#[test]
fn content_type_and_digest_are_of_this_document() {
    let pki = Pki::new();
    let p7s = replaced(&pki, attribute(ID_CONTENT_TYPE, &ID_SIGNED_DATA));
    assert_eq!(refusal(&pki, &p7s), CmsError::ContentTypeMismatch);
    assert!(check(&pki, &replaced(&pki, attribute(ID_CONTENT_TYPE, &ID_DATA))).is_ok());
    let p7s = replaced(
        &pki,
        attribute(ID_MESSAGE_DIGEST, &octets(sha256(b"otro documento"))),
    );
    assert_eq!(refusal(&pki, &p7s), CmsError::MessageDigestMismatch);
}

#[test]
fn signing_time_is_plausible() {
    let pki = Pki::new();
    let utc = |offset: i64| {
        let seconds = u64::try_from(at().as_second() + offset).unwrap();
        let time = UtcTime::from_unix_duration(Duration::from_secs(seconds)).unwrap();
        attribute(ID_SIGNING_TIME, &time)
    };
    assert!(check(&pki, &replaced(&pki, utc(300))).is_ok());
    let future = replaced(&pki, utc(301));
    assert_eq!(refusal(&pki, &future), CmsError::SigningTimeInFuture);
    let before_the_certificate = replaced(&pki, utc(-200 * 86_400));
    assert_eq!(
        refusal(&pki, &before_the_certificate),
        CmsError::SigningTimeOutsideValidity
    );

    let seconds = u64::try_from(at().as_second()).unwrap();
    let general = GeneralizedTime::from_unix_duration(Duration::from_secs(seconds)).unwrap();
    let expected = CmsError::MalformedAttribute(Attribute::SigningTime);
    assert_eq!(
        refusal(&pki, &replaced(&pki, attribute(ID_SIGNING_TIME, &general))),
        expected
    );
}

#[test]
fn signing_certificate_is_the_signers_and_of_its_path() {
    let pki = Pki::new();
    let accepted = |certs| check(&pki, &replaced(&pki, signing_certificate(certs)));
    let leaf = || cert_id(&pki.leaf);
    assert!(accepted(vec![leaf()]).is_ok());
    assert!(
        accepted(vec![
            leaf(),
            cert_id(&pki.issuing.der),
            cert_id(&pki.root.der)
        ])
        .is_ok()
    );
    let mismatch = Some(CmsError::SigningCertificateMismatch);
    assert_eq!(accepted(vec![cert_id(&pki.issuing.der)]).err(), mismatch);
    assert_eq!(
        accepted(vec![cert_id(&pki.issuing.der), leaf()]).err(),
        mismatch
    );
    assert_eq!(
        accepted(vec![leaf(), cert_id(b"otro certificado")]).err(),
        mismatch
    );
}

#[test]
fn signing_certificate_names_issuer_and_serial_truly_or_not_at_all() {
    let pki = Pki::new();
    let issuer = Certificate::from_der(&pki.leaf)
        .unwrap()
        .tbs_certificate()
        .issuer()
        .clone();
    let named = |serial: &[u8]| {
        let id = EssCertIdV2 {
            issuer_serial: Some(IssuerSerial {
                issuer: vec![GeneralName::DirectoryName(issuer.clone())],
                serial_number: SerialNumber::new(serial).unwrap(),
            }),
            ..cert_id(&pki.leaf)
        };
        check(&pki, &replaced(&pki, signing_certificate(vec![id])))
    };
    assert!(named(LEAF_SERIAL).is_ok());
    assert_eq!(
        named(&[1]).err(),
        Some(CmsError::SigningCertificateMismatch)
    );
}

#[test]
fn signing_certificate_is_hashed_with_sha_256() {
    let pki = Pki::new();
    let with_hash = |oid| {
        let hash_algorithm = Some(AlgorithmIdentifierOwned {
            oid,
            parameters: None,
        });
        let id = EssCertIdV2 {
            hash_algorithm,
            ..cert_id(&pki.leaf)
        };
        check(&pki, &replaced(&pki, signing_certificate(vec![id])))
    };
    assert!(with_hash(ID_SHA_256).is_ok());
    assert_eq!(
        with_hash(ID_SHA_384).err(),
        Some(CmsError::UnsupportedDigest)
    );
}
