//! Answers by the CA and by appointed responders: what is believed, and each thing that is not.

use std::convert::Infallible;

use der::asn1::{OctetString, UtcTime};
use der::{Decode, Encode};
use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use proptest::prelude::*;
use rcgen::{CertificateParams, CustomExtension, ExtendedKeyUsagePurpose, KeyUsagePurpose};
use rcgen::{DistinguishedName, DnType, SerialNumber, date_time_ymd};
use x509_cert::ext::Extension;

use super::respond::{envelope, response_data, sign_data};
use super::types::{ResponderId, ResponseData, ResponseStatus};
use super::{
    BasicAnswer, CertIdHash, CertificateAnswer, NewAnswer, OcspError, Query, Status,
    basic_response, respond,
};
use crate::trust::test_pki::{LEAF_SERIAL, Pki, TestCa, at, key_pair, signing_key};

/// Seeds of the keys of the issuing CA (see `test_pki`) and of its responder.
pub(super) const CA: u8 = 2;
pub(super) const RESPONDER: u8 = 40;
const RESPONDER_SERIAL: &[u8] = &[0x51];

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn sign(seed: u8) -> impl Fn([u8; 32]) -> Result<[u8; 64], Infallible> {
    move |digest| {
        let signature: p256::ecdsa::Signature = signing_key(seed).sign_prehash(&digest).unwrap();
        Ok(signature.to_bytes().into())
    }
}

pub(super) fn responder_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "Responder");
    params.serial_number = Some(SerialNumber::from_slice(RESPONDER_SERIAL));
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2027, 1, 1);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::OcspSigning];
    // id-pkix-ocsp-nocheck: NULL.
    let no_check = CustomExtension::from_oid_content(&[1, 3, 6, 1, 5, 5, 7, 48, 1, 5], vec![5, 0]);
    params.custom_extensions = vec![no_check];
    params
}

pub(super) fn delegate(ca: &TestCa, params: &CertificateParams) -> Vec<u8> {
    ca.issue_for(params, &key_pair(RESPONDER))
}

pub(super) fn says(status: Status) -> CertificateAnswer {
    CertificateAnswer {
        serial: LEAF_SERIAL.to_vec(),
        status,
        this_update: at(),
        next_update: at() + SignedDuration::from_hours(24),
    }
}

pub(super) fn answer<'a>(pki: &'a Pki, responder: Option<&'a [u8]>) -> NewAnswer<'a> {
    NewAnswer {
        issuer: &pki.issuing.der,
        responder,
        hash: CertIdHash::Sha1,
        says: vec![says(Status::Good)],
        produced_at: at(),
        nonce: None,
    }
}

fn nothing_listed(_: &[u8], _: Timestamp) -> Option<bool> {
    None
}

fn verify(pki: &Pki, basic: &[u8]) -> Result<BasicAnswer, OcspError> {
    BasicAnswer::verify(basic, &pki.issuing.der, nothing_listed)
}

/// The basic response by the CA itself, with its data changed before it is signed.
fn changed(pki: &Pki, change: impl FnOnce(&mut ResponseData)) -> Vec<u8> {
    let mut data = response_data(&answer(pki, None)).unwrap();
    change(&mut data);
    sign_data(data, &[], sign(CA)).unwrap()
}

/// The answer of a responder with this certificate.
fn by_delegate(pki: &Pki, certificate: &[u8]) -> Result<BasicAnswer, OcspError> {
    let response = respond(&answer(pki, Some(certificate)), sign(RESPONDER)).unwrap();
    verify(pki, &basic_response(&response).unwrap())
}

fn critical_extension() -> Extension {
    Extension {
        extn_id: "1.3.6.1.4.1.9.9".parse().unwrap(),
        critical: true,
        extn_value: OctetString::new(vec![5, 0]).unwrap(),
    }
}

