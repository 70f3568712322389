//! Reads a `SignedData` (RFC 5652 §5) into borrowed slices.
//!
//! The `cms` crate's own decoder sorts every SET it reads, so that re-encoding gives other bytes
//! than those that were signed. Here every part that is hashed or compared stays as received,
//! and a SET out of order is refused.

use cms::content_info::CmsVersion;
use const_oid::ObjectIdentifier;
use const_oid::db::rfc3161::ID_AA_TIME_STAMP_TOKEN;
use const_oid::db::rfc5911::{ID_DATA, ID_SIGNED_DATA};
use const_oid::db::rfc5912::{
    ECDSA_WITH_SHA_256, ID_SHA_256, RSA_ENCRYPTION, SHA_256_WITH_RSA_ENCRYPTION,
};
use der::asn1::OctetStringRef;
use der::{Decode, ErrorKind, Header, Reader, SliceReader, Tag, TagNumber};
use spki::AlgorithmIdentifierOwned;

use super::CmsError;
use super::attributes::{is_absent_or_null, oid_and_values};
use super::revocation::{self, RevocationInfo};
use crate::nesting;
use crate::trust::SignatureScheme;

/// A CAdES-B-B signature of ours is about 1.3 kB; one with an RSA path is about 6 kB.
const MAX_BYTES: usize = 64 * 1024;
/// The same with a timestamp and revocation data: a list of some thousand entries at most.
pub(super) const MAX_EXTENDED: usize = 256 * 1024;
/// Elements of each outer SET; the trust store bounds the certificates again.
const MAX_ELEMENTS: usize = 8;

/// The parts of a detached signature by one signer.
#[derive(Debug)]
pub(super) struct SignedData<'a> {
    /// DER certificates, as received.
    pub(super) certificates: Vec<&'a [u8]>,
    /// Of a long-term signature only.
    pub(super) revocation: Vec<RevocationInfo<'a>>,
    pub(super) signer: SignerInfo<'a>,
}

/// Issuer name and serial number, each whole and as received. Names are compared byte by byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IssuerAndSerial<'a> {
    pub(crate) issuer: &'a [u8],
    pub(crate) serial: &'a [u8],
}

impl<'a> IssuerAndSerial<'a> {
    /// From the start of a certificate (RFC 5280 §4.1), without parsing the rest.
    pub(crate) fn of_certificate(der: &'a [u8]) -> Result<Self, CmsError> {
        let tbs = expect(der, Tag::Sequence)?.expect(Tag::Sequence)?;
        let mut tbs = Fields::new(tbs)?;
        tbs.optional(context(0))?;
        let serial = tbs.whole(Tag::Integer)?;
        tbs.whole(Tag::Sequence)?;
        Ok(Self {
            issuer: tbs.whole(Tag::Sequence)?,
            serial,
        })
    }
}

/// The one `SignerInfo`.
#[derive(Debug)]
pub(super) struct SignerInfo<'a> {
    pub(super) sid: IssuerAndSerial<'a>,
    /// The value of the `[0] IMPLICIT SET OF Attribute`, header excluded.
    pub(super) signed_attributes: &'a [u8],
    /// The same attributes as they were signed: with the tag of a SET (RFC 5652 §5.4).
    pub(super) signed_bytes: Vec<u8>,
    pub(super) scheme: SignatureScheme,
    pub(super) signature: &'a [u8],
    /// Of an extended signature only.
    pub(super) timestamp: Option<&'a [u8]>,
}

/// How much a signature may carry that its signer did not sign.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// CAdES-B-B: nothing.
    Baseline,
    /// CAdES-B-T and B-LT: a timestamp, and revocation data.
    Extended,
}

/// One field: with its header, and its value alone.
pub(crate) struct Field<'a> {
    pub(crate) whole: &'a [u8],
    pub(crate) value: &'a [u8],
}

/// The fields of a constructed value, read in order.
pub(crate) struct Fields<'a>(SliceReader<'a>);

impl<'a> Fields<'a> {
    pub(crate) fn new(value: &'a [u8]) -> Result<Self, CmsError> {
        Ok(Self(SliceReader::new(value)?))
    }

