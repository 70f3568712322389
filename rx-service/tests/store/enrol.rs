//! Prescribers and their certificates.

use prescription::Cedula;
use rx_service::store::{Conflict, Enrolment};

use crate::database::Database;
use crate::fixture::{conflict, establishment, inconsistency, prescriber};
use crate::on_both;

fn enrolment() -> Enrolment {
    Enrolment {
        cedula: prescriber(),
        profession: "physician".to_owned(),
        establishments: vec![establishment(), "DFSSA000001".parse().unwrap()],
        wrapped_key: vec![1, 0, 255],
        spki: vec![2; 91],
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
    assert_eq!(
        (stored.wrapped_key, stored.spki),
        (new.wrapped_key, new.spki)
    );
    assert_eq!((stored.active, stored.certificate), (true, None));
    let (mut places, mut expected) = (stored.establishments, new.establishments);
    places.sort();
    expected.sort();
    assert_eq!(places, expected);

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
    again.wrapped_key = vec![9];
    again.establishments = vec!["HGSSA000025".parse().unwrap()];
    assert_eq!(conflict(db.store.enrol(again).await), Conflict::Taken);
    let stored = db.store.prescriber(&prescriber()).await.unwrap().unwrap();
    assert_eq!(
        (stored.wrapped_key, stored.establishments.len()),
        (vec![1, 0, 255], 2)
    );
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

async fn certificates_are_installed_and_replaced(db: Database) {
    db.store.enrol(enrolment()).await.unwrap();
    db.store
        .enrol(Enrolment {
            cedula: other(),
            ..enrolment()
        })
        .await
        .unwrap();
    assert!(db.store.certificates().await.unwrap().is_empty());
    db.store
        .install_certificate(prescriber(), vec![1])
        .await
        .unwrap();
    db.store
        .install_certificate(prescriber(), vec![2])
        .await
        .unwrap();
    let stored = db.store.prescriber(&prescriber()).await.unwrap().unwrap();
    assert_eq!(stored.certificate, Some(vec![2]));
    db.store
        .install_certificate(other(), vec![3])
        .await
        .unwrap();
    assert_eq!(db.store.certificates().await.unwrap(), [vec![2], vec![3]]);

    let unknown: Cedula = "9999999".parse().unwrap();
    let refused = db.store.install_certificate(unknown, vec![4]).await;
    assert_eq!(conflict(refused), Conflict::Changed);
}

on_both!(
    a_prescriber_reads_back,
    a_prescriber_is_enrolled_once,
    a_damaged_establishment_is_found,
    certificates_are_installed_and_replaced,
);
