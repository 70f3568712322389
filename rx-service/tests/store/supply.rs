//! What a patient has, or can still get, of a substance: who takes the place, and when it is free.

use jiff::civil::Date;
use prescription::{Event, Issued, PatientId, Prescription};
use rx_service::store::{Conflict, Held, Store, Supply};

use crate::database::Database;
use crate::fixture::{
    self, TODAY, TODAY_NUMBER, conflict, dispense, folio, inconsistency, issued, new, next, patient,
};
use crate::on_both;

/// The substances that patient 1 has, with the number of the prescription.
async fn held(db: &Database, today: i64) -> Vec<(String, u32)> {
    let held = db.store.supplies(&patient(1), today).await.unwrap();
    let number = |of| (1..100).find(|n| folio(*n) == of).unwrap();
    let mut held: Vec<_> = held
        .into_iter()
        .map(|supply| (supply.substance, number(supply.folio)))
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
    let expected = Conflict::Overlap {
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

/// What was handed over counts after the line is closed, and after the prescription is over, until
/// it is used up or comes back.
async fn what_the_patient_has_counts_until_it_is_used_up(db: Database) {
    let in_days = |days: i64| TODAY + jiff::Span::new().days(days);
    let order = new(issued(1, &["a", "b"]));
    db.store.issue(order.clone()).await.unwrap();
    let mut all = next(&order.state, 1, dispense(&order.state, 1, 2));
    all.held = vec![Held {
        line: 1,
        until: Some(in_days(9)),
    }];
    let state = all.after.clone();
    db.store.advance("test", all).await.unwrap();
    let supplies = db.store.supplies(&patient(1), TODAY_NUMBER).await.unwrap();
    let days: Vec<_> = supplies
        .iter()
        .map(|s| (s.line, s.held_until, s.until))
        .collect();
    // Line 2 can still be filled for thirty days.
    let expected = [(1, Some(in_days(9)), in_days(9)), (2, None, in_days(30))];
    assert_eq!(days, expected);

    let state = step(&db.store, state.clone(), 2, fixture::cancel(&state)).await;
    assert_eq!(held(&db, TODAY_NUMBER + 9).await, pair(&[("a", 1)]));
    assert_eq!(held(&db, TODAY_NUMBER + 10).await, []);
    let mut second = issued(2, &["a"]);
    second.patient = patient(1);
    let refused = db.store.issue(new(second.clone())).await;
    let expected = Conflict::Overlap {
        line: 1,
        folio: folio(1),
    };
    assert_eq!(conflict(refused), expected);
    second.written_on = in_days(10);
    second.lines[0].valid_until = in_days(40);
    db.store.issue(new(second)).await.unwrap();
    assert!(state.status.ended_at().is_some());
}

/// A line that can be filled for longer than what was handed over lasts keeps its place for as long.
async fn the_later_of_the_two_days_counts(db: Database) {
    let order = new(issued(1, &["a"]));
    db.store.issue(order.clone()).await.unwrap();
    let mut state = order.state;
    for (version, until, expected) in [(1, 9, 30), (2, 45, 45)] {
        let mut part = next(&state, version, dispense(&state, 1, 1));
        let until = Some(TODAY + jiff::Span::new().days(until));
        part.held = vec![Held { line: 1, until }];
        state = part.after.clone();
        db.store.advance("test", part).await.unwrap();
        assert_eq!(held(&db, TODAY_NUMBER + expected).await, pair(&[("a", 1)]));
        assert_eq!(held(&db, TODAY_NUMBER + expected + 1).await, []);
    }
}

/// Rows of long ago go with the patient's next prescription, and nobody else's.
async fn what_is_long_over_is_not_kept(db: Database) {
    for n in [1, 2] {
        db.store.issue(new(issued(n, &["a"]))).await.unwrap();
    }
    let later = TODAY + jiff::Span::new().days(38);
    let mut next = issued(3, &["b"]);
    (next.patient, next.written_on) = (patient(1), later);
    next.lines[0].valid_until = later;
    db.store.issue(new(next)).await.unwrap();
    let mut rows = db.texts("SELECT folio FROM supply").await;
    rows.sort();
    assert_eq!(rows, [folio(2).compact(), folio(3).compact()]);
}

/// The question of every issue is answered from the rows of one patient, by index: the time it takes
/// does not grow with the prescriptions of others.
async fn the_question_uses_the_index(db: Database) {
    let rows = (0..2000).map(|n| synthetic(2 + n % 1000, n));
    db.store.load_supplies(rows.collect()).await.unwrap();
    let question = rx_service::store::SUPPLIES
        .replace("$1", &format!("'{}'", patient(2)))
        .replace("$2", "20780");
    let plan = db.plan(&question).await;
    assert!(plan.contains("supply_by_patient"), "{plan}");
    assert!(
        !plan.contains("Seq Scan") && !plan.contains("SCAN"),
        "{plan}"
    );
    let supplies = db.store.supplies(&patient(2), TODAY_NUMBER).await.unwrap();
    assert_eq!(supplies.len(), 2);
    assert_eq!(supplies[0], synthetic(2, 0).1);
}

/// Row `n`, of patient number `of`.
fn synthetic(of: u32, n: u32) -> (PatientId, Supply) {
    let supply = Supply {
        folio: folio(n),
        line: 1,
        substance: format!("S{}", n % 100),
        group: n.is_multiple_of(2).then(|| "opioid".to_owned()),
        establishment: fixture::establishment(),
        written_on: TODAY,
        held_until: None,
        until: TODAY + jiff::Span::new().days(30),
    };
    (patient(of), supply)
}

async fn a_damaged_row_is_found(db: Database) {
    db.store.issue(new(issued(1, &["a"]))).await.unwrap();
    for (column, wrong) in [
        ("clues", "'nowhere'"),
        ("line", "999"),
        ("written_on", "99999999999"),
    ] {
        let before = db
            .execute(&format!("UPDATE supply SET {column} = {wrong}"))
            .await;
        assert_eq!(before, 1);
        let found = inconsistency(db.store.supplies(&patient(1), TODAY_NUMBER).await);
        assert_eq!((found.0, found.1), ("supply", column));
        db.execute("UPDATE supply SET clues = 'HGIMB000011', line = 1, written_on = 20780")
            .await;
    }
}

on_both!(
    the_question_uses_the_index,
    what_the_patient_has_counts_until_it_is_used_up,
    the_later_of_the_two_days_counts,
    what_is_long_over_is_not_kept,
    a_damaged_row_is_found,
    a_line_frees_it_when_it_closes,
    a_line_that_closed_does_not_free_it_twice,
    the_end_frees_every_line,
    who_is_past_the_validity_is_replaced,
);
