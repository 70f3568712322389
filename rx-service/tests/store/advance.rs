//! Every step after the issue: the version decides.

use prescription::state::Phase;
use rx_service::store::Conflict;

use crate::database::Database;
use crate::fixture::{self, conflict, dispense, folio, issued, new, next};
use crate::on_both;

async fn writes_the_step(db: Database) {
    let mut issued = issued(1, &["a", "b"]);
    issued.lines[1].valid_until = jiff::civil::date(2026, 12, 1);
    let order = new(issued);
    db.store.issue(order.clone()).await.unwrap();
    let mut step = next(&order.state, 1, dispense(&order.state, 1, 2));
    step.access = Some("dispensed".to_owned());
    db.store.advance("dispense", step.clone()).await.unwrap();

    let stored = db.store.prescription(folio(1)).await.unwrap().unwrap();
    assert_eq!(stored.state, step.after);
    assert_eq!(stored.state.phase(), Phase::PartiallyDispensed);
    assert_eq!((stored.version, stored.indices), (2, vec![None, None]));
    // The row follows the lines that are still open.
    let row = "SELECT version || ' ' || phase || ' ' || valid_until FROM prescription";
    let short = fixture::TODAY_NUMBER + 8;
    assert_eq!(
        db.texts(row).await,
        [format!("2 partially-dispensed {short}")]
    );
    let accesses = db
        .texts("SELECT at || ' ' || record FROM access ORDER BY position")
        .await;
    assert_eq!(
        accesses[1..],
        [format!("{} dispensed", step.at.as_millisecond())]
    );

    let step = next(&stored.state, 2, fixture::expire(&stored.state));
    db.store.advance("expire", step).await.unwrap();
    assert_eq!(
        db.texts("SELECT phase FROM prescription").await,
        ["expired"]
    );
    assert_eq!(
        db.texts("SELECT record FROM access").await.len(),
        2,
        "nobody acted"
    );
}

/// Two counters read the same version and both hand over the last package.
async fn one_of_sixteen_dispensings_wins(db: Database) {
    let order = new(issued(1, &["a"]));
    db.store.issue(order.clone()).await.unwrap();
    let step = next(&order.state, 1, dispense(&order.state, 1, 2));
    let racers: Vec<_> = (0..16)
        .map(|racer| {
            let (store, mut step) = (db.store.clone(), step.clone());
            step.access = Some(format!("counter {racer}"));
            tokio::spawn(async move { store.advance("dispense", step).await })
        })
        .collect();
    let mut won = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(()) => won += 1,
            lost => assert_eq!(conflict(lost), Conflict::Changed),
        }
    }
    assert_eq!(won, 1);
    let stored = db.store.prescription(folio(1)).await.unwrap().unwrap();
    assert_eq!((stored.version, stored.state), (2, step.after));
    assert_eq!(db.texts("SELECT record FROM access").await.len(), 2);
}

async fn refuses_every_version_but_the_present_one(db: Database) {
    let order = new(issued(1, &["a"]));
    db.store.issue(order.clone()).await.unwrap();
    let before = db.contents().await;
    for version in [-1, 0, 2, 3] {
        let step = next(&order.state, version, dispense(&order.state, 1, 1));
        assert_eq!(
            conflict(db.store.advance("dispense", step).await),
            Conflict::Changed
        );
    }
    let unknown = new(issued(2, &["a"])).state;
    let step = next(&unknown, 1, dispense(&unknown, 1, 1));
    assert_eq!(
        conflict(db.store.advance("dispense", step).await),
        Conflict::Changed
    );
    assert_eq!(db.contents().await, before);
}

on_both!(
    writes_the_step,
    one_of_sixteen_dispensings_wins,
    refuses_every_version_but_the_present_one,
);
