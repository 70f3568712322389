//! The four signed attributes of CAdES-B-B: their types, and reading them strictly.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNING_TIME,
};
use const_oid::db::rfc5912::ID_SHA_256;
use der::asn1::{AnyRef, OctetString, OctetStringRef};
use der::{Any, Decode, Sequence};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

use super::signed_data::{expect, set_of};
use super::{Attribute, CmsError};

/// Attributes a signature may carry, ours and others' (S/MIME capabilities, for instance), and
/// values of each.
const MAX_ATTRIBUTES: usize = 16;
/// Certificates `signing-certificate-v2` may name.
const MAX_CERT_IDS: usize = 8;

/// `SigningCertificateV2` (RFC 5035 §3).
#[derive(Clone, Debug, Sequence)]
pub(crate) struct SigningCertificateV2 {
    pub(crate) certs: Vec<EssCertIdV2>,
    pub(crate) policies: Option<Vec<Any>>,
}

/// `ESSCertIDv2` (RFC 5035 §4). An absent hash algorithm means SHA-256.
#[derive(Clone, Debug, Sequence)]
pub(crate) struct EssCertIdV2 {
    pub(crate) hash_algorithm: Option<AlgorithmIdentifierOwned>,
    pub(crate) cert_hash: OctetString,
    pub(crate) issuer_serial: Option<IssuerSerial>,
}

/// `IssuerSerial` (RFC 5035 §4).
#[derive(Clone, Debug, Sequence)]
pub(crate) struct IssuerSerial {
    pub(crate) issuer: GeneralNames,
    pub(crate) serial_number: SerialNumber,
}

/// What the signed attributes say.
#[derive(Debug)]
pub(super) struct SignedAttributes {
    pub(super) message_digest: [u8; 32],
    pub(super) signing_time: Timestamp,
    cert_ids: Vec<EssCertIdV2>,
}

impl SignedAttributes {
    /// Reads the value of the `[0] IMPLICIT SET OF Attribute`, header excluded.
    pub(super) fn parse(set: &[u8]) -> Result<Self, CmsError> {
        let attributes = set_of(set, MAX_ATTRIBUTES)?
            .into_iter()
            .map(oid_and_values)
            .collect::<Result<Vec<_>, _>>()?;

        let content_type = only(&attributes, ID_CONTENT_TYPE, Attribute::ContentType)?;
        let message_digest = only(&attributes, ID_MESSAGE_DIGEST, Attribute::MessageDigest)?;
        let signing_time = only(&attributes, ID_SIGNING_TIME, Attribute::SigningTime)?;
        let signing_certificate = only(
            &attributes,
            ID_AA_SIGNING_CERTIFICATE_V_2,
            Attribute::SigningCertificateV2,
        )?;
        for (position, (oid, _)) in attributes.iter().enumerate() {
            if attributes[..position]
                .iter()
                .any(|(earlier, _)| earlier == oid)
            {
                return Err(CmsError::DuplicateOtherAttribute);
            }
        }

        if decode::<ObjectIdentifier>(content_type, Attribute::ContentType)? != ID_DATA {
            return Err(CmsError::ContentTypeMismatch);
        }
        let digest = decode::<&OctetStringRef>(message_digest, Attribute::MessageDigest)?;
        let message_digest = digest
            .as_bytes()
            .try_into()
            .map_err(|_| CmsError::MalformedAttribute(Attribute::MessageDigest))?;
        let signing_certificate: SigningCertificateV2 =
            decode(signing_certificate, Attribute::SigningCertificateV2)?;
        Ok(Self {
            message_digest,
            signing_time: read_signing_time(signing_time)?,
            cert_ids: cert_ids(signing_certificate)?,
        })
    }

    /// RFC 5035 §5: the first identifier is of the signer's certificate.
    pub(super) fn check_signer(&self, leaf: &[u8]) -> Result<(), CmsError> {
        if self
            .cert_ids
            .first()
            .is_some_and(|id| id.is_of(leaf) && id.names(leaf))
        {
            Ok(())
        } else {
            Err(CmsError::SigningCertificateMismatch)
        }
    }

