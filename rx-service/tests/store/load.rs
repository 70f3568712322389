//! Reading a prescription back: its history folded, and every kind of damage found.

use prescription::{Event, Prescription};
use rx_service::store::{DataKey, Locked};

use crate::database::Database;
use crate::fixture::{self, dispense, folio, inconsistency, issued, new, next};
use crate::on_both;

/// Prescription 1, dispensed in part, then cancelled.
async fn history(db: &Database) -> Prescription {
    let order = new(issued(1, &["a", "b"]));
    db.store.issue(order.clone()).await.unwrap();
    let step = next(&order.state, 1, dispense(&order.state, 1, 2));
    db.store.advance("dispense", step.clone()).await.unwrap();
    let step = next(&step.after, 2, fixture::cancel(&step.after));
    db.store.advance("cancel", step.clone()).await.unwrap();
    step.after
}

/// What reading prescription 1 finds wrong.
async fn damage(db: &Database) -> (&'static str, &'static str, String) {
    inconsistency(db.store.prescription(folio(1)).await)
}

fn row(seq: i64) -> String {
    format!("event/{}/{seq}", folio(1).compact())
}

async fn folds_the_history(db: Database) {
    let state = history(&db).await;
    let stored = db.store.prescription(folio(1)).await.unwrap().unwrap();
    assert_eq!(stored.state, state);
    assert_eq!((stored.version, stored.indices.len()), (3, 3));
    let names: Vec<_> = stored.events().map(Event::name).collect();
    assert_eq!(names, ["issued", "dispensed", "cancelled"]);
    assert!(db.store.prescription(folio(2)).await.unwrap().is_none());
}

async fn finds_a_flipped_bit(db: Database) {
    history(&db).await;
    let select = "SELECT sealed FROM event WHERE seq = 2";
    let update = "UPDATE event SET sealed = $1 WHERE seq = 2";
    let sealed = db.blobs(select).await.remove(0);
    for place in [0, 12, sealed.len() - 1] {
        let mut damaged = sealed.clone();
        damaged[place] ^= 1;
        db.put_blob(update, damaged).await;
        assert_eq!(damage(&db).await, ("event", "sealed", row(2)));
    }
    db.put_blob(update, Vec::new()).await;
    assert_eq!(damage(&db).await, ("event", "sealed", row(2)));
    db.put_blob(update, sealed).await;
    db.store.prescription(folio(1)).await.unwrap().unwrap();
}

/// A sealed body opens only in its own row.
async fn finds_a_body_of_another_event(db: Database) {
    history(&db).await;
    let first = db
        .blobs("SELECT sealed FROM event WHERE seq = 1")
        .await
        .remove(0);
    db.put_blob("UPDATE event SET sealed = $1 WHERE seq = 3", first)
        .await;
    assert_eq!(damage(&db).await, ("event", "sealed", row(3)));
}

async fn finds_an_event_that_is_missing(db: Database) {
    history(&db).await;
    assert_eq!(
        db.execute("UPDATE event SET seq = seq + 10 WHERE seq = 2")
            .await,
        1
    );
    assert_eq!(damage(&db).await, ("event", "seq", row(3)));
    assert_eq!(db.execute("DELETE FROM event WHERE seq = 1").await, 1);
    assert_eq!(damage(&db).await, ("event", "seq", row(3)));
}

/// Without its last event a prescription would look as if it could be filled once more.
async fn finds_that_the_last_event_is_missing(db: Database) {
    history(&db).await;
    assert_eq!(db.execute("DELETE FROM event WHERE seq = 3").await, 1);
    let expected = ("prescription", "version", folio(1).to_string());
    assert_eq!(damage(&db).await, expected);
    db.execute("DELETE FROM prescription").await;
    assert_eq!(damage(&db).await, expected);
}

async fn finds_a_history_that_cannot_have_happened(db: Database) {
    let order = new(issued(1, &["a"]));
    db.store.issue(order.clone()).await.unwrap();
    let mut step = next(&order.state, 1, dispense(&order.state, 1, 2));
    let Event::Dispensed(mut dispensed) = dispense(&order.state, 1, 2) else {
        unreachable!()
    };
    dispensed.lines[0].packages = prescription::Packages::new(3);
    step.record = fixture::record(2, Event::Dispensed(dispensed));
    db.store.advance("dispense", step).await.unwrap();
    assert_eq!(
        damage(&db).await,
        ("event", "history", folio(1).to_string())
    );
}

async fn finds_a_body_that_is_not_canonical(db: Database) {
    let mut order = new(issued(1, &["a"]));
    order.record.body.push(b' ');
    db.store.issue(order).await.unwrap();
    assert_eq!(damage(&db).await, ("event", "sealed", row(1)));
}

async fn finds_a_negative_index(db: Database) {
    history(&db).await;
    db.execute("UPDATE entry SET log_index = -1 WHERE position = 1")
        .await;
    assert_eq!(damage(&db).await, ("entry", "log_index", "-1".to_owned()));
}

async fn opens_with_no_other_key(db: Database) {
    history(&db).await;
    let other = DataKey::new(&[8; DataKey::SECRET_LEN]).unwrap();
    let store = Locked::open(&db.url).await.unwrap().unlock(other);
    let found = inconsistency(store.prescription(folio(1)).await);
    assert_eq!(found, ("event", "sealed", row(1)));
}

on_both!(
    folds_the_history,
    finds_a_flipped_bit,
    finds_a_body_of_another_event,
    finds_an_event_that_is_missing,
    finds_that_the_last_event_is_missing,
    finds_a_history_that_cannot_have_happened,
    finds_a_body_that_is_not_canonical,
    finds_a_negative_index,
    opens_with_no_other_key,
);
