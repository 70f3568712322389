//! Signatures on their way to CAdES-B-LT: who gets which, and what is left of them.

use jiff::{SignedDuration, Timestamp};
use rx_service::store::{DueExtension, ExtensionBacklog, StoredExtension};
use signing::cms::cades::Level;

use crate::database::{Database, open};
use crate::erase::{cancelled, erasure};
use crate::fixture::{ISSUED_AT, at, folio, issued, new};
use crate::on_both;

fn later(seconds: i64) -> Timestamp {
    at(ISSUED_AT) + SignedDuration::from_secs(seconds)
}

/// `count` prescriptions, issued while a timestamp authority is configured.
async fn queued(db: &Database, count: u32) {
    db.store.queue_extensions();
    for n in 1..=count {
        db.store.issue(new(issued(n, &["a"]))).await.unwrap();
    }
}

fn stamped() -> StoredExtension {
    StoredExtension {
        level: Level::BaselineT,
        p7s: b"firma con sello de tiempo".to_vec(),
    }
}

async fn take(db: &Database, now: i64) -> Vec<DueExtension> {
    let lease = later(now + 300);
    db.store
        .claim_extensions(later(now), lease, 16)
        .await
        .unwrap()
}

async fn nothing_is_queued_without_an_authority(db: Database) {
    db.store.issue(new(issued(1, &["a"]))).await.unwrap();
    assert_eq!(take(&db, 10).await, []);
    let backlog = db.store.extension_backlog().await.unwrap();
    assert_eq!(backlog, ExtensionBacklog::default());
}

async fn each_signature_is_taken_by_one(db: Database) {
    queued(&db, 5).await;
    let other = open(&db.url).await.unwrap();
    let (ours, theirs) = tokio::join!(
        db.store.claim_extensions(later(1), later(300), 3),
        other.claim_extensions(later(1), later(300), 3)
    );
    let mut taken: Vec<_> = ours.unwrap();
    taken.extend(theirs.unwrap());
    let count = taken.len();
    taken.sort_by_key(|due| due.folio.compact().to_owned());
    taken.dedup();
    assert_eq!(taken.len(), count, "one was taken twice");
    assert!(
        taken
            .iter()
            .all(|due| due.level == Level::BaselineB && due.attempts == 0)
    );
    // What the two left is there for the next round; what they took comes back after the lease.
    assert_eq!(take(&db, 2).await.len(), 5 - count);
    assert_eq!(take(&db, 299).await.len(), 0);
    assert_eq!(take(&db, 602).await.len(), 5);
}

async fn a_step_is_written_once(db: Database) {
    queued(&db, 1).await;
    let due = take(&db, 1).await[0];
    assert_eq!(db.store.extension(folio(1)).await.unwrap(), None);
    let write = |to| db.store.extend_signature(due, to, later(2));
    assert!(write(stamped()).await.unwrap());
    let second = StoredExtension {
        p7s: b"otro sello".to_vec(),
        ..stamped()
    };
    assert!(!write(second).await.unwrap(), "the first one counts");
    assert_eq!(db.store.extension(folio(1)).await.unwrap(), Some(stamped()));

    let due = take(&db, 2).await[0];
    assert_eq!(due.level, Level::BaselineT);
    let long_term = StoredExtension {
        level: Level::BaselineLt,
        p7s: b"firma de largo plazo".to_vec(),
    };
    let written = db.store.extend_signature(due, long_term.clone(), later(3));
    assert!(written.await.unwrap());
    assert_eq!(db.store.extension(folio(1)).await.unwrap(), Some(long_term));
    assert_eq!(take(&db, 100_000).await, [], "it is done");
    let backlog = db.store.extension_backlog().await.unwrap();
    assert_eq!(backlog, ExtensionBacklog::default());
}

async fn failures_are_counted_and_waiting_is_not(db: Database) {
    queued(&db, 2).await;
    let due = take(&db, 1).await;
    db.store
        .postpone_extension(due[0], later(60), true)
        .await
        .unwrap();
    db.store
        .postpone_extension(due[1], later(60), false)
        .await
        .unwrap();
    assert_eq!(take(&db, 59).await, []);
    let again = take(&db, 60).await;
    let attempts = |folio| {
        again
            .iter()
            .find(|due| due.folio == folio)
            .unwrap()
            .attempts
    };
    assert_eq!(attempts(due[0].folio), 1);
    assert_eq!(attempts(due[1].folio), 0);
    let backlog = db.store.extension_backlog().await.unwrap();
    assert_eq!(backlog.without_timestamp, 2);
    assert_eq!(backlog.without_evidence, 0);
    assert_eq!(backlog.oldest, Some(at(ISSUED_AT).as_millisecond()));
    let stamped = db.store.extend_signature(again[0], stamped(), later(61));
    assert!(stamped.await.unwrap());
    let backlog = db.store.extension_backlog().await.unwrap();
    assert_eq!(backlog.without_timestamp, 1);
    assert_eq!(backlog.without_evidence, 1);
}

/// It names the prescriber and is encrypted; another row's value does not open in its place.
async fn it_is_sealed_for_its_row(db: Database) {
    queued(&db, 2).await;
    for due in take(&db, 1).await {
        let written = db.store.extend_signature(due, stamped(), later(2));
        assert!(written.await.unwrap());
    }
    let sealed = db
        .blobs("SELECT sealed FROM signature_extension ORDER BY folio")
        .await;
    assert!(!sealed[0].windows(5).any(|window| window == b"firma"));
    let swap = "UPDATE signature_extension SET sealed = $1
                WHERE folio = (SELECT MAX(folio) FROM signature_extension)";
    db.put_blob(swap, sealed[0].clone()).await;
    assert!(db.store.extension(folio(1)).await.is_ok());
    assert!(db.store.extension(folio(2)).await.is_err());
}

async fn an_erasure_leaves_nothing_of_it(db: Database) {
    db.store.queue_extensions();
    let before = cancelled(&db, 1).await;
    let due = take(&db, 1).await[0];
    let written = db.store.extend_signature(due, stamped(), later(2));
    assert!(written.await.unwrap());
    db.store.erase(erasure(&before)).await.unwrap();
    assert_eq!(db.store.extension(folio(1)).await.unwrap(), None);
    assert_eq!(take(&db, 100_000).await, []);
}

on_both!(
    nothing_is_queued_without_an_authority,
    each_signature_is_taken_by_one,
    a_step_is_written_once,
    failures_are_counted_and_waiting_is_not,
    it_is_sealed_for_its_row,
    an_erasure_leaves_nothing_of_it,
);
