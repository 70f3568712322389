//! Round trip, and every refusal that is not about a signed attribute.

use cms::content_info::{CmsVersion, ContentInfo};
use cms::revocation::RevocationInfoChoices;
use cms::signed_data::SignerInfos;
use const_oid::db::rfc5911::{ID_DATA, ID_SIGNED_DATA, ID_SIGNING_TIME};
use const_oid::db::rfc5912::{ECDSA_WITH_SHA_384, ID_SHA_384, SHA_256_WITH_RSA_ENCRYPTION};
use der::asn1::{OctetString, SetOfVec};
use der::{Any, Decode, Encode};
use p256::ecdsa::Signature;
use proptest::prelude::*;
use rcgen::{KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384, SerialNumber};
use spki::AlgorithmIdentifierOwned;

use super::build::sha256;
use super::cades::{SigningChain, build, verify};
use super::signed_data;
use super::test_signer::{
    CONTENT, attribute, chain, check, check_at, edit, edit_certificates, edit_signer, refusal,
    sign, sign_with, signed,
};
use super::{BuildError, CmsError};
use crate::ecdsa::{self, EcdsaError};
use crate::nesting::tests::nested;
use crate::trust::test_pki::{CURP, Pki, at, issuing_params, leaf_params};
use crate::trust::{Trust, TrustError};

#[test]
fn what_we_build_we_verify() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    assert!(p7s.len() < 1500, "{} bytes", p7s.len());
    let verified = check(&pki, &p7s).unwrap();
    assert_eq!(verified.subject().curp, CURP);
    assert_eq!(verified.signing_time(), at());
    assert_eq!(verified.digest(), sha256(CONTENT));
    assert_eq!(verified.signer().der(), pki.leaf);

    let pinned = verified.signer().clone();
    let again = verify(CONTENT, &p7s, &Trust::CachedLeaf(&pinned), at());
    assert_eq!(again.as_ref(), Ok(&verified));
    let other = verify(b"otro", &p7s, &Trust::CachedLeaf(&pinned), at());
    assert_eq!(other, Err(CmsError::MessageDigestMismatch));
}

#[test]
fn building_checks_what_the_key_returns() {
    let pki = Pki::new();
    let chain = chain(&pki);
    let wrong_key = build(CONTENT, at(), &chain, |digest| {
        Ok::<_, ()>(sign_with(9, digest))
    });
    assert_eq!(
        wrong_key,
        Err(BuildError::WrongSignature(EcdsaError::BadSignature.into()))
    );
    let high = build(CONTENT, at(), &chain, |_| Ok::<_, ()>([0xff; 64]));
    assert_eq!(
        high,
        Err(BuildError::WrongSignature(EcdsaError::HighS.into()))
    );
    let broken = build(CONTENT, at(), &chain, |_| Err("sin token"));
    assert_eq!(broken, Err(BuildError::Signer("sin token")));
    let late = build(
        CONTENT,
        "2030-01-01T00:00:00Z".parse().unwrap(),
        &chain,
        sign,
    );
    assert_eq!(late, Err(BuildError::SigningTime));
    let trailing = [pki.leaf.as_slice(), &[0]].concat();
    let malformed = SigningChain::new(&trailing, &[]).map(drop);
    assert_eq!(malformed, Err(BuildError::MalformedCertificate));
    let p384 = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap();
    let p384 = pki.issuing.issue_for(&leaf_params(), &p384);
    let unsupported = SigningChain::new(&p384, &[]).map(drop);
    assert_eq!(unsupported, Err(BuildError::UnsupportedKey));
}

/// The `cms` crate's certificate sets come out in another order for some certificates.
#[test]
fn certificates_are_in_der_order_whatever_their_bytes() {
    for length in 1..40 {
        let mut params = leaf_params();
        let name = "n".repeat(length);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        let pki = Pki::with_leaf(&params);
        let other = pki
            .root
            .subordinate(issuing_params("AC Profesional de pruebas"), 2)
            .der;
        let issuers = [pki.issuing.der.as_slice(), &pki.root.der, &other];
        let chain = SigningChain::new(&pki.leaf, &issuers).unwrap();
        let p7s = build(CONTENT, at(), &chain, sign).unwrap();
        assert_eq!(
            signed_data::parse(&p7s).map(|parsed| parsed.certificates.len()),
            Ok(4)
        );
    }
}

#[test]
fn only_one_der_structure_of_bounded_size() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let trailing = [p7s.as_slice(), &[0]].concat();
    assert_eq!(refusal(&pki, &trailing), CmsError::TrailingBytes);
    assert_eq!(refusal(&pki, &p7s[..p7s.len() - 1]), CmsError::Malformed);
    assert_eq!(refusal(&pki, b""), CmsError::Malformed);
    assert_eq!(refusal(&pki, &vec![0x30; 65 * 1024]), CmsError::TooLarge);

    assert_eq!(refusal(&pki, &nested(15_000)), CmsError::TooDeep);

    assert_eq!(p7s[..2], [0x30, 0x82], "a long-form length");
    let indefinite = [&[0x30, 0x80], &p7s[4..], &[0, 0]].concat();
    assert_eq!(refusal(&pki, &indefinite), CmsError::NotDer);
    let padded_length = [&[0x30, 0x83, 0], &p7s[2..]].concat();
    assert_eq!(refusal(&pki, &padded_length), CmsError::NotDer);
}

