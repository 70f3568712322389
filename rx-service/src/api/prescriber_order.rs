//! What `$cancel`, `$suspend` and `$resume` have in common: the document that the prescriber signs, and
//! the answer.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::{answer, problem};
use crate::fhir::{self, LineId, RequestPaths, document, json as strict_json};
use crate::flow::FlowError;
use crate::store::StoredPrescription;
use crate::worker::sequence::Receipt;

/// The line that a URL names.
pub(super) fn line_id(id: &str) -> Result<LineId, FlowError> {
    id.parse().map_err(|_| FlowError::NotFound)
}

/// The bytes that the prescriber's key signs: the `Parameters` as received, with the folio that
/// the URL names, so that the signature cannot be carried to another prescription. `operation`
/// stands in it too where the same parameters could mean another one.
pub(super) fn to_sign(
    body: &[u8],
    id: LineId,
    operation: Option<&str>,
) -> Result<Vec<u8>, FlowError> {
    let internal = |error: &dyn std::fmt::Display| FlowError::Internal(error.to_string());
    let mut value = strict_json::parse(body).map_err(|_| internal(&"unreadable body"))?;
    if let Some(parameters) = value["parameter"].as_array_mut() {
        let folio = json!({"system": fhir::systems::FOLIO, "value": id.folio.to_string()});
        parameters.push(json!({"name": "folio", "valueIdentifier": folio}));
        if let Some(operation) = operation {
            parameters.push(json!({"name": "operation", "valueCode": operation}));
        }
    }
    document::canonical_bytes(&value).map_err(|error| internal(&error))
}

/// The whole prescription is meant; the answer shows the line that was named.
pub(super) fn answer(
    id: LineId,
    done: Result<(StoredPrescription, Receipt), FlowError>,
    paths: &RequestPaths,
) -> Response {
    let (stored, receipt) = match done {
        Ok(done) => done,
        Err(error) => return problem::flow(&error, Some(paths)),
    };
    match super::issue::views(&stored) {
        Ok(views) => {
            let line = usize::from(id.line.saturating_sub(1));
            let view = views.into_iter().nth(line).unwrap_or_default();
            answer::recorded(StatusCode::OK, view, id.folio, &receipt)
        }
        Err(error) => problem::flow(&error, None),
    }
}
