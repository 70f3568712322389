use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::fhir::{examples, systems};

fn problems(value: &Value) -> Vec<(String, ShapeProblem)> {
    let errors = read(value).err().unwrap();
    errors
        .into_iter()
        .map(|error| (error.path, error.problem))
        .collect()
}

fn three_lines() -> Value {
    examples::value(examples::THREE_LINES)
}

fn one(path: &str, problem: ShapeProblem) -> Vec<(String, ShapeProblem)> {
    vec![(path.to_owned(), problem)]
}

#[test]
fn reads_three_lines_with_their_patient() {
    let request = examples::issue(examples::THREE_LINES);
    let claves: Vec<_> = request
        .lines
        .iter()
        .map(|line| line.requested.clave.as_str().to_owned())
        .collect();
    assert_eq!(
        claves,
        ["010.000.2128.00", "010.000.0104.00", "010.000.2520.00"]
    );
    assert_eq!(request.lines[2].requested.fills, 6);
    assert!(request.lines[1].requested.dosage.as_needed);
    assert_eq!(request.patient.path, "Bundle.entry[0].resource");
    assert!(request.has_diagnosis && request.special_folio.is_none());
    assert_eq!(
        request.business_identifier.unwrap().value,
        "ORD-2026-000481"
    );
    assert_eq!(request.written_on.date.to_string(), "2026-03-02");
}

#[test]
fn reads_the_special_receta() {
    let request = examples::issue(examples::MORPHINE);
    assert_eq!(request.special_folio.unwrap().as_str(), "HGO-2026-0000137");
    assert!(request.has_diagnosis && request.patient.address.is_some());
    assert_eq!(
        request.business_identifier.unwrap().value,
        "ORD-2026-000483"
    );
}

#[test]
fn lines_of_one_prescription_must_agree() {
    for (element, content) in [
        ("authoredOn", json!("2026-03-02T10:15:01-06:00")),
        (
            "requester",
            json!({"identifier": {"system": systems::CEDULA, "value": "1234567"}}),
        ),
        (
            "identifier",
            json!([{"system": systems::SPECIAL_FOLIO, "value": "HGO-1234"}]),
        ),
    ] {
        let mut value = three_lines();
        value["entry"][3]["resource"][element] = content;
        let path = format!("Bundle.entry[3].resource.{element}");
        assert_eq!(problems(&value), one(&path, ShapeProblem::DiffersFromFirst));
    }
    let mut value = three_lines();
    let curp = json!({"identifier": {"system": systems::CURP, "value": "SABC560626MDFLRN01"}});
    value["entry"][2]["resource"]["subject"] = curp;
    let path = "Bundle.entry[2].resource.subject";
    assert_eq!(problems(&value), one(path, ShapeProblem::DiffersFromFirst));
}

#[test]
fn entries_are_posts_of_what_they_say() {
    let cases = [
        (
            "/type",
            json!("batch"),
            "type",
            ShapeProblem::Fixed("transaction"),
        ),
        (
            "/entry/1/request/method",
            json!("PUT"),
            "entry[1].request.method",
            ShapeProblem::Fixed("POST"),
        ),
        (
            "/entry/1/request/url",
            json!("Patient"),
            "entry[1].request.url",
            ShapeProblem::Fixed("MedicationRequest"),
        ),
        (
            "/entry/0/request/ifNoneExist",
            json!("identifier=x"),
            "entry[0].request.ifNoneExist",
            ShapeProblem::Unsupported,
        ),
        (
            "/entry/2/fullUrl",
            json!(1),
            "entry[2].fullUrl",
            ShapeProblem::WrongType(crate::fhir::JsonType::Text),
        ),
    ];
    for (pointer, content, path, problem) in cases {
        let mut value = three_lines();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        value.pointer_mut(parent).unwrap()[name] = content;
        assert_eq!(problems(&value), one(&format!("Bundle.{path}"), problem));
    }
}

