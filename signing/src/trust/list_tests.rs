//! Trust lists: signed by a pinned key, in order, without gaps, and never forgetful.

use data_encoding::BASE64;
use jiff::Timestamp;
use jiff::civil::date;
use proptest::prelude::*;

use super::list::{ListedAuthority, ListedPolicy, ListedRole, TrustList, TrustListError, on_day};
use super::test_pki::{Pki, at};
use super::{RevocationPolicy, TrustError, TrustStore};
use crate::cose::sign_detached;
use crate::cose::test_signer::TestSigner;

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn listed(der: &[u8], role: ListedRole) -> ListedAuthority {
    ListedAuthority {
        certificate: BASE64.encode(der),
        policy: ListedPolicy::Professional,
        role,
        from: None,
        until: None,
    }
}

fn first(pki: &Pki) -> TrustList {
    TrustList {
        v: 1,
        version: 1,
        previous: None,
        effective_from: date(2026, 1, 1),
        next_update: time("2026-12-31T00:00:00Z"),
        authorities: vec![
            listed(&pki.root.der, ListedRole::Anchor),
            listed(&pki.issuing.der, ListedRole::Issuer),
        ],
    }
}

/// The version after `list`, with a change.
fn next(list: &TrustList, change: impl FnOnce(&mut TrustList)) -> TrustList {
    let mut next = list.clone();
    next.version += 1;
    next.previous = Some(list.digest().unwrap());
    next.effective_from = date(2026, 5, 1);
    change(&mut next);
    next
}

fn file(list: &TrustList, signer: &TestSigner) -> Vec<u8> {
    let bytes = list.canonical().unwrap();
    let signature = sign_detached(&bytes, signer.kid, |digest| signer.sign(digest)).unwrap();
    list.file(&signature).unwrap()
}

fn signer() -> TestSigner {
    TestSigner::new(60)
}

#[test]
fn a_distrusted_authority_keeps_what_it_certified_before() {
    let pki = Pki::new();
    let list = first(&pki);
    let later = next(&list, |list| {
        list.authorities[1].until = Some(time("2026-05-15T00:00:00Z"));
    });
    later.follows(Some(&list), at()).unwrap();
    let read = TrustList::verify(&file(&later, &signer()), &[&signer().spki]).unwrap();
    assert_eq!(read, later);
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    read.apply(&mut store).unwrap();
    let before = time("2026-05-14T00:00:00Z");
    assert!(store.validate(&pki.leaf, &[], before).is_ok());
    assert_eq!(
        store.validate(&pki.leaf, &[], at()).map(drop),
        Err(TrustError::IssuerNoLongerTrusted)
    );
}

#[test]
fn versions_follow_each_other_without_gaps() {
    let pki = Pki::new();
    let one = first(&pki);
    assert_eq!(one.follows(None, at()), Ok(()));
    let two = next(&one, |_| {});
    let three = next(&two, |_| {});
    assert_eq!(three.follows(Some(&two), at()), Ok(()));
    assert_eq!(
        one.follows(Some(&two), at()),
        Err(TrustListError::Rollback { got: 1, known: 2 })
    );
    assert_eq!(
        two.follows(Some(&two), at()),
        Err(TrustListError::Rollback { got: 2, known: 2 })
    );
    assert_eq!(
        three.follows(Some(&one), at()),
        Err(TrustListError::Gap { got: 3, known: 1 })
    );
    assert_eq!(
        two.follows(None, at()),
        Err(TrustListError::Gap { got: 2, known: 0 })
    );
    // Another first version, and what follows that.
    let other = TrustList {
        effective_from: date(2025, 1, 1),
        ..one.clone()
    };
    let refused = next(&other, |_| {}).follows(Some(&one), at());
    assert_eq!(refused, Err(TrustListError::OtherHistory(1)));
    let early = next(&one, |list| list.effective_from = date(2025, 12, 31));
    let refused = early.follows(Some(&one), at());
    assert_eq!(refused, Err(TrustListError::EffectiveEarlier));
    let late = one.follows(None, time("2027-01-01T00:00:00Z"));
    assert_eq!(late, Err(TrustListError::Stale));
}

