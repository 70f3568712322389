//! Lists, answers and embedded evidence together: who is believed, and at which time.

use std::convert::Infallible;

use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use rcgen::date_time_ymd;

use super::test_pki::{LEAF_SERIAL, Pki, TestCa, at, leaf_revoked, signing_key};
use super::{
    AnchorPolicy, RevocationEvidence, RevocationPolicy, TrustError, TrustSpan, TrustStore,
};
use crate::ocsp::{CertIdHash, CertificateAnswer, NewAnswer, OcspError, Status, respond};

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A store that asks for revocation data of everybody, and has the root's list.
fn strict(pki: &Pki) -> TrustStore {
    let mut store = TrustStore::new(RevocationPolicy::Required);
    store
        .add_anchor(&pki.root.der, AnchorPolicy::Professional)
        .unwrap();
    store.add_issuer(&pki.issuing.der).unwrap();
    store.add_crl(&pki.root.crl(&TestCa::crl_params())).unwrap();
    store
}

/// The issuing CA's own answer about the leaf, good for a day.
fn ocsp(pki: &Pki, status: Status, this_update: Timestamp) -> Vec<u8> {
    let answer = NewAnswer {
        issuer: &pki.issuing.der,
        responder: None,
        hash: CertIdHash::Sha256,
        says: vec![CertificateAnswer {
            serial: LEAF_SERIAL.to_vec(),
            status,
            this_update,
            next_update: this_update + SignedDuration::from_hours(24),
        }],
        produced_at: this_update,
        nonce: None,
    };
    let sign = |digest: [u8; 32]| -> Result<[u8; 64], Infallible> {
        let signature: p256::ecdsa::Signature = signing_key(2).sign_prehash(&digest).unwrap();
        Ok(signature.to_bytes().into())
    };
    respond(&answer, sign).unwrap()
}

fn validate(store: &TrustStore, pki: &Pki, at: Timestamp) -> Result<(), TrustError> {
    store.validate(&pki.leaf, &[], at).map(drop)
}

#[test]
fn an_answer_does_for_a_list_and_says_until_when() {
    let pki = Pki::new();
    let mut store = strict(&pki);
    assert_eq!(
        validate(&store, &pki, at()),
        Err(TrustError::RevocationUnknown)
    );
    store.add_ocsp(&ocsp(&pki, Status::Good, at())).unwrap();
    let day = SignedDuration::from_hours(24);
    let second = SignedDuration::from_secs(1);
    assert_eq!(validate(&store, &pki, at() + day), Ok(()));
    let late = at() + day + second;
    assert_eq!(validate(&store, &pki, late), Err(TrustError::StaleOcsp));
    // What was true at its thisUpdate was true before.
    assert_eq!(validate(&store, &pki, at() - day), Ok(()));

    store.set_grace(SignedDuration::from_hours(2));
    assert_eq!(validate(&store, &pki, late), Ok(()));
    let later = at() + day + SignedDuration::from_hours(2) + second;
    assert_eq!(validate(&store, &pki, later), Err(TrustError::StaleOcsp));
    assert_eq!(store.ocsp_ages(), (1, Some(at() + day)));
}

#[test]
fn a_revocation_counts_whoever_tells_of_it() {
    let pki = Pki::new();
    let since = time("2026-05-20T00:00:00Z");
    let before = since - SignedDuration::from_secs(1);
    let clean = pki.issuing.crl(&TestCa::crl_params());
    let mut params = TestCa::crl_params();
    params.revoked_certs = vec![leaf_revoked(5)];
    let listed = pki.issuing.crl(&params);

    // The list is clean, the newer answer is not.
    let mut store = strict(&pki);
    store.add_crl(&clean).unwrap();
    store
        .add_ocsp(&ocsp(&pki, Status::Revoked(since), at()))
        .unwrap();
    assert_eq!(validate(&store, &pki, since), Err(TrustError::Revoked));
    assert_eq!(validate(&store, &pki, before), Ok(()));
    // The other way round: an old good answer does not outweigh the list.
    let mut store = strict(&pki);
    store.add_crl(&listed).unwrap();
    store.add_ocsp(&ocsp(&pki, Status::Good, at())).unwrap();
    assert_eq!(validate(&store, &pki, at()), Err(TrustError::Revoked));
}

#[test]
fn a_certificate_that_the_ca_does_not_know_is_refused() {
    let pki = Pki::new();
    let mut store = pki.store();
    store.add_issuer(&pki.issuing.der).unwrap();
    store.add_ocsp(&ocsp(&pki, Status::Unknown, at())).unwrap();
    assert_eq!(
        validate(&store, &pki, at()),
        Err(TrustError::UnknownToIssuer)
    );
}

#[test]
fn answers_do_not_roll_back_and_strangers_are_not_heard() {
    let pki = Pki::new();
    let mut store = strict(&pki);
    let hour = SignedDuration::from_hours(1);
    let since = time("2026-05-20T00:00:00Z");
    store
        .add_ocsp(&ocsp(&pki, Status::Revoked(since), at()))
        .unwrap();
    let older = store.add_ocsp(&ocsp(&pki, Status::Good, at() - hour));
    assert_eq!(older, Err(TrustError::OcspRollback));
    assert_eq!(validate(&store, &pki, at()), Err(TrustError::Revoked));

    let foreign =
        TrustStore::new(RevocationPolicy::Required).add_ocsp(&ocsp(&pki, Status::Good, at()));
    assert_eq!(foreign, Err(TrustError::Ocsp(OcspError::OtherIssuer)));
    let bad = store.add_ocsp(b"0");
    assert_eq!(bad, Err(TrustError::Ocsp(OcspError::Malformed)));
}

