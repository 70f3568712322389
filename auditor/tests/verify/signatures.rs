use prescription::body::Evidence;
use prescription::{Dispensed, Event, Issued};
use serde_json::{Value, json};

use crate::evidence;
use crate::site::only;
use crate::world::{Entry, World};

fn issued(entry: &Entry) -> Issued {
    let body = prescription::body::EventBody::from_canonical(&entry.body).unwrap();
    let Event::Issued(issued) = body.event else {
        panic!("an issue")
    };
    issued
}

fn dispensing(entry: &Entry) -> Dispensed {
    let body = prescription::body::EventBody::from_canonical(&entry.body).unwrap();
    let Event::Dispensed(event) = body.event else {
        panic!("a dispensing")
    };
    event
}

/// What is found when entry `index` carries other evidence.
fn with_evidence(
    index: usize,
    make: impl FnOnce(&World) -> Evidence,
) -> Vec<(String, Option<u64>)> {
    let mut world = World::new();
    let evidence = make(&world);
    world.entries[index].rewrite(|body| body.evidence = evidence);
    world.write().findings()
}

/// What is found when the prescriber of entry 5 signed another document. No dispensing names its
/// QR, which changes with the document.
fn with_issue_document(change: impl FnOnce(&mut Value)) -> Vec<(String, Option<u64>)> {
    let mut world = World::new();
    let event = issued(&world.entries[5]);
    let mut document = evidence::issue_document(&event);
    change(&mut document);
    let evidence = evidence::issue_with(&event, &document, &world.pki.ana);
    world.entries[5].rewrite(|body| body.evidence = evidence);
    world.write().findings()
}

fn with_dispense_document(change: impl FnOnce(&mut Value)) -> Vec<(String, Option<u64>)> {
    with_evidence(4, |world| {
        let event = dispensing(&world.entries[4]);
        let issue = issued(&world.entries[0]);
        let mut document =
            evidence::dispense_document(&event, &issue, &world.qr_digest(event.folio));
        change(&mut document);
        evidence::dispense_with(&document, &world.pki.corner)
    })
}

#[test]
fn signed_by_another_prescriber() {
    let found = with_evidence(5, |world| {
        evidence::issue(&issued(&world.entries[5]), &world.pki.luis)
    });
    assert_eq!(found, only("other-prescriber", 5));
}

#[test]
fn a_document_altered_after_it_was_signed() {
    let mut world = World::new();
    world.entries[5].rewrite(|body| {
        let Evidence::Cades { document, .. } = &mut body.evidence else {
            panic!("CAdES")
        };
        let mut value: Value = serde_json::from_slice(document).unwrap();
        value["entry"][1]["resource"]["note"] = json!([{"text": "otra cosa"}]);
        *document = evidence::canonical(&value);
    });
    let found = world.write().findings();
    // The legal signature and the digest in the QR both refuse it.
    assert_eq!(
        found,
        [only("qr-differs", 5), only("cades-refused", 5)].concat()
    );
}

#[test]
fn a_signed_document_that_says_something_else() {
    let line = "/entry/1/resource";
    for (place, value) in [
        ("/identifier/value", json!("7K3M-9QRT-2ABX-51CD")),
        ("/type", json!("batch")),
        ("/timestamp", json!("2026-06-20T19:00:01Z")),
        (
            "/entry/0/resource/identifier/0/value",
            json!("XEXX010101HNEXXXA4"),
        ),
        (&format!("{line}/id"), json!("7K3M9QRT2ABX51CD-1")),
        (
            &format!("{line}/groupIdentifier/value"),
            json!("7K3M-9QRT-2ABX-51CD"),
        ),
        (&format!("{line}/intent"), json!("plan")),
        (
            &format!("{line}/requester/identifier/value"),
            json!("7654321"),
        ),
        (&format!("{line}/authoredOn"), json!("2026-06-19")),
        (
            &format!("{line}/medicationCodeableConcept/coding/0/code"),
            json!("040.000.2612.00"),
        ),
        (&format!("{line}/dispenseRequest/quantity/value"), json!(2)),
        (
            &format!("{line}/dispenseRequest/numberOfRepeatsAllowed"),
            json!(5),
        ),
    ] {
        let found = with_issue_document(|document| *document.pointer_mut(place).unwrap() = value);
        assert_eq!(found, only("document-differs", 5), "{place}");
    }
    let found = with_issue_document(|document| {
        let line = document["entry"][1].clone();
        document["entry"].as_array_mut().unwrap().push(line);
    });
    assert_eq!(found, only("document-differs", 5));
}

#[test]
fn the_special_folio_of_fraction_i() {
    let mut world = World::empty();
    let mut event = issued(&World::new().entries[5]);
    event.special_folio = Some("SSA-2026-000123".parse().unwrap());
    world.issue(event.clone());
    assert_eq!(world.write().findings(), []);
    let mut document = evidence::issue_document(&event);
    document["entry"][1]["resource"]["identifier"][0]["value"] = json!("SSA-2026-000124");
    let evidence = evidence::issue_with(&event, &document, &world.pki.ana);
    world.entries[0].rewrite(|body| body.evidence = evidence);
    assert_eq!(world.write().findings(), only("document-differs", 0));
}

#[test]
fn revocation_counts_from_its_day_on() {
    let world = World::new();
    let site = world.write();
    std::fs::write(site.path("revoked.crl"), &world.pki.ana_revoked_in_june).unwrap();
    let report = site.audit(&["--professionals-crl", "revoked.crl"]);
    // Ana signed entry 0 on the 1st, the certificate was revoked on the 10th, entry 5 is later.
    assert_eq!(crate::site::findings(&report), only("cades-refused", 5));
}

