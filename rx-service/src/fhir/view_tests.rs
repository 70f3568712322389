use prescription::event::{CancelReason, Cancelled, Dispensed, DispensedLine, Expired};
use prescription::{BlindedKey, Event, Folio, Fraction, Issued, IssuedLine, Packages};

use super::*;
use crate::fhir::{examples, json};

const AT: &str = "2026-03-02T16:15:00Z";

fn at() -> Timestamp {
    AT.parse().unwrap()
}

fn folio() -> Folio {
    "7K3M-9QRT-2ABX-51CD".parse().unwrap()
}

/// The prescription and signed document of an example.
fn issued(request: &IssueRequest) -> (Prescription, Value) {
    let line = |line: &crate::fhir::IssueLine| IssuedLine {
        clave: line.requested.clave.clone(),
        substance: "X".to_owned(),
        map_key: BlindedKey([3; 16]),
        fraction: Fraction::IV,
        antibiotic: false,
        packages: line.requested.packages,
        fills: line.requested.fills,
        dosage: line.requested.dosage,
        brand: line.requested.brand.clone(),
        no_substitution: false,
        group: None,
        supply_days: None,
        refill_interval: None,
        overlap: None,
        valid_until: "2026-08-29".parse().unwrap(),
    };
    let issued = Issued {
        folio: folio(),
        at: at(),
        written_on: request.written_on.date,
        patient: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        animal: None,
        setting: prescription::event::Setting::Outpatient,
        prescriber: request.requester.clone(),
        establishment: "HGIMB000011".parse().unwrap(),
        special_folio: request.special_folio.clone(),
        lines: request.lines.iter().map(line).collect(),
    };
    let document = document::build(request, folio(), at()).unwrap();
    (Prescription::new(issued), document.bundle)
}

fn statuses(prescription: &Prescription) -> Vec<&'static str> {
    let lines = 1..=u8::try_from(prescription.lines.len()).unwrap();
    lines
        .map(|line| status_of(prescription, line).unwrap().code())
        .collect()
}

fn dispense_first_line(prescription: Prescription) -> Prescription {
    let line = DispensedLine {
        line: 1,
        packages: Packages::new(2),
        fill: 1,
        units: None,
        retained: false,
        rest_owed: false,
        retained_number: None,
        brand: None,
        lot: None,
        expiry: None,
    };
    let dispensed = Dispensed {
        folio: folio(),
        at: at(),
        on: "2026-03-02".parse().unwrap(),
        pharmacy: "HGIMB000012".parse().unwrap(),
        lines: vec![line],
    };
    prescription.apply(&Event::Dispensed(dispensed)).unwrap()
}

#[test]
fn a_line_that_is_done_is_completed_whatever_becomes_of_the_rest() {
    let (prescription, _) = issued(&examples::issue(examples::THREE_LINES));
    assert_eq!(statuses(&prescription), ["active"; 3]);
    let dispensed = dispense_first_line(prescription);
    assert_eq!(statuses(&dispensed), ["completed", "active", "active"]);
    let expired = Event::Expired(Expired {
        folio: folio(),
        at: at(),
    });
    let expired = dispensed.apply(&expired).unwrap();
    assert_eq!(statuses(&expired), ["completed", "stopped", "stopped"]);
    assert!(status_of(&expired, 4).is_none() && status_of(&expired, 0).is_none());
}

#[test]
fn the_view_is_the_signed_resource_with_todays_state() {
    let request = examples::issue(examples::THREE_LINES);
    let (prescription, bundle) = issued(&request);
    let view = medication_request(&bundle, &prescription, 2).unwrap();
    let mut signed = bundle["entry"][2]["resource"].clone();
    let curp = request.patient.curp.as_str();
    assert_eq!(view["subject"]["identifier"]["value"], curp);
    signed["subject"] = view["subject"].clone();
    assert_eq!(view, signed);
    let cancelled = Cancelled {
        folio: folio(),
        at: at(),
        by: request.requester.clone(),
        reason: CancelReason::Fraud,
    };
    let cancelled = dispense_first_line(prescription)
        .apply(&Event::Cancelled(cancelled))
        .unwrap();
    let view = medication_request(&bundle, &cancelled, 2).unwrap();
    assert_eq!(view["status"], "cancelled");
    assert_eq!(view["statusReason"]["coding"][0]["code"], "fraud");
    let done = medication_request(&bundle, &cancelled, 1).unwrap();
    assert_eq!(done["status"], "completed");
    assert!(done.get("statusReason").is_none());
}