#[test]
fn the_ca_and_its_responder_are_believed() {
    let pki = Pki::new();
    let own = verify(&pki, &changed(&pki, |_| {})).unwrap();
    assert_eq!(own.answers(), [says(Status::Good)]);
    assert_eq!(own.produced_at(), at());

    let certificate = delegate(&pki.issuing, &responder_params());
    for hash in [CertIdHash::Sha1, CertIdHash::Sha256] {
        let mut new = answer(&pki, Some(&certificate));
        new.hash = hash;
        new.says = vec![says(Status::Revoked(time("2026-05-01T00:00:00Z")))];
        let response = respond(&new, sign(RESPONDER)).unwrap();
        let basic = basic_response(&response).unwrap();
        assert_eq!(verify(&pki, &basic).unwrap().answers(), new.says);
    }
}

#[test]
fn a_responder_that_the_ca_did_not_appoint_is_refused() {
    let pki = Pki::new();
    let refused = |params: &CertificateParams| {
        by_delegate(&pki, &delegate(&pki.issuing, params)).unwrap_err()
    };
    let mut params = responder_params();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    assert_eq!(refused(&params), OcspError::ResponderNotForOcsp);
    params.extended_key_usages = vec![];
    assert_eq!(refused(&params), OcspError::ResponderNotForOcsp);
    let mut params = responder_params();
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    assert_eq!(refused(&params), OcspError::ResponderNotForOcsp);
    let mut params = responder_params();
    params.not_after = date_time_ymd(2026, 5, 1);
    assert_eq!(refused(&params), OcspError::ResponderOutsideValidity);
    let mut params = responder_params();
    let mut unknown = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 9], vec![5, 0]);
    unknown.set_criticality(true);
    params.custom_extensions.push(unknown);
    assert_eq!(refused(&params), OcspError::ResponderMalformed);

    // The root above the CA is another CA, and so is one that only calls itself the same.
    let of_root = delegate(&pki.root, &responder_params());
    let of_namesake = TestCa::root(pki.issuing.params.clone(), 41);
    let of_namesake = delegate(&of_namesake, &responder_params());
    for foreign in [of_root, of_namesake] {
        let error = by_delegate(&pki, &foreign).unwrap_err();
        assert_eq!(error, OcspError::ResponderOfOtherCa);
    }
    // A physician's certificate, by the right CA, is no responder's.
    let physician = respond(&answer(&pki, Some(&pki.leaf)), sign(3)).unwrap();
    let physician = verify(&pki, &basic_response(&physician).unwrap());
    assert_eq!(physician, Err(OcspError::ResponderNotForOcsp));
    // Named, but not there.
    let certificate = delegate(&pki.issuing, &responder_params());
    let data = response_data(&answer(&pki, Some(&certificate))).unwrap();
    let alone = sign_data(data, &[], sign(RESPONDER)).unwrap();
    assert_eq!(verify(&pki, &alone), Err(OcspError::ResponderNotFound));
}

#[test]
fn a_responder_without_nocheck_needs_a_list() {
    let pki = Pki::new();
    let mut params = responder_params();
    params.custom_extensions.clear();
    let certificate = delegate(&pki.issuing, &params);
    let checked = responder_params();
    let unchecked = delegate(&pki.issuing, &checked);
    let verify = |certificate: &[u8], listed: Option<bool>| {
        let response = respond(&answer(&pki, Some(certificate)), sign(RESPONDER)).unwrap();
        let basic = basic_response(&response).unwrap();
        BasicAnswer::verify(&basic, &pki.issuing.der, |serial, when| {
            assert_eq!((serial, when), (RESPONDER_SERIAL, at()));
            listed
        })
        .map(drop)
    };
    let unknown = Err(OcspError::ResponderRevocationUnknown);
    assert_eq!(verify(&certificate, None), unknown);
    assert_eq!(verify(&certificate, Some(false)), Ok(()));
    let revoked = Err(OcspError::ResponderRevoked);
    assert_eq!(verify(&certificate, Some(true)), revoked);
    // nocheck spares the question; a known revocation it does not undo.
    assert_eq!(verify(&unchecked, Some(true)), revoked);
}

