//! Makes a CAdES-B-B signature whose key is elsewhere: only a 32-byte digest leaves, only a
//! signature comes back.

use cms::cert::IssuerAndSerialNumber;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::revocation::RevocationInfoChoices;
use cms::signed_data::{EncapsulatedContentInfo, SignerIdentifier, SignerInfo, SignerInfos};
use const_oid::ObjectIdentifier;
use const_oid::db::rfc5911::{
    ID_AA_SIGNING_CERTIFICATE_V_2, ID_CONTENT_TYPE, ID_DATA, ID_MESSAGE_DIGEST, ID_SIGNED_DATA,
    ID_SIGNING_TIME,
};
use const_oid::db::rfc5912::{ECDSA_WITH_SHA_256, ID_SHA_256, SHA_256_WITH_RSA_ENCRYPTION};
use der::asn1::{OctetString, SetOfVec, UtcTime};
use der::{Any, Decode, Encode, Sequence};
use jiff::Timestamp;
use spki::AlgorithmIdentifierOwned;
use std::time::Duration;
use x509_cert::Certificate;
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::time::Time;

use super::BuildError;
use super::attributes::{EssCertIdV2, SigningCertificateV2};
use super::prepare::Prepared;
use crate::ecdsa::P256Signature;
use crate::trust::SignerKey;

/// `SignedData` (RFC 5652 §5.1) with its certificates kept as received.
///
/// The `cms` crate's own type writes certificates in an order that is not DER (it compares their
/// bytes as ASN.1 integers), and writes them anew; here the set is in DER order and each
/// certificate keeps the bytes whose hash is signed.
#[derive(Clone, Debug, Sequence)]
pub(super) struct SignedData {
    pub(super) version: CmsVersion,
    pub(super) digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    pub(super) encap_content_info: EncapsulatedContentInfo,
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(super) certificates: Option<SetOfVec<Any>>,
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(super) crls: Option<RevocationInfoChoices>,
    pub(super) signer_infos: SignerInfos,
}

/// The prescriber's certificate and the CAs that go into each of their signatures. Parsed once.
/// P-256, or RSA as the SAT's e.firma has it.
#[derive(Debug, Clone)]
pub struct SigningChain {
    leaf: Certificate,
    leaf_der: Vec<u8>,
    key: SignerKey,
    certificates: SetOfVec<Any>,
    /// The `signing-certificate-v2` attribute, the same for every signature by this leaf.
    signing_certificate: Attribute,
}

impl SigningChain {
    /// `leaf` and `issuers` are DER, the issuing CA first. The anchor is left out: verifiers have
    /// it.
    pub fn new(leaf: &[u8], issuers: &[&[u8]]) -> Result<Self, BuildError> {
        let cert = parse(leaf)?;
        let key = SignerKey::from_spki(cert.tbs_certificate().subject_public_key_info())
            .map_err(|_| BuildError::UnsupportedKey)?;
        let mut certificates = vec![Any::from_der(leaf)?];
        for issuer in issuers {
            parse(issuer)?;
            certificates.push(Any::from_der(issuer)?);
        }
        let signing_certificate = SigningCertificateV2 {
            certs: vec![EssCertIdV2 {
                hash_algorithm: None,
                cert_hash: OctetString::new(sha256(leaf))?,
                issuer_serial: None,
            }],
            policies: None,
        };
        Ok(Self {
            leaf: cert,
            leaf_der: leaf.to_vec(),
            key,
            certificates: SetOfVec::try_from(certificates)?,
            signing_certificate: attribute(
                ID_AA_SIGNING_CERTIFICATE_V_2,
                Any::encode_from(&signing_certificate)?,
            )?,
        })
    }

    /// The leaf, as received.
    pub(super) fn leaf_der(&self) -> &[u8] {
        &self.leaf_der
    }

    /// The leaf's public key: which algorithm its holder signs with.
    #[must_use]
    pub fn key(&self) -> &SignerKey {
        &self.key
    }
}

