//! Stock through the real service: what comes in, what goes out, and what may not.

use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::json;

use crate::answer::Answer;
use crate::callers::{Pharmacy, auditor, ehr, example};
use crate::stock_room::{CLONAZEPAM, EXPIRY, LOT, packages};
use crate::world::{World, with_world};

/// Issues clonazepam for `count` patients.
async fn issue_many(world: &World, count: usize) -> Vec<String> {
    let mut folios = Vec::new();
    for number in 0..count {
        folios.push(world.issue(&for_patient(number)).await);
    }
    folios
}

/// The example for another patient.
fn for_patient(number: usize) -> serde_json::Value {
    let mut order = example("clonazepam");
    let day = 10 + number;
    order["identifier"][0]["value"] = json!(format!("ORD-{number}"));
    let (curp, birth) = curp_of(day);
    order["contained"][0]["identifier"][0]["value"] = json!(curp);
    order["contained"][0]["birthDate"] = json!(birth);
    order
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
        assert_eq!(dispensed.status, StatusCode::CREATED, "{}", dispensed.text());
        assert_eq!(world.units(&pharmacy).await, 30);
    });
}
