//! Suspension, transfer and return: lawful, they verify with their documents and signatures; altered,
//! the finding names the entry.

use prescription::body::Evidence;
use prescription::event::{
    Destination, ReturnReason, Returned, ReturnedLine, SuspendReason, TransferBasis,
};
use prescription::{Event, Fraction, Packages, Resumed, Suspended, Transferred};
use serde_json::{Value, json};

use crate::evidence::{dispense_with, order_with};
use crate::world::{World, at, dispensed, folio, issued, line};

const CEDULA: &str = "urn:oid:2.16.840.1.113883.3.215.12.18";

/// | Entry | What |
/// |---|---|
/// | 0 | Ana issues: two packages of fraction IV |
/// | 1, 2 | she suspends and resumes |
/// | 3 | the corner pharmacy hands over one package |
/// | 4 | the patient asks for the rest at the licensed pharmacy |
/// | 5 | which hands it over: completed |
/// | 6 | and finds that it was recorded by mistake: it is owed again |
fn world() -> World {
    let mut world = World::empty();
    let (ana, corner, licensed) = (&world.pki.ana, &world.pki.corner, &world.pki.licensed);
    let by = ana.cedula.parse().unwrap();
    let receta = issued(
        1,
        ana,
        "2026-06-01T16:00:00Z",
        vec![line("010.000.0104.00", Fraction::IV, 2, 1)],
    );
    let suspended = Suspended {
        folio: folio(1),
        at: at("2026-06-01T17:00:00Z"),
        by,
        reason: SuspendReason::AwaitingResults,
    };
    let stop = order_with(
        &order(&suspended.by, "suspend", Some("awaiting-results")),
        suspended.at,
        ana,
    );
    let resumed = Resumed {
        folio: folio(1),
        at: at("2026-06-01T18:00:00Z"),
        by: suspended.by.clone(),
    };
    let go_on = order_with(&order(&resumed.by, "resume", None), resumed.at, ana);
    let first = dispensed(1, "2026-06-02T18:00:00Z", corner, &[(1, 1, 1)]);
    let second = dispensed(1, "2026-06-03T19:00:00Z", licensed, &[(1, 1, 1)]);
    let transferred = Transferred {
        folio: folio(1),
        at: at("2026-06-03T18:00:00Z"),
        on: "2026-06-03".parse().unwrap(),
        from: corner.clues.parse().unwrap(),
        to: licensed.clues.parse().unwrap(),
        basis: TransferBasis::PatientRequest,
        lines: vec![1],
    };
    let returned = Returned {
        folio: folio(1),
        at: at("2026-06-03T20:00:00Z"),
        on: "2026-06-03".parse().unwrap(),
        pharmacy: licensed.clues.parse().unwrap(),
        dispensing: 2,
        reason: ReturnReason::EnteredInError,
        lines: vec![ReturnedLine {
            line: 1,
            packages: Packages::new(1),
            destination: Destination::Shelf,
            undoes: true,
        }],
    };
    let back = dispense_with(&return_document(), licensed);
    world.issue(receta);
    world.step(Event::Suspended(suspended), stop);
    world.step(Event::Resumed(resumed), go_on);
    world.dispense(first);
    let asked = transfer_document(&world.qr_digest(folio(1)));
    let asked = dispense_with(&asked, &world.pki.licensed);
    world.step(Event::Transferred(transferred), asked);
    world.dispense(second);
    world.step(Event::Returned(returned), back);
    world
}

fn order(by: &prescription::Cedula, operation: &str, reason: Option<&str>) -> Value {
    let mut parameters = vec![
        json!({"name": "operation", "valueCode": operation}),
        json!({"name": "requester",
               "valueReference": {"identifier": {"system": CEDULA, "value": by.as_str()}}}),
        json!({"name": "folio", "valueIdentifier":
               {"system": "urn:receta:folio", "value": folio(1).to_string()}}),
    ];
    parameters.extend(reason.map(|code| json!({"name": "reason", "valueCode": code})));
    json!({"resourceType": "Parameters", "parameter": parameters})
}

