//! Bodies with their salts.

use rx_service::store::StoredBody;

use crate::database::Database;
use crate::fixture::{batch, committed, folio, head, inconsistency, issued, new, record};
use crate::on_both;

/// Four prescriptions, of which the first three have their index.
async fn three_of_four(db: &Database) {
    for n in 1..=4 {
        db.store.issue(new(issued(n, &["a"]))).await.unwrap();
    }
    assert_eq!(committed(&db.store).await, head(0));
    let entries = db.store.waiting_entries(3).await.unwrap();
    db.store.commit_batch(batch(0, &entries)).await.unwrap();
}

async fn are_those_that_have_an_index(db: Database) {
    three_of_four(&db).await;
    let bodies = db.store.bodies(0, 100).await.unwrap();
    let indices: Vec<_> = bodies.iter().map(|body| body.index).collect();
    assert_eq!(indices, [0, 1, 2]);
    for (n, body) in (1..).zip(&bodies) {
        let written = record(1, prescription::Event::Issued(issued(n, &["a"])));
        let opened = body.opened.as_ref().unwrap();
        assert_eq!((opened.salt, &opened.body), (written.salt, &written.body));
    }
    let page = db.store.bodies(1, 1).await.unwrap();
    assert_eq!(page.len(), 1);
    assert_eq!(page[0].index, 1);
    let body = |of: &StoredBody| of.opened.as_ref().unwrap().body.clone();
    assert_eq!(body(&page[0]), body(&bodies[1]));
    assert!(db.store.bodies(3, 100).await.unwrap().is_empty());
}

async fn a_damaged_one_is_found(db: Database) {
    three_of_four(&db).await;
    db.put_blob(
        "UPDATE event SET sealed = $1
         WHERE position = (SELECT position FROM entry WHERE log_index = 1)",
        vec![0; 64],
    )
    .await;
    let row = format!("event/{}/1", folio(2).compact());
    assert_eq!(
        inconsistency(db.store.bodies(0, 100).await),
        ("event", "sealed", row)
    );
    assert_eq!(db.store.bodies(2, 100).await.unwrap().len(), 1);
}

on_both!(are_those_that_have_an_index, a_damaged_one_is_found);
