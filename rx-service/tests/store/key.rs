//! Keys of prescribers: every change with its act, or neither; what signs, and what does not.

use jiff::Timestamp;
use prescription::key::KeyState;
use prescription::register::{Place, Register};
use prescription::{Cedula, Event};
use rx_service::store::{
    ActRecord, Conflict, DecidedKeyAct, Enrolment, Identity, KeyChange, KeyRef, KeyUnder, NewEntry,
    NewKey, RewrapBatch, StoredKey,
};

use crate::database::Database;
use crate::fixture::{
    at, born, cancel, conflict, establishment, folio, issued, new, next, prescriber,
};
use crate::on_both;

/// The next act in a series.
async fn record(db: &Database, subject: &str) -> ActRecord {
    let register = Register::Key;
    let number = db.store.next_number(register, subject).await.unwrap();
    let body = format!("act {number} of {subject}").into_bytes();
    ActRecord {
        place: Place {
            register,
            subject: subject.to_owned(),
            number,
        },
        salt: [7; 32],
        entry: NewEntry {
            identity: Identity::new(0, &[&body]),
            leaf: [b"leaf of ", body.as_slice()].concat(),
        },
        body,
        key: None,
    }
}

async fn enrol(db: &Database, cedula: &Cedula) {
    let enrolment = Enrolment {
        cedula: cedula.clone(),
        profession: "physician".to_owned(),
        establishments: vec![establishment()],
        curp: None,
        key: Some(NewKey {
            born: born(1),
            act: record(db, cedula.as_str()).await,
        }),
    };
    db.store.enrol(enrolment).await.unwrap();
}

fn of(number: u32) -> KeyRef {
    KeyRef {
        cedula: prescriber(),
        number,
    }
}

fn when() -> Timestamp {
    at("2026-11-23T16:30:00Z")
}

async fn decided(db: &Database, number: u32, change: KeyChange) -> DecidedKeyAct {
    DecidedKeyAct {
        key: of(number),
        change,
        at: when(),
        record: record(db, prescriber().as_str()).await,
    }
}

/// Acts, and says which conflict there was.
async fn act(db: &Database, number: u32, change: KeyChange) -> Option<Conflict> {
    let act = decided(db, number, change).await;
    let done = db.store.act_on_keys(vec![act]).await;
    done.is_err().then(|| conflict(done))
}

async fn key(db: &Database, number: u32) -> StoredKey {
    let stored = db.store.prescriber(&prescriber()).await.unwrap().unwrap();
    stored.key(number).unwrap().clone()
}

/// How many acts there are on the prescriber's keys.
async fn acts(db: &Database) -> usize {
    let cedula = prescriber();
    let acts = db.store.acts(Register::Key, cedula.as_str(), 1, 99).await;
    acts.unwrap().len()
}

const REVOKE: KeyChange = KeyChange::Revoke { since: None };

async fn a_key_goes_through_its_life(db: Database) {
    enrol(&db, &prescriber()).await;
    assert_eq!(act(&db, 1, KeyChange::Certify(vec![1])).await, None);
    assert_eq!(act(&db, 2, KeyChange::Make(born(2))).await, None);
    // A third one has to wait for the second.
    let third = act(&db, 3, KeyChange::Make(born(3))).await;
    assert_eq!(third, Some(Conflict::Taken));
    assert_eq!(key(&db, 1).await.state, KeyState::Certified);
    assert_eq!(act(&db, 2, KeyChange::Certify(vec![2])).await, None);
    let (first, second) = (key(&db, 1).await, key(&db, 2).await);
    assert_eq!(first.state, KeyState::Retired);
    assert_eq!(first.times.retired_at, Some(when()));
    assert_eq!(
        (second.state, second.certificate),
        (KeyState::Certified, Some(vec![2]))
    );

    let since = Some(at("2026-11-20T00:00:00Z"));
    assert_eq!(act(&db, 2, KeyChange::Revoke { since }).await, None);
    let second = key(&db, 2).await;
    assert_eq!(
        (second.state, second.times.revoked_since),
        (KeyState::Revoked, since)
    );
    let stored = db.store.prescriber(&prescriber()).await.unwrap().unwrap();
    assert!(stored.current_key().is_none());
    assert_eq!(act(&db, 1, KeyChange::Destroy(born(1).wrapped)).await, None);
    let first = key(&db, 1).await;
    assert_eq!((first.state, first.wrapped), (KeyState::Destroyed, None));
    assert_eq!(first.certificate, Some(vec![1]));
    assert_eq!(acts(&db).await, 6);
    // Counters verify offline with what was not revoked.
    assert_eq!(db.store.certificates().await.unwrap(), [vec![1]]);
}