#[test]
fn full_urls_lead_to_exactly_one_resource() {
    let mut value = three_lines();
    value["entry"][2]["fullUrl"] = value["entry"][1]["fullUrl"].clone();
    assert_eq!(
        problems(&value),
        one("Bundle.entry[2].fullUrl", ShapeProblem::NotUnique)
    );
    let mut value = three_lines();
    value["entry"][1]["resource"]["subject"]["reference"] = json!("Patient/7");
    let path = "Bundle.entry[1].resource.subject.reference";
    assert_eq!(problems(&value), one(path, ShapeProblem::Unresolved));
    let mut value = three_lines();
    let second = value["entry"][0].clone();
    value["entry"].as_array_mut().unwrap().push(second);
    value["entry"][4]["fullUrl"] = json!("urn:uuid:otro");
    assert_eq!(
        problems(&value),
        one("Bundle.entry[4]", ShapeProblem::TooMany(1))
    );
    let known = json!({"identifier": {"system": systems::CURP, "value": "RAOG740412MHGMRD02"}});
    let mut value = three_lines();
    for line in 1..=3 {
        value["entry"][line]["resource"]["subject"] = known.clone();
    }
    assert_eq!(
        problems(&value),
        one("Bundle.entry[0]", ShapeProblem::Unreferenced)
    );
}

#[test]
fn a_bundle_is_about_one_thing() {
    let mut value = examples::value(examples::DISPENSE_BUNDLE);
    value["entry"]
        .as_array_mut()
        .unwrap()
        .push(three_lines()["entry"][1].clone());
    let expected = ShapeProblem::WrongResource("MedicationDispense");
    assert_eq!(
        problems(&value),
        one("Bundle.entry[3].resource.resourceType", expected)
    );
    let mut value = three_lines();
    value["entry"].as_array_mut().unwrap().truncate(1);
    assert_eq!(
        problems(&value),
        one("Bundle.entry", ShapeProblem::NothingToDo)
    );
    let mut value = three_lines();
    value["entry"][1]["resource"]["resourceType"] = json!("Observation");
    assert_eq!(
        problems(&value)[0].0,
        "Bundle.entry[1].request.url".replace("request.url", "resource.resourceType")
    );
    let many = vec![three_lines()["entry"][1].clone(); 33];
    let value = json!({"resourceType": "Bundle", "type": "transaction", "entry": many});
    assert_eq!(
        problems(&value),
        one("Bundle.entry", ShapeProblem::TooMany(32))
    );
}

#[test]
fn problems_of_all_entries_are_named_at_once() {
    let mut value = three_lines();
    value["entry"][0]["resource"]["identifier"][0]["value"] = json!("X");
    value["entry"][1]["resource"]["status"] = json!("draft");
    value["entry"][3]["resource"]["authoredOn"] = json!("ayer");
    let paths: Vec<_> = problems(&value).into_iter().map(|(path, _)| path).collect();
    assert_eq!(
        paths,
        [
            "Bundle.entry[0].resource.identifier[0].value",
            "Bundle.entry[1].resource.status",
            "Bundle.entry[3].resource.authoredOn",
        ]
    );
}