#[test]
fn a_contained_patient_stays_in_the_view() {
    let (prescription, bundle) = issued(&examples::issue(examples::CLONAZEPAM));
    let view = medication_request(&bundle, &prescription, 1).unwrap();
    assert_eq!(view["subject"]["reference"], "#paciente");
    assert_eq!(view["contained"][0]["id"], "paciente");
    assert!(medication_request(&bundle, &prescription, 2).is_none());
}

#[test]
fn a_transaction_is_answered_entry_by_entry() {
    let mut value = examples::value(examples::THREE_LINES);
    value["entry"].as_array_mut().unwrap().swap(0, 2);
    let request = examples::issue(&value.to_string());
    let (prescription, bundle) = issued(&request);
    let views = (1..=3)
        .map(|line| medication_request(&bundle, &prescription, line).unwrap())
        .collect();
    let answer = issue_response(&request, views, at());
    assert_eq!(answer["type"], "transaction-response");
    let statuses: Vec<_> = answer["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["response"]["status"])
        .collect();
    assert_eq!(
        statuses,
        ["201 Created", "201 Created", "200 OK", "201 Created"]
    );
    let location = "MedicationRequest/7K3M9QRT2ABX51CD-1";
    assert_eq!(answer["entry"][0]["response"]["location"], location);
    assert_eq!(json::parse(answer.to_string().as_bytes()), Ok(answer));
}

#[test]
fn a_search_set_has_full_urls_and_no_empty_list() {
    let (prescription, bundle) = issued(&examples::issue(examples::CLONAZEPAM));
    let view = medication_request(&bundle, &prescription, 1).unwrap();
    let links = [(
        "self",
        "https://r.example/fhir/r4/MedicationRequest?status=active",
    )];
    let page = searchset("https://r.example/fhir/r4", &links, Some(1), vec![view]);
    assert_eq!(
        page["entry"][0]["fullUrl"],
        "https://r.example/fhir/r4/MedicationRequest/7K3M9QRT2ABX51CD-1"
    );
    assert_eq!(
        (&page["total"], &page["link"][0]["relation"]),
        (&json!(1), &json!("self"))
    );
    let empty = searchset("https://r.example/fhir/r4", &links, None, Vec::new());
    assert!(empty.get("entry").is_none() && empty.get("total").is_none());
}

#[test]
fn a_recorded_dispensing_keeps_what_was_signed() {
    let request = examples::dispense(examples::DISPENSE_BUNDLE);
    let recorded: Vec<_> = (1..)
        .zip(&request.resources)
        .map(|(line, resource)| medication_dispense(resource, dispensed(line)))
        .collect();
    assert_eq!(recorded[0]["contained"], request.resources[0]["contained"]);
    let answer = dispense_response(recorded, at());
    assert_eq!(
        answer["entry"][2]["response"]["location"],
        "MedicationDispense/7K3M9QRT2ABX51CD-44-3"
    );
}

fn dispensed(line: u8) -> DispensedId {
    DispensedId {
        folio: "7K3M9QRT2ABX51CD".parse().unwrap(),
        index: 44,
        line,
    }
}

#[test]
fn what_came_back_stands_beside_what_was_signed() {
    let single = examples::value(examples::DISPENSE);
    let bundle = examples::value(examples::DISPENSE_BUNDLE);
    let handed = |returned, undone| HandedLine {
        line: 1,
        packages: Packages::new(2),
        returned: Packages::new(returned),
        undone: Packages::new(undone),
        retained: false,
        rest_owed: false,
    };
    for document in [single, bundle] {
        let part = returned_dispense(&document, dispensed(1), handed(1, 1), "envase").unwrap();
        assert_eq!(part["status"], "completed");
        assert_eq!(part["id"], "7K3M9QRT2ABX51CD-44-1");
        let back = json!({"url": "urn:receta:devuelto",
                          "valueQuantity": {"value": 1, "unit": "envase"}});
        assert_eq!(part["extension"], json!([back]));
        let all = returned_dispense(&document, dispensed(1), handed(2, 2), "envase").unwrap();
        assert_eq!(all["status"], "entered-in-error");
        // What rightly left and came back was no error.
        let all = returned_dispense(&document, dispensed(1), handed(2, 0), "envase").unwrap();
        assert_eq!(all["status"], "completed");
        assert_eq!(
            returned_dispense(&document, dispensed(9), handed(1, 1), "envase"),
            None
        );
    }
}
