//! Whoever is second is told so, and leaves nothing behind.

use prescription::special_folio::Fate;
use rx_service::store::{Conflict, NewPrescription, RequestKey};

use crate::database::Database;
use crate::fixture::{conflict, deliver_special, folio, issued, new, patient, special};
use crate::on_both;

/// That `order` is refused with `expected`, and that nothing of it was written.
async fn assert_refused(db: &Database, mut order: NewPrescription, expected: Conflict) {
    let before = db.contents().await;
    // A request of its own, so that one which stays behind would be seen.
    order
        .request
        .get_or_insert_with(|| request("of the refused", 0));
    assert_eq!(conflict(db.store.issue(order).await), expected);
    assert_eq!(db.contents().await, before);
}

fn request(identifier: &str, digest: u8) -> RequestKey {
    let (client, identifier) = ("client".to_owned(), identifier.to_owned());
    RequestKey {
        client,
        identifier,
        digest: [digest; 32],
    }
}

async fn a_second_prescription_of_a_substance(db: Database) {
    db.store
        .issue(new(issued(1, &["clonazepam", "losartan"])))
        .await
        .unwrap();
    let mut second = issued(2, &["metformina", "losartan"]);
    second.patient = patient(1);
    let expected = Conflict::Overlap {
        line: 2,
        folio: folio(1),
    };
    assert_refused(&db, new(second.clone()), expected).await;
    // Another patient may have it.
    second.patient = patient(2);
    db.store.issue(new(second)).await.unwrap();
}

async fn a_special_folio_that_was_used(db: Database) {
    deliver_special(&db.store, 1).await;
    let with_special = |n: u32, folio: u32| {
        let mut issued = issued(n, &["morfina"]);
        issued.special_folio = Some(special(folio));
        issued
    };
    // Never delivered, and delivered to somebody else.
    assert_refused(&db, new(with_special(1, 2)), Conflict::SpecialFolio).await;
    let mut of_another = with_special(1, 1);
    of_another.prescriber = "7654321".parse().unwrap();
    assert_refused(&db, new(of_another), Conflict::SpecialFolio).await;

    db.store.issue(new(with_special(1, 1))).await.unwrap();
    assert_refused(&db, new(with_special(2, 1)), Conflict::SpecialFolio).await;
    let (_, fate) = db.store.special_folio(&special(1)).await.unwrap();
    assert_eq!(fate.unwrap().fate, Fate::Used);
}

async fn a_request_identifier_that_was_used(db: Database) {
    let order = |n: u32, digest: u8| {
        let mut order = new(issued(n, &["losartan"]));
        order.request = Some(request("order-1", digest));
        order
    };
    db.store.issue(order(1, 1)).await.unwrap();
    assert_refused(&db, order(2, 1), Conflict::Request).await;
    assert_refused(&db, order(2, 2), Conflict::Request).await;
}

async fn a_folio_that_is_taken(db: Database) {
    db.store.issue(new(issued(1, &["losartan"]))).await.unwrap();
    let mut other = issued(1, &["metformina"]);
    other.patient = patient(2);
    assert_refused(&db, new(other), Conflict::Taken).await;
}

on_both!(
    a_second_prescription_of_a_substance,
    a_special_folio_that_was_used,
    a_request_identifier_that_was_used,
    a_folio_that_is_taken,
);