/// What an act supposes is in its statement: a key in another state is left alone, and so is the
/// register.
async fn nothing_changes_that_is_not_as_the_act_supposes(db: Database) {
    enrol(&db, &prescriber()).await;
    let changed = Some(Conflict::Changed);
    assert_eq!(act(&db, 1, REVOKE).await, changed);
    assert_eq!(act(&db, 2, KeyChange::Certify(vec![1])).await, changed);
    assert_eq!(act(&db, 1, KeyChange::Destroy(vec![9])).await, changed);
    assert_eq!(act(&db, 1, KeyChange::Certify(vec![1])).await, None);
    let wrapped = born(1).wrapped;
    assert_eq!(act(&db, 1, KeyChange::Destroy(wrapped)).await, changed);
    // A certificate that is installed a second time retires nothing.
    assert_eq!(act(&db, 1, KeyChange::Certify(vec![2])).await, changed);
    assert_eq!(key(&db, 1).await.certificate, Some(vec![1]));
    assert_eq!(act(&db, 1, REVOKE).await, None);
    assert_eq!(act(&db, 1, REVOKE).await, changed);
    assert_eq!(acts(&db).await, 3);
}

/// Two officers at once: one of them decides again.
async fn of_two_acts_with_one_number_one_is_written(db: Database) {
    enrol(&db, &prescriber()).await;
    let certify = decided(&db, 1, KeyChange::Certify(vec![1])).await;
    let destroy = decided(&db, 1, KeyChange::Destroy(born(1).wrapped)).await;
    assert_eq!(certify.record.place, destroy.record.place);
    db.store.act_on_keys(vec![certify]).await.unwrap();
    let lost = db.store.act_on_keys(vec![destroy]).await;
    assert_eq!(conflict(lost), Conflict::Changed);
    assert_eq!(key(&db, 1).await.state, KeyState::Certified);
}

/// What was signed with a key and comes too late is not written; the reader decides again.
async fn nothing_is_written_that_a_key_signed_which_does_not_sign_any_more(db: Database) {
    enrol(&db, &prescriber()).await;
    let mut prescription = new(issued(1, &["losartan"]));
    prescription.record.key = Some(of(1));
    let early = db.store.issue(prescription.clone()).await;
    assert_eq!(conflict(early), Conflict::Key);
    assert_eq!(act(&db, 1, KeyChange::Certify(vec![1])).await, None);
    let state = prescription.state.clone();
    db.store.issue(prescription).await.unwrap();

    assert_eq!(act(&db, 1, REVOKE).await, None);
    let before = db.contents().await;
    let mut late = new(issued(2, &["losartan"]));
    late.record.key = Some(of(1));
    assert_eq!(conflict(db.store.issue(late).await), Conflict::Key);
    let mut step = next(&state, 1, Event::Cancelled(cancelled(&state)));
    step.record.key = Some(of(1));
    assert_eq!(
        conflict(db.store.advance("cancel", step).await),
        Conflict::Key
    );
    let mut order = record(&db, "wrapping:w2").await;
    order.key = Some(of(1));
    assert_eq!(conflict(db.store.record_act(order).await), Conflict::Key);
    assert_eq!(db.contents().await, before);
    assert!(db.store.prescription(folio(2)).await.unwrap().is_none());
}

fn cancelled(before: &prescription::Prescription) -> prescription::Cancelled {
    let Event::Cancelled(event) = cancel(before) else {
        panic!("a cancellation")
    };
    event
}

/// Not even in the free pages of the file, or in its log.
async fn destroyed_bytes_are_gone(db: Database) {
    enrol(&db, &prescriber()).await;
    let secret = b"the only copy of these wrapped bytes".to_vec();
    db.put_blob("UPDATE prescriber_key SET wrapped_key = $1", secret.clone())
        .await;
    if db.url.starts_with("sqlite") {
        assert!(db.file_holds(&secret));
    }
    assert_eq!(act(&db, 1, KeyChange::Destroy(secret.clone())).await, None);
    assert!(db.store.scrub_keys().await.unwrap());
    if db.url.starts_with("sqlite") {
        assert!(!db.file_holds(&secret));
    }
    assert_eq!(key(&db, 1).await.wrapped, None);
}