/// `cms` would sort these attributes silently and hash other bytes than those received.
#[test]
fn attributes_out_of_order_are_not_der() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let parsed = signed_data::parse(&p7s).unwrap();
    let set = parsed.signer.signed_attributes;
    let mut elements = signed_data::set_of(set, 16).unwrap();
    elements.reverse();
    let at = p7s
        .windows(set.len())
        .position(|window| window == set)
        .unwrap();
    let mut unsorted = p7s.clone();
    unsorted[at..at + set.len()].copy_from_slice(&elements.concat());
    assert_eq!(refusal(&pki, &unsorted), CmsError::NotDer);
}

#[test]
fn only_detached_signed_data_of_version_1() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let mut info = ContentInfo::from_der(&p7s).unwrap();
    info.content_type = ID_DATA;
    assert_eq!(
        refusal(&pki, &info.to_der().unwrap()),
        CmsError::NotSignedData
    );

    let version = edit(&p7s, |signed_data| signed_data.version = CmsVersion::V3);
    assert_eq!(refusal(&pki, &version), CmsError::UnsupportedVersion);
    let version = edit_signer(&p7s, |signer| signer.version = CmsVersion::V3);
    assert_eq!(refusal(&pki, &version), CmsError::UnsupportedVersion);

    let attached = edit(&p7s, |signed_data| {
        let content = OctetString::new(CONTENT).unwrap();
        signed_data.encap_content_info.econtent = Some(Any::encode_from(&content).unwrap());
    });
    assert_eq!(refusal(&pki, &attached), CmsError::EncapsulatedContent);
    let other_type = edit(&p7s, |signed_data| {
        signed_data.encap_content_info.econtent_type = ID_SIGNED_DATA;
    });
    assert_eq!(refusal(&pki, &other_type), CmsError::WrongContentType);
    let with_crls = edit(&p7s, |signed_data| {
        signed_data.crls = Some(RevocationInfoChoices(SetOfVec::new()));
    });
    assert_eq!(refusal(&pki, &with_crls), CmsError::EmbeddedRevocation);
}

#[test]
fn exactly_one_signer() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let none = edit(&p7s, |signed_data| {
        signed_data.signer_infos = SignerInfos(SetOfVec::new());
    });
    assert_eq!(refusal(&pki, &none), CmsError::NoSigner);
    let two = edit(&p7s, |signed_data| {
        let signer = signed_data.signer_infos.0.get(0).unwrap().clone();
        let mut other = signer.clone();
        other.signature = OctetString::new([1; 70]).unwrap();
        signed_data.signer_infos = SignerInfos::try_from(vec![signer, other]).unwrap();
    });
    assert_eq!(refusal(&pki, &two), CmsError::SeveralSigners);
    let three = edit(&p7s, |signed_data| {
        let signer = signed_data.signer_infos.0.get(0).unwrap().clone();
        signed_data.signer_infos = SignerInfos::try_from(vec![signer; 3]).unwrap();
    });
    assert_eq!(refusal(&pki, &three), CmsError::SeveralSigners);
}

/// What OpenSSL's `cms -verify -cades` lets through: the signature over the signed attributes is
/// also a signature, without attributes, over a document whose bytes are those attributes.
#[test]
fn stripped_attributes_presented_as_content_are_refused() {
    let pki = Pki::new();
    let (content, stripped) = strip(&signed(&pki));
    let result = verify(&content, &stripped, &Trust::Store(&pki.store()), at());
    assert_eq!(result, Err(CmsError::SignedAttributesMissing));
    let empty = edit_signer(&stripped, |signer| {
        signer.signed_attrs = Some(SetOfVec::new());
    });
    assert_eq!(refusal(&pki, &empty), CmsError::SignedAttributesMissing);
}

/// The attack: DER of the signed attributes as content, and the signature without them.
pub(super) fn strip(p7s: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let content = signed_data::parse(p7s).unwrap().signer.signed_bytes;
    (
        content,
        edit_signer(p7s, |signer| signer.signed_attrs = None),
    )
}

#[test]
fn nothing_unsigned_comes_along() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let unsigned = edit_signer(&p7s, |signer| {
        let anything = attribute(ID_SIGNING_TIME, &true);
        signer.unsigned_attrs = Some(SetOfVec::try_from(vec![anything]).unwrap());
    });
    assert_eq!(refusal(&pki, &unsigned), CmsError::UnsignedAttributes);
    let issuing = pki.issuing.der.as_slice();
    let with_anchor = edit_certificates(&p7s, &[&pki.leaf, issuing, &pki.root.der]);
    assert!(check(&pki, &with_anchor).is_ok());
    let mut params = leaf_params();
    params.serial_number = Some(SerialNumber::from_slice(&[9]));
    let stranger = pki.issuing.issue(&params);
    let stray = edit_certificates(&p7s, &[&pki.leaf, issuing, &stranger]);
    assert_eq!(refusal(&pki, &stray), CmsError::StrayCertificate);
}