#[test]
fn what_was_changed_after_signing_is_refused() {
    let pki = Pki::new();
    let basic = changed(&pki, |_| {});
    let mut parsed = super::types::BasicOcspResponse::from_der(&basic).unwrap();
    parsed.tbs_response_data.produced_at =
        super::respond::time(time("2026-06-02T00:00:00Z")).unwrap();
    let altered = parsed.to_der().unwrap();
    assert_eq!(verify(&pki, &altered), Err(OcspError::BadSignature));
    // SHA-1 with ECDSA.
    parsed.signature_algorithm.oid = "1.2.840.10045.4.1".parse().unwrap();
    let weak = parsed.to_der().unwrap();
    assert_eq!(verify(&pki, &weak), Err(OcspError::Algorithm));
}

#[test]
fn what_an_answer_must_not_say_is_refused() {
    let pki = Pki::new();
    let refused = |change: fn(&mut ResponseData)| verify(&pki, &changed(&pki, change)).unwrap_err();
    assert_eq!(
        refused(|data| data.responses[0].next_update = None),
        OcspError::NoNextUpdate
    );
    assert_eq!(
        refused(|data| {
            let early = super::respond::time(time("2026-05-31T00:00:00Z")).unwrap();
            data.responses[0].next_update = Some(early);
        }),
        OcspError::TimesInverted
    );
    assert_eq!(
        refused(|data| data.responses.clear()),
        OcspError::OtherCertificate
    );
    assert_eq!(
        refused(|data| data.responses.push(data.responses[0].clone())),
        OcspError::AnsweredTwice
    );
    assert_eq!(
        refused(|data| {
            let one = data.responses[0].clone();
            data.responses.extend(std::iter::repeat_n(one, 64));
        }),
        OcspError::TooLarge
    );
    assert_eq!(
        refused(|data| {
            data.responses[0].cert_id.hash_algorithm.oid = "1.2.840.113549.2.5".parse().unwrap();
        }),
        OcspError::UnsupportedHash
    );
    assert_eq!(
        refused(|data| {
            data.responses[0].cert_id.issuer_key_hash = OctetString::new(vec![0; 20]).unwrap();
        }),
        OcspError::OtherIssuer
    );
    for place in 0..2 {
        let basic = changed(&pki, |data| {
            let critical = Some(vec![critical_extension()]);
            if place == 0 {
                data.response_extensions = critical;
            } else {
                data.responses[0].single_extensions = critical;
            }
        });
        assert_eq!(
            verify(&pki, &basic),
            Err(OcspError::UnknownCriticalExtension)
        );
    }
}

#[test]
fn a_responder_is_named_by_name_as_well() {
    let pki = Pki::new();
    let issuer = x509_cert::Certificate::from_der(&pki.issuing.der).unwrap();
    let name = issuer.tbs_certificate().subject().clone();
    let basic = changed(&pki, |data| data.responder_id = ResponderId::ByName(name));
    assert!(verify(&pki, &basic).is_ok());
}

#[test]
fn the_day_the_key_was_stolen_counts_here_too() {
    let pki = Pki::new();
    let stolen = time("2026-03-01T00:00:00Z");
    let mut new = answer(&pki, None);
    new.says = vec![says(Status::Revoked(time("2026-05-01T00:00:00Z")))];
    let mut data = response_data(&new).unwrap();
    let since = super::respond::time(stolen).unwrap().to_der().unwrap();
    let extension = |value| Extension {
        extn_id: const_oid::db::rfc5280::ID_CE_INVALIDITY_DATE,
        critical: false,
        extn_value: OctetString::new(value).unwrap(),
    };
    data.responses[0].single_extensions = Some(vec![extension(since)]);
    let basic = sign_data(data.clone(), &[], sign(CA)).unwrap();
    let status = verify(&pki, &basic).unwrap().answers()[0].status;
    assert_eq!(status, Status::Revoked(stolen));
    // A date of another kind than GeneralizedTime is no date.
    let wrong = UtcTime::from_unix_duration(std::time::Duration::from_hours(400_000)).unwrap();
    data.responses[0].single_extensions = Some(vec![extension(wrong.to_der().unwrap())]);
    let basic = sign_data(data, &[], sign(CA)).unwrap();
    assert_eq!(verify(&pki, &basic), Err(OcspError::Malformed));
}