#[test]
fn no_authority_is_left_out_or_quietly_becomes_another() {
    let pki = Pki::new();
    let one = first(&pki);
    let gone = next(&one, |list| drop(list.authorities.pop()));
    assert_eq!(gone.follows(Some(&one), at()), Err(TrustListError::LeftOut));
    let other = next(&one, |list| {
        list.authorities[0].policy = ListedPolicy::Efirma;
    });
    assert_eq!(
        other.follows(Some(&one), at()),
        Err(TrustListError::LeftOut)
    );
}

#[test]
fn overlapping_versions_count_from_their_day() {
    let pki = Pki::new();
    let one = first(&pki);
    let two = next(&one, |_| {});
    let lists = [one, two];
    let version = |day| on_day(&lists, day).map(|list| list.version);
    assert_eq!(version(date(2025, 12, 31)), None);
    assert_eq!(version(date(2026, 4, 30)), Some(1));
    assert_eq!(version(date(2026, 5, 1)), Some(2));
}

#[test]
fn only_the_pinned_key_and_one_way_of_writing_count() {
    let pki = Pki::new();
    let list = first(&pki);
    let (mine, other) = (signer(), TestSigner::new(61));
    let refused = TrustList::verify(&file(&list, &other), &[&mine.spki]);
    assert!(matches!(refused, Err(TrustListError::Signature(_))));
    let none = TrustList::verify(&file(&list, &mine), &[]);
    assert!(matches!(none, Err(TrustListError::Signature(_))));
    // While one key replaces the other, both are pinned.
    assert!(TrustList::verify(&file(&list, &mine), &[&other.spki, &mine.spki]).is_ok());

    // The same list with spaces, signed.
    let bytes = serde_json::to_vec_pretty(&list).unwrap();
    let signature = sign_detached(&bytes, mine.kid, |digest| mine.sign(digest)).unwrap();
    let spaced = serde_json::json!({
        "list": BASE64.encode(&bytes), "signature": BASE64.encode(&signature),
    });
    let refused = TrustList::verify(spaced.to_string().as_bytes(), &[&mine.spki]);
    assert_eq!(refused, Err(TrustListError::NotCanonical));
    let huge = vec![b' '; (1 << 20) + 1];
    assert_eq!(TrustList::verify(&huge, &[]), Err(TrustListError::TooLarge));
    assert_eq!(
        TrustList::verify(b"{}", &[]),
        Err(TrustListError::Malformed)
    );
}

#[test]
fn what_a_list_must_not_say_is_refused() {
    let pki = Pki::new();
    let refused = |change: fn(&mut TrustList)| {
        let mut list = first(&pki);
        change(&mut list);
        TrustList::verify(&file(&list, &signer()), &[&signer().spki]).unwrap_err()
    };
    assert_eq!(refused(|list| list.v = 2), TrustListError::Format);
    assert_eq!(
        refused(|list| list.authorities.push(list.authorities[0].clone())),
        TrustListError::Twice(3)
    );
    assert_eq!(
        refused(|list| {
            list.authorities[0].from = Some(time("2026-02-01T00:00:00Z"));
            list.authorities[0].until = Some(time("2026-01-01T00:00:00Z"));
        }),
        TrustListError::SpanInverted(1)
    );
    assert_eq!(
        refused(|list| list.authorities[0].certificate = "MAA=".to_owned()),
        TrustListError::Authority(1, TrustError::MalformedCertificate)
    );
    let mut list = first(&pki);
    list.authorities.push(listed(&pki.leaf, ListedRole::Issuer));
    let leaf = TrustList::verify(&file(&list, &signer()), &[&signer().spki]);
    assert_eq!(leaf, Err(TrustListError::Authority(3, TrustError::NotACa)));
}

proptest! {
    #[test]
    fn no_altered_file_is_believed(place in any::<prop::sample::Index>(), new in any::<u8>()) {
        let pki = Pki::new();
        let list = first(&pki);
        let mut bytes = file(&list, &signer());
        let place = place.index(bytes.len());
        bytes[place] = new;
        // White space of the envelope is nobody's.
        if let Ok(read) = TrustList::verify(&bytes, &[&signer().spki]) {
            prop_assert_eq!(read, list);
        }
    }
}
