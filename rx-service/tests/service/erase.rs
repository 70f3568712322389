//! Erasure, from the order to what callers and the authority see of it afterwards.

use axum::http::StatusCode;
use data_encoding::BASE64;
use jiff::Timestamp;
use prescription::body::{EventBody, Evidence, commitment};
use prescription::erase::ErasureBasis;
use prescription::leaf::{Leaf, LeafKind};
use prescription::{Erased, Event, Folio};
use rx_service::flow::{
    DueErasure, ErasureOrder, FlowError, erase, erasure_due, erasures_due, expire_due,
};
use serde_json::Value;
use signing::cms::cades;
use signing::trust::Trust;

use crate::answer::without_key_acts;
use crate::callers::{auditor, ehr, example, path_of};
use crate::world::{World, with_world};

/// Enrolled when the retention is over.
const OFFICER: &str = "8888888";
/// Five years after the example prescription expired, and a day.
const AFTER_RETENTION: &str = "2031-04-03T15:00:00Z";

async fn order(world: &World, folio: &str, by: &str) -> Result<Erased, FlowError> {
    let order = ErasureOrder {
        folio: folio.parse().unwrap(),
        by: by.parse().unwrap(),
        basis: ErasureBasis::RetentionOver,
        activation: consent(world, folio, by).await,
    };
    erase(&world.app, &order).await
}

/// The officer's activation of an erasure.
async fn consent(world: &World, folio: &str, by: &str) -> Option<String> {
    let digest = ErasureOrder::digest(folio.parse().unwrap(), ErasureBasis::RetentionOver);
    crate::consent::officer(&world.app, by, digest).await
}

/// The code of a refusal.
fn code<T: std::fmt::Debug>(answer: Result<T, FlowError>) -> &'static str {
    answer.unwrap_err().refusal_code().unwrap()
}

async fn due(world: &World) -> Vec<DueErasure> {
    let mut found = Vec::new();
    let each = &mut |due| {
        found.push(due);
        Ok::<_, FlowError>(())
    };
    erasures_due(&world.app, each).await.unwrap();
    found
}

/// An example that expired on 2026-04-02, the ledger's index assigned, and an officer five years
/// later.
async fn expired(world: &World) -> String {
    let folio = world.issue(&example("clonazepam")).await;
    world.set_time("2026-04-02T15:00:00Z");
    assert_eq!(expire_due(&world.app).await.unwrap(), 1);
    sequenced(world, &folio, 2).await;
    folio
}

