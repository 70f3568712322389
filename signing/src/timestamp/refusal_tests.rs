//! One lie at a time: each is refused by its own reason.

use jiff::SignedDuration;
use simulators::der::{integer, oid, sequence, set_of, tlv};
use simulators::pki::{TIME_STAMPING, params, purposes, timestamp_params};
use simulators::tsa::{Asked, Draft, SHA_1, attribute, imprint};

use super::test_tsa::{MESSAGE, Stamps, at, request};
use super::{AcceptedPolicies, ImprintHash, ObjectIdentifier, TimestampError};
use crate::nesting::tests::nested;
use crate::trust::{AnchorPolicy, RevocationPolicy, TrustError, TrustStore};

const SHA_512: &str = "2.16.840.1.101.3.4.2.3";

#[test]
fn an_honest_answer_proves_the_time() {
    let stamps = Stamps::new();
    let request = request();
    let answer = stamps
        .tsa
        .answer(&request.to_der().unwrap(), at(), 77)
        .unwrap();
    let verified = stamps
        .trust
        .verify_response(&answer, &request, at())
        .unwrap();
    assert_eq!(verified.gen_time(), at());
    assert_eq!(
        verified.accuracy(),
        Some(SignedDuration::from_micros(1_000_500))
    );
    assert_eq!(
        verified.not_later_than(),
        at() + SignedDuration::from_micros(1_000_500)
    );
    assert_eq!(verified.serial(), [77]);
    assert_eq!(verified.hash(), ImprintHash::Sha256);
    assert!(!verified.ordering());
    assert_eq!(verified.authority().der(), stamps.tsa.leaf());
    let again = stamps
        .trust
        .verify_token(verified.token(), MESSAGE)
        .unwrap();
    assert_eq!(again, verified);
}

fn refused(change: impl FnOnce(&mut Draft)) -> TimestampError {
    Stamps::new().changed(change).expect_err("must be refused")
}

#[test]
fn another_content_and_other_attributes() {
    use TimestampError as E;
    let data = "1.2.840.113549.1.7.1".to_owned();
    assert_eq!(
        refused(|d| d.content_type = data.clone()),
        E::WrongContentType
    );
    assert_eq!(
        refused(|d| d.signed_content_type = data),
        E::ContentTypeMismatch
    );
    assert_eq!(
        refused(|d| d.message_digest = Some(vec![1; 32])),
        E::MessageDigestMismatch
    );
    assert_eq!(
        refused(|d| d.signing_certificate = None),
        E::MissingAttribute("signing-certificate-v2")
    );
    let other = Stamps::new().tsa.root().der().to_vec();
    assert_eq!(
        refused(|d| d.signing_certificate = Some(other)),
        E::SigningCertificateMismatch
    );
    let twice = attribute("1.2.3", integer(&[1])).unwrap();
    assert_eq!(
        refused(|d| d.attributes = vec![twice.clone(), twice]),
        E::DuplicateAttribute
    );
    let unsigned = set_of(0xa1, &[attribute("1.2.3", integer(&[1])).unwrap()]);
    assert_eq!(refused(|d| d.unsigned = unsigned), E::UnsignedAttributes);
    let digests = sequence(&[sequence(&[sequence(&[tlv(0x30, &[])])])]);
    let v1 = attribute("1.2.840.113549.1.9.16.2.12", digests).unwrap();
    assert_eq!(
        refused(|d| d.attributes = vec![v1]),
        E::MalformedAttribute("signing-certificate")
    );
}

#[test]
fn signers_and_certificates() {
    use TimestampError as E;
    let stamps = Stamps::new();
    assert_eq!(refused(|d| d.signers = 0), E::NoSigner);
    assert_eq!(refused(|d| d.signers = 2), E::SeveralSigners);
    assert_eq!(refused(|d| d.certificates = vec![]), E::CertificateMissing);
    let stray = crate::trust::test_pki::Pki::new().root.der;
    assert_eq!(refused(|d| d.certificates.push(stray)), E::StrayCertificate);
    assert_eq!(
        refused(|d| d.digest = SHA_1.to_owned()),
        E::UnsupportedDigest
    );
    // The signer says SHA-512, and signs with ECDSA over SHA-256.
    assert_eq!(
        refused(|d| d.digest = SHA_512.to_owned()),
        E::UnsupportedSignatureAlgorithm
    );
    let mut token = stamps.tsa.token(&stamps.draft(MESSAGE)).unwrap();
    *token.last_mut().unwrap() ^= 1;
    assert_eq!(
        stamps.trust.verify_token(&token, MESSAGE),
        Err(E::BadSignature)
    );
}