fn transfer_document(qr_digest: &[u8; 32]) -> Value {
    let digest = data_encoding::BASE64URL_NOPAD.encode(qr_digest);
    let id = format!("MedicationRequest/{}-1", folio(1).compact());
    json!({"resourceType": "Parameters", "parameter": [
        {"name": "prescription", "valueReference": {"reference": id}},
        {"name": "qr-digest", "valueIdentifier": {"system": "urn:receta:qr-digest", "value": digest}},
        {"name": "at", "valueDateTime": "2026-06-03T12:00:00-06:00"},
    ]})
}

fn return_document() -> Value {
    let id = format!("MedicationDispense/{}-5-1", folio(1).compact());
    json!({"resourceType": "Parameters", "parameter": [
        {"name": "dispense", "valueReference": {"reference": id}},
        {"name": "at", "valueDateTime": "2026-06-03T14:00:00-06:00"},
        {"name": "reason", "valueCode": "entered-in-error"},
        {"name": "destination", "valueCode": "shelf"},
        {"name": "quantity", "valueQuantity": {"value": 1, "unit": "envase"}},
    ]})
}

/// The code of the one finding, and its entry.
fn only_finding(world: &World) -> (String, u64) {
    let report = world.write().audit(&[]);
    let findings = report["findings"].as_array().unwrap();
    let [finding] = findings.as_slice() else {
        panic!("{findings:?}")
    };
    let code = finding["code"].as_str().unwrap().to_owned();
    (code, finding["entry"].as_u64().unwrap())
}

#[test]
fn a_life_after_issue_verifies() {
    let report = world().write().audit(&[]);
    assert_eq!(report["clean"], true, "{report}");
    let kinds = &report["summary"]["kinds"];
    for (kind, count) in [
        ("suspended", 1),
        ("resumed", 1),
        ("returned", 1),
        ("transferred", 1),
        ("dispensed", 2),
    ] {
        assert_eq!(kinds[kind], count, "{kind}");
    }
}

/// Replaces the signed document of an entry, and signs it again with the right key.
fn with_document(entry: usize, change: impl FnOnce(&mut Value)) -> World {
    let mut world = world();
    let licensed = &world.pki.licensed;
    world.entries[entry].rewrite(|body| {
        let Evidence::Cose { document, .. } = &body.evidence else {
            panic!("a pharmacy's act")
        };
        let mut value = serde_json::from_slice(document).unwrap();
        change(&mut value);
        body.evidence = dispense_with(&value, licensed);
    });
    world
}

#[test]
fn what_the_pharmacy_signed_is_what_is_recorded() {
    let changes: [fn(&mut Value); 5] = [
        |value| {
            value["parameter"][0]["valueReference"]["reference"] = json!("MedicationDispense/x");
        },
        |value| value["parameter"][1]["valueDateTime"] = json!("2026-06-03T14:00:01-06:00"),
        |value| value["parameter"][2]["valueCode"] = json!("patient-return"),
        |value| value["parameter"][3]["valueCode"] = json!("destruction"),
        |value| value["parameter"][4]["valueQuantity"]["value"] = json!(2),
    ];
    for change in changes {
        let found = only_finding(&with_document(6, change));
        assert_eq!(found, ("document-differs".to_owned(), 6));
    }
    let to = json!({"name": "to", "valueReference": {"identifier":
        {"system": "urn:oid:2.16.840.1.113883.4.631", "value": "HGIMB000262"}}});
    let released = |value: &mut Value| value["parameter"].as_array_mut().unwrap().push(to.clone());
    let found = only_finding(&with_document(4, released));
    assert_eq!(found, ("document-differs".to_owned(), 4));
    let other_qr =
        |value: &mut Value| value["parameter"][1]["valueIdentifier"]["value"] = json!("x");
    let found = only_finding(&with_document(4, other_qr));
    assert_eq!(found, ("document-differs".to_owned(), 4));
}

#[test]
fn more_cannot_come_back_than_went_out() {
    let mut world = world();
    world.entries[6].rewrite(|body| {
        let Event::Returned(returned) = &mut body.event else {
            panic!("a return")
        };
        returned.lines[0].packages = Packages::new(2);
    });
    let report = world.write().audit(&[]);
    let findings = report["findings"].as_array().unwrap();
    let codes: Vec<_> = findings
        .iter()
        .filter_map(|one| one["code"].as_str())
        .collect();
    assert!(codes.contains(&"history-unlawful"), "{codes:?}");
}
