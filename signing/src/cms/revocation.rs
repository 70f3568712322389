//! Revocation data inside a signature: `RevocationInfoChoices` (RFC 5652 §10.2.1), whose OCSP
//! responses RFC 5940 puts into `OtherRevocationInfoFormat`.

use cms::content_info::CmsVersion;
use const_oid::ObjectIdentifier;
use der::asn1::{GeneralizedTime, OctetStringRef};
use der::{Decode, Encode, Tag};
use jiff::Timestamp;
use x509_cert::crl::CertificateList;

use super::CmsError;
use super::extend::tlv;
use super::signed_data::{Fields, context, expect, set_of};
use crate::trust::RevocationEvidence;

/// Lists and answers: one for each certificate of two paths.
const MAX_PIECES: usize = 12;
/// `id-ri-ocsp-response` (RFC 5940 §2.1).
const OCSP_RESPONSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.16.2");
/// `id-pkix-ocsp-basic` (RFC 6960 §4.2.1).
const OCSP_BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");

/// `OCSPResponseStatus` of an answer (RFC 6960 §4.2.1).
const SUCCESSFUL: u8 = 0;

/// One piece, as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RevocationInfo<'a> {
    /// DER `CertificateList`.
    Crl(&'a [u8]),
    /// DER `BasicOCSPResponse`, out of its envelope.
    Ocsp(&'a [u8]),
}

impl RevocationInfo<'_> {
    /// It alone, as the trust store takes it.
    pub(super) fn evidence(self) -> RevocationEvidence {
        let mut evidence = RevocationEvidence::default();
        match self {
            Self::Crl(der) => evidence.crls.push(der.to_vec()),
            Self::Ocsp(der) => evidence.ocsps.push(der.to_vec()),
        }
        evidence
    }

    /// When it was made: `thisUpdate` of a list, `producedAt` of an answer.
    pub(super) fn made_at(self) -> Option<Timestamp> {
        let seconds = match self {
            Self::Crl(der) => {
                let list: CertificateList = CertificateList::from_der(der).ok()?;
                list.tbs_cert_list.this_update.to_unix_duration().as_secs()
            }
            Self::Ocsp(der) => {
                let mut basic = expect(der, Tag::Sequence).ok()?;
                let mut data = Fields::new(basic.expect(Tag::Sequence).ok()?).ok()?;
                for number in 0..=2 {
                    // version, and one of the two kinds of responder name.
                    data.optional(context(number)).ok()?;
                }
                let at: GeneralizedTime = data.decode().ok()?;
                at.to_unix_duration().as_secs()
            }
        };
        Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
    }
}

/// The pieces of a bundle, lists first.
pub(super) fn pieces(evidence: &RevocationEvidence) -> impl Iterator<Item = RevocationInfo<'_>> {
    let crls = evidence.crls.iter().map(|der| RevocationInfo::Crl(der));
    crls.chain(evidence.ocsps.iter().map(|der| RevocationInfo::Ocsp(der)))
}

/// Reads the value of `[1] IMPLICIT RevocationInfoChoices`, which must not be empty.
pub(super) fn parse(value: &[u8]) -> Result<Vec<RevocationInfo<'_>>, CmsError> {
    let pieces = set_of(value, MAX_PIECES)?;
    if pieces.is_empty() {
        return Err(CmsError::MalformedRevocation);
    }
    pieces.into_iter().map(parse_piece).collect()
}

/// RFC 5652 §5.1: 5 where a piece is of the `other` form, else 1.
pub(super) fn version(pieces: &[RevocationInfo<'_>]) -> CmsVersion {
    let other = |piece: &RevocationInfo<'_>| matches!(piece, RevocationInfo::Ocsp(_));
    if pieces.iter().any(other) {
        CmsVersion::V5
    } else {
        CmsVersion::V1
    }
}

fn parse_piece(piece: &[u8]) -> Result<RevocationInfo<'_>, CmsError> {
    let mut fields = Fields::new(piece)?;
    if fields.optional(Tag::Sequence)?.is_some() {
        return Ok(RevocationInfo::Crl(piece));
    }
    let other = fields.optional(context(1))?;
    let mut other = Fields::new(other.ok_or(CmsError::MalformedRevocation)?.value)?;
    if other.decode::<ObjectIdentifier>()? != OCSP_RESPONSE {
        return Err(CmsError::MalformedRevocation);
    }
    let response = other.expect(Tag::Sequence)?;
    other.finish()?;
    open_response(response)
        .map(RevocationInfo::Ocsp)
        .map_err(|_| CmsError::MalformedRevocation)
}

/// The basic response in a successful `OCSPResponse` (RFC 6960 §4.2.1).
fn open_response(value: &[u8]) -> Result<&[u8], CmsError> {
    let mut fields = Fields::new(value)?;
    let successful = fields.expect(Tag::Enumerated)? == [SUCCESSFUL];
    let bytes = fields.expect(context(0))?;
    fields.finish()?;
    let mut bytes = expect(bytes, Tag::Sequence)?;
    let basic = bytes.decode::<ObjectIdentifier>()? == OCSP_BASIC;
    let response = bytes.decode::<&OctetStringRef>()?.as_bytes();
    bytes.finish()?;
    if successful && basic {
        Ok(response)
    } else {
        Err(CmsError::MalformedRevocation)
    }
}

/// The pieces as elements of the SET.
pub(super) fn encode(evidence: &RevocationEvidence) -> Result<Vec<Vec<u8>>, der::Error> {
    pieces(evidence)
        .map(|piece| match piece {
            RevocationInfo::Crl(der) => Ok(der.to_vec()),
            RevocationInfo::Ocsp(der) => {
                let octets = OctetStringRef::new(der)?.to_der()?;
                let bytes = tlv(Tag::Sequence, &[&OCSP_BASIC.to_der()?, &octets])?;
                let status = tlv(Tag::Enumerated, &[&[SUCCESSFUL]])?;
                let response = tlv(Tag::Sequence, &[&status, &tlv(context(0), &[&bytes])?])?;
                tlv(context(1), &[&OCSP_RESPONSE.to_der()?, &response])
            }
        })
        .collect()
}
