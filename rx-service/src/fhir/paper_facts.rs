//! What the printed receta takes from the signed document beyond the event: birth date, address
//! and diagnosis (RIS arts. 29 and 30).

use jiff::civil::Date;
use serde_json::Value;

/// Personal data: no `Debug`.
#[derive(Default, PartialEq, Eq)]
pub struct PaperFacts {
    /// Birth date of the patient, if declared.
    pub birth_date: Option<Date>,
    /// Address of the patient on one line, if declared.
    pub address: Option<String>,
    /// Diagnosis, if given.
    pub diagnosis: Option<String>,
}

/// Reads them from a signed document, which was validated when it was received.
#[must_use]
pub fn paper_facts(bundle: &Value) -> PaperFacts {
    let resources = || entries(bundle).map(|entry| &entry["resource"]);
    let contained = resources().flat_map(|resource| list(&resource["contained"]));
    let patient = resources()
        .chain(contained)
        .find(|r| r["resourceType"] == "Patient");
    let reason = resources().find_map(|resource| list(&resource["reasonCode"]).next());
    PaperFacts {
        birth_date: patient
            .and_then(|patient| patient["birthDate"].as_str())
            .and_then(|text| text.parse().ok()),
        address: patient
            .and_then(|patient| list(&patient["address"]).find(|a| a["use"] != "old"))
            .and_then(one_line),
        diagnosis: reason.and_then(concept_text),
    }
}

fn entries(bundle: &Value) -> impl Iterator<Item = &Value> {
    list(&bundle["entry"])
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn one_line(address: &Value) -> Option<String> {
    if let Some(text) = address["text"].as_str() {
        return Some(text.to_owned());
    }
    let lines = list(&address["line"]).filter_map(Value::as_str);
    let rest = ["city", "district", "state", "postalCode"].map(|part| address[part].as_str());
    let parts: Vec<_> = lines.chain(rest.into_iter().flatten()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn concept_text(concept: &Value) -> Option<String> {
    let coding = &concept["coding"][0];
    let name = concept["text"].as_str().or(coding["display"].as_str());
    match (name, coding["code"].as_str()) {
        (Some(name), Some(code)) => Some(format!("{name} ({code})")),
        (Some(text), None) | (None, Some(text)) => Some(text.to_owned()),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_a_contained_patient_and_the_reason() {
        let bundle = json!({"entry": [{"resource": {
            "resourceType": "MedicationRequest",
            "contained": [{
                "resourceType": "Patient",
                "birthDate": "1949-11-03",
                "address": [
                    {"use": "old", "text": "antes"},
                    {"line": ["Av. Juárez 5"], "city": "Actopan", "postalCode": "42500"},
                ],
            }],
            "reasonCode": [{"coding": [{"code": "C50.9"}], "text": "Dolor oncológico"}],
        }}]});
        let facts = paper_facts(&bundle);
        assert_eq!(facts.birth_date, Some(jiff::civil::date(1949, 11, 3)));
        assert_eq!(
            facts.address.as_deref(),
            Some("Av. Juárez 5, Actopan, 42500")
        );
        assert_eq!(facts.diagnosis.as_deref(), Some("Dolor oncológico (C50.9)"));
    }

    #[test]
    fn what_is_not_there_is_left_out() {
        let bundle = json!({"entry": [{"resource": {"resourceType": "MedicationRequest"}}]});
        assert!(paper_facts(&bundle) == PaperFacts::default());
    }
}
