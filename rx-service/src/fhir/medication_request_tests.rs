use serde_json::{Value, json};

use crate::fhir::{ShapeProblem, examples, issue, systems};

fn problems(value: &Value) -> Vec<(String, ShapeProblem)> {
    let errors = issue::read_single(value).err().unwrap();
    errors
        .into_iter()
        .map(|error| (error.path, error.problem))
        .collect()
}

fn refused(element: &str, content: Value) -> (String, ShapeProblem) {
    let mut value = examples::value(examples::CLONAZEPAM);
    value[element] = content;
    let mut errors = problems(&value);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

#[test]
fn reads_a_line_with_its_contained_patient() {
    let request = examples::issue(examples::CLONAZEPAM);
    assert_eq!(request.lines[0].requested.packages.count(), 1);
    assert_eq!(request.lines[0].requested.fills, 1);
    assert_eq!(request.requester.as_str(), "7654321");
    assert_eq!(request.patient.path, "MedicationRequest.contained[0]");
    assert_eq!(request.patient.name.unwrap().first_surname(), "Hernández");
    assert!(request.written_on.instant.is_none() && !request.has_diagnosis);
    assert!(!request.resources.in_bundle);
}

#[test]
fn reads_a_patient_already_known_and_a_brand() {
    let known = examples::issue(examples::KNOWN_PATIENT);
    assert!(known.patient.name.is_none());
    assert_eq!(known.patient.path, "MedicationRequest.subject");
    assert_eq!(known.lines[0].requested.fills, 3);
    let branded = examples::issue(examples::SUSPENSION);
    assert_eq!(branded.lines[0].requested.brand.as_deref(), Some("Tempra"));
    assert_eq!(branded.lines[0].requested.dosage.dose_milli, 2500);
    assert!(branded.business_identifier.is_none());
    assert_eq!(branded.written_on.date.to_string(), "2026-03-02");
}

#[test]
fn only_active_orders_to_do_something_are_accepted() {
    for (element, content, expected) in [
        ("status", json!("completed"), "active"),
        ("intent", json!("plan"), "order"),
        ("doNotPerform", json!(true), "false"),
    ] {
        let path = format!("MedicationRequest.{element}");
        assert_eq!(
            refused(element, content),
            (path, ShapeProblem::Fixed(expected))
        );
    }
    let group = refused("groupIdentifier", json!({"value": "1"}));
    assert_eq!(group.1, ShapeProblem::AssignedByService);
    let own_folio = json!([{"system": systems::FOLIO, "value": "7K3M-9QRT-2ABX-51CD"}]);
    assert_eq!(
        refused("identifier", own_folio).1,
        ShapeProblem::AssignedByService
    );
}

#[test]
fn identifiers_are_complete_and_current() {
    let at = |name: &str| format!("MedicationRequest.identifier[0].{name}");
    assert_eq!(
        refused("identifier", json!([{"value": "1"}])),
        (at("system"), ShapeProblem::Missing)
    );
    let old = json!([{"use": "old", "system": "urn:x", "value": "1"}]);
    assert_eq!(
        refused("identifier", old),
        (at("use"), ShapeProblem::Unsupported)
    );
    let special = json!([{"system": systems::SPECIAL_FOLIO, "value": "minúsculas"}]);
    assert_eq!(refused("identifier", special).0, at("value"));
}

#[test]
fn the_medicine_has_one_clave() {
    let concept = |codings: Value| json!({"coding": codings, "text": "Clonazepam"});
    let clave = json!({"system": systems::CLAVE, "code": "040.000.2612.00"});
    let element = "medicationCodeableConcept";
    let other = json!({"system": "http://www.whocc.no/atc", "code": "N03AE01"});
    let missing = ShapeProblem::SystemMissing(systems::CLAVE);
    let path = "MedicationRequest.medicationCodeableConcept.coding";
    assert_eq!(
        refused(element, concept(json!([other]))),
        (path.to_owned(), missing)
    );
    let twice = refused(element, concept(json!([clave, clave])));
    assert_eq!(twice, (format!("{path}[1]"), ShapeProblem::TooMany(1)));
    let wrong = json!([other, {"system": systems::CLAVE, "code": "040-000-2612-00"}]);
    assert_eq!(
        refused(element, concept(wrong)).0,
        format!("{path}[1].code")
    );
}

#[test]
fn a_subject_leads_to_one_patient() {
    let path = "MedicationRequest.subject.reference".to_owned();
    for reference in ["#otro", "Patient/1", "#"] {
        let found = refused("subject", json!({"reference": reference}));
        assert_eq!(found, (path.clone(), ShapeProblem::Unresolved));
    }
    let twins = {
        let mut value = examples::value(examples::CLONAZEPAM);
        let twin = value["contained"][0].clone();
        value["contained"].as_array_mut().unwrap().push(twin);
        problems(&value)
    };
    let expected = (
        "MedicationRequest.contained[1].id".to_owned(),
        ShapeProblem::NotUnique,
    );
    assert_eq!(twins, [expected]);
    let other = json!({
        "reference": "#paciente",
        "identifier": {"system": systems::CURP, "value": "SABC560626MDFLRN01"},
    });
    let expected = (
        "MedicationRequest.subject.identifier".to_owned(),
        ShapeProblem::Contradiction,
    );
    assert_eq!(refused("subject", other), expected);
}

#[test]
fn the_prescriber_is_a_cedula() {
    let at = |name: &str| format!("MedicationRequest.requester.identifier.{name}");
    let requester = |system: &str, value: &str| {
        refused(
            "requester",
            json!({"identifier": {"system": system, "value": value}}),
        )
    };
    let system = ShapeProblem::Fixed(systems::CEDULA);
    assert_eq!(requester("urn:x", "7654321"), (at("system"), system));
    assert_eq!(requester(systems::CEDULA, "76543").0, at("value"));
}

#[test]
fn resource_ids_are_checked_and_unknown_elements_kept() {
    assert_eq!(
        refused("id", json!("con espacio")).0,
        "MedicationRequest.id"
    );
    let mut value = examples::value(examples::CLONAZEPAM);
    value["note"] = json!([{"id": "a_b", "text": "Tomar por la noche"}]);
    let request = issue::read_single(&value).ok().unwrap();
    assert_eq!(request.resources.medication_requests[0], value);
}

#[test]
fn a_diagnosis_is_a_code_or_a_text() {
    for (reason, expected) in [
        (json!([{"text": "Epilepsia"}]), true),
        (json!([{"coding": [{"code": "G40"}]}]), true),
        (json!([{"id": "x"}]), false),
    ] {
        let mut value = examples::value(examples::CLONAZEPAM);
        value["reasonCode"] = reason;
        assert_eq!(
            issue::read_single(&value).ok().unwrap().has_diagnosis,
            expected
        );
    }
}
