//! Requests that must fail, each with a precise answer and nothing changed.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::callers::{ehr, example, path_of};
use crate::world::with_world;

/// A change to a good request, and the code and element of the answer.
type Case = (&'static str, fn(&mut Value), &'static str, &'static str);

const CASES: &[Case] = &[
    (
        "clonazepam",
        |r| r["medicationCodeableConcept"]["coding"][0]["code"] = json!("040.000.9999.00"),
        "unknown-clave",
        "MedicationRequest.medicationCodeableConcept",
    ),
    (
        "clonazepam",
        |r| r["requester"]["identifier"]["value"] = json!("1357911"),
        "prescriber-not-enrolled",
        "MedicationRequest.requester",
    ),
    (
        "clonazepam",
        |r| r["dispenseRequest"]["quantity"]["value"] = json!(3),
        "fraction-ii-packages",
        "MedicationRequest.dispenseRequest.quantity",
    ),
    (
        "clonazepam",
        |r| r["authoredOn"] = json!("2026-03-05"),
        "written-on",
        "MedicationRequest.authoredOn",
    ),
];

#[test]
fn each_refusal_names_its_element_and_changes_nothing() {
    with_world(
        "bad_input::each_refusal_names_its_element_and_changes_nothing",
        async |world| {
            for (name, change, code, element) in CASES {
                let mut request = example(name);
                change(&mut request);
                let answer = world.post(&ehr(), path_of(&request), &request).await;
                assert_eq!(
                    answer.status,
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "{}",
                    answer.text()
                );
                let issues = answer.issues();
                assert!(
                    issues
                        .iter()
                        .any(|(c, e)| c == code && e.starts_with(element)),
                    "{code} at {element}: {issues:?}"
                );
            }
            assert!(
                world
                    .app
                    .store
                    .waiting_entries(10)
                    .await
                    .unwrap()
                    .is_empty()
            );
            assert_eq!(world.app.sequencer.size(), world.begun);
        },
    );
}

#[test]
fn what_is_not_fhir_is_refused_before_it_is_read() {
    with_world(
        "bad_input::what_is_not_fhir_is_refused_before_it_is_read",
        async |world| {
            let json = [("content-type", "application/fhir+json")];
            let path = "/fhir/r4/MedicationRequest";
            let twice =
                r#"{"resourceType":"MedicationRequest","status":"active","status":"active"}"#;
            let deep = "[".repeat(100_000);
            let cases: [(&[u8], StatusCode); 6] = [
                (b"{", StatusCode::BAD_REQUEST),
                (b"", StatusCode::BAD_REQUEST),
                (b"{\"a\":\"\xff\"}", StatusCode::BAD_REQUEST),
                (twice.as_bytes(), StatusCode::BAD_REQUEST),
                (b"{\"resourceType\":\"Elephant\"}", StatusCode::BAD_REQUEST),
                (deep.as_bytes(), StatusCode::BAD_REQUEST),
            ];
            for (body, status) in cases {
                let answer = world.send(&ehr(), "POST", path, &json, body.to_vec()).await;
                assert_eq!(
                    answer.status,
                    status,
                    "{:?}",
                    String::from_utf8_lossy(&body[..body.len().min(80)])
                );
                assert!(!answer.issues().is_empty());
            }
            let large = vec![b' '; 20 << 20];
            let answer = world.send(&ehr(), "POST", path, &json, large).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
            assert_eq!(answer.issues()[0].0, "too-large");
            let xml = [("content-type", "application/fhir+xml")];
            let answer = world.send(&ehr(), "POST", path, &xml, "<a/>").await;
            assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
            let answer = world.get(&ehr(), "/fhir/r4/Patient").await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            let answer = world.get(&ehr(), "/ledger/tile/../../receta.db").await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND);
            // And it goes on.
            world.issue(&example("clonazepam")).await;
        },
    );
}

#[test]
fn answers_repeat_no_personal_data() {
    with_world(
        "bad_input::answers_repeat_no_personal_data",
        async |world| {
            let mut request = example("clonazepam");
            request["contained"][0]["identifier"][0]["value"] = json!("HECL580923HHGRRS08");
            let answer = world.post(&ehr(), path_of(&request), &request).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
            assert!(!answer.text().contains("HECL580923"), "{}", answer.text());
            assert!(
                answer.issues()[0].1.contains("identifier"),
                "{}",
                answer.text()
            );
        },
    );
}