#[test]
fn what_the_info_says() {
    use TimestampError as E;
    assert_eq!(refused(|d| d.version = 2), E::InfoVersion);
    let other = ObjectIdentifier::new_unwrap("1.2.3.4");
    assert_eq!(
        refused(|d| d.policy = other.to_string()),
        E::PolicyNotAccepted(other)
    );
    for time in ["20260601120000.50Z", "260601120000Z", "20260631120000Z"] {
        assert_eq!(refused(|d| d.gen_time = time.to_owned()), E::MalformedTime);
    }
    assert_eq!(refused(|d| d.serial = vec![1; 21]), E::Malformed);
    assert_eq!(
        refused(|d| d.accuracy = sequence(&[tlv(0x80, &[0])])),
        E::Malformed
    );
    assert_eq!(
        refused(|d| d.accuracy = sequence(&[tlv(0x80, &[0x03, 0xe8])])),
        E::Malformed
    );
    // ordering FALSE is the default, which DER leaves out.
    assert_eq!(refused(|d| d.accuracy = vec![1, 1, 0]), E::NotDer);
    let digest = ImprintHash::Sha256.digest(MESSAGE);
    assert_eq!(
        refused(|d| d.imprint = imprint(SHA_1, &digest[..20]).unwrap()),
        E::WeakImprint
    );
    assert_eq!(
        refused(|d| d.imprint = imprint(simulators::tsa::SHA_256, &[0; 32]).unwrap()),
        E::ImprintMismatch
    );
}

#[test]
fn an_unknown_extension_only_where_it_is_not_critical() {
    let extension = |critical: &[u8]| {
        let parts = [oid("1.2.3.4").unwrap(), critical.to_vec(), tlv(4, &[5, 0])];
        tlv(0xa1, &sequence(&parts))
    };
    let critical = extension(&[1, 1, 0xff]);
    assert_eq!(
        refused(|d| d.rest = critical),
        TimestampError::CriticalExtension
    );
    let stamps = Stamps::new();
    assert!(stamps.changed(|d| d.rest = extension(&[])).is_ok());
    let verified = stamps.changed(|d| d.accuracy = vec![1, 1, 0xff]).unwrap();
    assert!(verified.ordering());
    assert_eq!(verified.accuracy(), None);
}

#[test]
fn an_answer_to_this_request_now() {
    use TimestampError as E;
    let stamps = Stamps::new();
    let request = request();
    let asked = Asked::read(&request.to_der().unwrap()).unwrap();
    let answered = |change: &dyn Fn(&mut Draft)| {
        let mut draft = stamps.tsa.draft(&asked, at(), 1).unwrap();
        change(&mut draft);
        let response = stamps.tsa.respond(&draft).unwrap();
        stamps
            .trust
            .verify_response(&response, &request, at())
            .map(drop)
    };
    assert_eq!(answered(&|_| {}), Ok(()));
    assert_eq!(answered(&|d| d.nonce = None), Err(E::NonceMissing));
    assert_eq!(
        answered(&|d| d.nonce = Some(integer(&[5; 15]))),
        Err(E::NonceMismatch)
    );
    let longer = ImprintHash::Sha512.digest(MESSAGE);
    assert_eq!(
        answered(&|d| d.imprint = imprint(SHA_512, &longer).unwrap()),
        Err(E::OtherImprintHash)
    );
    assert_eq!(
        answered(&|d| d.imprint = imprint(simulators::tsa::SHA_256, &[9; 32]).unwrap()),
        Err(E::ImprintMismatch)
    );
    assert_eq!(
        answered(&|d| "20260601121000Z".clone_into(&mut d.gen_time)),
        Err(E::ClockDisagrees)
    );
    assert_eq!(
        answered(&|d| d.status = 2),
        Err(E::Rejected {
            status: 2,
            failure: None
        })
    );
    let bad_data = stamps.tsa.answer(b"", at(), 1).unwrap();
    assert_eq!(
        stamps
            .trust
            .verify_response(&bad_data, &request, at())
            .map(drop),
        Err(E::Rejected {
            status: 2,
            failure: Some(5)
        })
    );
    let granted = sequence(&[sequence(&[integer(&[0])])]);
    assert_eq!(
        stamps
            .trust
            .verify_response(&granted, &request, at())
            .map(drop),
        Err(E::TokenMissing)
    );
    let token = stamps.tsa.token(&stamps.draft(MESSAGE)).unwrap();
    let two_faced = sequence(&[sequence(&[integer(&[2])]), token]);
    assert_eq!(
        stamps
            .trust
            .verify_response(&two_faced, &request, at())
            .map(drop),
        Err(E::TokenInRefusal)
    );
}

