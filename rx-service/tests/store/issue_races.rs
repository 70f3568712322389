//! Sixteen at once: the committing transaction decides, not an earlier read.

use std::collections::BTreeMap;

use prescription::Folio;
use rx_service::store::{Conflict, NewPrescription, RequestKey};

use crate::database::Database;
use crate::fixture::{conflict, deliver_special, folio, issued, new, patient, special};
use crate::on_both;

const RACERS: u32 = 16;

/// Issues all at once; the folio of the one that won, and how many lost for each reason.
async fn race(
    db: &Database,
    order: impl Fn(u32) -> NewPrescription,
) -> (Folio, BTreeMap<String, u32>) {
    let racers: Vec<_> = (1..=RACERS)
        .map(|n| {
            let (store, order) = (db.store.clone(), order(n));
            tokio::spawn(async move { (order.record.folio, store.issue(order).await) })
        })
        .collect();
    let (mut winners, mut losers) = (Vec::new(), BTreeMap::new());
    for racer in racers {
        match racer.await.unwrap() {
            (folio, Ok(())) => winners.push(folio),
            (_, lost) => *losers.entry(format!("{:?}", conflict(lost))).or_default() += 1,
        }
    }
    assert_eq!(winners.len(), 1, "{winners:?}");
    let winner = winners[0];
    // Its own rows are there, and nobody else's.
    let stored = db.texts("SELECT folio FROM prescription").await;
    assert_eq!(stored, [winner.compact()]);
    assert_eq!(
        db.texts("SELECT folio FROM event").await,
        [winner.compact()]
    );
    assert_eq!(db.texts("SELECT record FROM access").await.len(), 1);
    let held = db.texts("SELECT DISTINCT folio FROM supply").await;
    assert_eq!(held, [winner.compact()]);
    (winner, losers)
}

async fn one_of_a_substance(db: Database) {
    let order = |n| {
        let mut issued = issued(n, &["clonazepam"]);
        issued.patient = patient(1);
        new(issued)
    };
    let (winner, losers) = race(&db, order).await;
    let reason = Conflict::Overlap {
        line: 1,
        folio: winner,
    };
    assert_eq!(
        losers,
        BTreeMap::from([(format!("{reason:?}"), RACERS - 1)])
    );
}

/// Half of them claim the two substances in the other order: PostgreSQL sees deadlocks, which the
/// store must weather.
async fn one_of_two_substances_in_any_order(db: Database) {
    let order = |n| {
        let substances = if n % 2 == 0 { ["a", "b"] } else { ["b", "a"] };
        let mut issued = issued(n, &substances);
        issued.patient = patient(1);
        new(issued)
    };
    let (winner, losers) = race(&db, order).await;
    let reason = format!(
        "{:?}",
        Conflict::Overlap {
            line: 1,
            folio: winner
        }
    );
    assert!(
        losers.keys().all(|reason| reason.contains("Overlap")),
        "{losers:?}"
    );
    assert!(losers.contains_key(&reason), "{losers:?}");
}

async fn one_with_a_special_folio(db: Database) {
    deliver_special(&db.store, 1).await;
    let order = |n| {
        let mut issued = issued(n, &["morfina"]);
        issued.special_folio = Some(special(1));
        new(issued)
    };
    let (_, losers) = race(&db, order).await;
    assert_eq!(
        losers,
        BTreeMap::from([("SpecialFolio".to_owned(), RACERS - 1)])
    );
}

/// A client whose connection was lost repeats itself, under new folios.
async fn one_of_a_request(db: Database) {
    let order = |n| {
        let mut order = new(issued(n, &["losartan"]));
        order.request = Some(RequestKey {
            client: "client".to_owned(),
            identifier: "order-1".to_owned(),
            digest: [1; 32],
        });
        order
    };
    let (winner, losers) = race(&db, order).await;
    assert_eq!(losers, BTreeMap::from([("Request".to_owned(), RACERS - 1)]));
    let found = db
        .store
        .folio_of_request("client", "order-1")
        .await
        .unwrap();
    assert_eq!(found, Some(winner));
}

async fn one_of_a_folio(db: Database) {
    let order = |n| {
        let mut issued = issued(1, &["losartan"]);
        issued.patient = patient(n);
        new(issued)
    };
    let (winner, losers) = race(&db, order).await;
    assert_eq!(winner, folio(1));
    assert_eq!(losers, BTreeMap::from([("Taken".to_owned(), RACERS - 1)]));
}

on_both!(
    one_of_a_substance,
    one_of_two_substances_in_any_order,
    one_with_a_special_folio,
    one_of_a_request,
    one_of_a_folio,
);
