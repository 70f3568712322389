//! The checks find what they are there to find.

use jiff::Timestamp;
use jiff::civil::date;
use prescription::event::{Dispensed, Issued};
use serde_json::json;

use super::super::load;
use super::*;

fn folio(number: u8) -> Folio {
    Folio::from_random([number; 10])
}

fn issue(number: u8, order: &str) -> EventBody {
    let issued = Issued {
        folio: folio(number),
        at: Timestamp::UNIX_EPOCH,
        written_on: date(2026, 11, 20),
        patient: "00112233445566778899aabbccddeeff".parse().unwrap(),
        animal: None,
        setting: prescription::event::Setting::Outpatient,
        prescriber: "7654321".parse().unwrap(),
        establishment: "HGIMB000163".parse().unwrap(),
        special_folio: None,
        lines: Vec::new(),
    };
    let resource = json!({"identifier": [{"value": order}]});
    let document = json!({"entry": [{"resource": resource}]});
    let evidence = Signature::Cades {
        document: document.to_string().into_bytes(),
        cms: Vec::new(),
        qr: Vec::new(),
    };
    EventBody::new(Event::Issued(issued), evidence)
}

fn dispensing(number: u8, document: &[u8]) -> EventBody {
    let dispensed = Dispensed {
        folio: folio(number),
        at: Timestamp::UNIX_EPOCH,
        on: date(2026, 11, 20),
        pharmacy: "HGIMB000064".parse().unwrap(),
        lines: Vec::new(),
    };
    let evidence = Signature::Cose {
        document: document.to_vec(),
        cose: Vec::new(),
        certificate: Vec::new(),
    };
    EventBody::new(Event::Dispensed(dispensed), evidence)
}

fn step(number: u8, index: u64) -> Acknowledged {
    Acknowledged {
        folio: folio(number),
        index,
        receipt: String::new(),
    }
}

/// Two prescriptions, the first dispensed: as acknowledged, and as recorded.
fn good() -> (Records, Vec<EventBody>) {
    let issued = |number, index, order: &str| load::Issued {
        identifier: order.to_owned(),
        step: step(number, index),
    };
    let records = Records {
        issued: vec![issued(1, 0, "CRASH-1"), issued(2, 2, "CRASH-2")],
        dispensed: vec![load::Dispensed {
            document: b"act".to_vec(),
            step: step(1, 1),
        }],
        ..Records::default()
    };
    let bodies = vec![
        issue(1, "CRASH-1"),
        dispensing(1, b"act"),
        issue(2, "CRASH-2"),
    ];
    (records, bodies)
}

fn by_index(bodies: &[EventBody]) -> BTreeMap<u64, EventBody> {
    (0..).zip(bodies.iter().cloned()).collect()
}

fn found(records: &Records, bodies: &[EventBody]) -> Option<String> {
    let bodies = by_index(bodies);
    let checks = [
        nothing_happened_twice,
        acknowledged_is_recorded,
        identifiers_are_unique,
    ];
    let error = checks
        .iter()
        .find_map(|check| check(records, &bodies).err());
    error.map(|error| error.to_string())
}

#[test]
fn what_is_right_passes() {
    let (records, bodies) = good();
    assert_eq!(found(&records, &bodies), None);
}

#[test]
fn a_lost_step_is_found() {
    let (records, mut bodies) = good();
    drop(bodies.pop());
    assert_eq!(found(&records, &bodies).unwrap(), "no body at 2");
}

#[test]
fn a_folio_or_index_used_twice_is_found() {
    let (records, mut bodies) = good();
    bodies.push(issue(1, "CRASH-3"));
    assert!(found(&records, &bodies).unwrap().contains("issued twice"));
    let (mut records, bodies) = good();
    records.issued[1].step.index = 1;
    assert!(found(&records, &bodies).unwrap().contains("given twice"));
}

#[test]
fn another_step_at_an_acknowledged_index_is_found() {
    let (records, mut bodies) = good();
    bodies.swap(0, 2);
    assert!(
        found(&records, &bodies)
            .unwrap()
            .contains("is not the issue of")
    );
    let (records, mut bodies) = good();
    bodies[1] = dispensing(1, b"another act");
    assert!(
        found(&records, &bodies)
            .unwrap()
            .contains("is not the dispensing sent")
    );
}

#[test]
fn an_act_or_order_recorded_twice_is_found() {
    let (records, mut bodies) = good();
    bodies.push(dispensing(2, b"act"));
    assert!(
        found(&records, &bodies)
            .unwrap()
            .contains("dispensing was recorded twice")
    );
    let (records, mut bodies) = good();
    bodies.push(issue(3, "CRASH-1"));
    assert!(
        found(&records, &bodies)
            .unwrap()
            .contains("became two prescriptions")
    );
}

#[test]
fn an_order_acknowledged_with_another_folio_is_found() {
    let (mut records, bodies) = good();
    records.issued[1].identifier = "CRASH-9".to_owned();
    assert!(found(&records, &bodies).unwrap().contains("another folio"));
}

#[test]
fn an_unlawful_history_is_found() {
    let (_, bodies) = good();
    assert!(histories_are_lawful(&by_index(&bodies[2..])).is_ok());
    assert!(
        histories_are_lawful(&by_index(&bodies[1..])).is_err(),
        "dispensed before it was issued"
    );
}
