//! Acts in registers.

use prescription::register::{Place, Register};
use rx_service::store::{ActRecord, Conflict, Identity, NewEntry};

use crate::database::Database;
use crate::fixture::{batch, committed, conflict, head, inconsistency, issued, new};
use crate::on_both;

const PHARMACY: &str = "HGIMB000011";
const OTHER: &str = "HGIMB000023";

/// Act `number` of `subject`.
fn act(subject: &str, number: u64) -> ActRecord {
    let body = format!("act {number} of {subject}").into_bytes();
    ActRecord {
        key: None,
        place: Place {
            register: Register::Movement,
            subject: subject.to_owned(),
            number,
        },
        salt: [7; 32],
        entry: NewEntry {
            identity: Identity::new(0, &[&body]),
            leaf: [b"leaf of ", body.as_slice()].concat(),
        },
        body,
    }
}

async fn numbers_have_no_gaps(db: Database) {
    for number in 1..=3 {
        db.store.record_act(act(PHARMACY, number)).await.unwrap();
    }
    // Each subject has its own series.
    db.store.record_act(act(OTHER, 1)).await.unwrap();
    for number in [0, 5] {
        let answer = db.store.record_act(act(PHARMACY, number)).await;
        assert_eq!(conflict(answer), Conflict::Changed, "{number}");
    }
    let register = Register::Movement;
    assert_eq!(db.store.next_number(register, PHARMACY).await.unwrap(), 4);
    assert_eq!(db.store.next_number(register, OTHER).await.unwrap(), 2);
    let acts = db.store.acts(register, PHARMACY, 2, 10).await.unwrap();
    let read: Vec<_> = acts.iter().map(|act| (act.number, act.index)).collect();
    assert_eq!(read, [(2, None), (3, None)]);
    assert_eq!(acts[0].body, act(PHARMACY, 2).body);
}

async fn of_two_with_one_number_one_wins(db: Database) {
    let mut second = act(PHARMACY, 1);
    second.body.push(b'!');
    second.entry.identity = Identity::new(0, &[b"another"]);
    let (one, other) = tokio::join!(
        db.store.record_act(act(PHARMACY, 1)),
        db.store.record_act(second)
    );
    let lost = if one.is_ok() { other } else { one };
    assert_eq!(conflict(lost), Conflict::Changed);
    let entries = db.store.waiting_entries(10).await.unwrap();
    assert_eq!(entries.len(), 1, "the loser left no entry");
}

async fn the_same_act_is_recorded_once(db: Database) {
    db.store.record_act(act(PHARMACY, 1)).await.unwrap();
    let mut again = act(PHARMACY, 1);
    again.place.number = 2;
    let answer = db.store.record_act(again).await;
    assert_eq!(conflict(answer), Conflict::Recorded);
}

async fn bodies_come_in_the_order_of_the_ledger(db: Database) {
    db.store.issue(new(issued(1, &["a"]))).await.unwrap();
    db.store.record_act(act(PHARMACY, 1)).await.unwrap();
    db.store.issue(new(issued(2, &["a"]))).await.unwrap();
    assert_eq!(committed(&db.store).await, head(0));
    let entries = db.store.waiting_entries(10).await.unwrap();
    db.store.commit_batch(batch(0, &entries)).await.unwrap();
    let bodies = db.store.bodies(0, 10).await.unwrap();
    let indices: Vec<_> = bodies.iter().map(|body| body.index).collect();
    assert_eq!(indices, [0, 1, 2]);
    let opened = bodies[1].opened.as_ref().unwrap();
    assert_eq!(
        (opened.salt, &opened.body),
        ([7; 32], &act(PHARMACY, 1).body)
    );
}

async fn a_missing_or_damaged_act_is_found(db: Database) {
    for number in 1..=3 {
        db.store.record_act(act(PHARMACY, number)).await.unwrap();
    }
    db.put_blob(
        "UPDATE register_act SET sealed = $1 WHERE number = 3",
        vec![0; 64],
    )
    .await;
    let row = format!("act/movement/{PHARMACY}/3");
    let answer = db.store.acts(Register::Movement, PHARMACY, 1, 10).await;
    assert_eq!(
        inconsistency(answer),
        ("register_act", "sealed", row.clone())
    );
    db.execute("DELETE FROM register_act WHERE number = 2")
        .await;
    let answer = db.store.acts(Register::Movement, PHARMACY, 1, 10).await;
    assert_eq!(inconsistency(answer), ("register_act", "number", row));
}

on_both!(
    numbers_have_no_gaps,
    of_two_with_one_number_one_wins,
    the_same_act_is_recorded_once,
    bodies_come_in_the_order_of_the_ledger,
    a_missing_or_damaged_act_is_found,
);
