//! What this service answers: stored `MedicationRequest`s with their state today, transaction
//! responses, search sets, recorded `MedicationDispense`s.

use jiff::Timestamp;
use prescription::state::HandedLine;
use prescription::{LineState, Prescription, Status};
use serde_json::{Value, json};

use super::document;
use super::issue::IssueRequest;
use super::resource_id::{DispensedId, LineId};
use super::search::RequestStatus;
use super::systems;

/// FHIR status of a line: of the whole prescription, but for a line that is done before the rest.
/// An expired prescription is `stopped`: FHIR R4 has no better word.
#[must_use]
pub fn status_of(prescription: &Prescription, line: u8) -> Option<RequestStatus> {
    let (_, state) = prescription.line(line)?;
    if matches!(state, LineState::Closed { .. }) {
        return Some(RequestStatus::Completed);
    }
    Some(match prescription.status {
        Status::Active => RequestStatus::Active,
        Status::Completed { .. } => RequestStatus::Completed,
        Status::Cancelled { .. } => RequestStatus::Cancelled,
        Status::Expired { .. } => RequestStatus::Stopped,
        Status::Suspended { .. } => RequestStatus::OnHold,
    })
}

/// The `MedicationRequest` of a line as it is today: the signed one, with the state of the
/// prescription in `status` and `statusReason`. `bundle` is the signed document.
///
/// The signature is over the document, not over this view. A `subject` that refers to the
/// document's Patient becomes a reference by CURP: alone, the URN would lead nowhere.
#[must_use]
pub fn medication_request(bundle: &Value, prescription: &Prescription, line: u8) -> Option<Value> {
    let id = LineId {
        folio: prescription.issued.folio,
        line,
    };
    let status = status_of(prescription, line)?;
    let (signed, curp) = document::line_of(bundle, id)?;
    let mut view = signed.clone();
    view["status"] = json!(status.code());
    let reason = match (status, prescription.status) {
        (RequestStatus::Cancelled, Status::Cancelled { reason, .. }) => {
            Some((systems::CANCEL_REASON, reason.code(), reason.in_spanish()))
        }
        (RequestStatus::OnHold, Status::Suspended { reason, .. }) => {
            Some((systems::SUSPEND_REASON, reason.code(), reason.in_spanish()))
        }
        _ => None,
    };
    if let Some((system, code, text)) = reason {
        view["statusReason"] = json!({
            "coding": [{"system": system, "code": code}],
            "text": text,
        });
    }
    if let Some(curp) = curp {
        view["subject"] = json!({
            "type": "Patient",
            "identifier": {"system": systems::CURP, "value": curp},
        });
    }
    Some(view)
}

/// Answer to a transaction that issued a prescription: one entry for each of the request, in its
/// order. `views` are the lines as stored.
#[must_use]
pub fn issue_response(request: &IssueRequest, views: Vec<Value>, at: Timestamp) -> Value {
    let mut entries: Vec<Value> = views.into_iter().map(|view| created(view, at)).collect();
    if let Some(patient) = &request.resources.patient {
        // Patients have no address of their own here: the document carries the resource.
        let index = patient.index.min(entries.len());
        let full_url = &patient.full_url;
        let entry = json!({"fullUrl": full_url, "response": {"status": "200 OK"}});
        entries.insert(index, entry);
    }
    transaction_response(entries)
}

/// Answer to a transaction that recorded a dispensing.
#[must_use]
pub fn dispense_response(recorded: Vec<Value>, at: Timestamp) -> Value {
    transaction_response(recorded.into_iter().map(|view| created(view, at)).collect())
}

/// A `MedicationDispense` as recorded: as received, with the id that it got.
#[must_use]
pub fn medication_dispense(received: &Value, id: DispensedId) -> Value {
    let mut view = received.clone();
    view["id"] = json!(id.to_string());
    view
}

/// The `MedicationDispense` of one line after a return: with how much of it came back, and
/// `entered-in-error` once a correction undid all of it. `document` is what the pharmacy signed when
/// it dispensed, `unit` what its quantities count.
#[must_use]
pub fn returned_dispense(
    document: &Value,
    id: DispensedId,
    handed: HandedLine,
    unit: &str,
) -> Option<Value> {
    let mut view = medication_dispense(line_of_act(document, id)?, id);
    let returned = json!({
        "url": systems::RETURNED,
        "valueQuantity": {"value": handed.returned.count(), "unit": unit},
    });
    match view["extension"].as_array_mut() {
        Some(extensions) => extensions.push(returned),
        None => view["extension"] = json!([returned]),
    }
    if handed.undone == handed.packages {
        view["status"] = json!("entered-in-error");
    }
    Some(view)
}

/// The resource of this line in a posted act: the act itself, or an entry of its Bundle.
fn line_of_act(document: &Value, id: DispensedId) -> Option<&Value> {
    let line = LineId {
        folio: id.folio,
        line: id.line,
    };
    let is_it = |resource: &&Value| {
        let authorizing = &resource["authorizingPrescription"][0]["reference"];
        *authorizing == line.reference().as_str()
    };
    let entries = document["entry"].as_array();
    entries
        .into_iter()
        .flatten()
        .map(|entry| &entry["resource"])
        .chain([document])
        .find(is_it)
}

/// A page of a search. `links` are (relation, URL): at least `self`, and `next` where more follow.
/// `total` is the number of all matches, if it is known.
#[must_use]
pub fn searchset(
    base_url: &str,
    links: &[(&str, &str)],
    total: Option<u64>,
    views: Vec<Value>,
) -> Value {
    let links: Vec<_> = links
        .iter()
        .map(|(relation, url)| json!({"relation": relation, "url": url}))
        .collect();
    let mut bundle = json!({"resourceType": "Bundle", "type": "searchset", "link": links});
    if let Some(total) = total {
        bundle["total"] = json!(total);
    }
    let entries: Vec<_> = views
        .into_iter()
        .map(|view| {
            let full_url = format!("{base_url}/{}", location(&view));
            let mut entry = json!({"fullUrl": full_url, "search": {"mode": "match"}});
            entry["resource"] = view;
            entry
        })
        .collect();
    // FHIR forbids an empty list.
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    bundle
}

fn transaction_response(entries: Vec<Value>) -> Value {
    let mut bundle = json!({"resourceType": "Bundle", "type": "transaction-response"});
    bundle["entry"] = Value::Array(entries);
    bundle
}

fn created(view: Value, at: Timestamp) -> Value {
    let response = json!({
        "status": "201 Created",
        "location": location(&view),
        "lastModified": at.to_string(),
    });
    let mut entry = json!({"response": response});
    entry["resource"] = view;
    entry
}

/// `<type>/<id>`.
fn location(resource: &Value) -> String {
    let text = |name: &str| resource[name].as_str().unwrap_or_default();
    format!("{}/{}", text("resourceType"), text("id"))
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
