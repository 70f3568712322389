//! The document that a prescriber signs: the canonical bytes (RFC 8785) of a collection Bundle
//! with the patient and every line.

use jiff::Timestamp;
use prescription::Folio;
use serde_json::{Value, json};

use super::issue::IssueRequest;
use super::resource_id::LineId;
use super::systems;

/// A prescription's document, ready to be signed and stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// The Bundle of type `collection`.
    pub bundle: Value,
    /// Its canonical bytes: what is signed, hashed and stored.
    pub bytes: Vec<u8>,
}

/// The value cannot be written as canonical JSON.
#[derive(Debug, thiserror::Error)]
#[error("the document cannot be written as canonical JSON (RFC 8785)")]
pub struct CanonicalError(#[from] serde_json::Error);

/// Canonical bytes (RFC 8785) of a resource: what a pharmacy or prescriber signs.
///
/// # Errors
/// Never for what [`super::json::parse`] accepts.
pub fn canonical_bytes(value: &Value) -> Result<Vec<u8>, CanonicalError> {
    Ok(serde_json_canonicalizer::to_vec(value)?)
}

/// Builds the document of a prescription with the folio that it got at `at`.
///
/// The resources are as received but for `id` and `groupIdentifier`, which the service assigns.
/// The same request, folio and instant give the same bytes.
///
/// # Errors
/// Where the resources are not what [`super::json::parse`] accepts.
pub fn build(
    request: &IssueRequest,
    folio: Folio,
    at: Timestamp,
) -> Result<Document, CanonicalError> {
    let patient = request
        .resources
        .patient
        .iter()
        .map(|patient| json!({"fullUrl": patient.full_url, "resource": patient.resource}));
    let lines = (1..=u8::MAX)
        .zip(&request.resources.medication_requests)
        .map(|(line, received)| {
            let id = LineId { folio, line };
            let mut resource = received.clone();
            resource["id"] = json!(id.to_string());
            resource["groupIdentifier"] =
                json!({"system": systems::FOLIO, "value": folio.to_string()});
            json!({"fullUrl": full_url(id), "resource": resource})
        });
    let bundle = json!({
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": {"system": systems::FOLIO, "value": folio.to_string()},
        "timestamp": at.to_string(),
        "entry": patient.chain(lines).collect::<Vec<Value>>(),
    });
    let bytes = canonical_bytes(&bundle)?;
    Ok(Document { bundle, bytes })
}

/// fullUrl of a line in the document: a URN, so that the signed bytes do not depend on the address
/// of the server that made them.
fn full_url(id: LineId) -> String {
    format!("urn:receta:MedicationRequest:{id}")
}

/// The `MedicationRequest` of a line in a stored document, and the CURP that its `subject` leads
/// to.
pub(super) fn line_of(bundle: &Value, id: LineId) -> Option<(&Value, Option<&str>)> {
    let wanted = id.to_string();
    let entries = bundle["entry"].as_array()?;
    let mut resources = entries.iter().map(|entry| &entry["resource"]);
    let line = resources.find(|resource| {
        resource["resourceType"] == "MedicationRequest" && resource["id"] == wanted.as_str()
    })?;
    let reference = line["subject"]["reference"].as_str();
    let patient = entries
        .iter()
        .find(|entry| reference.is_some() && entry["fullUrl"].as_str() == reference)
        .map(|entry| &entry["resource"]);
    Some((line, patient.and_then(curp_of)))
}

fn curp_of(patient: &Value) -> Option<&str> {
    let identifiers = patient["identifier"].as_array()?;
    let curp = identifiers.iter().find(|identifier| {
        identifier["system"].as_str().is_some_and(systems::is_curp) && identifier["use"] != "old"
    })?;
    curp["value"].as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::examples;

    fn folio() -> Folio {
        Folio::from_random([9; 10])
    }

    fn at() -> Timestamp {
        "2026-03-02T16:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_document_is_the_request_with_ids() {
        let request = examples::issue(examples::THREE_LINES);
        let document = build(&request, folio(), at()).unwrap();
        let bundle = &document.bundle;
        assert_eq!(bundle["timestamp"], "2026-03-02T16:00:00Z");
        assert_eq!(bundle["identifier"]["value"], folio().to_string());
        assert_eq!(bundle["entry"].as_array().unwrap().len(), 4);
        assert_eq!(bundle["entry"][0]["resource"]["resourceType"], "Patient");
        for line in 1..=3_u8 {
            let entry = &bundle["entry"][usize::from(line)];
            let mut resource = entry["resource"].clone();
            assert_eq!(resource["id"], format!("{}-{line}", folio().compact()));
            let object = resource.as_object_mut().unwrap();
            object.remove("id");
            assert_eq!(
                object.remove("groupIdentifier").unwrap()["value"],
                folio().to_string()
            );
            let place = usize::from(line) - 1;
            assert_eq!(resource, request.resources.medication_requests[place]);
        }
    }

    #[test]
    fn the_bytes_are_canonical_and_do_not_depend_on_the_order_of_keys() {
        let request = examples::issue(examples::THREE_LINES);
        let document = build(&request, folio(), at()).unwrap();
        let again: Value = serde_json::from_slice(&document.bytes).unwrap();
        assert_eq!(canonical_bytes(&again).unwrap(), document.bytes);
        assert!(
            document
                .bytes
                .starts_with(br#"{"entry":[{"fullUrl":"urn:uuid:"#)
        );
        let reversed = examples::with_reversed_keys(examples::THREE_LINES);
        let request = examples::issue(&reversed);
        assert_eq!(
            build(&request, folio(), at()).unwrap().bytes,
            document.bytes
        );
    }

    #[test]
    fn another_folio_or_instant_is_another_document() {
        let request = examples::issue(examples::CLONAZEPAM);
        let bytes = build(&request, folio(), at()).unwrap().bytes;
        let other = build(&request, Folio::from_random([8; 10]), at())
            .unwrap()
            .bytes;
        let later = "2026-03-02T16:00:01Z".parse().unwrap();
        assert_ne!(bytes, other);
        assert_ne!(bytes, build(&request, folio(), later).unwrap().bytes);
    }

    #[test]
    fn a_line_is_found_with_its_patient() {
        let request = examples::issue(examples::THREE_LINES);
        let document = build(&request, folio(), at()).unwrap();
        let (line, curp) = line_of(
            &document.bundle,
            LineId {
                folio: folio(),
                line: 2,
            },
        )
        .unwrap();
        assert_eq!(line["id"], format!("{}-2", folio().compact()));
        assert_eq!(curp, Some(request.patient.curp.as_str()));
        assert!(
            line_of(
                &document.bundle,
                LineId {
                    folio: folio(),
                    line: 4
                }
            )
            .is_none()
        );
    }
}
