//! Makes a signature last: a timestamp over it (B-T), then the certificates and revocation data
//! with which its paths are judged (B-LT). Neither touches a byte that was signed.
//!
//! The revocation data of the timestamp's authority goes into the signature too, beside the
//! signer's: a token stays as its authority gave it.

use cms::content_info::CmsVersion;
use const_oid::db::rfc3161::ID_AA_TIME_STAMP_TOKEN;
use const_oid::db::rfc5911::ID_SIGNED_DATA;
use der::asn1::AnyRef;
use der::{Encode, Tag};
use jiff::Timestamp;

use super::CmsError;
use super::revocation::{self, RevocationInfo};
use super::signed_data::{self, Fields, MAX_EXTENDED, context, expect, set_of};
use crate::trust::RevocationEvidence;

/// Elements of a SET, as the reader bounds them.
const MAX_ELEMENTS: usize = 8;

/// Why a signature could not be extended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtendError {
    /// It is not a signature that could be extended.
    #[error(transparent)]
    Signature(#[from] CmsError),
    /// It has a timestamp already.
    #[error("the signature already has a timestamp; extend the original")]
    AlreadyTimestamped,
    /// Revocation data without a timestamp proves nothing for long.
    #[error("the signature has no timestamp; add one first")]
    NotTimestamped,
    /// It has revocation data already.
    #[error("the signature already has revocation data; extend the one with a timestamp alone")]
    AlreadyLongTerm,
    /// The result would be larger than verifiers accept.
    #[error("the revocation data is too large for a signature; use OCSP or partitioned lists")]
    TooLarge,
    /// A structure could not be encoded.
    #[error("the signature could not be encoded: {0}")]
    Encoding(#[from] der::Error),
}

/// The value that a timestamp is over: the octets of `SignerInfo.signature`, without their header
/// (ETSI EN 319 122-1 §5.3).
pub fn signature_value(p7s: &[u8]) -> Result<Vec<u8>, CmsError> {
    Ok(signed_data::parse_extended(p7s)?.signer.signature.to_vec())
}

/// Adds `token` as the signature's timestamp: B-B becomes B-T. The token is not judged here.
pub fn add_timestamp(p7s: &[u8], token: &[u8]) -> Result<Vec<u8>, ExtendError> {
    if signed_data::parse_extended(p7s)?.signer.timestamp.is_some() {
        return Err(ExtendError::AlreadyTimestamped);
    }
    let mut layers = Layers::read(p7s)?;
    let values = tlv(Tag::Set, &[token])?;
    let attribute = tlv(Tag::Sequence, &[&ID_AA_TIME_STAMP_TOKEN.to_der()?, &values])?;
    layers.signer.push(tlv(context(1), &[&attribute])?);
    layers.write()
}

/// Adds revocation data, and `certificates` of the timestamp's path that are not in its token: B-T
/// becomes B-LT, if they are complete. Nothing is judged here.
pub fn add_evidence(
    p7s: &[u8],
    certificates: &[&[u8]],
    evidence: &RevocationEvidence,
) -> Result<Vec<u8>, ExtendError> {
    let parsed = signed_data::parse_extended(p7s)?;
    if parsed.signer.timestamp.is_none() {
        return Err(ExtendError::NotTimestamped);
    }
    if !parsed.revocation.is_empty() {
        return Err(ExtendError::AlreadyLongTerm);
    }
    let mut layers = Layers::read(p7s)?;
    for der in certificates {
        layers.certificates.push(der.to_vec());
    }
    layers.revocation = revocation::encode(evidence)?;
    let pieces: Vec<_> = revocation::pieces(evidence).collect();
    layers.version = revocation::version(&pieces);
    layers.write()
}

/// When the oldest piece was made: `thisUpdate` of a list, `producedAt` of an OCSP answer. Data
/// older than the timestamp cannot know of a revocation just before it. `None` for no piece, or
/// one that cannot be read.
#[must_use]
pub fn made_at(evidence: &RevocationEvidence) -> Option<Timestamp> {
    let times: Option<Vec<_>> = revocation::pieces(evidence)
        .map(RevocationInfo::made_at)
        .collect();
    times?.into_iter().min()
}

/// The parts of a signature that was parsed before, each as it stands.
struct Layers {
    version: CmsVersion,
    digests: Vec<u8>,
    content: Vec<u8>,
    certificates: Vec<Vec<u8>>,
    revocation: Vec<Vec<u8>>,
    /// The fields of the one signer.
    signer: Vec<Vec<u8>>,
}

impl Layers {
    fn read(p7s: &[u8]) -> Result<Self, CmsError> {
        let mut content_info = expect(p7s, Tag::Sequence)?;
        content_info.whole(Tag::ObjectIdentifier)?;
        let mut fields = expect(content_info.expect(context(0))?, Tag::Sequence)?;
        let version = fields.decode()?;
        let digests = fields.whole(Tag::Set)?.to_vec();
        let content = fields.whole(Tag::Sequence)?.to_vec();
        let certificates = set_of(fields.expect(context(0))?, MAX_ELEMENTS)?;
        let revocation = match fields.optional(context(1))? {
            Some(field) => set_of(field.value, usize::MAX)?,
            None => vec![],
        };
        let signer = fields.expect(Tag::Set)?;
        let mut signer = Fields::new(Fields::new(signer)?.expect(Tag::Sequence)?)?;
        let mut parts = Vec::new();
        for tag in [
            Tag::Integer,
            Tag::Sequence,
            Tag::Sequence,
            context(0),
            Tag::Sequence,
            Tag::OctetString,
        ] {
            parts.push(signer.whole(tag)?.to_vec());
        }
        if let Some(unsigned) = signer.optional(context(1))? {
            parts.push(unsigned.whole.to_vec());
        }
        Ok(Self {
            version,
            digests,
            content,
            certificates: certificates.into_iter().map(<[u8]>::to_vec).collect(),
            revocation: revocation.into_iter().map(<[u8]>::to_vec).collect(),
            signer: parts,
        })
    }

    fn write(mut self) -> Result<Vec<u8>, ExtendError> {
        self.certificates.sort();
        self.certificates.dedup();
        self.revocation.sort();
        self.revocation.dedup();
        let mut parts = vec![
            self.version.to_der()?,
            self.digests,
            self.content,
            tlv(context(0), &slices(&self.certificates))?,
        ];
        if !self.revocation.is_empty() {
            parts.push(tlv(context(1), &slices(&self.revocation))?);
        }
        let signer = tlv(Tag::Sequence, &slices(&self.signer))?;
        parts.push(tlv(Tag::Set, &[&signer])?);
        let signed_data = tlv(Tag::Sequence, &slices(&parts))?;
        let content = tlv(context(0), &[&signed_data])?;
        let extended = tlv(Tag::Sequence, &[&ID_SIGNED_DATA.to_der()?, &content])?;
        if extended.len() > MAX_EXTENDED {
            return Err(ExtendError::TooLarge);
        }
        // What is written is what is read.
        signed_data::parse_extended(&extended)?;
        Ok(extended)
    }
}

fn slices(parts: &[Vec<u8>]) -> Vec<&[u8]> {
    parts.iter().map(Vec::as_slice).collect()
}

/// One value of these parts.
pub(super) fn tlv(tag: Tag, parts: &[&[u8]]) -> Result<Vec<u8>, der::Error> {
    AnyRef::new(tag, &parts.concat())?.to_der()
}
