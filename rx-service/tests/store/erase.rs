//! Erasure: what is gone afterwards, what stays, and who may interfere.

use jiff::Timestamp;
use prescription::erase::ErasureBasis;
use prescription::{Erased, Event, Issued, MapSecret, PatientId, Prescription};
use rx_service::store::{
    Conflict, Ended, Erasure, NewPrescription, PatientRecord, RequestKey, StoreError,
};

use crate::database::Database;
use crate::fixture::{
    at, batch, cancel, committed, conflict, folio, inconsistency, issued, new, next, patient,
    record,
};
use crate::on_both;

const ERASED_AT: &str = "2032-01-05T18:00:00Z";

/// A patient whom nobody has registered.
fn new_patient() -> PatientId {
    patient(2_000_000)
}

fn ana() -> PatientRecord {
    PatientRecord {
        identifier: "SABC560626MDFLRN01".to_owned(),
        given: "Concepción".to_owned(),
        first_surname: "Salgado".to_owned(),
        second_surname: None,
        birth_date: None,
        sex: None,
        map_secret: MapSecret::new([7; 32]),
    }
}

/// Prescription number `n` of the new patient, cancelled: two events. The first prescription
/// registers the patient.
pub(crate) async fn cancelled(db: &Database, n: u32) -> Prescription {
    let issued = Issued {
        patient: new_patient(),
        ..issued(n, &[&format!("SUBSTANCE {n}")])
    };
    let registered = db.store.patient(&new_patient()).await.unwrap().is_some();
    let order = NewPrescription {
        patient: (!registered).then(ana),
        request: Some(RequestKey {
            client: "ehr".to_owned(),
            identifier: format!("order-{n}"),
            digest: [1; 32],
        }),
        ..new(issued)
    };
    db.store.issue(order.clone()).await.unwrap();
    let step = next(&order.state, 1, cancel(&order.state));
    let after = step.after.clone();
    db.store.advance("cancel", step).await.unwrap();
    after
}

/// The erasure of a prescription of two events.
pub(crate) fn erasure(before: &Prescription) -> Erasure {
    let event = Event::Erased(Erased {
        folio: before.issued.folio,
        at: at(ERASED_AT),
        by: "7654321".parse().unwrap(),
        basis: ErasureBasis::RetentionOver,
        entries: vec![0, 1],
    });
    Erasure {
        before: before.clone(),
        record: record(3, event),
    }
}

async fn sealed_lengths(db: &Database, n: u32) -> Vec<usize> {
    let sealed = db
        .blobs("SELECT sealed FROM event ORDER BY folio, seq")
        .await;
    let lengths: Vec<_> = sealed.iter().map(Vec::len).collect();
    let first = usize::try_from(n - 1).unwrap() * 3;
    lengths[first..].to_vec()
}

async fn destroys_bodies_and_links_and_nothing_else(db: Database) {
    let before = cancelled(&db, 1).await;
    let waiting = db.store.waiting_entries(100).await.unwrap();
    let accesses = db.texts("SELECT record FROM access").await;
    db.store.erase(erasure(&before)).await.unwrap();

    let lengths = sealed_lengths(&db, 1).await;
    assert_eq!(lengths[..2], [0, 0]);
    assert!(lengths[2] > 0, "the erasure's own body stays");
    let rows = db.texts("SELECT phase || ' ' || version || ' ' || patient_id FROM prescription");
    assert_eq!(rows.await, ["cancelled 3 "]);
    let none = Vec::<String>::new();
    assert_eq!(db.texts("SELECT identifier FROM request").await, none);
    assert_eq!(db.texts("SELECT substance FROM supply").await, none);
    assert_eq!(db.store.patient(&new_patient()).await.unwrap(), None);
    assert_eq!(db.texts("SELECT record FROM access").await, accesses);
    // The entries are what they were, and one more waits.
    let entries = db.store.waiting_entries(100).await.unwrap();
    assert_eq!(entries[..2], waiting[..]);
    assert_eq!(entries.len(), 3);
}