    /// The next field decoded by its own type.
    pub(crate) fn decode<T: Decode<'a, Error = der::Error>>(&mut self) -> Result<T, CmsError> {
        Ok(T::decode(&mut self.0)?)
    }

    /// The value of the next field, which must have this tag.
    pub(crate) fn expect(&mut self, tag: Tag) -> Result<&'a [u8], CmsError> {
        self.optional(tag)?
            .map(|field| field.value)
            .ok_or(CmsError::Malformed)
    }

    /// The next field with its header, which must have this tag.
    pub(crate) fn whole(&mut self, tag: Tag) -> Result<&'a [u8], CmsError> {
        self.optional(tag)?
            .map(|field| field.whole)
            .ok_or(CmsError::Malformed)
    }

    /// The next field, whole and its value, if it has this tag.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<Field<'a>>, CmsError> {
        if self.0.is_finished() || Header::peek(&self.0)?.tag() != tag {
            return Ok(None);
        }
        let whole = self.0.tlv_bytes()?;
        let mut reader = SliceReader::new(whole)?;
        let header = Header::decode(&mut reader)?;
        Ok(Some(Field {
            whole,
            value: reader.read_slice(header.length())?,
        }))
    }

    /// Nothing may follow.
    pub(crate) fn finish(self) -> Result<(), CmsError> {
        Ok(self.0.finish()?)
    }
}

/// The fields of the one value in `whole`, which must have this tag.
pub(crate) fn expect(whole: &[u8], tag: Tag) -> Result<Fields<'_>, CmsError> {
    Fields::new(only_value(whole, tag)?)
}

/// The content of the one value in `whole`, which must have this tag.
pub(super) fn only_value(whole: &[u8], tag: Tag) -> Result<&[u8], CmsError> {
    let mut outer = Fields::new(whole)?;
    let value = outer.expect(tag)?;
    outer.finish()?;
    Ok(value)
}

/// The elements of a SET OF, each whole, in DER order (X.690 §11.6).
pub(crate) fn set_of(value: &[u8], limit: usize) -> Result<Vec<&[u8]>, CmsError> {
    let mut reader = SliceReader::new(value)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        if elements.len() == limit {
            return Err(CmsError::Malformed);
        }
        elements.push(reader.tlv_bytes()?);
    }
    if elements.is_sorted() {
        Ok(elements)
    } else {
        Err(CmsError::NotDer)
    }
}

/// Reads a detached, single-signer CAdES-B-B signature; refuses everything else.
pub(super) fn parse(der: &[u8]) -> Result<SignedData<'_>, CmsError> {
    parse_form(der, Form::Baseline)
}

/// The same, with a timestamp and revocation data where they are.
pub(super) fn parse_extended(der: &[u8]) -> Result<SignedData<'_>, CmsError> {
    parse_form(der, Form::Extended)
}

fn parse_form(der: &[u8], form: Form) -> Result<SignedData<'_>, CmsError> {
    let limit = match form {
        Form::Baseline => MAX_BYTES,
        Form::Extended => MAX_EXTENDED,
    };
    if der.len() > limit {
        return Err(CmsError::TooLarge);
    }
    if !nesting::is_bounded(der) {
        return Err(CmsError::TooDeep);
    }
    let mut outer = Fields::new(der)?;
    let content_info = outer.expect(Tag::Sequence)?;
    outer.finish().map_err(|_| CmsError::TrailingBytes)?;

    let mut content_info = Fields::new(content_info)?;
    if content_info.decode::<ObjectIdentifier>()? != ID_SIGNED_DATA {
        return Err(CmsError::NotSignedData);
    }
    let content = content_info.expect(context(0))?;
    content_info.finish()?;

    let mut fields = expect(content, Tag::Sequence)?;
    let version: CmsVersion = fields.decode()?;
    let digests = fields.expect(Tag::Set)?;
    check_content(fields.expect(Tag::Sequence)?)?;
    if version != CmsVersion::V1 && (form == Form::Baseline || version != CmsVersion::V5) {
        return Err(CmsError::UnsupportedVersion);
    }
    let certificates = fields
        .optional(context(0))?
        .ok_or(CmsError::CertificateNotFound)?
        .value;
    let revocation = match (fields.optional(context(1))?, form) {
        (None, _) => vec![],
        (Some(_), Form::Baseline) => return Err(CmsError::EmbeddedRevocation),
        (Some(field), Form::Extended) => revocation::parse(field.value)?,
    };
    if version != revocation::version(&revocation) {
        return Err(CmsError::UnsupportedVersion);
    }
    let signers = set_of(fields.expect(Tag::Set)?, MAX_ELEMENTS)?;
    fields.finish()?;

    let signer = match signers.as_slice() {
        [] => return Err(CmsError::NoSigner),
        [signer] => parse_signer(signer, form)?,
        _ => return Err(CmsError::SeveralSigners),
    };
    match set_of(digests, MAX_ELEMENTS)?.as_slice() {
        [digest] => check_digest(&AlgorithmIdentifierOwned::from_der(digest)?)?,
        _ => return Err(CmsError::UnsupportedDigest),
    }
    Ok(SignedData {
        certificates: set_of(certificates, MAX_ELEMENTS)?,
        revocation,
        signer,
    })
}

