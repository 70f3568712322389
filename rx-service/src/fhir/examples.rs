//! The example requests of `examples/` (fictitious people), for tests.

use serde_json::Value;

use super::{DispenseRequest, IssueRequest, Submission};

pub(super) const THREE_LINES: &str = include_str!("examples/three-lines.json");
pub(super) const CLONAZEPAM: &str = include_str!("examples/clonazepam.json");
pub(super) const MORPHINE: &str = include_str!("examples/morphine.json");
pub(super) const KNOWN_PATIENT: &str = include_str!("examples/known-patient.json");
pub(super) const SUSPENSION: &str = include_str!("examples/suspension.json");
pub(super) const DISPENSE: &str = include_str!("examples/dispense.json");
pub(super) const DISPENSE_BUNDLE: &str = include_str!("examples/dispense-bundle.json");
pub(super) const SUPPLY_DELIVERY: &str = include_str!("examples/supply-delivery.json");
pub(super) const CANCEL: &str = include_str!("examples/cancel.json");
pub(super) const SUSPEND: &str = include_str!("examples/suspend.json");
pub(super) const RESUME: &str = include_str!("examples/resume.json");
pub(super) const RETURN: &str = include_str!("examples/return.json");
pub(super) const TRANSFER: &str = include_str!("examples/transfer.json");
pub(super) const OVERLAP: &str = include_str!("examples/overlap.json");
pub(super) const INPATIENT: &str = include_str!("examples/inpatient.json");
pub(super) const REFILLS: &str = include_str!("examples/refills.json");

/// Every example.
pub(super) const ALL: [&str; 15] = [
    THREE_LINES,
    CLONAZEPAM,
    MORPHINE,
    KNOWN_PATIENT,
    SUSPENSION,
    DISPENSE,
    DISPENSE_BUNDLE,
    CANCEL,
    SUSPEND,
    RESUME,
    RETURN,
    TRANSFER,
    OVERLAP,
    INPATIENT,
    REFILLS,
];

pub(super) fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Reads an issue, single or in a Bundle.
pub(super) fn issue(text: &str) -> IssueRequest {
    if value(text)["resourceType"] == "MedicationRequest" {
        return super::read_medication_request(text.as_bytes())
            .ok()
            .unwrap();
    }
    match super::read_transaction(text.as_bytes()) {
        Ok(Submission::Issue(request)) => *request,
        Ok(Submission::Dispense(_)) => panic!("a dispensing"),
        Err(outcome) => panic!("{outcome:?}"),
    }
}

/// Reads a dispensing, single or in a Bundle.
pub(super) fn dispense(text: &str) -> DispenseRequest {
    if value(text)["resourceType"] == "MedicationDispense" {
        return super::read_medication_dispense(text.as_bytes())
            .ok()
            .unwrap();
    }
    match super::read_transaction(text.as_bytes()) {
        Ok(Submission::Dispense(request)) => *request,
        Ok(Submission::Issue(_)) => panic!("an issue"),
        Err(outcome) => panic!("{outcome:?}"),
    }
}

/// JSON pointers of every value below `value`, which stands at `at`.
pub(super) fn pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, v)| (i.to_string(), v))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    for (name, child) in children {
        let pointer = format!("{at}/{name}");
        out.push(pointer.clone());
        pointers(child, &pointer, out);
    }
}

/// The same document with the members of each object in the opposite order.
pub(super) fn with_reversed_keys(text: &str) -> String {
    fn write(value: &Value) -> String {
        match value {
            Value::Object(members) => {
                let members = members.iter().rev();
                let members = members.map(|(name, value)| format!("\"{name}\":{}", write(value)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(","))
            }
            Value::Array(items) => {
                format!(
                    "[{}]",
                    items.iter().map(write).collect::<Vec<_>>().join(",")
                )
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
        }
    }
    write(&value(text))
}