#[test]
fn a_remembered_path_is_asked_about_revocation_every_time() {
    let pki = Pki::new();
    let mut store = strict(&pki);
    store
        .add_crl(&pki.issuing.crl(&TestCa::crl_params()))
        .unwrap();
    assert_eq!(validate(&store, &pki, at()), Ok(()));
    let mut params = TestCa::crl_params();
    params.this_update = date_time_ymd(2026, 5, 2);
    params.revoked_certs = vec![leaf_revoked(5)];
    store.add_crl(&pki.issuing.crl(&params)).unwrap();
    assert_eq!(validate(&store, &pki, at()), Err(TrustError::Revoked));
    // And about the time, outside of which the path is not the remembered one.
    assert_eq!(
        validate(&store, &pki, time("2030-01-01T00:00:00Z")),
        Err(TrustError::Expired)
    );
    assert_eq!(
        validate(&store, &pki, time("2025-06-01T00:00:00Z")),
        Err(TrustError::NotYetValid)
    );
    // What a path was remembered for says nothing of the same leaf with other company.
    let stranger = TestCa::root(pki.root.params.clone(), 77);
    assert!(store.validate(&pki.leaf, &[&stranger.der], at()).is_err());
}

#[test]
fn a_ca_is_trusted_only_in_its_span() {
    let pki = Pki::new();
    for ca in [&pki.root.der, &pki.issuing.der] {
        let mut store = pki.store();
        store.add_issuer(&pki.issuing.der).unwrap();
        assert_eq!(validate(&store, &pki, at()), Ok(()));
        let span = TrustSpan {
            from: Some(time("2026-05-01T00:00:00Z")),
            until: Some(at()),
        };
        store.limit_trust(ca, span).unwrap();
        assert_eq!(validate(&store, &pki, at()), Ok(()));
        let second = SignedDuration::from_secs(1);
        assert_eq!(
            validate(&store, &pki, at() + second),
            Err(TrustError::IssuerNoLongerTrusted)
        );
        assert_eq!(
            validate(&store, &pki, time("2026-04-30T23:59:59Z")),
            Err(TrustError::IssuerNotTrustedYet)
        );
    }
    let mut store = pki.store();
    let unknown = store.limit_trust(&pki.issuing.der, TrustSpan::ALWAYS);
    assert_eq!(unknown, Err(TrustError::UnknownIssuer));
}

#[test]
fn evidence_holds_ten_years_later_without_a_network() {
    let pki = Pki::new();
    let mut then = strict(&pki);
    let issuing_list = pki.issuing.crl(&TestCa::crl_params());
    then.add_crl(&issuing_list).unwrap();
    let trusted = then.validate(&pki.leaf, &[], at()).unwrap();
    let by_lists = then.evidence(&trusted, at());
    assert_eq!(by_lists.crls.len(), 2, "the CA's and the root's");
    assert!(by_lists.ocsps.is_empty());
    then.add_ocsp(&ocsp(&pki, Status::Good, at())).unwrap();
    let by_answer = then.evidence(&trusted, at());
    assert_eq!((by_answer.crls.len(), by_answer.ocsps.len()), (1, 1));

    // Ten years later: the CA dropped the expired certificate from its lists.
    let mut now = strict(&pki);
    let mut params = TestCa::crl_params();
    params.this_update = date_time_ymd(2036, 5, 1);
    params.next_update = date_time_ymd(2036, 7, 1);
    now.add_crl(&pki.issuing.crl(&params)).unwrap();
    let silent = validate(&now, &pki, at());
    assert_eq!(silent, Err(TrustError::RevocationUnknown));
    for evidence in [&by_lists, &by_answer] {
        let with = now.with_evidence(evidence).unwrap();
        assert_eq!(validate(&with, &pki, at()), Ok(()));
        // For a time that it does not reach it is worth nothing.
        let later = validate(&with, &pki, time("2028-06-01T00:00:00Z"));
        assert!(matches!(
            later,
            Err(TrustError::StaleCrl | TrustError::StaleOcsp)
        ));
    }
    // The store itself has not changed.
    assert_eq!(validate(&now, &pki, at()), silent);
}

#[test]
fn evidence_takes_no_revocation_back_and_is_verified() {
    let pki = Pki::new();
    let mut store = strict(&pki);
    let clean = pki.issuing.crl(&TestCa::crl_params());
    let mut params = TestCa::crl_params();
    params.this_update = date_time_ymd(2026, 6, 1);
    params.revoked_certs = vec![leaf_revoked(5)];
    store.add_crl(&pki.issuing.crl(&params)).unwrap();
    // A thief embeds the list of the day before.
    let evidence = RevocationEvidence {
        crls: vec![clean],
        ocsps: vec![],
    };
    let with = store.with_evidence(&evidence).unwrap();
    assert_eq!(validate(&with, &pki, at()), Err(TrustError::Revoked));

    let forger = TestCa::root(pki.issuing.params.clone(), 9);
    let by_namesake = RevocationEvidence {
        crls: vec![forger.crl(&TestCa::crl_params())],
        ocsps: vec![],
    };
    let refused = store.with_evidence(&by_namesake).map(drop);
    assert_eq!(refused, Err(TrustError::BadCrlSignature));
    let garbage = RevocationEvidence {
        crls: vec![],
        ocsps: vec![vec![0x30, 0]],
    };
    assert!(matches!(
        store.with_evidence(&garbage),
        Err(TrustError::Ocsp(OcspError::Malformed))
    ));
}
