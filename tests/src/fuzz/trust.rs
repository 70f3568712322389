//! What is believed of certificates and authorities: OCSP requests and answers, and trust lists,
//! from whoever sends them.

use std::sync::LazyLock;

use anyhow::{Context, Result};
use data_encoding::BASE64;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use signing::cose::{Kid, sign_detached};
use signing::ocsp::{
    self, BasicAnswer, CertIdHash, CertificateAnswer, NewAnswer, Query, Status, basic_response,
};
use signing::trust::list::{ListedAuthority, ListedPolicy, ListedRole, TrustList, on_day};
use signing::trust::{RevocationPolicy, TrustStore};

use super::pki::{Key, Pki, RESPONDER, SERIAL, at};

const NONCE: [u8; 32] = [0x5a; 32];
/// Seed of the key that lists are signed with.
const PUBLISHER: u8 = 9;

/// What was given out about the prescriber's certificate: good, revoked and unknown.
struct Answers {
    pki: Pki,
    query: Query,
    responses: Vec<Vec<u8>>,
    given_out: Vec<BasicAnswer>,
    at: Timestamp,
}

static ANSWERS: LazyLock<Option<Answers>> = LazyLock::new(|| answers().ok());

fn nothing_listed(_: &[u8], _: Timestamp) -> Option<bool> {
    None
}

fn answers() -> Result<Answers> {
    let (pki, at) = (Pki::new()?, at()?);
    let query = Query::new(&pki.leaf, &pki.issuing, CertIdHash::Sha256, Some(NONCE))?;
    let responder = Key::new(RESPONDER);
    let revoked = Status::Revoked(at - SignedDuration::from_hours(24));
    let mut responses = vec![];
    let mut given_out = vec![];
    for status in [Status::Good, revoked, Status::Unknown] {
        let answer = NewAnswer {
            issuer: &pki.issuing,
            responder: Some(&pki.responder),
            hash: CertIdHash::Sha256,
            says: vec![CertificateAnswer {
                serial: SERIAL.to_vec(),
                status,
                this_update: at,
                next_update: at + SignedDuration::from_hours(24),
            }],
            produced_at: at,
            // One was made for us, the others for whoever asks.
            nonce: (status == Status::Good).then(|| NONCE.to_vec()),
        };
        let response = ocsp::respond(&answer, |digest| responder.sign_digest(&digest))?;
        let basic = basic_response(&response)?;
        given_out.push(BasicAnswer::verify(&basic, &pki.issuing, nothing_listed)?);
        responses.push(response);
    }
    Ok(Answers {
        pki,
        query,
        responses,
        given_out,
        at,
    })
}

/// No answer is believed that the CA's responder did not give, none answers another question, and
/// a certificate counts after it only where it says "good". A request is about one CA.
pub(super) fn ocsp(data: &[u8]) -> bool {
    let Some(good) = ANSWERS.as_ref() else {
        return false;
    };
    let request = ocsp::asked(data, &good.pki.issuing);
    if request
        .as_ref()
        .is_ok_and(|asked| !asked.serials.is_empty())
    {
        let other = ocsp::asked(data, &good.pki.root);
        assert!(other.is_err(), "it asks about two CAs");
    }
    // With its envelope, and without.
    let basic = basic_response(data).unwrap_or_else(|_| data.to_vec());
    let believed = BasicAnswer::verify(&basic, &good.pki.issuing, nothing_listed);
    if let Ok(answer) = &believed {
        assert!(
            good.given_out.contains(answer),
            "another answer: {answer:?}"
        );
    }
    if let Ok(answer) = good.query.check(data, good.at, nothing_listed) {
        assert_eq!(answer.status, Status::Good, "a replay");
    }
    let mut trust = good.pki.trust.clone();
    let added = trust
        .add_issuer(&good.pki.issuing)
        .and_then(|()| trust.add_ocsp(data));
    if added.is_ok() {
        let verdict = trust.validate(&good.pki.leaf, &[], good.at);
        let status = believed.ok().map(|answer| answer.answers()[0].status);
        assert_eq!(verdict.is_ok(), status == Some(Status::Good), "{verdict:?}");
    }
    request.is_ok() || added.is_ok()
}

pub(super) fn ocsp_seeds() -> Result<Vec<Vec<u8>>> {
    let good = answers().context("the good answers")?;
    let basic = basic_response(&good.responses[0])?;
    let mut seeds = good.responses;
    seeds.extend([basic, good.query.to_der()?]);
    Ok(seeds)
}

/// Two versions, the second of which ends the trust in the issuing authority.
struct Lists {
    pki: Pki,
    key: Vec<u8>,
    versions: [TrustList; 2],
    files: Vec<Vec<u8>>,
    at: Timestamp,
}

static LISTS: LazyLock<Option<Lists>> = LazyLock::new(|| lists().ok());

fn lists() -> Result<Lists> {
    let (pki, at) = (Pki::new()?, at()?);
    let listed = |der: &[u8], role| ListedAuthority {
        certificate: BASE64.encode(der),
        policy: ListedPolicy::Professional,
        role,
        from: None,
        until: None,
    };
    let first = TrustList {
        v: 1,
        version: 1,
        previous: None,
        effective_from: date(2026, 1, 1),
        next_update: at + SignedDuration::from_hours(24),
        authorities: vec![
            listed(&pki.root, ListedRole::Anchor),
            listed(&pki.issuing, ListedRole::Issuer),
        ],
    };
    let mut second = first.clone();
    second.version = 2;
    second.previous = Some(first.digest()?);
    second.effective_from = date(2026, 2, 1);
    second.authorities[1].until = Some(at - SignedDuration::from_hours(1));
    let publisher = Key::new(PUBLISHER);
    let (key, lists) = (publisher.spki(), [first, second]);
    let files = lists.iter().map(|list| {
        let sign = |digest: [u8; 32]| publisher.sign_digest(&digest);
        let signature = sign_detached(&list.canonical()?, Kid::of_spki(&key), sign)?;
        Ok(list.file(&signature)?)
    });
    let files = files.collect::<Result<_>>()?;
    Ok(Lists {
        pki,
        key,
        versions: lists,
        files,
        at,
    })
}

/// No list is believed but those that were published, by nobody's key but the pinned one, and each
/// trusts whom it names for as long as it says.
pub(super) fn trust_list(data: &[u8]) -> bool {
    let Some(good) = LISTS.as_ref() else {
        return false;
    };
    let stranger = Key::new(3).spki();
    let by_stranger = TrustList::verify(data, &[&stranger]);
    assert!(by_stranger.is_err(), "a stranger's list");
    let Ok(list) = TrustList::verify(data, &[&good.key]) else {
        return false;
    };
    let [first, second] = &good.versions;
    assert!(list == *first || list == *second, "another list");
    let is_first = list == *first;
    let follows =
        [None, Some(first), Some(second)].map(|current| list.follows(current, good.at).is_ok());
    assert_eq!(follows, [is_first, !is_first, false], "out of order");
    let day = date(2026, 11, 20);
    assert_eq!(on_day(std::slice::from_ref(&list), day), Some(&list));
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    let applied = list.apply(&mut store);
    assert!(applied.is_ok(), "it was checked, and does not apply");
    let verdict = store.validate(&good.pki.leaf, &[], good.at);
    assert_eq!(verdict.is_ok(), is_first, "{verdict:?}");
    true
}

pub(super) fn trust_list_seeds() -> Result<Vec<Vec<u8>>> {
    Ok(lists().context("the good lists")?.files)
}
