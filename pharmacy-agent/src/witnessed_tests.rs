//! A counter whose policy asks for two of three witnesses.

use super::*;
use crate::fixture::{now, vkey, watched_counter as watched, witnessed_head as head};

const HOUR: i64 = 3600;

#[test]
fn a_witnessed_ledger_is_kept_and_lets_controlled_medicines_pass() {
    let (_folder, counter) = watched();
    assert_eq!(check(&counter, now()).unwrap(), Err(Unwitnessed::Unknown));
    let bytes = head(7, b"a", &[(31, 60), (33, HOUR)]);
    let witnessed = accept(&counter, &bytes, now()).unwrap();
    assert_eq!(witnessed.checkpoint().size(), 7);
    assert_eq!(check(&counter, now()).unwrap(), Ok(()));
    let kept = counter.store().ledger_head(vkey().name()).unwrap().unwrap();
    assert_eq!(kept.seen_at, now());
    assert_eq!(kept.checkpoint.to_string().into_bytes(), bytes);
}

#[test]
fn what_the_witnesses_did_not_see_is_refused_and_not_kept() {
    let (_folder, counter) = watched();
    for witnesses in [&[][..], &[(31, 0)], &[(31, 0), (99, 0)]] {
        let refused = accept(&counter, &head(7, b"a", witnesses), now()).unwrap_err();
        assert!(
            refused.to_string().contains("política de testigos"),
            "{refused}"
        );
    }
    let foreign = String::from_utf8(head(7, b"a", &[(31, 0), (32, 0)])).unwrap();
    let altered = foreign.replace("\n7\n", "\n8\n");
    let refused = accept(&counter, altered.as_bytes(), now()).unwrap_err();
    assert!(matches!(refused, HeadError::Policy(_)), "{refused}");
    let garbage = accept(&counter, b"<html>", now());
    assert!(matches!(garbage, Err(HeadError::Malformed(_))));
    assert_eq!(check(&counter, now()).unwrap(), Err(Unwitnessed::Unknown));
}

#[test]
fn a_ledger_that_shrinks_or_forks_is_refused_and_the_fork_kept() {
    let (folder, counter) = watched();
    let both = [(31, 60), (32, 60)];
    accept(&counter, &head(7, b"a", &both), now()).unwrap();
    let smaller = accept(&counter, &head(6, b"b", &both), now()).unwrap_err();
    assert!(
        matches!(
            smaller,
            HeadError::Shrunk {
                kept: 7,
                offered: 6
            }
        ),
        "{smaller}"
    );
    // Two histories convict the log, whether or not witnesses were fooled.
    for witnesses in [&both[..], &[]] {
        let fork = accept(&counter, &head(7, b"b", witnesses), now()).unwrap_err();
        assert!(matches!(fork, HeadError::Fork { size: 7, .. }), "{fork}");
        assert!(fork.to_string().contains("dos-historias-7.txt"), "{fork}");
        let kept = std::fs::read(folder.path().join("data/dos-historias-7.txt")).unwrap();
        let evidence = ForkEvidence::parse(&kept).unwrap();
        assert_eq!(evidence.verify(&[vkey()]), Ok(()));
    }
    accept(&counter, &head(7, b"a", &both), now()).unwrap();
    accept(&counter, &head(8, b"c", &both), now()).unwrap();
}

#[test]
fn an_old_word_of_the_witnesses_is_not_enough() {
    let (_folder, counter) = watched();
    // One fresh word does not make two.
    let stale = head(7, b"a", &[(31, 0), (32, 25 * HOUR)]);
    accept(&counter, &stale, now()).unwrap();
    let refused = check(&counter, now()).unwrap().unwrap_err();
    let text = refused.to_string();
    assert!(
        text.contains("más de 24 horas") && text.contains("Sincronice"),
        "{text}"
    );
    accept(&counter, &head(7, b"a", &[(31, 0), (32, 23 * HOUR)]), now()).unwrap();
    assert_eq!(check(&counter, now()).unwrap(), Ok(()));
    let refused = check(&counter, now() - SignedDuration::from_hours(24)).unwrap();
    assert!(
        matches!(refused, Err(Unwitnessed::Future { .. })),
        "{refused:?}"
    );
}

#[test]
fn a_pinned_key_alone_asks_for_no_witness() {
    let (_folder, counter) = crate::fixture::counter();
    assert_eq!(check(&counter, now()).unwrap(), Ok(()));
    let witnessed = accept(&counter, &head(7, b"a", &[]), now()).unwrap();
    assert_eq!(witnessed_at(&witnessed), None);
    let shrunk = accept(&counter, &head(6, b"a", &[]), now());
    assert!(matches!(shrunk, Err(HeadError::Shrunk { .. })));
}
