//! Many transactions at once, some of which fail.

use rx_service::store::Conflict;

use crate::database::Database;
use crate::fixture::{conflict, prescriber, special};
use crate::on_both;

const MANY: u32 = 200;

/// On SQLite they share commits: who fails must take back its own changes, all of them and no
/// others.
async fn who_fails_takes_back_only_its_own_changes(db: Database) {
    db.store
        .deliver_special_folios(prescriber(), vec![special(0)])
        .await
        .unwrap();
    let fails = |n: u32| n.is_multiple_of(3);
    let transactions: Vec<_> = (1..=MANY)
        .map(|n| {
            let store = db.store.clone();
            let last = if fails(n) {
                special(0)
            } else {
                special(2000 + n)
            };
            let folios = vec![special(1000 + n), last];
            tokio::spawn(async move { store.deliver_special_folios(prescriber(), folios).await })
        })
        .collect();
    for (n, transaction) in (1..).zip(transactions) {
        match transaction.await.unwrap() {
            Ok(()) => assert!(!fails(n)),
            refused => {
                assert!(fails(n));
                assert_eq!(conflict(refused), Conflict::Taken);
            }
        }
    }
    for n in 1..=MANY {
        for folio in [special(1000 + n), special(2000 + n)] {
            let written = db.store.special_folio(&folio).await.unwrap().is_some();
            assert_eq!(written, !fails(n), "{folio:?}");
        }
    }
}

/// A caller that goes away leaves its transaction whole: it happened or it did not.
async fn a_caller_that_goes_away_stops_nobody(db: Database) {
    let callers: Vec<_> = (1..=MANY)
        .map(|n| {
            let store = db.store.clone();
            let folios = vec![special(1000 + n), special(2000 + n)];
            tokio::spawn(async move { store.deliver_special_folios(prescriber(), folios).await })
        })
        .collect();
    for caller in callers.iter().step_by(2) {
        caller.abort();
    }
    let mut answered = Vec::new();
    for caller in callers {
        answered.push(caller.await);
    }
    // The writer goes on; on SQLite, whatever was in the queue is done after this.
    db.store
        .deliver_special_folios(prescriber(), vec![special(1)])
        .await
        .unwrap();

    let written = db.texts("SELECT special_folio FROM special_folio").await;
    let is_written = |n| written.iter().any(|folio| *folio == special(n).as_str());
    for (n, answer) in (1..).zip(answered) {
        assert_eq!(
            is_written(1000 + n),
            is_written(2000 + n),
            "half of transaction {n}"
        );
        if let Ok(answer) = answer {
            answer.unwrap();
            assert!(is_written(1000 + n));
        }
    }
}

on_both!(
    who_fails_takes_back_only_its_own_changes,
    a_caller_that_goes_away_stops_nobody
);
