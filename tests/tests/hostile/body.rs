//! Bodies that are not what they should be.

use std::fmt::Write as _;

use receta_tests::running::Running;
use sandbox::seed::Line;
use sandbox::{Who, ledger_download};
use serde_json::{Value, json};

use crate::outcome::{issues, refused};
use crate::raw::Raw;

const ISSUE: &str = "/fhir/r4/MedicationRequest";
const DISPENSE: &str = "/fhir/r4/MedicationDispense";

#[test]
fn each_bad_body_is_refused_precisely_and_nothing_is_written() {
    let running = Running::start().unwrap();
    let before = running.goes_on(1).unwrap();
    not_json(&running);
    not_the_resource(&running);
    too_much(&running);
    other_media(&running);
    // Nothing of all that is in the ledger: the next entry follows the first and its map head.
    let after = running.goes_on(2).unwrap();
    assert_eq!(after.index, before.index + 2);
    let auditor = running.world.client(Who::Auditor).unwrap();
    // Two issues, and before them two prescribers' keys, which were made and certified, and the
    // special folios, which were assigned and delivered.
    assert_eq!(
        ledger_download::bodies(&auditor, after.index + 1)
            .unwrap()
            .lines()
            .count(),
        8
    );
}

fn good(running: &Running, number: u64) -> Value {
    running
        .prescription(number, vec![Line::clonazepam()])
        .unwrap()
        .to_single()
}

fn not_json(running: &Running) {
    let text = good(running, 10).to_string();
    let twice = text.replacen("\"status\"", "\"status\":\"active\",\"status\"", 1);
    let nested_twice = text.replacen("\"value\":1", "\"value\":1,\"value\":1", 1);
    assert!(twice != text && nested_twice != text);
    let mut not_utf8 = text.clone().into_bytes();
    let at = text.find("Clonazepam").unwrap();
    not_utf8[at] = 0xff;
    let deep = format!("{}1{}", "{\"a\":".repeat(5000), "}".repeat(5000));
    let bodies: [(&str, Vec<u8>); 9] = [
        ("nothing", Vec::new()),
        ("half", text.as_bytes()[..text.len() / 2].to_vec()),
        ("surplus", format!("{text}{text}").into_bytes()),
        ("duplicate key", twice.into_bytes()),
        ("duplicate key inside", nested_twice.into_bytes()),
        ("not UTF-8", not_utf8),
        ("deep objects", deep.into_bytes()),
        ("deep lists", vec![b'['; 200_000]),
        ("a number", b"1e400".to_vec()),
    ];
    for (what, body) in bodies {
        for path in [ISSUE, DISPENSE, "/fhir/r4"] {
            let answer = running
                .ehr
                .client()
                .post_bytes(path, body.clone(), &[])
                .unwrap();
            // A dispensing is signed, and its signature is asked for before anything is believed.
            assert_eq!(
                answer.status,
                400,
                "{what} to {path}: {}",
                answer.describe()
            );
            issues(&answer);
        }
    }
}

fn not_the_resource(running: &Running) {
    let mut elephant = good(running, 11);
    elephant["resourceType"] = json!("Elephant");
    let mut untyped = good(running, 11);
    drop(untyped.as_object_mut().unwrap().remove("resourceType"));
    let mut batch = json!({"resourceType": "Bundle", "type": "transaction", "entry": []});
    let entry = json!({
        "resource": elephant,
        "request": {"method": "POST", "url": "Elephant"},
    });
    batch["entry"] = json!([entry]);
    let many: Vec<_> = (0..200).map(|_| good(running, 11)).collect();
    for (path, body) in [
        (ISSUE, &elephant),
        (ISSUE, &untyped),
        ("/fhir/r4", &elephant),
        ("/fhir/r4", &batch),
        (ISSUE, &json!([])),
        (ISSUE, &json!("MedicationRequest")),
        (ISSUE, &Value::Null),
        (
            "/fhir/r4",
            &json!({"resourceType": "Bundle", "type": "transaction"}),
        ),
        (
            "/fhir/r4",
            &json!({"resourceType": "Bundle", "type": "transaction", "entry": many}),
        ),
    ] {
        let answer = running.ehr.client().post(path, body).unwrap();
        assert_eq!(answer.status, 400, "{path}: {}", answer.describe());
        issues(&answer);
    }
    let answer = running
        .ehr
        .client()
        .post("/fhir/r4/Elephant", &elephant)
        .unwrap();
    refused(&answer, 404, "no-such-route");
}

/// Just over what is accepted; 20 MB are in `connection`.
fn too_much(running: &Running) {
    let answer = running
        .ehr
        .client()
        .post_bytes(ISSUE, vec![b' '; (1 << 20) + 1], &[])
        .unwrap();
    refused(&answer, 413, "too-large");
    let mut large = good(running, 12);
    let mut note = String::new();
    for number in 0..60_000 {
        write!(note, "{number} ").unwrap();
    }
    large["note"] = json!([{"text": note}]);
    let answer = running.ehr.client().post(ISSUE, &large).unwrap();
    assert!(matches!(answer.status, 400 | 413), "{}", answer.describe());
    issues(&answer);
}

fn other_media(running: &Running) {
    let body = good(running, 13).to_string();
    let mut raw = Raw::connect(&running.world, Who::Ehr);
    let head = format!(
        "POST {ISSUE} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+xml\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert!(raw.send(head.as_bytes()));
    assert!(raw.read_until("media-type").starts_with("HTTP/1.1 415 "));
    let answer = running.ehr.client().get(DISPENSE).unwrap();
    refused(&answer, 405, "method-not-allowed");
}