async fn what_is_erased_says_so(db: Database) {
    let before = cancelled(&db, 1).await;
    db.store.erase(erasure(&before)).await.unwrap();
    match db.store.prescription(folio(1)).await {
        Err(StoreError::Erased { folio: of, at: on }) => {
            assert_eq!((of, on), (folio(1), at(ERASED_AT)));
        }
        other => panic!("{other:?}"),
    }
    committed(&db.store).await;
    let entries = db.store.waiting_entries(100).await.unwrap();
    db.store.commit_batch(batch(0, &entries)).await.unwrap();
    let bodies = db.store.bodies(0, 100).await.unwrap();
    let kept: Vec<_> = bodies
        .iter()
        .map(|body| (body.index, body.opened.is_some()))
        .collect();
    assert_eq!(kept, [(0, false), (1, false), (2, true)]);
}

/// Somebody with the database empties a body: that is damage, not an erasure.
async fn an_emptied_body_without_an_erasure_is_damage(db: Database) {
    cancelled(&db, 1).await;
    db.put_blob("UPDATE event SET sealed = $1 WHERE seq = 1", Vec::new())
        .await;
    let found = inconsistency(db.store.prescription(folio(1)).await);
    assert_eq!(
        found,
        ("event", "sealed", format!("event/{}/1", folio(1).compact()))
    );
}

async fn the_patient_goes_with_the_last_prescription(db: Database) {
    let (first, second) = (cancelled(&db, 1).await, cancelled(&db, 2).await);
    db.store.erase(erasure(&first)).await.unwrap();
    let kept = db.store.patient(&new_patient()).await.unwrap();
    assert_eq!(kept.unwrap().map_secret, ana().map_secret);
    assert!(db.store.prescription(folio(2)).await.unwrap().is_some());
    db.store.erase(erasure(&second)).await.unwrap();
    assert_eq!(db.store.patient(&new_patient()).await.unwrap(), None);
}

/// Each of two erasures at once sees the other's prescription or that it is gone: the record does
/// not outlive both.
async fn two_erasures_at_once_leave_no_patient(db: Database) {
    let mut erasures = Vec::new();
    for n in 1..=8 {
        erasures.push(erasure(&cancelled(&db, n).await));
    }
    let running = erasures.into_iter().map(|erasure| {
        let store = db.store.clone();
        tokio::spawn(async move { store.erase(erasure).await })
    });
    for erased in running.collect::<Vec<_>>() {
        erased.await.unwrap().unwrap();
    }
    assert_eq!(db.store.patient(&new_patient()).await.unwrap(), None);
}

/// A new prescription while the patient's last one is erased: it either comes first, and then the
/// record stays, or is told to decide again. Never is it written for a patient without a record.
async fn a_new_prescription_keeps_the_record_or_learns_that_it_is_gone(db: Database) {
    for n in 1..=16 {
        let (old, fresh) = (2 * n - 1, 2 * n);
        let before = cancelled(&db, old).await;
        let issue = new(Issued {
            patient: new_patient(),
            ..issued(fresh, &[&format!("SUBSTANCE {fresh}")])
        });
        let state = issue.state.clone();
        let (one, other) = (db.store.clone(), db.store.clone());
        let erasing = tokio::spawn(async move { one.erase(erasure(&before)).await });
        let issuing = tokio::spawn(async move { other.issue(issue).await });
        erasing.await.unwrap().unwrap();
        let kept = db.store.patient(&new_patient()).await.unwrap().is_some();
        match issuing.await.unwrap() {
            Ok(()) => {
                assert!(kept, "round {n}: issued for a patient without a record");
                let step = next(&state, 1, cancel(&state));
                let after = step.after.clone();
                db.store.advance("cancel", step).await.unwrap();
                db.store.erase(erasure(&after)).await.unwrap();
            }
            lost => {
                assert_eq!(conflict(lost), Conflict::Patient);
                assert!(!kept);
            }
        }
        assert_eq!(db.store.patient(&new_patient()).await.unwrap(), None);
    }
}

