use serde_json::{Value, json};

use super::*;
use crate::fhir::examples;
use crate::fhir::{IssueRequest, ShapeError};

fn value(text: &str) -> Value {
    examples::value(text)
}

fn read(value: &Value) -> Result<IssueRequest, Vec<ShapeError>> {
    crate::fhir::issue::read_single(value)
}

#[track_caller]
fn problems(value: &Value) -> Vec<(String, ShapeProblem)> {
    let found = read(value).err().expect("it is refused");
    found.into_iter().map(|e| (e.path, e.problem)).collect()
}

#[test]
fn an_order_that_says_nothing_is_taken_along_and_may_be_substituted() {
    let request = examples::issue(examples::CLONAZEPAM);
    assert_eq!(request.setting, Setting::Outpatient);
    let line = &request.lines[0].requested;
    assert!(!line.no_substitution);
    assert_eq!((line.refill_interval, &line.overlap), (None, &None));
}

#[test]
fn an_inpatient_order_counts_unit_doses() {
    let mut order = value(examples::INPATIENT);
    let request = read(&order).ok().unwrap();
    assert_eq!(request.setting, Setting::Inpatient);
    assert_eq!(request.lines[0].requested.packages.count(), 10);
    order["dispenseRequest"]["quantity"]["unit"] = json!("envase");
    let unit = "MedicationRequest.dispenseRequest.quantity.unit".to_owned();
    assert_eq!(
        problems(&order),
        [(unit.clone(), ShapeProblem::Fixed("dosis unitaria"))]
    );
    // Ten unit doses taken for ten boxes would be an error too.
    let mut order = value(examples::INPATIENT);
    order["category"][0]["coding"][0]["code"] = json!("discharge");
    assert_eq!(problems(&order), [(unit, ShapeProblem::Fixed("envase"))]);
    order["category"][0]["coding"][0]["code"] = json!("day-hospital");
    let path = "MedicationRequest.category[0].coding[0].code".to_owned();
    let known = ShapeProblem::UnknownCode("inpatient, outpatient, community, discharge");
    assert!(problems(&order).contains(&(path, known)));
    // A category of somebody else's says nothing to us.
    order["category"][0]["coding"][0]["system"] = json!("urn:oid:1.2.3");
    order["dispenseRequest"]["quantity"]["unit"] = json!("envase");
    assert_eq!(read(&order).ok().unwrap().setting, Setting::Outpatient);
}

#[test]
fn two_categories_that_disagree_are_refused() {
    let mut order = value(examples::INPATIENT);
    let mut second = order["category"][0].clone();
    second["coding"][0]["code"] = json!("community");
    order["category"].as_array_mut().unwrap().push(second);
    let path = "MedicationRequest.category[1].coding[0]".to_owned();
    assert_eq!(problems(&order), [(path, ShapeProblem::Contradiction)]);
}

#[test]
fn brand_interval_and_refills() {
    let mut order = value(examples::REFILLS);
    let request = read(&order).ok().unwrap();
    let line = &request.lines[0].requested;
    assert!(line.no_substitution);
    assert_eq!((line.refill_interval, line.fills), (Some(30), 6));

    order["substitution"] = json!({"allowedCodeableConcept": {"text": "x"}});
    order["dispenseRequest"]["dispenseInterval"]["code"] = json!("wk");
    let found = problems(&order);
    assert_eq!(
        found,
        [
            (
                "MedicationRequest.dispenseRequest.dispenseInterval.code".to_owned(),
                ShapeProblem::Fixed("d")
            ),
            (
                "MedicationRequest.substitution.allowedCodeableConcept".to_owned(),
                ShapeProblem::Unsupported
            ),
            (
                "MedicationRequest.substitution.allowedBoolean".to_owned(),
                ShapeProblem::Missing
            ),
        ]
    );
}

#[test]
fn an_override_names_the_prescriptions_and_the_reason() {
    let request = read(&value(examples::OVERLAP)).ok().unwrap();
    let overlap = request.lines[0].requested.overlap.clone().unwrap();
    assert_eq!(overlap.reason, OverlapReason::DoseAdjustment);
    assert_eq!(overlap.folios, ["7K3M-9QRT-2ABX-51CD".parse().unwrap()]);
}

/// An override without its reason, its prescriptions or its code is none: nothing is guessed.
#[test]
fn an_override_that_lacks_anything_is_refused() {
    let issue = |value: &Value| {
        let contained = value["contained"].as_array().unwrap();
        contained
            .iter()
            .position(|r| r["resourceType"] == "DetectedIssue")
            .unwrap()
    };
    let without = |member: &str| {
        let mut order = value(examples::OVERLAP);
        let place = issue(&order);
        order["contained"][place]
            .as_object_mut()
            .unwrap()
            .remove(member);
        problems(&order)
    };
    let place = issue(&value(examples::OVERLAP));
    for member in ["mitigation", "implicated", "code", "status"] {
        let path = format!("MedicationRequest.contained[{place}].{member}");
        assert_eq!(without(member), [(path, ShapeProblem::Missing)]);
    }
    let mut order = value(examples::OVERLAP);
    order["contained"][place]["mitigation"][0]["action"]["coding"][0]["code"] = json!("because");
    order["contained"][place]["code"]["coding"][0]["code"] = json!("DRG");
    order["contained"][place]["implicated"][0]["identifier"]["value"] =
        json!("7K3M-9QRT-2ABX-51CC");
    let kinds: Vec<_> = problems(&order)
        .into_iter()
        .map(|(_, problem)| problem)
        .collect();
    assert_eq!(
        kinds,
        [
            ShapeProblem::Fixed("DUPTHPY"),
            ShapeProblem::Identifier(IdentifierKind::Folio),
            ShapeProblem::UnknownCode(OVERLAP_REASONS),
        ]
    );
    order = value(examples::OVERLAP);
    order["detectedIssue"][0]["reference"] = json!("DetectedIssue/1");
    assert_eq!(problems(&order)[0].1, ShapeProblem::Unresolved);
}

#[test]
fn the_listed_codes_are_the_reasons() {
    let codes: Vec<_> = OverlapReason::ALL
        .iter()
        .map(|reason| reason.code())
        .collect();
    assert_eq!(codes.join(", "), OVERLAP_REASONS);
}

#[test]
fn diagnoses_with_a_code_of_cie_10_are_read_as_written() {
    let mut order = value(examples::CLONAZEPAM);
    order["reasonCode"] = json!([
        {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F41.0"}]},
        {"coding": [{"system": "http://snomed.info/sct", "code": "371631005"},
                    {"system": "urn:oid:2.16.840.1.113883.6.3", "code": "G40.3"}]},
        {"text": "Crisis de pánico"},
    ]);
    let request = read(&order).ok().unwrap();
    assert_eq!(request.diagnoses, ["F41.0", "G40.3"]);
    assert!(request.has_diagnosis);
}

#[test]
fn an_animal_is_said_by_its_species() {
    let mut order = value(examples::CLONAZEPAM);
    let animal = json!([{
        "url": "http://hl7.org/fhir/StructureDefinition/patient-animal",
        "extension": [{"url": "species", "valueCodeableConcept": {"text": " Canino "}}],
    }]);
    let place = if order["subject"].get("reference").is_some() {
        &mut order["contained"][0]
    } else {
        &mut order["subject"]
    };
    place["extension"] = animal;
    assert_eq!(
        read(&order).ok().unwrap().patient.animal.as_deref(),
        Some("Canino")
    );
    assert_eq!(examples::issue(examples::CLONAZEPAM).patient.animal, None);
}
