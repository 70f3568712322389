//! Prescribers and their certificates.

use prescription::Cedula;
use prescription::key::KeyState;
use rx_service::store::{Conflict, Enrolment};

use crate::database::Database;
use crate::fixture::{born, conflict, establishment, inconsistency, new_key, prescriber};
use crate::on_both;

/// A CURP of the examples of RENAPO's instructive.
const CURP: &str = "SABC560626MDFLRN01";

fn enrolment() -> Enrolment {
    Enrolment {
        cedula: prescriber(),
        profession: "physician".to_owned(),
        establishments: vec!["DFSSA000001".parse().unwrap(), establishment()],
        curp: Some(CURP.parse().unwrap()),
        key: Some(new_key(&prescriber(), 1)),
    }
}

fn other() -> Cedula {
    "76543210".parse().unwrap()
}

async fn a_prescriber_reads_back(db: Database) {
    assert!(db.store.prescriber(&prescriber()).await.unwrap().is_none());
    db.store.enrol(enrolment()).await.unwrap();
    let stored = db.store.prescriber(&prescriber()).await.unwrap().unwrap();
    let new = enrolment();
    assert_eq!(
        (stored.cedula, stored.profession),
        (new.cedula, new.profession)
    );
    assert_eq!(stored.establishments, new.establishments);
    assert_eq!((stored.active, stored.curp), (true, new.curp));
    let [key] = &stored.keys[..] else {
        panic!("one key");
    };
    assert_eq!((key.number, key.state), (1, KeyState::Born));
    assert_eq!(key.wrapped, Some(born(1).wrapped));
    assert_eq!((&key.spki, &key.certificate), (&born(1).spki, &None));
    assert_eq!(key.times.born_at, born(1).at);

    db.execute("UPDATE prescriber SET active = 0").await;
    assert!(
        !db.store
            .prescriber(&prescriber())
            .await
            .unwrap()
            .unwrap()
            .active
    );
}

async fn a_prescriber_is_enrolled_once(db: Database) {
    db.store.enrol(enrolment()).await.unwrap();
    let mut again = enrolment();
    again.key = Some(new_key(&prescriber(), 9));
    again.establishments = vec!["HGSSA000025".parse().unwrap()];
    assert_eq!(conflict(db.store.enrol(again).await), Conflict::Taken);
    let stored = db.store.prescriber(&prescriber()).await.unwrap().unwrap();
    assert_eq!(stored.keys[0].wrapped, Some(born(1).wrapped));
    assert_eq!((stored.keys.len(), stored.establishments.len()), (1, 2));
}

async fn a_damaged_establishment_is_found(db: Database) {
    let mut enrolment = enrolment();
    enrolment.establishments.truncate(1);
    db.store.enrol(enrolment).await.unwrap();
    db.execute("UPDATE prescriber_establishment SET clues = 'nowhere'")
        .await;
    let found = inconsistency(db.store.prescriber(&prescriber()).await);
    assert_eq!(
        found,
        ("prescriber_establishment", "clues", "1234567".to_owned())
    );
}

/// Whoever signs with their own e.firma has no key here.
async fn a_prescriber_may_have_no_key(db: Database) {
    let (curp, key) = (None, None);
    let new = Enrolment {
        curp,
        key,
        ..enrolment()
    };
    db.store.enrol(new).await.unwrap();
    let stored = db.store.prescriber(&prescriber()).await.unwrap().unwrap();
    assert_eq!((stored.curp.is_none(), stored.keys.len()), (true, 0));
    assert!(stored.current_key().is_none());
}

/// The CURP is not readable in the file, and the row of one prescriber does not open as another's.
async fn a_curp_is_sealed_for_its_row(db: Database) {
    db.store.enrol(enrolment()).await.unwrap();
    if db.url.starts_with("sqlite") {
        assert!(db.file_holds(prescriber().as_str().as_bytes()));
        assert!(!db.file_holds(CURP.as_bytes()));
    }
    db.execute("UPDATE prescriber SET cedula = '76543210'")
        .await;
    let found = inconsistency(db.store.prescriber(&other()).await);
    assert_eq!(found, ("prescriber", "curp", "76543210".to_owned()));
}

/// What no transaction of ours writes is not believed.
async fn a_key_whose_row_contradicts_itself_is_found(db: Database) {
    db.store.enrol(enrolment()).await.unwrap();
    for (sql, column) in [
        ("state = 'certified'", "certificate"),
        ("state = 'destroyed'", "wrapped_key"),
        ("state = 'Certified'", "state"),
        (
            "number = 0, state = 'born', wrapped_key = NULL",
            "wrapped_key",
        ),
    ] {
        db.execute(&format!("UPDATE prescriber_key SET {sql}"))
            .await;
        let (table, found, row) = inconsistency(db.store.prescriber(&prescriber()).await);
        assert_eq!((table, found), ("prescriber_key", column));
        assert!(row.starts_with("1234567/"), "{row}");
    }
}

on_both!(
    a_prescriber_reads_back,
    a_prescriber_is_enrolled_once,
    a_damaged_establishment_is_found,
    a_prescriber_may_have_no_key,
    a_curp_is_sealed_for_its_row,
    a_key_whose_row_contradicts_itself_is_found,
);