async fn batch(db: &Database, keys: Vec<KeyUnder>, to: &str) -> RewrapBatch {
    let anew = |under: KeyUnder| {
        let wrapped = [b"anew ".to_vec(), under.wrapped.clone()].concat();
        (under, wrapped)
    };
    RewrapBatch {
        from: "receta-wrapping".to_owned(),
        to: to.to_owned(),
        keys: keys.into_iter().map(anew).collect(),
        record: record(db, &format!("rewrap:{to}")).await,
    }
}

async fn a_batch_moves_all_of_its_keys_or_none(db: Database) {
    let cedulas: Vec<Cedula> = (0..5)
        .map(|n| format!("100000{n}").parse().unwrap())
        .collect();
    for cedula in &cedulas {
        enrol(&db, cedula).await;
    }
    let keys = db.store.keys_under("receta-wrapping", 3).await.unwrap();
    let read: Vec<_> = keys.iter().map(|under| under.key.cedula.clone()).collect();
    assert_eq!(read, cedulas[..3]);
    // One of them is destroyed between the reading and the writing.
    let stale = batch(&db, keys, "w2").await;
    db.execute("UPDATE prescriber_key SET wrapped_key = NULL, state = 'destroyed' WHERE cedula = '1000001'")
        .await;
    assert_eq!(
        conflict(db.store.rewrap_keys(stale).await),
        Conflict::Changed
    );
    assert_eq!(
        db.store.count_keys_under("receta-wrapping").await.unwrap(),
        4
    );
    assert_eq!(db.store.count_keys_under("w2").await.unwrap(), 0);

    let keys = db.store.keys_under("receta-wrapping", 3).await.unwrap();
    db.store
        .rewrap_keys(batch(&db, keys, "w2").await)
        .await
        .unwrap();
    assert_eq!(
        db.store.count_keys_under("receta-wrapping").await.unwrap(),
        1
    );
    let moved = db.store.prescriber(&cedulas[0]).await.unwrap().unwrap();
    let moved = &moved.keys[0];
    assert_eq!(moved.wrapping_label, "w2");
    assert_eq!(
        moved.wrapped,
        Some([b"anew ".to_vec(), born(1).wrapped].concat())
    );

    // Not retired while one is left; the count is of the moment of the commit.
    let retire = async |under| {
        let act = record(&db, "wrapping:receta-wrapping").await;
        let label = "receta-wrapping".to_owned();
        db.store.act_on_wrapping_key(label, under, act).await
    };
    assert_eq!(conflict(retire(0).await), Conflict::Changed);
    let keys = db.store.keys_under("receta-wrapping", 3).await.unwrap();
    db.store
        .rewrap_keys(batch(&db, keys, "w2").await)
        .await
        .unwrap();
    retire(0).await.unwrap();
    let acts = db.store.wrapping_acts().await.unwrap();
    assert_eq!(acts, [b"act 1 of wrapping:receta-wrapping".to_vec()]);
}

on_both!(
    a_key_goes_through_its_life,
    nothing_changes_that_is_not_as_the_act_supposes,
    of_two_acts_with_one_number_one_is_written,
    nothing_is_written_that_a_key_signed_which_does_not_sign_any_more,
    destroyed_bytes_are_gone,
    a_batch_moves_all_of_its_keys_or_none,
);

/// On PostgreSQL whoever signs and whoever revokes meet at the row of the key: what was signed has
/// the earlier place in the ledger, or is not written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_prescription_has_a_place_after_the_revocation_of_its_key() {
    let db = std::sync::Arc::new(Database::postgres().await);
    for round in 0..12_u32 {
        db.execute("DELETE FROM prescriber_key").await;
        db.execute("DELETE FROM prescriber").await;
        db.execute("DELETE FROM prescriber_establishment").await;
        enrol(&db, &prescriber()).await;
        act(&db, 1, KeyChange::Certify(vec![1])).await;
        let writers: Vec<_> = (0..8)
            .map(|n| {
                let db = std::sync::Arc::clone(&db);
                let mut prescription = new(issued(1 + round * 8 + n, &["losartan"]));
                prescription.record.key = Some(of(1));
                tokio::spawn(async move { db.store.issue(prescription).await.is_ok() })
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(u64::from(round % 4))).await;
        assert_eq!(act(&db, 1, REVOKE).await, None);
        let mut written = 0;
        for writer in writers {
            written += i32::from(writer.await.unwrap());
        }
        let late = db
            .texts(
                "SELECT CAST(COUNT(*) AS TEXT) FROM event WHERE position >
                   (SELECT MAX(position) FROM register_act)",
            )
            .await;
        assert_eq!(late, ["0"], "round {round}: {written} written");
    }
}
