//! Patients, by pseudonym.

use prescription::{Issued, MapSecret, PatientId};
use rx_service::store::{Conflict, NewPrescription, PatientRecord};

use crate::database::Database;
use crate::fixture::{conflict, folio, inconsistency, issued, new, patient};
use crate::on_both;

fn ana() -> PatientRecord {
    PatientRecord {
        identifier: "SABC560626MDFLRN01".to_owned(),
        given: "Concepción".to_owned(),
        first_surname: "Salgado".to_owned(),
        second_surname: None,
        birth_date: Some(jiff::civil::date(1956, 6, 26)),
        sex: Some('M'),
        map_secret: MapSecret::new([7; 32]),
    }
}

/// A patient whom nobody has registered.
fn new_patient(n: u32) -> PatientId {
    patient(1_000_000 + n)
}

/// Prescription number `n` for the patient with this pseudonym, whom it introduces.
fn introducing(n: u32, id: &PatientId, who: PatientRecord) -> NewPrescription {
    let issued = Issued {
        patient: id.clone(),
        ..issued(n, &[&format!("SUBSTANCE {n}")])
    };
    NewPrescription {
        patient: Some(who),
        ..new(issued)
    }
}

async fn introduce(db: &Database, n: u32, id: &PatientId, who: PatientRecord) {
    db.store.issue(introducing(n, id, who)).await.unwrap();
}

async fn reads_back_and_is_registered_once(db: Database) {
    let id = db.store.pseudonym("SABC560626MDFLRN01").unwrap();
    assert_eq!(db.store.patient(&id).await.unwrap(), None);
    introduce(&db, 1, &id, ana()).await;
    let other = PatientRecord {
        given: "Otra".to_owned(),
        ..ana()
    };
    let lost = db.store.issue(introducing(2, &id, other)).await;
    assert_eq!(conflict(lost), Conflict::Patient);
    assert_eq!(db.store.patient(&id).await.unwrap(), Some(ana()));
    assert!(db.store.prescription(folio(2)).await.unwrap().is_none());
}

/// Sixteen first prescriptions of one patient at once, each with its own secret: one registers the
/// patient, and none of the others is written with a secret that is not the patient's.
async fn two_secrets_never_stand_for_one_patient(db: Database) {
    let id = db.store.pseudonym("SABC560626MDFLRN01").unwrap();
    let first = (1_u8..=16).map(|n| {
        let (store, id) = (db.store.clone(), id.clone());
        let map_secret = MapSecret::new([n; 32]);
        let who = PatientRecord {
            map_secret: map_secret.clone(),
            ..ana()
        };
        tokio::spawn(async move {
            let issue = store.issue(introducing(n.into(), &id, who)).await;
            (map_secret, issue)
        })
    });
    let mut won = Vec::new();
    for answer in first.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            (map_secret, Ok(())) => won.push(map_secret),
            (_, lost) => assert_eq!(conflict(lost), Conflict::Patient),
        }
    }
    let registered = db.store.patient(&id).await.unwrap().unwrap();
    assert_eq!(won, [registered.map_secret]);
    assert_eq!(db.texts("SELECT folio FROM prescription").await.len(), 1);
}

/// A prescription that is not written does not leave its patient behind.
async fn is_not_registered_by_a_conflict(db: Database) {
    let id = db.store.pseudonym("SABC560626MDFLRN01").unwrap();
    db.store
        .issue(new(issued(1, &["CLONAZEPAM"])))
        .await
        .unwrap();
    let lost = db.store.issue(introducing(1, &id, ana())).await;
    assert_eq!(conflict(lost), Conflict::Taken);
    assert_eq!(db.store.patient(&id).await.unwrap(), None);
}

/// A prescription of a patient whose record was destroyed meanwhile is not written with the secret
/// that is gone.
async fn must_be_registered_to_be_known(db: Database) {
    let unknown = Issued {
        patient: new_patient(1),
        ..issued(1, &["CLONAZEPAM"])
    };
    assert_eq!(
        conflict(db.store.issue(new(unknown)).await),
        Conflict::Patient
    );
    assert!(db.store.prescription(folio(1)).await.unwrap().is_none());
}

/// Neither name nor CURP lies in the file in clear.
async fn is_sealed(db: Database) {
    let id = db.store.pseudonym("SABC560626MDFLRN01").unwrap();
    introduce(&db, 1, &id, ana()).await;
    let sealed = db.blobs("SELECT sealed FROM patient ORDER BY registered_at DESC LIMIT 1");
    let sealed = sealed.await.remove(0);
    for clear in ["SABC560626MDFLRN01", "Salgado"] {
        assert!(
            !sealed
                .windows(clear.len())
                .any(|window| window == clear.as_bytes())
        );
        assert!(!id.as_str().contains(clear));
    }
}

/// The record of one person cannot be put in the place of another.
async fn a_moved_record_is_found(db: Database) {
    let (ana_id, other) = (new_patient(1), new_patient(2));
    introduce(&db, 1, &ana_id, ana()).await;
    db.execute(&format!(
        "UPDATE patient SET patient_id = '{other}' WHERE patient_id = '{ana_id}'"
    ))
    .await;
    assert_eq!(db.store.patient(&ana_id).await.unwrap(), None);
    let found = inconsistency(db.store.patient(&other).await);
    assert_eq!(found, ("patient", "sealed", other.to_string()));
}

on_both!(
    reads_back_and_is_registered_once,
    two_secrets_never_stand_for_one_patient,
    is_not_registered_by_a_conflict,
    must_be_registered_to_be_known,
    is_sealed,
    a_moved_record_is_found
);
