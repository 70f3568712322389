//! Patients, by pseudonym.

use rx_service::store::PatientRecord;

use crate::database::Database;
use crate::fixture::{at, inconsistency, patient};
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

async fn reads_back_and_is_registered_once(db: Database) {
    let id = db.store.pseudonym("SABC560626MDFLRN01").unwrap();
    assert_eq!(db.store.patient(&id).await.unwrap(), None);
    let instant = at("2026-11-23T16:00:00Z");
    db.store.register_patient(&id, &ana(), instant).await.unwrap();
    let other = PatientRecord { given: "Otra".to_owned(), ..ana() };
    db.store.register_patient(&id, &other, instant).await.unwrap();
    assert_eq!(db.store.patient(&id).await.unwrap(), Some(ana()));
}

/// Neither name nor CURP lies in the file in clear.
async fn is_sealed(db: Database) {
    let id = db.store.pseudonym("SABC560626MDFLRN01").unwrap();
    db.store.register_patient(&id, &ana(), at("2026-11-23T16:00:00Z")).await.unwrap();
    let sealed = db.blobs("SELECT sealed FROM patient").await.remove(0);
    for clear in ["SABC560626MDFLRN01", "Salgado"] {
        assert!(!sealed.windows(clear.len()).any(|window| window == clear.as_bytes()));
        assert!(!id.as_str().contains(clear));
    }
}

/// The record of one person cannot be put in the place of another.
async fn a_moved_record_is_found(db: Database) {
    db.store.register_patient(&patient(1), &ana(), at("2026-11-23T16:00:00Z")).await.unwrap();
    db.execute("UPDATE patient SET patient_id = '00000000000000000000000000000002'").await;
    assert_eq!(db.store.patient(&patient(1)).await.unwrap(), None);
    let found = inconsistency(db.store.patient(&patient(2)).await);
    assert_eq!(found, ("patient", "sealed", patient(2).to_string()));
}

on_both!(reads_back_and_is_registered_once, is_sealed, a_moved_record_is_found);
