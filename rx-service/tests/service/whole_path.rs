//! One prescription from the request to the proof.

use axum::http::StatusCode;
use serde_json::json;

use crate::answer::without_key_acts;
use crate::callers::{Pharmacy, auditor, ehr, example, path_of};
use crate::world::with_world;

#[test]
fn issued_verified_dispensed_refused_the_second_time() {
    with_world(
        "whole_path::issued_verified_dispensed_refused_the_second_time",
        async |world| {
            let request = example("clonazepam");
            let answer = world.post(&ehr(), path_of(&request), &request).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            world.check_receipt(&answer).await;
            let folio = answer.header("receta-folio");
            assert_eq!(answer.json()["groupIdentifier"]["value"], json!(folio));

            let pharmacy = Pharmacy::licensed();
            let qr = world.qr(&folio).await;
            let state = world
                .post(&pharmacy.caller, "/verifications", &json!({"qr": qr}))
                .await;
            assert_eq!(state.status, StatusCode::OK, "{}", state.text());
            assert_eq!(state.json()["phase"], "active");
            assert_eq!(state.json()["lines"][0]["owed"], 1);

            world.stock(&pharmacy, 1).await;
            let dispensed = world.dispense(&pharmacy, &folio, 1, 1).await;
            assert_eq!(
                dispensed.status,
                StatusCode::CREATED,
                "{}",
                dispensed.text()
            );
            world.check_receipt(&dispensed).await;

            let other = Pharmacy::new("HGIMB000262", Some("LS-HGO-0981"));
            let again = world.dispense(&other, &folio, 1, 1).await;
            assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.text());
            let codes: Vec<_> = again.issues().into_iter().map(|(code, _)| code).collect();
            assert_eq!(codes, ["already-completed", "dispensed-before"]);
            assert!(
                again.text().contains("02/03/2026 a las 09:00"),
                "{}",
                again.text()
            );
            assert!(!again.text().contains("HECL580923"), "to whom is not said");

            let bodies = world.get(&auditor(), "/ledger/bodies").await;
            // The issue, the stock's opening and the dispensing.
            assert_eq!(without_key_acts(&bodies.text()).len(), 3);
        },
    );
}

#[test]
fn three_lines_and_a_morphine_with_its_special_folio() {
    with_world(
        "whole_path::three_lines_and_a_morphine_with_its_special_folio",
        async |world| {
            let folio = world.issue(&example("three-lines")).await;
            for artifact in ["qr.svg", "qr.png", "qr.txt", "receipt", "receta.pdf"] {
                let answer = world
                    .get(&ehr(), &format!("/prescriptions/{folio}/{artifact}"))
                    .await;
                assert_eq!(answer.status, StatusCode::OK, "{artifact}");
            }
            let morphine = example("morphine");
            let refused = world.post(&ehr(), path_of(&morphine), &morphine).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            let special: Vec<_> = vec!["HGO-2026-0000137".parse().unwrap()];
            let cedula = "7654321".parse().unwrap();
            rx_service::flow::enrol::deliver_special_folios(&world.app, cedula, special)
                .await
                .unwrap();
            let folio = world.issue(&morphine).await;
            let id = folio.replace('-', "");
            let cancel = world
                .post(
                    &ehr(),
                    &format!("/fhir/r4/MedicationRequest/{id}-1/$cancel"),
                    &example("cancel"),
                )
                .await;
            assert_eq!(cancel.status, StatusCode::OK, "{}", cancel.text());
            assert_eq!(cancel.json()["status"], "cancelled");
            let refused = world.dispense(&Pharmacy::licensed(), &folio, 1, 1).await;
            assert_eq!(
                refused.issues()[0].0,
                "already-cancelled",
                "{}",
                refused.text()
            );
        },
    );
}

#[test]
fn a_retry_after_a_lost_answer_gets_the_same_answer() {
    with_world(
        "whole_path::a_retry_after_a_lost_answer_gets_the_same_answer",
        async |world| {
            let request = example("clonazepam");
            let folio = world.issue(&request).await;
            let again = world.post(&ehr(), path_of(&request), &request).await;
            assert_eq!(again.status, StatusCode::OK);
            assert_eq!(again.header("receta-folio"), folio);
            world.check_receipt(&again).await;
            let mut other = request.clone();
            other["dispenseRequest"]["quantity"]["value"] = json!(2);
            let reused = world.post(&ehr(), path_of(&other), &other).await;
            assert_eq!(reused.status, StatusCode::CONFLICT);
            assert_eq!(reused.issues()[0].0, "identifier-reused");

            let pharmacy = Pharmacy::licensed();
            world.stock(&pharmacy, 1).await;
            let act = pharmacy.act(&world, &folio, 1, 1).await;
            let first = world.post_signed(&pharmacy, &act).await;
            let second = world.post_signed(&pharmacy, &act).await;
            assert_eq!(
                (first.status, second.status),
                (StatusCode::CREATED, StatusCode::OK)
            );
            assert_eq!(
                first.header("receta-ledger-index"),
                second.header("receta-ledger-index")
            );
        },
    );
}

#[test]
fn what_was_acknowledged_survives_a_restart() {
    with_world(
        "whole_path::what_was_acknowledged_survives_a_restart",
        async |world| {
            let pharmacy = Pharmacy::licensed();
            world.stock(&pharmacy, 1).await;
            let folio = world.issue(&example("clonazepam")).await;
            let key = world.ledger_key().to_string();
            let world = world.restart().await;
            assert_eq!(world.ledger_key().to_string(), key);
            assert_eq!(world.units(&pharmacy).await, 30);
            let dispensed = world.dispense(&pharmacy, &folio, 1, 1).await;
            assert_eq!(
                dispensed.status,
                StatusCode::CREATED,
                "{}",
                dispensed.text()
            );
            // Behind the stock's opening and the issue, each with the map head of its batch.
            let index = (world.begun + 4).to_string();
            assert_eq!(dispensed.header("receta-ledger-index"), index);
            world.check_receipt(&dispensed).await;
        },
    );
}
