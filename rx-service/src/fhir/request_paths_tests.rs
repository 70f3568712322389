use prescription::{Fraction, Packages};

use super::*;
use crate::fhir::examples;

const ALL_FIELDS: [Field; 15] = [
    Field::Whole,
    Field::Medication,
    Field::Quantity,
    Field::Fills,
    Field::Duration,
    Field::Dosage,
    Field::Prescriber,
    Field::Patient,
    Field::Address,
    Field::Diagnosis,
    Field::Date,
    Field::SpecialFolio,
    Field::Lot,
    Field::Prescription,
    Field::Pharmacy,
];

/// Whether `path` leads to an element of `document`, or to one that could stand in it.
fn parent_exists(path: &str, document: &serde_json::Value) -> bool {
    let (parent, _) = path.rsplit_once('.').unwrap_or((path, ""));
    let mut here = Some(document);
    for step in parent.split('.').skip(1) {
        let (name, index) = step.split_once('[').unwrap_or((step, ""));
        here = here.and_then(|value| value.get(name));
        if let Ok(index) = index.trim_end_matches(']').parse::<usize>() {
            here = here.and_then(|value| value.get(index));
        }
    }
    here.is_some()
}

#[test]
fn every_field_of_every_line_has_a_place_in_the_document() {
    for text in [
        examples::THREE_LINES,
        examples::MORPHINE,
        examples::CLONAZEPAM,
    ] {
        let request = examples::issue(text);
        let paths = RequestPaths::from(&request);
        for field in ALL_FIELDS {
            for line in [None, Some(1), Some(200)] {
                let path = paths.of(field, line);
                assert!(parent_exists(&path, &examples::value(text)), "{path}");
            }
        }
    }
    for text in [examples::DISPENSE, examples::DISPENSE_BUNDLE] {
        let paths = RequestPaths::from(&examples::dispense(text));
        for field in ALL_FIELDS {
            let path = paths.of(field, Some(1));
            assert!(parent_exists(&path, &examples::value(text)), "{path}");
        }
    }
}

#[test]
fn a_line_of_a_bundle_is_its_entry() {
    let paths = RequestPaths::from(&examples::issue(examples::THREE_LINES));
    assert_eq!(
        paths.of(Field::Quantity, Some(2)),
        "Bundle.entry[2].resource.dispenseRequest.quantity"
    );
    assert_eq!(
        paths.of(Field::Address, None),
        "Bundle.entry[0].resource.address"
    );
    assert_eq!(
        paths.of(Field::Date, None),
        "Bundle.entry[1].resource.authoredOn"
    );
    assert_eq!(paths.of(Field::Whole, None), "Bundle");
    let single = RequestPaths::from(&examples::issue(examples::CLONAZEPAM));
    assert_eq!(
        single.of(Field::Address, None),
        "MedicationRequest.contained[0].address"
    );
    assert_eq!(
        single.of(Field::Duration, Some(1)),
        "MedicationRequest.dosageInstruction[0].timing.repeat.boundsDuration"
    );
}

#[test]
fn a_dispensing_is_found_by_the_prescriptions_line_not_by_its_place() {
    let mut value = examples::value(examples::DISPENSE_BUNDLE);
    value["entry"].as_array_mut().unwrap().reverse();
    let paths = RequestPaths::from(&examples::dispense(&value.to_string()));
    assert_eq!(
        paths.of(Field::Lot, Some(3)),
        "Bundle.entry[0].resource.contained[0].batch"
    );
    assert_eq!(
        paths.of(Field::Quantity, Some(1)),
        "Bundle.entry[2].resource.quantity"
    );
}

#[test]
fn a_cancellation_points_at_its_requester() {
    let request = crate::fhir::read_cancel(examples::CANCEL.as_bytes()).unwrap();
    let paths = RequestPaths::from(&request);
    let outcome = paths.outcome(&[Refusal::NotThePrescriber]);
    assert_eq!(
        outcome.issues[0].expression.as_deref(),
        Some("Parameters.parameter[1].valueReference")
    );
    assert_eq!(paths.of(Field::Prescription, None), "Parameters");
}

#[test]
fn refusals_become_issues_with_article_text_and_place() {
    let paths = RequestPaths::from(&examples::issue(examples::THREE_LINES));
    let outcome = paths.outcome(&[
        Refusal::FractionIIPackages {
            line: 3,
            asked: Packages::new(3),
        },
        Refusal::TooManyFills {
            line: 1,
            fraction: Fraction::III,
            most: 3,
        },
        Refusal::ConsentDenied,
    ]);
    let value = outcome.to_value();
    let issue = &value["issue"][0];
    assert_eq!(issue["code"], "business-rule");
    assert_eq!(
        issue["details"]["coding"][0]["code"],
        "fraction-ii-packages"
    );
    assert_eq!(issue["details"]["coding"][1]["code"], "LGS_226_II");
    assert_eq!(
        issue["expression"][0],
        "Bundle.entry[3].resource.dispenseRequest.quantity"
    );
    assert!(!issue["details"]["text"].as_str().unwrap().is_empty());
    let fills = "Bundle.entry[1].resource.dispenseRequest.numberOfRepeatsAllowed";
    assert_eq!(value["issue"][1]["expression"][0], fills);
    assert_eq!(value["issue"][2]["code"], "forbidden");
}
