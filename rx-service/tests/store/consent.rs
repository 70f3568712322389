//! Consents.

use std::collections::BTreeSet;

use consent::{Consent, DataCategory, Effect, Purpose, Recipient, SensitiveKind, Terms};
use prescription::PatientId;

use crate::database::Database;
use crate::fixture::{at, establishment, inconsistency, patient};
use crate::on_both;

fn consent(id: &str, of: &PatientId) -> Consent {
    let terms = Terms {
        patient: of.clone(),
        effect: Effect::Permit,
        categories: BTreeSet::from([
            DataCategory::Medication,
            DataCategory::Sensitive(SensitiveKind::MentalHealth),
        ]),
        recipients: BTreeSet::from([
            Recipient::Establishment(establishment()),
            Recipient::AnyTreating,
        ]),
        purposes: BTreeSet::from([Purpose::Care]),
        from: at("2026-01-15T00:00:00Z"),
        until: Some(at("2027-01-15T00:00:00.123456789Z")),
        signed_advanced: true,
    };
    Consent::grant(id.parse().unwrap(), terms, at("2026-01-15T00:00:00Z")).unwrap()
}

async fn put(db: &Database, consent: &Consent) {
    let id = consent.id.as_str().to_owned();
    db.store
        .put_consent(id, consent.terms.patient.clone(), consent)
        .await
        .unwrap();
}

async fn they_read_back_whole(db: Database) {
    let (one, other) = (consent("c-1", &patient(1)), consent("c-2", &patient(1)));
    for consent in [&one, &other, &consent("c-3", &patient(2))] {
        put(&db, consent).await;
    }
    let mut stored = db.store.consents(&patient(1)).await.unwrap();
    stored.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(stored, [one.clone(), other.clone()]);
    assert_eq!(db.store.consents(&patient(3)).await.unwrap(), []);

    let revoked = one.revoke(at("2026-02-01T00:00:00Z")).unwrap();
    put(&db, &revoked).await;
    let mut stored = db.store.consents(&patient(1)).await.unwrap();
    stored.sort_by(|a, b| a.id.cmp(&b.id));
    assert_eq!(stored, [revoked, other]);
}

/// A consent that cannot be read must not count as none.
async fn a_damaged_one_is_found(db: Database) {
    put(&db, &consent("c-1", &patient(1))).await;
    db.execute("UPDATE consent SET body = '{}'").await;
    let found = inconsistency(db.store.consents(&patient(1)).await);
    assert_eq!(found, ("consent", "body", "c-1".to_owned()));
}

/// Nobody takes over the consent of somebody else by naming its identifier.
async fn the_identifier_belongs_to_its_patient(db: Database) {
    let first = consent("c-1", &patient(1));
    put(&db, &first).await;
    let second = consent("c-1", &patient(2));
    let answer = db
        .store
        .put_consent("c-1".to_owned(), patient(2), &second)
        .await;
    assert_eq!(
        crate::fixture::conflict(answer),
        rx_service::store::Conflict::Taken
    );
    assert_eq!(db.store.consents(&patient(1)).await.unwrap(), [first]);
    assert_eq!(db.store.consents(&patient(2)).await.unwrap(), []);
}

on_both!(
    they_read_back_whole,
    a_damaged_one_is_found,
    the_identifier_belongs_to_its_patient
);
