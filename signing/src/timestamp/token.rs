//! Reads a token: a `SignedData` around a `TSTInfo`, by one signer.
//!
//! Stricter than RFC 5652 where a token could say two things, and as lenient as authorities are
//! where it says one: the SET of certificates comes in any order (OpenSSL writes it as given).

use cms::content_info::CmsVersion;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc3161::ID_CT_TST_INFO;
use const_oid::db::rfc5911::{ID_CONTENT_TYPE, ID_MESSAGE_DIGEST, ID_SIGNED_DATA};
use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ECDSA_WITH_SHA_384, RSA_ENCRYPTION, SHA_256_WITH_RSA_ENCRYPTION,
    SHA_384_WITH_RSA_ENCRYPTION, SHA_512_WITH_RSA_ENCRYPTION,
};
use der::asn1::{ObjectIdentifier as Oid, OctetStringRef};
use der::{Any, Decode, Reader, SliceReader, Tag};
use spki::AlgorithmIdentifierOwned;

use super::{ImprintHash, TimestampError, ess};
use crate::cms::attributes::{is_absent_or_null, oid_and_values};
use crate::cms::signed_data::{Fields, IssuerAndSerial, SET_TAG, context, expect, set_of};
use crate::nesting;

/// A token is 3 to 8 kB.
pub(super) const MAX_BYTES: usize = 64 * 1024;
const MAX_CERTIFICATES: usize = 8;
const MAX_ATTRIBUTES: usize = 16;

/// A token's parts. Nothing is verified yet but that each is what it says.
#[derive(Debug)]
pub(super) struct Token<'a> {
    /// DER `TSTInfo`, as signed.
    pub(super) info: &'a [u8],
    /// The authority's certificate.
    pub(super) leaf: &'a [u8],
    /// The other certificates.
    pub(super) others: Vec<&'a [u8]>,
    /// The signed attributes with the tag of a SET (RFC 5652 §5.4).
    pub(super) signed_bytes: Vec<u8>,
    /// As certificates spell it.
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) signature: &'a [u8],
}

struct Signer<'a> {
    sid: IssuerAndSerial<'a>,
    hash: ImprintHash,
    attributes: &'a [u8],
    signed_bytes: Vec<u8>,
    algorithm: AlgorithmIdentifierOwned,
    signature: &'a [u8],
}

impl<'a> Token<'a> {
    pub(super) fn parse(der: &'a [u8]) -> Result<Self, TimestampError> {
        if der.len() > MAX_BYTES {
            return Err(TimestampError::TooLarge);
        }
        if !nesting::is_bounded(der) {
            return Err(TimestampError::TooDeep);
        }
        let mut outer = Fields::new(der)?;
        let content_info = outer.expect(Tag::Sequence)?;
        outer.finish().map_err(|_| TimestampError::TrailingBytes)?;
        let mut content_info = Fields::new(content_info)?;
        if content_info.decode::<Oid>()? != ID_SIGNED_DATA {
            return Err(TimestampError::NotSignedData);
        }
        let content = content_info.expect(context(0))?;
        content_info.finish()?;

        let mut fields = expect(content, Tag::Sequence)?;
        let version: CmsVersion = fields.decode()?;
        let digests = fields.expect(Tag::Set)?;
        let info = encapsulated(fields.expect(Tag::Sequence)?)?;
        if version != CmsVersion::V3 {
            return Err(TimestampError::UnsupportedVersion);
        }
        let certificates = fields.optional(context(0))?;
        let certificates = certificates
            .ok_or(TimestampError::CertificateMissing)?
            .value;
        if fields.optional(context(1))?.is_some() {
            return Err(TimestampError::EmbeddedRevocation);
        }
        let signers = set_of(fields.expect(Tag::Set)?, MAX_CERTIFICATES)?;
        fields.finish()?;
        let signer = match signers.as_slice() {
            [] => return Err(TimestampError::NoSigner),
            [signer] => read_signer(signer)?,
            _ => return Err(TimestampError::SeveralSigners),
        };
        check_digests(digests, signer.hash)?;
        let (leaf, others) = split(certificates, signer.sid)?;
        check_attributes(&signer, info, leaf)?;
        Ok(Self {
            info,
            leaf,
            others,
            signed_bytes: signer.signed_bytes,
            algorithm: signer.algorithm,
            signature: signer.signature,
        })
    }
}

/// The certificates in a token, the authority's first. They prove nothing by being there.
pub(crate) fn certificates(token: &[u8]) -> Result<Vec<&[u8]>, TimestampError> {
    let token = Token::parse(token)?;
    Ok(std::iter::once(token.leaf).chain(token.others).collect())
}

fn encapsulated(value: &[u8]) -> Result<&[u8], TimestampError> {
    let mut fields = Fields::new(value)?;
    if fields.decode::<Oid>()? != ID_CT_TST_INFO {
        return Err(TimestampError::WrongContentType);
    }
    let content = fields.optional(context(0))?;
    let content = content.ok_or(TimestampError::ContentMissing)?.value;
    fields.finish()?;
    let mut content = Fields::new(content)?;
    let info = content.expect(Tag::OctetString)?;
    content.finish()?;
    Ok(info)
}

