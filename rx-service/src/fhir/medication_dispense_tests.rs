use jiff::civil::date;
use serde_json::json;

use super::*;
use crate::fhir::examples;

fn problems(value: &Value) -> Vec<(String, ShapeProblem)> {
    let errors = read_single(value).err().unwrap();
    errors
        .into_iter()
        .map(|error| (error.path, error.problem))
        .collect()
}

#[test]
fn reads_the_example() {
    let request = examples::dispense(examples::DISPENSE);
    assert_eq!(request.folio.to_string(), "7K3M-9QRT-2ABX-51CD");
    assert_eq!(request.when_handed_over.to_string(), "2026-03-03T15:20:11Z");
    let [line] = request.lines.as_slice() else {
        panic!("one line")
    };
    assert_eq!(
        (line.handed_over.line, line.handed_over.packages.count()),
        (1, 1)
    );
    assert_eq!(line.handed_over.lot.as_deref(), Some("CZ2409A"));
    assert_eq!(line.handed_over.expiry, Some(date(2027, 9, 30)));
    assert_eq!(line.clave.as_str(), "040.000.2612.00");
    assert_eq!(line.medication_path, "MedicationDispense.contained[0]");
    assert_eq!(request.document, examples::value(examples::DISPENSE));
}

#[test]
fn lot_and_expiry_may_be_missing_that_is_for_the_rules_to_say() {
    let mut value = examples::value(examples::DISPENSE);
    value["contained"][0]
        .as_object_mut()
        .unwrap()
        .remove("batch");
    let request = read_single(&value).ok().unwrap();
    assert_eq!(request.lines[0].handed_over.lot, None);
    assert_eq!(request.lines[0].handed_over.expiry, None);
}

#[test]
fn each_wrong_value_is_named() {
    let digest_format = ShapeProblem::Format(Format::Digest);
    let cases = [
        (
            "/status",
            json!("in-progress"),
            "status",
            ShapeProblem::Fixed("completed"),
        ),
        (
            "/identifier/0/value",
            json!("AAAA"),
            "identifier[0].value",
            digest_format,
        ),
        (
            "/identifier/0/system",
            json!("urn:x"),
            "identifier",
            ShapeProblem::SystemMissing(systems::QR_DIGEST),
        ),
        (
            "/quantity/unit",
            json!("tabletas"),
            "quantity.unit",
            ShapeProblem::Fixed("envase"),
        ),
        (
            "/quantity/value",
            json!(0.5),
            "quantity.value",
            ShapeProblem::Format(Format::Count),
        ),
        (
            "/whenHandedOver",
            json!("2026-03-03"),
            "whenHandedOver",
            ShapeProblem::Format(Format::Instant),
        ),
        (
            "/medicationReference/reference",
            json!("#otro"),
            "medicationReference.reference",
            ShapeProblem::Unresolved,
        ),
        (
            "/contained/0/batch/expirationDate",
            json!("09/2027"),
            "contained[0].batch.expirationDate",
            ShapeProblem::Format(Format::Expiry),
        ),
    ];
    for (pointer, content, path, problem) in cases {
        let mut value = examples::value(examples::DISPENSE);
        *value.pointer_mut(pointer).unwrap() = content;
        assert_eq!(
            problems(&value),
            [(format!("MedicationDispense.{path}"), problem)]
        );
    }
}

#[test]
fn only_references_to_our_own_lines_are_read() {
    for reference in [
        "MedicationRequest/7K3M9QRT2ABX51CE-1",
        "MedicationRequest/7K3M9QRT2ABX51CD",
        "7K3M9QRT2ABX51CD-1",
        "https://otro.example/MedicationRequest/7K3M9QRT2ABX51CD-1",
    ] {
        let mut value = examples::value(examples::DISPENSE);
        value["authorizingPrescription"][0]["reference"] = json!(reference);
        let path = "MedicationDispense.authorizingPrescription[0].reference".to_owned();
        assert_eq!(
            problems(&value),
            [(path, ShapeProblem::Format(Format::LineId))]
        );
    }
}

#[test]
fn a_non_canonical_digest_is_refused() {
    let mut value = examples::value(examples::DISPENSE);
    // 43 characters carry 258 bits: the last two must be zero, or one digest has two spellings.
    value["identifier"][0]["value"] = json!(format!("{}B", "A".repeat(42)));
    assert_eq!(problems(&value)[0].1, ShapeProblem::Format(Format::Digest));
    value["identifier"][0]["value"] = json!("A".repeat(43));
    assert_eq!(read_single(&value).ok().unwrap().qr_digest, [0; 32]);
}

#[test]
fn all_lines_of_one_act_must_agree() {
    let request = examples::dispense(examples::DISPENSE_BUNDLE);
    let lines: Vec<_> = request
        .lines
        .iter()
        .map(|line| line.handed_over.line)
        .collect();
    assert_eq!(lines, [1, 2, 3]);
    assert_eq!(request.lines[0].handed_over.expiry, Some(date(2027, 6, 30)));
    for (element, content) in [
        ("whenHandedOver", json!("2026-03-02T12:31:06-06:00")),
        (
            "identifier",
            json!([{"system": systems::QR_DIGEST, "value": "A".repeat(43)}]),
        ),
    ] {
        let mut value = examples::value(examples::DISPENSE_BUNDLE);
        value["entry"][2]["resource"][element] = content;
        let outcome = super::super::read_transaction(value.to_string().as_bytes())
            .err()
            .unwrap();
        let expected = format!("Bundle.entry[2].resource.{element}");
        assert_eq!(
            outcome.issues[0].expression.as_deref(),
            Some(expected.as_str())
        );
        assert_eq!(outcome.issues[0].code, "element-differs-between-lines");
    }
}