/// Signs `content` detached; returns the DER of the `ContentInfo`. For P-256 keys in the HSM: who
/// signs outside goes through [`prepare`](super::cades::prepare).
///
/// `sign` receives SHA-256 of the signed attributes and returns `r ‖ s`, low S. What it returns is
/// verified before it is used: a faulty module or a wrong key handle never leaves a signature
/// behind. `signing_time` is written to the second, and must lie within the leaf's validity.
pub fn build<E>(
    content: &[u8],
    signing_time: Timestamp,
    chain: &SigningChain,
    sign: impl FnOnce([u8; 32]) -> Result<P256Signature, E>,
) -> Result<Vec<u8>, BuildError<E>> {
    if !matches!(chain.key, SignerKey::P256(_)) {
        return Err(BuildError::UnsupportedKey);
    }
    let prepared = Prepared::new(content, signing_time, chain)?;
    let signature = sign(prepared.digest()).map_err(BuildError::Signer)?;
    prepared.sign(&signature)
}

/// The four attributes of CAdES-B-B (ETSI EN 319 122-1 §6), in DER order.
pub(super) fn signed_attributes<E>(
    content: &[u8],
    signing_time: Timestamp,
    chain: &SigningChain,
) -> Result<Attributes, BuildError<E>> {
    Ok(SetOfVec::try_from(vec![
        attribute(ID_CONTENT_TYPE, Any::encode_from(&ID_DATA)?)?,
        attribute(
            ID_MESSAGE_DIGEST,
            Any::encode_from(&OctetString::new(sha256(content))?)?,
        )?,
        attribute(
            ID_SIGNING_TIME,
            Any::encode_from(&encode_time(signing_time, &chain.leaf)?)?,
        )?,
        chain.signing_certificate.clone(),
    ])?)
}

/// The detached `SignedData` around attributes and the signature value made over them.
pub(super) fn assemble<E>(
    signed_attributes: Attributes,
    signature: Vec<u8>,
    chain: &SigningChain,
) -> Result<Vec<u8>, BuildError<E>> {
    let tbs = chain.leaf.tbs_certificate();
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(IssuerAndSerialNumber {
            issuer: tbs.issuer().clone(),
            serial_number: tbs.serial_number().clone(),
        }),
        digest_alg: algorithm(ID_SHA_256),
        signed_attrs: Some(signed_attributes),
        signature_algorithm: match chain.key {
            SignerKey::P256(_) => algorithm(ECDSA_WITH_SHA_256),
            // RFC 5754 §3.2: unlike those of ECDSA, the parameters of RSA are NULL.
            SignerKey::Rsa(_) => AlgorithmIdentifierOwned {
                oid: SHA_256_WITH_RSA_ENCRYPTION,
                parameters: Some(Any::null()),
            },
        },
        signature: OctetString::new(signature)?,
        unsigned_attrs: None,
    };
    let signed_data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![algorithm(ID_SHA_256)])?,
        encap_content_info: EncapsulatedContentInfo {
            econtent_type: ID_DATA,
            econtent: None,
        },
        certificates: Some(chain.certificates.clone()),
        crls: None,
        signer_infos: SignerInfos::try_from(vec![signer])?,
    };
    let content = Any::encode_from(&signed_data)?;
    Ok(ContentInfo {
        content_type: ID_SIGNED_DATA,
        content,
    }
    .to_der()?)
}

/// SHA-256 through `ring`, which uses the processor's instructions.
pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    digest
}

fn parse(der: &[u8]) -> Result<Certificate, BuildError> {
    Certificate::from_der(der).map_err(|_| BuildError::MalformedCertificate)
}

fn encode_time<E>(at: Timestamp, leaf: &Certificate) -> Result<Time, BuildError<E>> {
    let seconds = u64::try_from(at.as_second()).map_err(|_| BuildError::SigningTime)?;
    let at = Duration::from_secs(seconds);
    let validity = leaf.tbs_certificate().validity();
    if at < validity.not_before.to_unix_duration() || at > validity.not_after.to_unix_duration() {
        return Err(BuildError::SigningTime);
    }
    let utc = UtcTime::from_unix_duration(at).map_err(|_| BuildError::SigningTime)?;
    Ok(Time::UtcTime(utc))
}

fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, der::Error> {
    Ok(Attribute {
        oid,
        values: SetOfVec::try_from(vec![value])?,
    })
}

/// RFC 5754: parameters absent, for SHA-256 and for ECDSA.
fn algorithm(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned {
        oid,
        parameters: None,
    }
}
