//! Stock through the real service: what comes in, what goes out, and what may not.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::callers::{Pharmacy, example};
use crate::lifetime::join_all;
use crate::stock_room::packages;
use crate::world::{World, with_world};

/// The example prescription for another patient, born on another day.
pub(crate) fn for_patient(number: usize) -> Value {
    let mut order = example("clonazepam");
    let day = 1 + number;
    let first_17 = format!("HECL5808{day:02}HHGRRS0");
    let digit = mpi::expected_check_digit(&first_17).unwrap();
    order["identifier"][0]["value"] = json!(format!("ORD-{number}"));
    order["contained"][0]["identifier"][0]["value"] = json!(format!("{first_17}{digit}"));
    order["contained"][0]["birthDate"] = json!(format!("1958-08-{day:02}"));
    order
}

pub(crate) async fn issue_many(world: &World, count: usize) -> Vec<String> {
    let mut folios = Vec::new();
    for number in 0..count {
        folios.push(world.issue(&for_patient(number)).await);
    }
    folios
}

fn created(answers: &[Answer]) -> usize {
    let created = |answer: &&Answer| answer.status == StatusCode::CREATED;
    answers.iter().filter(created).count()
}

#[test]
fn what_arrives_can_be_dispensed_and_is_in_the_book() {
    let name = "stock::what_arrives_can_be_dispensed_and_is_in_the_book";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        let folio = world.issue(&example("clonazepam")).await;
        let refused = world.dispense(&pharmacy, &folio, 1, 1).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let batch = "MedicationDispense.contained[0].batch".to_owned();
        assert_eq!(refused.issues()[0], ("not-enough-stock".to_owned(), batch));

        let mut order = world.movement("purchase", &[packages(2)]);
        order["document"] = json!("F-2026-001234");
        order["counterpart"] = json!({"supplier": {"rfc": "ALM010101AAA", "licence": "LS-9"}});
        let arrived = world.post_movement(&pharmacy, &order).await;
        assert_eq!(arrived.status, StatusCode::CREATED, "{}", arrived.text());
        assert_eq!(arrived.header("receta-movement"), "1");
        world.check_receipt(&arrived).await;
        let said = arrived.json();
        assert_eq!(said["balances"][0]["units"], 60);
        assert_eq!(said["entries"][0]["balance"], 60);

        let dispensed = world.dispense(&pharmacy, &folio, 1, 1).await;
        assert_eq!(
            dispensed.status,
            StatusCode::CREATED,
            "{}",
            dispensed.text()
        );
        assert_eq!(world.units(&pharmacy).await, 30);
    });
}

#[test]
fn of_two_counters_that_want_the_last_box_one_gets_it() {
    let name = "stock::of_two_counters_that_want_the_last_box_one_gets_it";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 1).await;
        let folios = issue_many(&world, 2).await;
        let acts = folios
            .iter()
            .map(|folio| world.dispense(&pharmacy, folio, 1, 1));
        let answers = join_all(acts).await;
        assert_eq!(created(&answers), 1);
        let refused = answers.iter().find(|a| a.status != StatusCode::CREATED);
        assert_eq!(refused.unwrap().issues()[0].0, "not-enough-stock");
        assert_eq!(world.units(&pharmacy).await, 0);
    });
}

#[test]
fn sixteen_at_once_hand_over_no_more_than_there_is() {
    let name = "stock::sixteen_at_once_hand_over_no_more_than_there_is";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 5).await;
        let folios = issue_many(&world, 16).await;
        let acts = folios
            .iter()
            .map(|folio| world.dispense(&pharmacy, folio, 1, 1));
        let answers = join_all(acts).await;
        assert_eq!(created(&answers), 5);
        assert_eq!(world.units(&pharmacy).await, 0);
        let book = world.get(&pharmacy.caller, "/control-books/II").await;
        let lines = book.json()["lines"].as_array().unwrap().clone();
        let balances: Vec<_> = lines.iter().map(|line| line["balance"].clone()).collect();
        assert_eq!(
            balances,
            [150, 120, 90, 60, 30, 0].map(|units| json!(units))
        );
    });
}

#[test]
fn the_same_signed_bytes_are_one_movement_and_others_another() {
    let name = "stock::the_same_signed_bytes_are_one_movement_and_others_another";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        let order = world.movement("opening", &[packages(3)]);
        let first = world.post_movement(&pharmacy, &order).await;
        let again = world.post_movement(&pharmacy, &order).await;
        let statuses = (first.status, again.status);
        assert_eq!(statuses, (StatusCode::CREATED, StatusCode::OK));
        assert_eq!(first.json(), again.json());
        let index = "receta-ledger-index";
        assert_eq!(first.header(index), again.header(index));
        assert_eq!(world.units(&pharmacy).await, 90);
        // Even days later, when such a movement would be too old to be recorded.
        world.set_time("2026-03-12T15:00:00Z");
        let again = world.post_movement(&pharmacy, &order).await;
        assert_eq!(again.status, StatusCode::OK, "{}", again.text());

        let orders = [2, 4].map(|count| {
            let mut order = world.movement("purchase", &[packages(count)]);
            order["document"] = json!(format!("F-{count}"));
            order["counterpart"] = json!({"supplier": {"rfc": "ALM010101AAA", "licence": "L"}});
            order
        });
        let posts = orders
            .iter()
            .map(|order| world.post_movement(&pharmacy, order));
        let answers = join_all(posts).await;
        let mut numbers: Vec<_> = answers
            .iter()
            .map(|a| a.header("receta-movement"))
            .collect();
        numbers.sort();
        assert_eq!(numbers, ["2", "3"]);
        assert_eq!(world.units(&pharmacy).await, 90 + 60 + 120);
    });
}