/// Elements without which each example is refused: JSON pointer and the path of the complaint.
const REQUIRED: [(&str, &str); 30] = [
    ("/type", "type"),
    ("/entry", "entry"),
    ("/entry/0/fullUrl", "entry[0].fullUrl"),
    (
        "/entry/0/resource/identifier",
        "entry[0].resource.identifier",
    ),
    (
        "/entry/0/resource/identifier/0/value",
        "entry[0].resource.identifier[0].value",
    ),
    ("/entry/0/resource/name", "entry[0].resource.name"),
    (
        "/entry/0/resource/name/0/family",
        "entry[0].resource.name[0].family",
    ),
    (
        "/entry/0/resource/name/0/given",
        "entry[0].resource.name[0].given",
    ),
    ("/entry/1/resource", "entry[1].resource"),
    ("/entry/1/request", "entry[1].request"),
    ("/entry/1/request/method", "entry[1].request.method"),
    ("/entry/1/request/url", "entry[1].request.url"),
    ("/entry/1/resource/status", "entry[1].resource.status"),
    ("/entry/1/resource/intent", "entry[1].resource.intent"),
    (
        "/entry/1/resource/medicationCodeableConcept",
        "entry[1].resource.medicationCodeableConcept",
    ),
    ("/entry/1/resource/subject", "entry[1].resource.subject"),
    (
        "/entry/1/resource/subject/reference",
        "entry[1].resource.subject.identifier",
    ),
    (
        "/entry/1/resource/authoredOn",
        "entry[1].resource.authoredOn",
    ),
    ("/entry/1/resource/requester", "entry[1].resource.requester"),
    (
        "/entry/1/resource/requester/identifier",
        "entry[1].resource.requester.identifier",
    ),
    (
        "/entry/1/resource/dosageInstruction",
        "entry[1].resource.dosageInstruction",
    ),
    (
        "/entry/1/resource/dosageInstruction/0/timing",
        "entry[1].resource.dosageInstruction[0].timing",
    ),
    (
        "/entry/1/resource/dosageInstruction/0/timing/repeat/boundsDuration",
        "entry[1].resource.dosageInstruction[0].timing.repeat.boundsDuration",
    ),
    (
        "/entry/1/resource/dosageInstruction/0/timing/repeat/frequency",
        "entry[1].resource.dosageInstruction[0].timing.repeat.frequency",
    ),
    (
        "/entry/1/resource/dosageInstruction/0/route",
        "entry[1].resource.dosageInstruction[0].route",
    ),
    (
        "/entry/1/resource/dosageInstruction/0/doseAndRate",
        "entry[1].resource.dosageInstruction[0].doseAndRate",
    ),
    (
        "/entry/1/resource/dosageInstruction/0/doseAndRate/0/doseQuantity/value",
        "entry[1].resource.dosageInstruction[0].doseAndRate[0].doseQuantity.value",
    ),
    (
        "/entry/1/resource/dispenseRequest",
        "entry[1].resource.dispenseRequest",
    ),
    (
        "/entry/1/resource/dispenseRequest/quantity",
        "entry[1].resource.dispenseRequest.quantity",
    ),
    (
        "/entry/1/resource/dispenseRequest/quantity/unit",
        "entry[1].resource.dispenseRequest.quantity.unit",
    ),
];

#[test]
fn each_required_element_is_named_when_it_is_missing() {
    for (pointer, path) in REQUIRED {
        let mut value = three_lines();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = value.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        assert!(parent.remove(name).is_some(), "{pointer}");
        let found = problems(&value);
        let expected = format!("Bundle.{path}");
        assert!(
            found.contains(&(expected.clone(), ShapeProblem::Missing)),
            "without {pointer}: {expected} not in {found:?}"
        );
    }
}

const EXAMPLES: [&str; 3] = [
    examples::THREE_LINES,
    examples::MORPHINE,
    examples::DISPENSE_BUNDLE,
];

proptest! {
    /// A modifier anywhere is refused where it stands.
    #[test]
    fn a_modifier_anywhere_is_refused(
        example in prop::sample::select(EXAMPLES.to_vec()),
        pick: prop::sample::Index,
    ) {
        let mut value = examples::value(example);
        let mut all = vec![String::new()];
        examples::pointers(&value, "", &mut all);
        all.retain(|pointer| value.pointer(pointer).unwrap().is_object());
        let pointer = &all[pick.index(all.len())];
        value.pointer_mut(pointer).unwrap()["modifierExtension"] = json!([{"url": "urn:x"}]);
        let found = problems(&value);
        prop_assert!(found.iter().any(|(path, problem)| {
            *problem == ShapeProblem::Modifier && path.ends_with(".modifierExtension")
        }), "{pointer}: {found:?}");
    }
}