fn read_signer(signer: &[u8]) -> Result<Signer<'_>, TimestampError> {
    let mut fields = expect(signer, Tag::Sequence)?;
    if fields.decode::<CmsVersion>()? != CmsVersion::V1 {
        return Err(TimestampError::UnsupportedVersion);
    }
    let mut sid = Fields::new(fields.expect(Tag::Sequence)?)?;
    let sid_parts = IssuerAndSerial {
        issuer: sid.whole(Tag::Sequence)?,
        serial: sid.whole(Tag::Integer)?,
    };
    sid.finish()?;
    let hash = ImprintHash::of(&fields.decode()?).ok_or(TimestampError::UnsupportedDigest)?;
    let attributes = fields.optional(context(0))?;
    let attributes = attributes.ok_or(TimestampError::SignedAttributesMissing)?;
    if attributes.value.is_empty() {
        return Err(TimestampError::SignedAttributesMissing);
    }
    let algorithm = spelled_out(&fields.decode()?, hash)
        .ok_or(TimestampError::UnsupportedSignatureAlgorithm)?;
    let signature = fields.decode::<&OctetStringRef>()?.as_bytes();
    if fields.optional(context(1))?.is_some() {
        return Err(TimestampError::UnsignedAttributes);
    }
    fields.finish()?;
    let mut signed_bytes = attributes.whole.to_vec();
    if let Some(tag) = signed_bytes.first_mut() {
        *tag = SET_TAG;
    }
    Ok(Signer {
        sid: sid_parts,
        hash,
        attributes: attributes.value,
        signed_bytes,
        algorithm,
        signature,
    })
}

/// The signature algorithm as certificates spell it, where it goes with the digest.
fn spelled_out(
    algorithm: &AlgorithmIdentifierOwned,
    hash: ImprintHash,
) -> Option<AlgorithmIdentifierOwned> {
    let rsa = match hash {
        ImprintHash::Sha256 => SHA_256_WITH_RSA_ENCRYPTION,
        ImprintHash::Sha384 => SHA_384_WITH_RSA_ENCRYPTION,
        ImprintHash::Sha512 => SHA_512_WITH_RSA_ENCRYPTION,
    };
    let ecdsa = match hash {
        ImprintHash::Sha256 => Some(ECDSA_WITH_SHA_256),
        ImprintHash::Sha384 => Some(ECDSA_WITH_SHA_384),
        ImprintHash::Sha512 => None,
    };
    let parameters = algorithm.parameters.as_ref();
    if Some(algorithm.oid) == ecdsa && parameters.is_none() {
        return Some(algorithm.clone());
    }
    ((algorithm.oid == rsa || algorithm.oid == RSA_ENCRYPTION) && is_absent_or_null(parameters))
        .then(|| AlgorithmIdentifierOwned {
            oid: rsa,
            parameters: Some(Any::null()),
        })
}

fn check_digests(set: &[u8], signers: ImprintHash) -> Result<(), TimestampError> {
    match set_of(set, MAX_CERTIFICATES)?.as_slice() {
        [digest]
            if ImprintHash::of(&AlgorithmIdentifierOwned::from_der(digest)?) == Some(signers) =>
        {
            Ok(())
        }
        _ => Err(TimestampError::UnsupportedDigest),
    }
}

/// The signer's certificate, and the others.
fn split<'a>(
    certificates: &'a [u8],
    sid: IssuerAndSerial<'_>,
) -> Result<(&'a [u8], Vec<&'a [u8]>), TimestampError> {
    let mut reader = SliceReader::new(certificates)?;
    let (mut leaf, mut others) = (None, Vec::new());
    while !reader.is_finished() {
        if others.len() == MAX_CERTIFICATES {
            return Err(TimestampError::Malformed);
        }
        let certificate = reader.tlv_bytes()?;
        if leaf.is_none() && IssuerAndSerial::of_certificate(certificate)? == sid {
            leaf = Some(certificate);
        } else {
            others.push(certificate);
        }
    }
    Ok((leaf.ok_or(TimestampError::CertificateMissing)?, others))
}

fn check_attributes(signer: &Signer<'_>, info: &[u8], leaf: &[u8]) -> Result<(), TimestampError> {
    let attributes = set_of(signer.attributes, MAX_ATTRIBUTES)?
        .into_iter()
        .map(oid_and_values)
        .collect::<Result<Vec<_>, _>>()?;
    for (position, (oid, _)) in attributes.iter().enumerate() {
        if attributes[..position].iter().any(|(known, _)| known == oid) {
            return Err(TimestampError::DuplicateAttribute);
        }
    }
    let find = |oid: ObjectIdentifier, name: &'static str| {
        let found = attributes.iter().find(|(candidate, _)| *candidate == oid);
        let Some((_, values)) = found else {
            return Ok(None);
        };
        match set_of(values, MAX_ATTRIBUTES)?.as_slice() {
            [only] => Ok(Some(only.to_vec())),
            _ => Err(TimestampError::MalformedAttribute(name)),
        }
    };
    let required = |oid, name| find(oid, name)?.ok_or(TimestampError::MissingAttribute(name));

    let content_type = required(ID_CONTENT_TYPE, "content-type")?;
    let content_type = Oid::from_der(&content_type)
        .map_err(|_| TimestampError::MalformedAttribute("content-type"))?;
    if content_type != ID_CT_TST_INFO {
        return Err(TimestampError::ContentTypeMismatch);
    }
    let digest = required(ID_MESSAGE_DIGEST, "message-digest")?;
    let digest = <&OctetStringRef>::from_der(&digest)
        .map_err(|_| TimestampError::MalformedAttribute("message-digest"))?;
    if digest.as_bytes() != signer.hash.digest(info) {
        return Err(TimestampError::MessageDigestMismatch);
    }
    ess::check(find, leaf)
}
