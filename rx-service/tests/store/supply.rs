//! What a patient has, or can still get, of a substance: who takes the place, and when it is free.

use jiff::civil::Date;
use prescription::event::{Destination, ReturnReason, Returned, ReturnedLine};
use prescription::{Event, Fraction, Issued, Packages, PatientId, Prescription, Status};
use rx_service::store::{Conflict, Store, Supply};

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

/// For patient 1, written so many days after today.
fn later(mut issued: Issued, days: i64) -> Issued {
    let span = jiff::Span::new().days(days);
    (issued.patient, issued.written_on) = (patient(1), TODAY + span);
    for line in &mut issued.lines {
        line.valid_until += span;
    }
    issued
}

async fn a_line_frees_it_when_it_closes(db: Database) {
    let order = new(issued(1, &["a", "b"]));
    db.store.issue(order.clone()).await.unwrap();
    let part = dispense(&order.state, 1, 1);
    let state = step(&db.store, order.state, 1, part).await;
    assert_eq!(held(&db, TODAY_NUMBER).await, pair(&[("a", 1), ("b", 1)]));
    let rest = dispense(&state, 1, 1);
    let state = step(&db.store, state, 2, rest).await;
    // Two halves of a treatment of seven days, each enough for four.
    assert_eq!(
        held(&db, TODAY_NUMBER + 7).await,
        pair(&[("a", 1), ("b", 1)])
    );
    assert_eq!(held(&db, TODAY_NUMBER + 8).await, pair(&[("b", 1)]));
    let other_line = dispense(&state, 2, 2);
    step(&db.store, state, 3, other_line).await;
    assert_eq!(held(&db, TODAY_NUMBER + 8).await, []);
}

/// After line 1 closed, its substance may be prescribed anew; what becomes of line 2 must not
/// touch that.
async fn a_line_that_closed_does_not_free_it_twice(db: Database) {
    let order = new(issued(1, &["a", "b"]));
    db.store.issue(order.clone()).await.unwrap();
    let all = dispense(&order.state, 1, 2);
    let state = step(&db.store, order.state, 1, all).await;
    let second = later(issued(2, &["a"]), 7);
    db.store.issue(new(second)).await.unwrap();
    let rest = dispense(&state, 2, 2);
    step(&db.store, state, 2, rest).await;
    assert_eq!(held(&db, TODAY_NUMBER + 7).await, pair(&[("a", 2)]));
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
    // Two packages of a treatment of seven days, the first of them today.
    let all = dispense(&order.state, 1, 2);
    let state = step(&db.store, order.state, 1, all).await;
    let supplies = db.store.supplies(&patient(1), TODAY_NUMBER).await.unwrap();
    let days: Vec<_> = supplies
        .iter()
        .map(|s| (s.line, s.remainder.count(), s.held_until, s.until))
        .collect();
    // Line 2 can still be filled for thirty days.
    let expected = [
        (1, 0, Some(in_days(6)), in_days(6)),
        (2, 2, None, in_days(30)),
    ];
    assert_eq!(days, expected);

    let state = step(&db.store, state.clone(), 2, fixture::cancel(&state)).await;
    assert_eq!(held(&db, TODAY_NUMBER + 6).await, pair(&[("a", 1)]));
    assert_eq!(held(&db, TODAY_NUMBER + 7).await, []);
    let expected = Conflict::Overlap {
        line: 1,
        folio: folio(1),
    };
    let early = db.store.issue(new(later(issued(2, &["a"]), 6))).await;
    assert_eq!(conflict(early), expected);
    let next = new(later(issued(3, &["a"]), 7));
    db.store.issue(next).await.unwrap();

    // It comes back after the end of the prescription: the patient has it no more.
    let back = take_back(&state, 2);
    step(&db.store, state, 3, back).await;
    assert_eq!(held(&db, TODAY_NUMBER).await, pair(&[("a", 3)]));
}

/// A correction opens the line again, and with it the place among what can be filled.
async fn what_was_recorded_by_mistake_can_be_filled_again(db: Database) {
    let order = new(issued(1, &["a"]));
    db.store.issue(order.clone()).await.unwrap();
    let all = dispense(&order.state, 1, 2);
    let state = step(&db.store, order.state, 1, all).await;
    let state = step(&db.store, state.clone(), 2, take_back(&state, 1)).await;
    assert_eq!(state.status, Status::Active);
    let supplies = db.store.supplies(&patient(1), TODAY_NUMBER).await.unwrap();
    let [supply] = supplies.as_slice() else {
        panic!("{supplies:?}")
    };
    assert_eq!(supply.remainder.count(), 1);
    assert_eq!(supply.until, TODAY + jiff::Span::new().days(30));
    assert_eq!(supply.held_until, Some(TODAY + jiff::Span::new().days(3)));
}