fn check_content(encapsulated: &[u8]) -> Result<(), CmsError> {
    let mut fields = Fields::new(encapsulated)?;
    if fields.decode::<ObjectIdentifier>()? != ID_DATA {
        return Err(CmsError::WrongContentType);
    }
    if fields.optional(context(0))?.is_some() {
        return Err(CmsError::EncapsulatedContent);
    }
    fields.finish()
}

fn parse_signer(signer: &[u8], form: Form) -> Result<SignerInfo<'_>, CmsError> {
    let mut fields = expect(signer, Tag::Sequence)?;
    if fields.decode::<CmsVersion>()? != CmsVersion::V1 {
        return Err(CmsError::UnsupportedVersion);
    }
    let mut sid = Fields::new(fields.expect(Tag::Sequence)?)?;
    let (issuer, serial) = (sid.whole(Tag::Sequence)?, sid.whole(Tag::Integer)?);
    sid.finish()?;
    check_digest(&fields.decode()?)?;
    let attributes = fields
        .optional(context(0))?
        .ok_or(CmsError::SignedAttributesMissing)?;
    if attributes.value.is_empty() {
        return Err(CmsError::SignedAttributesMissing);
    }
    let scheme = signature_scheme(&fields.decode()?)?;
    let signature = fields.decode::<&OctetStringRef>()?.as_bytes();
    let timestamp = match (fields.optional(context(1))?, form) {
        (None, _) => None,
        (Some(_), Form::Baseline) => return Err(CmsError::UnsignedAttributes),
        (Some(field), Form::Extended) => Some(parse_timestamp(field.value)?),
    };
    fields.finish()?;

    let mut signed_bytes = attributes.whole.to_vec();
    if let Some(tag) = signed_bytes.first_mut() {
        *tag = SET_TAG;
    }
    let sid = IssuerAndSerial { issuer, serial };
    Ok(SignerInfo {
        sid,
        signed_attributes: attributes.value,
        signed_bytes,
        scheme,
        signature,
        timestamp,
    })
}

/// The one unsigned attribute that a signature may have: `signature-time-stamp` (ETSI EN 319 122-1
/// §5.3), with one token.
fn parse_timestamp(value: &[u8]) -> Result<&[u8], CmsError> {
    let attributes = set_of(value, MAX_ELEMENTS)?;
    let [attribute] = attributes.as_slice() else {
        return Err(CmsError::UnsignedAttributes);
    };
    let (oid, values) = oid_and_values(attribute)?;
    if oid != ID_AA_TIME_STAMP_TOKEN {
        return Err(CmsError::UnsignedAttributes);
    }
    match set_of(values, MAX_ELEMENTS)?.as_slice() {
        [token] => Ok(token),
        _ => Err(CmsError::SeveralTimestamps),
    }
}

/// The tag byte of a SET, which replaces `[0]` before hashing (RFC 5652 §5.4).
pub(crate) const SET_TAG: u8 = 0x31;

fn check_digest(algorithm: &AlgorithmIdentifierOwned) -> Result<(), CmsError> {
    if algorithm.oid == ID_SHA_256 && is_absent_or_null(algorithm.parameters.as_ref()) {
        Ok(())
    } else {
        Err(CmsError::UnsupportedDigest)
    }
}

/// RFC 5754 §3: ECDSA has no parameters; RSA has NULL, which some signers leave out.
fn signature_scheme(algorithm: &AlgorithmIdentifierOwned) -> Result<SignatureScheme, CmsError> {
    let parameters = algorithm.parameters.as_ref();
    match algorithm.oid {
        ECDSA_WITH_SHA_256 if parameters.is_none() => Ok(SignatureScheme::EcdsaP256Sha256),
        RSA_ENCRYPTION | SHA_256_WITH_RSA_ENCRYPTION if is_absent_or_null(parameters) => {
            Ok(SignatureScheme::RsaPkcs1Sha256)
        }
        _ => Err(CmsError::UnsupportedSignatureAlgorithm),
    }
}

pub(crate) fn context(number: u32) -> Tag {
    Tag::ContextSpecific {
        constructed: true,
        number: TagNumber(number),
    }
}

impl From<der::Error> for CmsError {
    fn from(error: der::Error) -> Self {
        #[expect(
            clippy::wildcard_enum_match_arm,
            reason = "foreign, non-exhaustive: the rest is malformed"
        )]
        match error.kind() {
            ErrorKind::IndefiniteLength
            | ErrorKind::Overlength
            | ErrorKind::Length { .. }
            | ErrorKind::Noncanonical { .. }
            | ErrorKind::SetOrdering => Self::NotDer,
            _ => Self::Malformed,
        }
    }
}