#[test]
fn the_structure_around_it() {
    use TimestampError as E;
    let stamps = Stamps::new();
    let token = stamps.tsa.token(&stamps.draft(MESSAGE)).unwrap();
    let verify = |token: &[u8]| {
        stamps
            .trust
            .verify_token(token, MESSAGE)
            .expect_err("refused")
    };
    assert_eq!(verify(&[token.as_slice(), &[0]].concat()), E::TrailingBytes);
    assert_eq!(verify(&vec![0x30; 65 * 1024]), E::TooLarge);
    assert_eq!(verify(&nested(15_000)), E::TooDeep);
    assert_eq!(verify(&token[..token.len() - 1]), E::Malformed);
    let indefinite = [&[0x30, 0x80], &token[4..], &[0, 0]].concat();
    assert_eq!(verify(&indefinite), E::NotDer);
    let data = sequence(&[
        oid("1.2.840.113549.1.7.1").unwrap(),
        tlv(0xa0, &tlv(4, b"x")),
    ]);
    assert_eq!(verify(&data), E::NotSignedData);
    // The version is the first INTEGER 3.
    let version = token
        .windows(3)
        .position(|bytes| bytes == [2, 1, 3])
        .unwrap();
    let mut other = token.clone();
    other[version + 2] = 1;
    assert_eq!(verify(&other), E::UnsupportedVersion);
}

#[test]
fn no_byte_of_a_token_changes_unnoticed() {
    let stamps = Stamps::new();
    let mut token = stamps.tsa.token(&stamps.draft(MESSAGE)).unwrap();
    for position in 0..token.len() {
        for flip in [0x01, 0x80] {
            token[position] ^= flip;
            let verified = stamps.trust.verify_token(&token, MESSAGE);
            assert!(verified.is_err(), "byte {position} flipped by {flip:#x}");
            token[position] ^= flip;
        }
    }
    assert!(stamps.trust.verify_token(&token, MESSAGE).is_ok());
}

/// RFC 3161 §2.3: the purpose is timeStamping, critical and alone.
#[test]
fn who_may_stamp() {
    let with = |list: &[&str], critical: bool| {
        let mut params = timestamp_params("Otra", 3).unwrap();
        params.custom_extensions = vec![purposes(list, critical).unwrap()];
        params
    };
    let document_signing = "1.3.6.1.5.5.7.3.36";
    for (params, reason) in [
        (
            with(&[TIME_STAMPING], false),
            TrustError::TimestampPurposeNotCritical,
        ),
        (
            with(&[TIME_STAMPING, document_signing], true),
            TrustError::NotATimestampAuthority,
        ),
        (
            with(&[document_signing], true),
            TrustError::NotATimestampAuthority,
        ),
        (params("Sin uso", 4), TrustError::NotATimestampAuthority),
    ] {
        let refused = Stamps::with_params(&params).changed(|_| {});
        assert_eq!(refused, Err(TimestampError::Trust(reason)));
    }
    let mut expired = timestamp_params("Vencida", 5).unwrap();
    expired.not_after = rcgen::date_time_ymd(2026, 1, 1);
    let refused = Stamps::with_params(&expired).changed(|_| {});
    assert_eq!(refused, Err(TimestampError::Trust(TrustError::Expired)));
}

/// An anchor is believed about one thing: about times, or about people.
#[test]
fn anchors_do_not_change_trades() {
    let mut stamps = Stamps::new();
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    store
        .add_anchor(stamps.tsa.root().der(), AnchorPolicy::Efirma)
        .unwrap();
    stamps.trust.authorities = store;
    assert_eq!(
        stamps.changed(|_| {}),
        Err(TimestampError::Trust(TrustError::AnchorNotForTimestamps))
    );

    let pki = crate::trust::test_pki::Pki::new();
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    store
        .add_anchor(&pki.root.der, AnchorPolicy::Timestamp)
        .unwrap();
    let refused = store.validate(&pki.leaf, &[&pki.issuing.der], crate::trust::test_pki::at());
    assert_eq!(refused, Err(TrustError::AnchorForTimestampsOnly));

    let nobody = TrustStore::new(RevocationPolicy::WhenListed);
    stamps.trust.authorities = nobody;
    stamps.trust.policies = AcceptedPolicies::Any;
    assert_eq!(
        stamps.changed(|_| {}),
        Err(TimestampError::Trust(TrustError::UnknownIssuer))
    );
}