    /// The identifiers after the first restrict the path (RFC 5035 §3), whose CAs `issuers` are.
    pub(super) fn check_path(&self, issuers: &[Vec<u8>]) -> Result<(), CmsError> {
        let rest = self.cert_ids.get(1..).unwrap_or_default();
        if rest
            .iter()
            .all(|id| issuers.iter().any(|issuer| id.is_of(issuer)))
        {
            Ok(())
        } else {
            Err(CmsError::SigningCertificateMismatch)
        }
    }
}

impl EssCertIdV2 {
    fn is_of(&self, der: &[u8]) -> bool {
        self.cert_hash.as_bytes() == super::build::sha256(der)
    }

    /// An absent `issuerSerial` names nothing; a present one must be the certificate's.
    pub(crate) fn names(&self, der: &[u8]) -> bool {
        self.issuer_serial.as_ref().is_none_or(|issuer_serial| {
            let Ok(cert) = Certificate::from_der(der) else {
                return false;
            };
            let tbs = cert.tbs_certificate();
            issuer_serial.serial_number == *tbs.serial_number()
                && issuer_serial.issuer == [GeneralName::DirectoryName(tbs.issuer().clone())]
        })
    }
}

/// `Attribute ::= SEQUENCE { attrType OID, attrValues SET OF ANY }`; the set's value, raw.
pub(crate) fn oid_and_values(attribute: &[u8]) -> Result<(ObjectIdentifier, &[u8]), CmsError> {
    let mut fields = expect(attribute, der::Tag::Sequence)?;
    let oid = fields.decode()?;
    let values = fields.expect(der::Tag::Set)?;
    fields.finish()?;
    Ok((oid, values))
}

/// The one value of the one attribute with this OID.
fn only<'a>(
    attributes: &[(ObjectIdentifier, &'a [u8])],
    oid: ObjectIdentifier,
    name: Attribute,
) -> Result<&'a [u8], CmsError> {
    let mut found = attributes.iter().filter(|(candidate, _)| *candidate == oid);
    let (_, values) = found.next().ok_or(CmsError::MissingAttribute(name))?;
    if found.next().is_some() {
        return Err(CmsError::DuplicateAttribute(name));
    }
    match set_of(values, MAX_ATTRIBUTES)?.as_slice() {
        [only] => Ok(*only),
        _ => Err(CmsError::MalformedAttribute(name)),
    }
}

fn decode<'a, T: Decode<'a>>(value: &'a [u8], name: Attribute) -> Result<T, CmsError> {
    T::from_der(value).map_err(|_| CmsError::MalformedAttribute(name))
}

/// `UTCTime` through 2049 and `GeneralizedTime` from 2050 (RFC 5652 §11.3).
fn read_signing_time(value: &[u8]) -> Result<Timestamp, CmsError> {
    let malformed = CmsError::MalformedAttribute(Attribute::SigningTime);
    let time: Time = decode(value, Attribute::SigningTime)?;
    if matches!(time, Time::GeneralTime(general) if general.to_date_time().year() < 2050) {
        return Err(malformed);
    }
    let seconds = i64::try_from(time.to_unix_duration().as_secs());
    seconds
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .ok_or(malformed)
}

fn cert_ids(attribute: SigningCertificateV2) -> Result<Vec<EssCertIdV2>, CmsError> {
    if attribute.certs.is_empty() || attribute.certs.len() > MAX_CERT_IDS {
        return Err(CmsError::MalformedAttribute(
            Attribute::SigningCertificateV2,
        ));
    }
    let sha256_only = attribute.certs.iter().all(|id| {
        id.hash_algorithm.as_ref().is_none_or(|algorithm| {
            algorithm.oid == ID_SHA_256 && is_absent_or_null(algorithm.parameters.as_ref())
        })
    });
    if sha256_only {
        Ok(attribute.certs)
    } else {
        Err(CmsError::UnsupportedDigest)
    }
}

/// RFC 5754 §2: SHA-2 parameters are absent; NULL must be accepted.
pub(crate) fn is_absent_or_null(parameters: Option<&Any>) -> bool {
    parameters.is_none_or(|any| AnyRef::from(any) == AnyRef::NULL)
}
