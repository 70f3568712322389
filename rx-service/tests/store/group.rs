//! Many transactions at once, some of which fail.

use prescription::special_folio::FolioRange;
use prescription::{Cedula, SpecialFolio};
use rx_service::store::{Conflict, FolioChange, Store, StoreError};

use crate::database::Database;
use crate::fixture::{conflict, folio_act, special};
use crate::on_both;

const MANY: u32 = 200;

/// Assigns each of `folios` to prescriber `n`, in one transaction.
async fn assign(store: &Store, n: u32, folios: Vec<SpecialFolio>) -> Result<(), StoreError> {
    let cedula: Cedula = format!("{}", 1_000_000 + n).parse().unwrap();
    let mut acts = Vec::new();
    for (number, folio) in (1..).zip(folios) {
        let range = FolioRange::single(&folio);
        let mut act = folio_act(store, &cedula, &range, FolioChange::Assign).await;
        act.record.place.number = number;
        acts.push(act);
    }
    store.act_on_folios(acts).await
}

/// On SQLite they share commits: who fails must take back its own changes, all of them and no
/// others.
async fn who_fails_takes_back_only_its_own_changes(db: Database) {
    assign(&db.store, 0, vec![special(0)]).await.unwrap();
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
            tokio::spawn(async move { assign(&store, n, folios).await })
        })
        .collect();
    for (n, transaction) in (1..).zip(transactions) {
        match transaction.await.unwrap() {
            Ok(()) => assert!(!fails(n)),
            refused => {
                assert!(fails(n));
                assert_eq!(conflict(refused), Conflict::SpecialFolio);
            }
        }
    }
    for n in 1..=MANY {
        for folio in [special(1000 + n), special(2000 + n)] {
            let written = db.store.special_folio(&folio).await.unwrap().0.is_some();
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
            tokio::spawn(async move { assign(&store, n, folios).await })
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
    assign(&db.store, 0, vec![special(1)]).await.unwrap();

    let numbers = "SELECT '' || first_number FROM special_folio_range";
    let written = db.texts(numbers).await;
    let is_written = |n: u32| written.iter().any(|number| *number == n.to_string());
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
