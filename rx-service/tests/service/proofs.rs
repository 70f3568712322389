//! Proofs over HTTP: the state of a prescription, a substance of a patient, COSE, the public ledger.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use data_encoding::{BASE64, HEXLOWER};
use ledger::{CoseReceipt, MapAnswer, MapHead, MapKey, MapProof, TlogProof, value_hash};
use prescription::BlindedKey;
use prescription::map::{MappedState, substance_key};
use prescription::state::Phase;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::callers::{Pharmacy, ehr, example, other_ehr};
use crate::world::{World, with_world};

fn bytes(answer: &Value, field: &str) -> Vec<u8> {
    BASE64
        .decode(answer[field].as_str().unwrap().as_bytes())
        .unwrap()
}

/// What an answer proves of a key, with nothing but the ledger's key.
fn verify(world: &World, answer: &Value, key: &MapKey) -> MapAnswer {
    let head = bytes(answer, "map_head");
    let receipt = TlogProof::parse(answer["receipt"].as_str().unwrap().as_bytes()).unwrap();
    let verified = receipt.verify(&head, &world.ledger_key()).unwrap();
    let head = MapHead::decode(&head).unwrap();
    assert_eq!(answer["index"], head.entries);
    assert_eq!(verified.index(), head.entries);
    let proof = MapProof::decode(&bytes(answer, "proof")).unwrap();
    proof.verify(head.root, key).unwrap()
}

async fn state(world: &World, folio: &str) -> (MappedState, MapAnswer) {
    let path = format!("/prescriptions/{folio}/state");
    let answer = world.get(&ehr(), &path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let answer = answer.json();
    let key = HEXLOWER
        .decode(answer["key"].as_str().unwrap().as_bytes())
        .unwrap();
    let value = bytes(&answer, "value");
    let said = verify(world, &answer, &MapKey(key.try_into().unwrap()));
    assert_eq!(said, MapAnswer::Present(value_hash(&value)));
    (MappedState::decode(&value).unwrap(), said)
}

async fn substance(world: &World, curp: &str, clave: &str) -> (bool, MapAnswer) {
    let question = json!({"curp": curp, "clave": clave});
    let answer = world.post(&ehr(), "/substance-proofs", &question).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let answer = answer.json();
    let blinded = answer["blinded_key"].as_str().unwrap().as_bytes();
    let blinded = HEXLOWER.decode(blinded).unwrap();
    let key = MapKey(substance_key(BlindedKey(blinded.try_into().unwrap())));
    (
        answer["active"].as_bool().unwrap(),
        verify(world, &answer, &key),
    )
}

/// CURP of the patient of an example with one line, and its clave.
fn patient_and_clave(example: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&example["contained"][0]["identifier"][0]["value"]),
        text(&example["medicationCodeableConcept"]["coding"][0]["code"]),
    )
}

#[test]
fn the_state_and_the_substance_follow_the_prescription() {
    let name = "proofs::the_state_and_the_substance_follow_the_prescription";
    with_world(name, async |world| {
        let order = example("clonazepam");
        let (curp, clave) = patient_and_clave(&order);
        let folio = world.issue(&order).await;
        let (issued, _) = state(&world, &folio).await;
        assert_eq!((issued.phase, issued.totals.dispensed), (Phase::Active, 0));
        let (active, said) = substance(&world, &curp, &clave).await;
        assert!(active && said != MapAnswer::Absent);
        let (active, said) = substance(&world, &curp, "010.000.0104.00").await;
        assert!(!active && said == MapAnswer::Absent);

        let packages = u32::try_from(issued.totals.prescribed).unwrap();
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, packages).await;
        world.dispense(&pharmacy, &folio, 1, packages).await;
        let (dispensed, _) = state(&world, &folio).await;
        assert_eq!(dispensed.phase, Phase::Completed);
        assert_eq!(dispensed.totals.dispensed, dispensed.totals.prescribed);
        let (active, said) = substance(&world, &curp, &clave).await;
        assert!(!active && said == MapAnswer::Absent);
    });
}

#[test]
fn who_may_not_know_is_told_nothing() {
    with_world("proofs::who_may_not_know_is_told_nothing", async |world| {
        let order = example("clonazepam");
        let (curp, clave) = patient_and_clave(&order);
        let folio = world.issue(&order).await;
        let path = format!("/prescriptions/{folio}/state");
        let stranger = world.get(&other_ehr(), &path).await;
        assert_eq!(stranger.status, StatusCode::NOT_FOUND);
        let pharmacy = Pharmacy::licensed();
        let question = json!({"curp": curp, "clave": clave});
        let refused = world
            .post(&pharmacy.caller, "/substance-proofs", &question)
            .await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let unknown = json!({"curp": "VADA800927HSRSRL05", "clave": clave});
        let unknown = world.post(&ehr(), "/substance-proofs", &unknown).await;
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
        for wrong in [json!({"curp": "X", "clave": clave}), json!({}), json!([1])] {
            let refused = world.post(&ehr(), "/substance-proofs", &wrong).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
            assert!(!refused.text().contains("\"X\""));
        }
    });
}

#[test]
fn a_cose_receipt_proves_the_same_entry() {
    with_world(
        "proofs::a_cose_receipt_proves_the_same_entry",
        async |world| {
            let folio = world.issue(&example("clonazepam")).await;
            let path = format!("/prescriptions/{folio}/receipt.cose");
            let answer = world.get(&ehr(), &path).await;
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
            assert_eq!(answer.header("content-type"), "application/cose");
            let receipt = CoseReceipt::decode(&answer.body).unwrap();
            let entry = world
                .app
                .store
                .sequenced_entries(world.begun, 1)
                .await
                .unwrap()
                .remove(0);
            receipt
                .verify_inclusion(&entry.leaf, &world.ledger_key())
                .unwrap();
            let other = world
                .app
                .store
                .sequenced_entries(world.begun + 1, 1)
                .await
                .unwrap()
                .remove(0);
            assert!(
                receipt
                    .verify_inclusion(&other.leaf, &world.ledger_key())
                    .is_err()
            );
        },
    );
}

/// Whoever follows the ledger needs no certificate, and gets nothing but the ledger.
#[test]
fn the_public_ledger_asks_nobody_who_they_are() {
    let name = "proofs::the_public_ledger_asks_nobody_who_they_are";
    with_world(name, async |world| {
        world.issue(&example("clonazepam")).await;
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        let public = rx_service::api::public_router(world.app.clone());
        let get = async |path: &str| {
            let request = Request::builder().uri(path).body(Body::empty()).unwrap();
            let response = public.clone().oneshot(request).await.unwrap();
            response.status()
        };
        let size = world.begun + 2;
        for path in [
            "checkpoint",
            "shards",
            "shards/1",
            &format!("tile/0/000.p/{size}"),
            &format!("tile/entries/000.p/{size}"),
        ] {
            assert_eq!(
                get(&format!("/ledger/{path}")).await,
                StatusCode::OK,
                "{path}"
            );
        }
        for path in [
            "/ledger/bodies",
            "/ledger/tile/../../receta.db",
            "/ledger/2027/checkpoint",
            "/ledger/shards/9",
            "/ledger/map/zz",
            "/prescriptions/x/state",
            "/metrics",
            "/fhir/r4/metadata",
        ] {
            assert_eq!(get(path).await, StatusCode::NOT_FOUND, "{path}");
        }
    });
}