#[test]
fn the_signers_certificate_is_inside_and_trusted() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let without = edit_certificates(&p7s, &[&pki.issuing.der]);
    assert_eq!(refusal(&pki, &without), CmsError::CertificateNotFound);
    let none = edit(&p7s, |signed_data| signed_data.certificates = None);
    assert_eq!(refusal(&pki, &none), CmsError::CertificateNotFound);
    let alone = edit_certificates(&p7s, &[&pki.leaf]);
    assert_eq!(
        refusal(&pki, &alone),
        CmsError::Trust(TrustError::UnknownIssuer)
    );
    let late = check_at(&pki, &p7s, "2029-06-01T00:00:00Z".parse().unwrap());
    assert_eq!(late, Err(CmsError::Trust(TrustError::Expired)));
    let mut params = leaf_params();
    params.key_usages = vec![KeyUsagePurpose::KeyAgreement];
    let pki = Pki::with_leaf(&params);
    assert_eq!(
        refusal(&pki, &signed(&pki)),
        CmsError::Trust(TrustError::LeafKeyUsage)
    );
}

#[test]
fn algorithms_are_sha_256_with_the_keys_own() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let algorithm = |oid, parameters| AlgorithmIdentifierOwned { oid, parameters };
    let digest = edit_signer(&p7s, |signer| {
        signer.digest_alg = algorithm(ID_SHA_384, None);
    });
    assert_eq!(refusal(&pki, &digest), CmsError::UnsupportedDigest);
    let digests = edit(&p7s, |signed_data| {
        let sha384 = algorithm(ID_SHA_384, None);
        signed_data.digest_algorithms = SetOfVec::try_from(vec![sha384]).unwrap();
    });
    assert_eq!(refusal(&pki, &digests), CmsError::UnsupportedDigest);
    for wrong in [
        algorithm(ECDSA_WITH_SHA_384, None),
        algorithm(SHA_256_WITH_RSA_ENCRYPTION, None),
        algorithm(
            const_oid::db::rfc5912::ECDSA_WITH_SHA_256,
            Some(Any::null()),
        ),
    ] {
        let p7s = edit_signer(&p7s, |signer| signer.signature_algorithm = wrong);
        assert_eq!(refusal(&pki, &p7s), CmsError::UnsupportedSignatureAlgorithm);
    }
}

#[test]
fn the_signature_is_the_signers_and_low_s() {
    let pki = Pki::new();
    let p7s = signed(&pki);
    let with_signature =
        |der: &[u8]| edit_signer(&p7s, |s| s.signature = OctetString::new(der).unwrap());
    let parsed = signed_data::parse(&p7s).unwrap();
    let good = Signature::from_der(parsed.signer.signature).unwrap();
    let (r, s) = good.split_scalars();
    let twin = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
    assert_eq!(
        refusal(&pki, &with_signature(twin.to_der().as_bytes())),
        CmsError::HighS
    );

    let forged = sign_with(9, sha256(&parsed.signer.signed_bytes));
    let forged = with_signature(&ecdsa::to_der(&forged).unwrap());
    assert_eq!(refusal(&pki, &forged), CmsError::BadSignature);
    assert_eq!(
        refusal(&pki, &with_signature(b"firma")),
        CmsError::BadSignature
    );
}

#[test]
fn no_byte_of_the_file_can_change() {
    let pki = Pki::new();
    let mut p7s = signed(&pki);
    let store = pki.store();
    let trust = Trust::Store(&store);
    let pinned = verify(CONTENT, &p7s, &trust, at())
        .unwrap()
        .signer()
        .clone();
    let cached = Trust::CachedLeaf(&pinned);
    for at_byte in 0..p7s.len() {
        for flip in [0x01, 0x20, 0x80, 0xff] {
            p7s[at_byte] ^= flip;
            for trust in [&trust, &cached] {
                let result = verify(CONTENT, &p7s, trust, at());
                assert!(
                    result.is_err(),
                    "byte {at_byte} flipped by {flip:#x} went unnoticed"
                );
            }
            p7s[at_byte] ^= flip;
        }
    }
    assert!(verify(CONTENT, &p7s, &trust, at()).is_ok());
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        prop_assert!(check(&Pki::new(), &bytes).is_err());
    }

    #[test]
    fn a_spliced_signature_never_panics_nor_verifies(
        from in 0_usize..1200,
        length in 0_usize..64,
        insert in proptest::collection::vec(any::<u8>(), 0..64),
    ) {
        let pki = Pki::new();
        let p7s = signed(&pki);
        let mut spliced = p7s.clone();
        let from = from.min(p7s.len());
        spliced.splice(from..(from + length).min(p7s.len()), insert);
        prop_assert_eq!(check(&pki, &spliced).is_ok(), spliced == p7s);
    }
}
