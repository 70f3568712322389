//! Issue: what it writes, and what is read back.

use rx_service::store::RequestKey;

use crate::database::Database;
use crate::fixture::{
    self, TODAY_NUMBER, conflict, deliver_special, folio, issued, new, patient, special,
};
use crate::on_both;

fn key(identifier: &str, digest: u8) -> RequestKey {
    RequestKey {
        client: "client".to_owned(),
        identifier: identifier.to_owned(),
        digest: [digest; 32],
    }
}

async fn writes_every_row(db: Database) {
    deliver_special(&db.store, 1).await;
    let mut issued = issued(1, &["morfina", "losartan"]);
    issued.special_folio = Some(special(1));
    issued.lines[1].valid_until = jiff::civil::date(2026, 12, 1);
    let mut order = new(issued);
    order.request = Some(key("order-1", 1));
    db.store.issue(order.clone()).await.unwrap();

    let folio = folio(1);
    let f = folio.compact();
    let p = patient(1);
    let instant = fixture::at(fixture::ISSUED_AT).as_millisecond();
    let (long, short) = (TODAY_NUMBER + 30, TODAY_NUMBER + 8);
    let expected = [
        format!("access {instant} {}", order.access),
        "entry 1 -".to_owned(),
        "entry 2 -".to_owned(),
        "entry 3 -".to_owned(),
        format!("event {f} 1 -"),
        format!(
            "prescription {f} 1 active {p} 1234567 HGIMB000011 {instant} {TODAY_NUMBER} {long}"
        ),
        format!("request client order-1 {f}"),
        format!("special SSA-2026-000001 1234567 used {f}"),
        format!("supply {p} losartan {f} 2 -1 {short}"),
        format!("supply {p} morfina {f} 1 -1 {long}"),
    ];
    assert_eq!(db.contents().await, expected);

    let stored = db.store.prescription(folio).await.unwrap().unwrap();
    assert_eq!(stored.state, order.state);
    assert_eq!((stored.version, stored.indices), (1, vec![None]));
    let waiting = db.store.waiting_entries(10).await.unwrap();
    // Behind the two acts on the special folio.
    assert_eq!(waiting.len(), 3);
    assert_eq!(waiting[2].leaf, order.record.entry.leaf);
}

/// The body names substances and dosage: it must not lie in the file in clear.
async fn seals_the_body(db: Database) {
    let order = new(issued(1, &["clonazepam"]));
    db.store.issue(order.clone()).await.unwrap();
    let sealed = db.blobs("SELECT sealed FROM event").await.remove(0);
    let clear = |needle: &[u8]| sealed.windows(needle.len()).any(|window| window == needle);
    assert!(!clear(b"clonazepam") && !clear(&order.record.salt));
    assert_eq!(sealed.len(), 12 + 32 + order.record.body.len() + 16);
}

async fn recognises_a_request(db: Database) {
    let mut order = new(issued(1, &["losartan"]));
    order.request = Some(key("order-1", 1));
    assert_eq!(
        db.store.earlier_request(&key("order-1", 1)).await.unwrap(),
        None
    );
    db.store.issue(order).await.unwrap();

    let earlier = db.store.earlier_request(&key("order-1", 1)).await.unwrap();
    assert_eq!(earlier, Some(folio(1)));
    let other = conflict(db.store.earlier_request(&key("order-1", 2)).await);
    assert_eq!(other, rx_service::store::Conflict::Request);
    assert_eq!(
        db.store.earlier_request(&key("order-2", 1)).await.unwrap(),
        None
    );

    let found = db
        .store
        .folio_of_request("client", "order-1")
        .await
        .unwrap();
    assert_eq!(found, Some(folio(1)));
    assert_eq!(
        db.store
            .folio_of_request("another", "order-1")
            .await
            .unwrap(),
        None
    );
}

/// Two clients may name their requests alike.
async fn identifiers_are_per_client(db: Database) {
    for (n, client) in [(1, "one"), (2, "other")] {
        let mut order = new(issued(n, &["losartan"]));
        order.request = Some(RequestKey {
            client: client.to_owned(),
            ..key("order-1", 1)
        });
        db.store.issue(order).await.unwrap();
    }
    let found = db.store.folio_of_request("other", "order-1").await.unwrap();
    assert_eq!(found, Some(folio(2)));
}

on_both!(
    writes_every_row,
    seals_the_body,
    recognises_a_request,
    identifiers_are_per_client
);
