//! The place of "the active prescription of a substance for a patient": who frees it, and when.

use jiff::civil::Date;
use prescription::{Event, Issued, Prescription};
use rx_service::store::{Conflict, Store};

use crate::database::Database;
use crate::fixture::{
    self, TODAY, TODAY_NUMBER, conflict, dispense, folio, issued, new, next, patient,
};
use crate::on_both;

/// The substances that patient 1 has, with the number of the prescription.
async fn held(db: &Database, today: i64) -> Vec<(String, u32)> {
    let held = db
        .store
        .active_substances(&patient(1), today)
        .await
        .unwrap();
    let number = |of| (1..100).find(|n| folio(*n) == of).unwrap();
    let mut held: Vec<_> = held
        .into_iter()
        .map(|(substance, folio)| (substance, number(folio)))
        .collect();
    held.sort();
    held
}

async fn step(store: &Store, before: Prescription, version: i64, event: Event) -> Prescription {
    let step = next(&before, version, event);
    let after = step.after.clone();
    store.advance("test", step).await.unwrap();
    after
}

fn pair(of: &[(&str, u32)]) -> Vec<(String, u32)> {
    of.iter()
        .map(|(substance, n)| ((*substance).to_owned(), *n))
        .collect()
}

async fn a_line_frees_it_when_it_closes(db: Database) {
    let order = new(issued(1, &["a", "b"]));
    db.store.issue(order.clone()).await.unwrap();
    let part = dispense(&order.state, 1, 1);
    let state = step(&db.store, order.state, 1, part).await;
    assert_eq!(held(&db, TODAY_NUMBER).await, pair(&[("a", 1), ("b", 1)]));
    let rest = dispense(&state, 1, 1);
    let state = step(&db.store, state, 2, rest).await;
    assert_eq!(held(&db, TODAY_NUMBER).await, pair(&[("b", 1)]));
    let other_line = dispense(&state, 2, 2);
    step(&db.store, state, 3, other_line).await;
    assert_eq!(held(&db, TODAY_NUMBER).await, []);
}

/// After line 1 closed, its substance may be prescribed anew; what becomes of line 2 must not
/// touch that.
async fn a_line_that_closed_does_not_free_it_twice(db: Database) {
    let order = new(issued(1, &["a", "b"]));
    db.store.issue(order.clone()).await.unwrap();
    let all = dispense(&order.state, 1, 2);
    let state = step(&db.store, order.state, 1, all).await;
    let mut second = issued(2, &["a"]);
    second.patient = patient(1);
    db.store.issue(new(second)).await.unwrap();
    let rest = dispense(&state, 2, 2);
    step(&db.store, state, 2, rest).await;
    assert_eq!(held(&db, TODAY_NUMBER).await, pair(&[("a", 2)]));
}

async fn the_end_frees_every_line(db: Database) {
    let cancel: fn(&Prescription) -> Event = fixture::cancel;
    for (number, end) in [(1, cancel), (2, fixture::expire)] {
        let mut issued = issued(number, &["a", "b"]);
        issued.patient = patient(1);
        let order = new(issued);
        db.store.issue(order.clone()).await.unwrap();
        assert_eq!(
            held(&db, TODAY_NUMBER).await,
            pair(&[("a", number), ("b", number)])
        );
        let event = end(&order.state);
        step(&db.store, order.state, 1, event).await;
        assert_eq!(held(&db, TODAY_NUMBER).await, []);
    }
}

/// The place of a prescription past its validity is free, even where nobody has expired it yet.
async fn who_is_past_the_validity_is_replaced(db: Database) {
    let last = TODAY.tomorrow().unwrap();
    let mut first = issued(1, &["a"]);
    first.lines[0].valid_until = last;
    let first = new(first);
    db.store.issue(first.clone()).await.unwrap();

    let written_on = |n: u32, day: Date| {
        let mut issued: Issued = issued(n, &["a"]);
        (issued.patient, issued.written_on) = (patient(1), day);
        new(issued)
    };
    let expected = Conflict::ActiveSubstance {
        line: 1,
        folio: folio(1),
    };
    assert_eq!(
        conflict(db.store.issue(written_on(2, last)).await),
        expected
    );
    assert_eq!(held(&db, TODAY_NUMBER + 1).await, pair(&[("a", 1)]));
    assert_eq!(held(&db, TODAY_NUMBER + 2).await, []);
    let after_last = last.tomorrow().unwrap();
    db.store.issue(written_on(2, after_last)).await.unwrap();

    // Its own expiry, recorded late, does not free the place of the second.
    let event = fixture::expire(&first.state);
    step(&db.store, first.state, 1, event).await;
    assert_eq!(held(&db, TODAY_NUMBER + 2).await, pair(&[("a", 2)]));
}

on_both!(
    a_line_frees_it_when_it_closes,
    a_line_that_closed_does_not_free_it_twice,
    the_end_frees_every_line,
    who_is_past_the_validity_is_replaced,
);