async fn a_prescription_that_changed_is_not_erased(db: Database) {
    let before = cancelled(&db, 1).await;
    let bodies = db.blobs("SELECT sealed FROM event ORDER BY seq").await;
    db.execute("UPDATE prescription SET version = 3").await;
    let lost = db.store.erase(erasure(&before)).await;
    assert_eq!(conflict(lost), Conflict::Changed);
    assert_eq!(
        db.blobs("SELECT sealed FROM event ORDER BY seq").await,
        bodies
    );
    assert!(db.store.patient(&new_patient()).await.unwrap().is_some());
}

async fn is_done_once(db: Database) {
    let before = cancelled(&db, 1).await;
    db.store.erase(erasure(&before)).await.unwrap();
    assert!(db.store.erase(erasure(&before)).await.is_err());
    assert_eq!(sealed_lengths(&db, 1).await.len(), 3);
}

async fn those_at_their_end_are_listed_in_order(db: Database) {
    for n in 1..=5 {
        cancelled(&db, n).await;
    }
    // Still active, and of another day.
    db.store.issue(new(issued(6, &["a"]))).await.unwrap();
    db.execute("UPDATE prescription SET issued_at = issued_at + 1000 WHERE phase = 'active'")
        .await;
    let first = db.store.prescription(folio(1)).await.unwrap().unwrap();
    db.store.erase(erasure(&first.state)).await.unwrap();
    let issued_at = first.state.issued.at.as_millisecond();
    let ended = |n| Ended {
        folio: folio(n),
        issued_at,
    };
    let list = async |before: i64, after, limit| {
        let before = Timestamp::from_millisecond(before).unwrap();
        db.store.ended(before, after, limit).await.unwrap()
    };
    let page = list(issued_at + 1, None, 2).await;
    assert_eq!(page, [ended(2), ended(3)]);
    let rest = list(issued_at + 1, Some(ended(3)), 9).await;
    assert_eq!(rest, [ended(4), ended(5)]);
    assert_eq!(list(issued_at, None, 9).await, []);
}

on_both!(
    destroys_bodies_and_links_and_nothing_else,
    what_is_erased_says_so,
    an_emptied_body_without_an_erasure_is_damage,
    the_patient_goes_with_the_last_prescription,
    two_erasures_at_once_leave_no_patient,
    a_new_prescription_keeps_the_record_or_learns_that_it_is_gone,
    a_prescription_that_changed_is_not_erased,
    is_done_once,
    those_at_their_end_are_listed_in_order,
);

/// After a checkpoint of its log, the file of SQLite does not hold the destroyed bytes any more:
/// neither where they were nor on a free page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_overwrites_what_it_deletes() {
    let db = Database::sqlite().await;
    let before = cancelled(&db, 1).await;
    let mut gone = db.blobs("SELECT sealed FROM event ORDER BY seq").await;
    gone.extend(
        db.blobs("SELECT sealed FROM patient ORDER BY registered_at DESC LIMIT 1")
            .await,
    );
    let checkpoint = "PRAGMA wal_checkpoint(TRUNCATE)";
    db.execute(checkpoint).await;
    assert!(
        gone.iter().all(|bytes| db.file_holds(bytes)),
        "they were on disk"
    );
    db.store.erase(erasure(&before)).await.unwrap();
    db.execute(checkpoint).await;
    assert_eq!(gone.len(), 3);
    for bytes in gone {
        assert!(!db.file_holds(&bytes));
        // A long body spans pages: no piece of it is left either.
        assert!(bytes.chunks(64).all(|piece| !db.file_holds(piece)));
    }
}