fn ask(pki: &Pki, nonce: Option<[u8; 32]>) -> Query {
    Query::new(&pki.leaf, &pki.issuing.der, CertIdHash::Sha256, nonce).unwrap()
}

#[test]
fn a_question_is_answered_with_its_nonce_and_in_time() {
    let pki = Pki::new();
    let query = ask(&pki, Some([7; 32]));
    let asked = super::asked(&query.to_der().unwrap(), &pki.issuing.der).unwrap();
    assert_eq!(asked.hash, CertIdHash::Sha256);
    assert_eq!(asked.serials, [LEAF_SERIAL]);
    assert_eq!(asked.nonce, Some(vec![7; 32]));
    let foreign = super::asked(&query.to_der().unwrap(), &pki.root.der);
    assert_eq!(foreign, Err(OcspError::OtherIssuer));

    let reply = |nonce: Option<Vec<u8>>, serial: &[u8]| {
        let mut new = answer(&pki, None);
        new.nonce = nonce;
        new.says[0].serial = serial.to_vec();
        respond(&new, sign(CA)).unwrap()
    };
    let good = reply(asked.nonce.clone(), LEAF_SERIAL);
    let check = |response: &[u8], now| query.check(response, now, nothing_listed).map(drop);
    assert_eq!(check(&good, at()), Ok(()));
    assert_eq!(
        check(&reply(None, LEAF_SERIAL), at()),
        Err(OcspError::NonceMissing)
    );
    assert_eq!(
        check(&reply(Some(vec![8; 32]), LEAF_SERIAL), at()),
        Err(OcspError::NonceMismatch)
    );
    assert_eq!(
        check(&reply(asked.nonce, &[9]), at()),
        Err(OcspError::OtherCertificate)
    );
    let day = SignedDuration::from_hours(24);
    assert_eq!(check(&good, at() + day), Ok(()));
    assert_eq!(
        check(&good, at() + day + SignedDuration::from_secs(1)),
        Err(OcspError::Stale)
    );
    assert_eq!(
        check(&good, at() - SignedDuration::from_mins(6)),
        Err(OcspError::FromTheFuture)
    );
    // Without a nonce of ours, one in the answer does no harm.
    assert!(ask(&pki, None).check(&good, at(), nothing_listed).is_ok());
}

#[test]
fn what_a_responder_answers_instead_is_told_apart() {
    for (reason, status) in [
        (
            OcspError::MalformedRequest,
            ResponseStatus::MalformedRequest,
        ),
        (OcspError::InternalError, ResponseStatus::InternalError),
        (OcspError::TryLater, ResponseStatus::TryLater),
        (OcspError::SigRequired, ResponseStatus::SigRequired),
        (OcspError::Unauthorized, ResponseStatus::Unauthorized),
    ] {
        let response = super::refuse(reason).unwrap();
        assert_eq!(response, envelope(status, None).unwrap());
        assert_eq!(basic_response(&response), Err(reason));
    }
    let empty = envelope(ResponseStatus::Successful, None).unwrap();
    assert_eq!(basic_response(&empty), Err(OcspError::NotBasic));
    assert_eq!(
        basic_response(&vec![0x30; 70_000]),
        Err(OcspError::TooLarge)
    );
    let deep = crate::nesting::tests::nested(100);
    assert_eq!(basic_response(&deep), Err(OcspError::TooDeep));
    assert_eq!(basic_response(b"HTTP/1.1 404"), Err(OcspError::Malformed));
}

proptest! {
    /// Every truncation and every changed byte is refused, and none panics.
    #[test]
    fn nothing_altered_is_believed(place in 0_usize..800, new in any::<u8>(), cut in any::<bool>()) {
        let pki = Pki::new();
        let certificate = delegate(&pki.issuing, &responder_params());
        let response = respond(&answer(&pki, Some(&certificate)), sign(RESPONDER)).unwrap();
        let good = basic_response(&response).unwrap();
        let place = place % good.len();
        let mut bad = good.clone();
        if cut { bad.truncate(place) } else { bad[place] = new }
        prop_assert_eq!(verify(&pki, &bad).is_ok(), bad == good);
    }
}
