//! Patients, by pseudonym.

use prescription::{Issued, PatientId};
use rx_service::store::{NewPrescription, PatientRecord};

use crate::database::Database;
use crate::fixture::{inconsistency, issued, new, patient};
use crate::on_both;

fn ana() -> PatientRecord {
    PatientRecord {
        identifier: "SABC560626MDFLRN01".to_owned(),
        given: "Concepción".to_owned(),
        first_surname: "Salgado".to_owned(),
        second_surname: None,
        birth_date: Some(jiff::civil::date(1956, 6, 26)),
        sex: Some('M'),
    }
}

/// Prescription number `n` for the patient with this pseudonym, whom it introduces.
async fn introduce(db: &Database, n: u32, id: &PatientId, who: PatientRecord) {
    let issued = Issued {
        patient: id.clone(),
        ..issued(n, &[&format!("SUBSTANCE {n}")])
    };
    let new = NewPrescription {
        patient: Some(who),
        ..new(issued)
    };
    db.store.issue(new).await.unwrap();
}

async fn reads_back_and_is_registered_once(db: Database) {
    let id = db.store.pseudonym("SABC560626MDFLRN01").unwrap();
    assert_eq!(db.store.patient(&id).await.unwrap(), None);
    introduce(&db, 1, &id, ana()).await;
    let other = PatientRecord {
        given: "Otra".to_owned(),
        ..ana()
    };
    introduce(&db, 2, &id, other).await;
    assert_eq!(db.store.patient(&id).await.unwrap(), Some(ana()));
}

/// A prescription that is not written does not leave its patient behind.
async fn is_not_registered_by_a_conflict(db: Database) {
    let id = db.store.pseudonym("SABC560626MDFLRN01").unwrap();
    db.store
        .issue(new(issued(1, &["CLONAZEPAM"])))
        .await
        .unwrap();
    let taken = NewPrescription {
        patient: Some(ana()),
        ..new(issued(1, &["MORFINA"]))
    };
    db.store.issue(taken).await.unwrap_err();
    assert_eq!(db.store.patient(&id).await.unwrap(), None);
    assert_eq!(db.store.patient(&patient(1)).await.unwrap(), None);
}

/// Neither name nor CURP lies in the file in clear.
async fn is_sealed(db: Database) {
    let id = db.store.pseudonym("SABC560626MDFLRN01").unwrap();
    introduce(&db, 1, &id, ana()).await;
    let sealed = db.blobs("SELECT sealed FROM patient").await.remove(0);
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
    introduce(&db, 1, &patient(1), ana()).await;
    db.execute("UPDATE patient SET patient_id = '00000000000000000000000000000002'")
        .await;
    assert_eq!(db.store.patient(&patient(1)).await.unwrap(), None);
    let found = inconsistency(db.store.patient(&patient(2)).await);
    assert_eq!(found, ("patient", "sealed", patient(2).to_string()));
}

on_both!(
    reads_back_and_is_registered_once,
    is_not_registered_by_a_conflict,
    is_sealed,
    a_moved_record_is_found
);
