//! A prescriber with an external key, and tools that rebuild a signature with one thing changed.

use std::convert::Infallible;

use cms::content_info::ContentInfo;
use cms::signed_data::{SignerInfo, SignerInfos};
use const_oid::ObjectIdentifier;
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use jiff::Timestamp;
use p256::ecdsa::Signature;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use x509_cert::attr::Attribute;

use super::CmsError;
use super::build::{SignedData, sha256};
use super::cades::{SigningChain, VerifiedCades, build, verify};
use crate::ecdsa::P256Signature;
use crate::trust::Trust;
use crate::trust::test_pki::{LEAF_SEED, Pki, at, signing_key};

pub(crate) const CONTENT: &[u8] = br#"{"resourceType":"Bundle"}"#;

/// What an HSM does: signs 32 bytes, returns `r ‖ s` with low S.
pub(super) fn sign_with(seed: u8, digest: [u8; 32]) -> P256Signature {
    let signature: Signature = signing_key(seed).sign_prehash(&digest).unwrap();
    signature.normalize_s().to_bytes().into()
}

#[expect(clippy::unnecessary_wraps, reason = "the shape of a signer")]
pub(super) fn sign(digest: [u8; 32]) -> Result<P256Signature, Infallible> {
    Ok(sign_with(LEAF_SEED, digest))
}

pub(super) fn chain(pki: &Pki) -> SigningChain {
    SigningChain::new(&pki.leaf, &[&pki.issuing.der]).unwrap()
}

/// A good signature over [`CONTENT`].
pub(super) fn signed(pki: &Pki) -> Vec<u8> {
    build(CONTENT, at(), &chain(pki), sign).unwrap()
}

pub(super) fn check(pki: &Pki, p7s: &[u8]) -> Result<VerifiedCades, CmsError> {
    check_at(pki, p7s, at())
}

pub(super) fn check_at(pki: &Pki, p7s: &[u8], at: Timestamp) -> Result<VerifiedCades, CmsError> {
    verify(CONTENT, p7s, &Trust::Store(&pki.store()), at)
}

/// The error of a signature that must not verify.
pub(super) fn refusal(pki: &Pki, p7s: &[u8]) -> CmsError {
    check(pki, p7s).expect_err("must be refused")
}

/// Changes the `SignedData` and leaves the signature as it was.
pub(super) fn edit(p7s: &[u8], change: impl FnOnce(&mut SignedData)) -> Vec<u8> {
    let mut info = ContentInfo::from_der(p7s).unwrap();
    let mut signed_data: SignedData = info.content.decode_as().unwrap();
    change(&mut signed_data);
    info.content = Any::encode_from(&signed_data).unwrap();
    info.to_der().unwrap()
}

/// Changes the one `SignerInfo` and leaves the signature as it was.
pub(super) fn edit_signer(p7s: &[u8], change: impl FnOnce(&mut SignerInfo)) -> Vec<u8> {
    edit(p7s, |signed_data| {
        let mut signer = signed_data.signer_infos.0.get(0).unwrap().clone();
        change(&mut signer);
        signed_data.signer_infos = SignerInfos::try_from(vec![signer]).unwrap();
    })
}

/// Changes the signed attributes and signs them again: only the change itself can be refused.
pub(super) fn edit_attributes(p7s: &[u8], change: impl FnOnce(&mut Vec<Attribute>)) -> Vec<u8> {
    edit_signer(p7s, |signer| {
        let mut attributes = signer.signed_attrs.take().unwrap().into_vec();
        change(&mut attributes);
        let attributes = SetOfVec::try_from(attributes).unwrap();
        let signature = sign_with(LEAF_SEED, sha256(&attributes.to_der().unwrap()));
        signer.signature = OctetString::new(crate::ecdsa::to_der(&signature).unwrap()).unwrap();
        signer.signed_attrs = Some(attributes);
    })
}

pub(super) fn edit_certificates(p7s: &[u8], certificates: &[&[u8]]) -> Vec<u8> {
    edit(p7s, |signed_data| {
        let certificates = certificates.iter().map(|der| Any::from_der(der).unwrap());
        let certificates = SetOfVec::try_from(certificates.collect::<Vec<_>>()).unwrap();
        signed_data.certificates = Some(certificates);
    })
}

pub(super) fn attribute(oid: ObjectIdentifier, value: &impl Encode) -> Attribute {
    let value = Any::from_der(&value.to_der().unwrap()).unwrap();
    Attribute {
        oid,
        values: SetOfVec::try_from(vec![value]).unwrap(),
    }
}