/// Waits until `count` events of the prescription have their index.
async fn sequenced(world: &World, folio: &str, count: usize) {
    for _ in 0..200 {
        let stored = world.app.store.prescription(folio.parse().unwrap()).await;
        let indices = stored.unwrap().unwrap().indices;
        if indices.len() == count && indices.iter().all(Option::is_some) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the ledger does not go on");
}

/// The lines of `/ledger/bodies`, once the entry of the erasure is among them.
async fn bodies(world: &World, count: usize) -> Vec<Value> {
    for _ in 0..200 {
        let text = world.get(&auditor(), "/ledger/bodies").await.text();
        let lines = without_key_acts(&text);
        if lines.len() == count {
            let parsed = lines.iter().map(|line| serde_json::from_str(line).unwrap());
            return parsed.collect();
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the ledger does not go on");
}

#[test]
fn nothing_is_erased_before_its_time() {
    with_world("erase::nothing_is_erased_before_its_time", async |world| {
        let folio = world.issue(&example("clonazepam")).await;
        sequenced(&world, &folio, 1).await;
        assert_eq!(code(order(&world, &folio, "1234567").await), "not-at-end");
        world.set_time("2026-04-02T15:00:00Z");
        assert_eq!(expire_due(&world.app).await.unwrap(), 1);
        sequenced(&world, &folio, 2).await;
        // Five years to the day, until midnight in Hidalgo.
        world.set_time("2031-04-03T05:59:59Z");
        world.enrol(OFFICER, 2031).await;
        assert_eq!(due(&world).await, []);
        let early = order(&world, &folio, OFFICER).await;
        assert_eq!(code(early), "retention-not-over");
        world.set_time("2031-04-03T06:00:00Z");
        let expected = DueErasure {
            folio: folio.parse().unwrap(),
            ended_on: jiff::civil::date(2026, 4, 2),
            kept_until: jiff::civil::date(2031, 4, 2),
        };
        assert_eq!(due(&world).await, [expected]);
        let asked = erasure_due(&world.app, expected.folio).await.unwrap();
        assert_eq!(asked, expected);
    });
}

#[test]
fn only_who_can_sign_today_orders_it() {
    with_world("erase::only_who_can_sign_today_orders_it", async |world| {
        let folio = expired(&world).await;
        world.set_time(AFTER_RETENTION);
        let stranger = order(&world, &folio, "9999999").await;
        assert_eq!(code(stranger), "prescriber-not-enrolled");
        // The certificate of the prescriber ran out years ago.
        let late = order(&world, &folio, "1234567").await;
        assert_eq!(code(late), "prescriber-certificate");
        let read = world.app.store.prescription(folio.parse().unwrap()).await;
        assert!(read.unwrap().is_some(), "nothing was destroyed");
    });
}

#[test]
fn what_was_erased_is_gone_and_says_so() {
    with_world(
        "erase::what_was_erased_is_gone_and_says_so",
        async |world| {
            let folio = expired(&world).await;

            world.set_time(AFTER_RETENTION);
            world.enrol(OFFICER, 2031).await;
            let erased = order(&world, &folio, OFFICER).await.unwrap();
            assert_eq!(erased.entries.len(), 2);
            let again = order(&world, &folio, OFFICER).await;
            assert!(matches!(again, Err(FlowError::Erased(_))), "{again:?}");
            assert_eq!(due(&world).await, []);

            let id = folio.replace('-', "");
            let line = format!("/fhir/r4/MedicationRequest/{id}-1");
            let read = world.get(&ehr(), &line).await;
            let qr = format!("/prescriptions/{folio}/qr.txt");
            let qr = world.get(&ehr(), &qr).await;
            for gone in [read, qr] {
                assert_eq!(gone.status, StatusCode::GONE, "{}", gone.text());
                assert_eq!(gone.issues()[0].0, "erased");
                assert!(gone.text().contains("se destruyeron el 3 de abril de 2031"));
            }
            let search = world.get(&ehr(), "/fhir/r4/MedicationRequest").await;
            assert_eq!(search.status, StatusCode::OK, "{}", search.text());
            assert_eq!(search.json()["entry"].as_array().map_or(0, Vec::len), 0);
            check_the_record(&world, &folio, &erased).await;
        },
    );
}

/// What the authority downloads: two bodies marked as destroyed, and the signed order that did it,
/// under a leaf that names them.
async fn check_the_record(world: &World, folio: &str, erased: &Erased) {
    let lines = bodies(world, 3).await;
    let marked: Vec<_> = lines.iter().map(|line| line["erased"] == true).collect();
    assert_eq!(marked, [true, true, false]);
    let indices: Vec<_> = lines
        .iter()
        .map(|line| line["index"].as_u64().unwrap())
        .collect();
    assert_eq!(indices[..2], erased.entries);

    let text = |name: &str| {
        BASE64
            .decode(lines[2][name].as_str().unwrap().as_bytes())
            .unwrap()
    };
    let (salt, bytes) = (text("salt").try_into().unwrap(), text("body"));
    let entries = world
        .app
        .store
        .sequenced_entries(indices[2], 1)
        .await
        .unwrap();
    let leaf = Leaf::decode(&entries[0].leaf).unwrap();
    assert_eq!(leaf.kind, LeafKind::Erased);
    assert_eq!(leaf.erased, erased.entries);
    assert_eq!(leaf.commitment, commitment(&salt, &bytes));
    let body = EventBody::from_canonical(&bytes).unwrap();
    assert_eq!(body.event, Event::Erased(erased.clone()));
    assert_eq!(erased.folio, folio.parse::<Folio>().unwrap());
    let Evidence::Cades { document, cms, .. } = body.evidence else {
        panic!("an erasure is signed")
    };
    assert_eq!(document, erased.order().unwrap());
    let at: Timestamp = AFTER_RETENTION.parse().unwrap();
    let trust = world.app.trust.current();
    let signed = cades::verify(&document, &cms, &Trust::Store(&trust), at).unwrap();
    assert_eq!(signed.subject().cedula.as_deref(), Some(OFFICER));
}

/// Who comes back after everything was erased is the same person with another secret: nothing in
/// the map links the new prescription to the old one.
#[test]
fn who_comes_back_gets_another_secret() {
    with_world("erase::who_comes_back_gets_another_secret", async |world| {
        let folio: Folio = expired(&world).await.parse().unwrap();
        let before = world.app.store.prescription(folio).await.unwrap().unwrap();
        let before = before.state.issued;
        world.set_time(AFTER_RETENTION);
        world.enrol(OFFICER, 2031).await;
        order(&world, &folio.to_string(), OFFICER).await.unwrap();
        let patient = world.app.store.patient(&before.patient).await.unwrap();
        assert!(
            patient.is_none(),
            "the record went with the last prescription"
        );

        let mut request = example("clonazepam");
        request["authoredOn"] = serde_json::json!("2031-04-03");
        request["requester"]["identifier"]["value"] = serde_json::json!(OFFICER);
        // The identifier of the old request is free again: its digest was destroyed.
        let answer = world.post(&ehr(), path_of(&request), &request).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        let folio = answer.header("receta-folio").parse().unwrap();
        let after = world.app.store.prescription(folio).await.unwrap().unwrap();
        let after = after.state.issued;
        assert_eq!(after.patient, before.patient);
        assert_eq!(after.lines[0].substance, before.lines[0].substance);
        assert_ne!(after.lines[0].map_key, before.lines[0].map_key);
    });
}