/// `packages` of the first dispensing, as an error.
fn take_back(of: &Prescription, packages: u32) -> Event {
    Event::Returned(Returned {
        folio: of.issued.folio,
        at: fixture::at("2026-11-23T19:00:00Z"),
        on: TODAY,
        pharmacy: of.dispensings[0].pharmacy.clone(),
        dispensing: 1,
        reason: ReturnReason::EnteredInError,
        lines: vec![ReturnedLine {
            line: 1,
            packages: Packages::new(packages),
            destination: Destination::Shelf,
            undoes: true,
        }],
    })
}

/// The prescriber knew of the other one, and went on: both stand side by side. What changed since is
/// news, and so is what another line of the same substance brought.
async fn what_the_decision_knew_does_not_stand_in_its_way(db: Database) {
    db.store.issue(new(issued(1, &["a"]))).await.unwrap();
    let known = db.store.supplies(&patient(1), TODAY_NUMBER).await.unwrap();
    let order = |n: u32, known: &[Supply]| {
        let mut order = new(later(issued(n, &["a"]), 0));
        order.known = known.to_vec();
        order
    };
    db.store.issue(order(2, &known)).await.unwrap();
    assert_eq!(held(&db, TODAY_NUMBER).await, pair(&[("a", 1), ("a", 2)]));
    // A third that knew of the first only.
    let answer = db.store.issue(order(3, &known)).await;
    let expected = Conflict::Overlap {
        line: 1,
        folio: folio(2),
    };
    assert_eq!(conflict(answer), expected);
    // One that knew of both, but of the first as it was before something of it was handed over.
    let known = db.store.supplies(&patient(1), TODAY_NUMBER).await.unwrap();
    let first = db
        .store
        .prescription(folio(1))
        .await
        .unwrap()
        .unwrap()
        .state;
    let part = dispense(&first, 1, 1);
    step(&db.store, first, 1, part).await;
    let answer = db.store.issue(order(3, &known)).await;
    let expected = Conflict::Overlap {
        line: 1,
        folio: folio(1),
    };
    assert_eq!(conflict(answer), expected);
    let known = db.store.supplies(&patient(1), TODAY_NUMBER).await.unwrap();
    db.store.issue(order(3, &known)).await.unwrap();
}

/// A therapeutic group overlaps as a substance does; without one, nothing does.
async fn a_group_overlaps_too(db: Database) {
    let of = |n: u32, substance: &str, group: Option<&str>| {
        let mut issued = later(issued(n, &[substance]), 0);
        issued.lines[0].group = group.map(str::to_owned);
        new(issued)
    };
    db.store
        .issue(of(1, "MORFINA", Some("opioid")))
        .await
        .unwrap();
    db.store.issue(of(2, "LOSARTAN", None)).await.unwrap();
    db.store
        .issue(of(3, "DIAZEPAM", Some("benzodiazepine")))
        .await
        .unwrap();
    let refused = db.store.issue(of(4, "TRAMADOL", Some("opioid"))).await;
    let expected = Conflict::Overlap {
        line: 1,
        folio: folio(1),
    };
    assert_eq!(conflict(refused), expected);
    db.store.issue(of(5, "METFORMINA", None)).await.unwrap();
}

/// What an animal takes is nobody's supply.
async fn an_animal_has_no_supply(db: Database) {
    let mut issued = later(issued(1, &["a"]), 0);
    issued.animal = Some("canino".to_owned());
    let order = new(issued);
    db.store.issue(order.clone()).await.unwrap();
    let all = dispense(&order.state, 1, 2);
    step(&db.store, order.state, 1, all).await;
    assert_eq!(held(&db, TODAY_NUMBER).await, []);
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
        clave: "040.000.2612.00".parse().unwrap(),
        fraction: Fraction::II,
        remainder: Packages::new(n % 3),
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
        ("clave", "'x'"),
        ("fraction", "7"),
        ("remainder", "-1"),
        ("written_on", "99999999999"),
    ] {
        let before = db
            .execute(&format!("UPDATE supply SET {column} = {wrong}"))
            .await;
        assert_eq!(before, 1);
        let found = inconsistency(db.store.supplies(&patient(1), TODAY_NUMBER).await);
        assert_eq!((found.0, found.1), ("supply", column));
        db.execute(
            "UPDATE supply SET clues = 'HGIMB000011', line = 1, written_on = 20780,
             clave = '010.000.0104.00', fraction = 4, remainder = 2",
        )
        .await;
    }
}

on_both!(
    the_question_uses_the_index,
    what_the_patient_has_counts_until_it_is_used_up,
    what_was_recorded_by_mistake_can_be_filled_again,
    what_the_decision_knew_does_not_stand_in_its_way,
    a_group_overlaps_too,
    an_animal_has_no_supply,
    what_is_long_over_is_not_kept,
    a_damaged_row_is_found,
    a_line_frees_it_when_it_closes,
    a_line_that_closed_does_not_free_it_twice,
    the_end_frees_every_line,
    who_is_past_the_validity_is_replaced,
);