#[test]
fn a_qr_of_another_document_or_by_another_key() {
    let found = with_evidence(5, |world| {
        let event = issued(&world.entries[5]);
        let Evidence::Cades { document, cms, .. } = evidence::issue(&event, &world.pki.ana) else {
            panic!("CAdES")
        };
        let qr = evidence::qr(&event, b"{}", &world.pki.ana);
        Evidence::Cades { document, cms, qr }
    });
    assert_eq!(found, only("qr-differs", 5));
    let found = with_evidence(5, |world| {
        let event = issued(&world.entries[5]);
        let Evidence::Cades { document, cms, .. } = evidence::issue(&event, &world.pki.ana) else {
            panic!("CAdES")
        };
        let qr = evidence::qr(&event, &document, &world.pki.luis);
        Evidence::Cades { document, cms, qr }
    });
    assert_eq!(found, only("qr-refused", 5));
}

#[test]
fn evidence_of_another_kind() {
    assert_eq!(
        with_evidence(3, |_| Evidence::OfLaw),
        only("wrong-evidence", 3)
    );
    let found = with_evidence(6, |world| {
        evidence::issue(&issued(&world.entries[5]), &world.pki.ana)
    });
    assert_eq!(found, only("wrong-evidence", 6));
}

#[test]
fn a_cancellation_of_another_prescription() {
    let mut world = World::new();
    let body = prescription::body::EventBody::from_canonical(&world.entries[3].body).unwrap();
    let Event::Cancelled(event) = body.event else {
        panic!("a cancellation")
    };
    for (name, value) in [
        (
            "/parameter/2/valueIdentifier/value",
            json!("7K3M-9QRT-2ABX-51CD"),
        ),
        ("/parameter/2/name", json!("other")),
        ("/parameter/0/valueCode", json!("fraud")),
        (
            "/parameter/1/valueReference/identifier/value",
            json!("12345678"),
        ),
    ] {
        let mut document = evidence::cancel_document(&event);
        *document.pointer_mut(name).unwrap() = value;
        let evidence = evidence::cancel_with(&event, &document, &world.pki.luis);
        world.entries[3].rewrite(|body| body.evidence = evidence);
        assert_eq!(
            world.write().findings(),
            only("document-differs", 3),
            "{name}"
        );
    }
}

#[test]
fn a_dispensing_that_says_something_else() {
    for (place, value) in [
        (
            "/authorizingPrescription/0/reference",
            json!("MedicationRequest/7K3M9QRT2ABX51CD-2"),
        ),
        ("/quantity/value", json!(1)),
        ("/whenHandedOver", json!("2026-06-20T18:00:01Z")),
        ("/identifier/0/value", json!("AAAA")),
        ("/contained/0/code/coding/0/code", json!("040.000.2612.00")),
        ("/contained/0/batch/lotNumber", json!("L-2")),
        ("/contained/0/batch/expirationDate", json!("2028-02")),
        ("/status", json!("preparation")),
    ] {
        let found = with_dispense_document(|document| {
            *document.pointer_mut(place).unwrap() = value;
        });
        assert_eq!(found, only("document-differs", 4), "{place}");
    }
    let elsewhere = json!("2026-06-20T12:00:00-06:00");
    let found = with_dispense_document(|document| document["whenHandedOver"] = elsewhere);
    assert_eq!(found, []);
}

#[test]
fn a_dispensing_altered_after_it_was_signed() {
    let mut world = World::new();
    world.entries[4].rewrite(|body| {
        let Evidence::Cose { document, .. } = &mut body.evidence else {
            panic!("COSE")
        };
        let mut value: Value = serde_json::from_slice(document).unwrap();
        value["note"] = json!([{"text": "otra cosa"}]);
        *document = evidence::canonical(&value);
    });
    assert_eq!(world.write().findings(), only("cose-refused", 4));
}

#[test]
fn another_pharmacy_or_one_without_licence() {
    let found = with_evidence(4, |world| {
        let event = dispensing(&world.entries[4]);
        let issue = issued(&world.entries[0]);
        let qr = world.qr_digest(event.folio);
        let document = evidence::dispense_document(&event, &issue, &qr);
        evidence::dispense_with(&document, &world.pki.licensed)
    });
    assert_eq!(found, only("other-pharmacy", 4));
    let found = with_evidence(2, |world| {
        let event = dispensing(&world.entries[2]);
        let issue = issued(&world.entries[0]);
        let qr = world.qr_digest(event.folio);
        let document = evidence::dispense_document(&event, &issue, &qr);
        evidence::dispense_with(&document, &world.pki.corner)
    });
    assert_eq!(
        found,
        [only("other-pharmacy", 2), only("pharmacy-not-licensed", 2)].concat()
    );
}

#[test]
fn authorities_that_are_not_pinned() {
    let world = World::new();
    let site = world.write();
    // Another authority with a good self-signed certificate.
    std::fs::copy(site.path("clients.pem"), site.path("root.pem")).unwrap();
    let expected: Vec<_> = [0, 1, 3, 5]
        .into_iter()
        .flat_map(|n| only("cades-refused", n))
        .collect();
    assert_eq!(site.findings(), expected);
    let site = world.write();
    let other = rcgen::generate_simple_self_signed(vec!["otra.example".to_owned()]).unwrap();
    std::fs::write(site.path("clients.pem"), other.cert.pem()).unwrap();
    let expected = [
        only("pharmacy-certificate-refused", 2),
        only("pharmacy-certificate-refused", 4),
    ];
    assert_eq!(site.findings(), expected.concat());
}
