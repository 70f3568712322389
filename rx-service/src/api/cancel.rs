//! `POST /fhir/r4/MedicationRequest/{id}/$cancel`: the prescriber takes back what is left.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::extract::JsonBody;
use super::{answer, problem};
use crate::app::App;
use crate::fhir::{self, LineId, RequestPaths, document, json as strict_json};
use crate::flow::{self, Cancellation, FlowError, Visitor};

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    JsonBody(body): JsonBody,
) -> Response {
    let Ok(id) = id.parse::<LineId>() else {
        return problem::flow(&FlowError::NotFound, None);
    };
    let request = match fhir::read_cancel(&body) {
        Ok(request) => request,
        Err(found) => return problem::malformed(&found),
    };
    let paths = RequestPaths::from(&request);
    let signed = match to_sign(&body, id) {
        Ok(bytes) => bytes,
        Err(error) => return problem::flow(&error, None),
    };
    let order = Cancellation {
        folio: id.folio,
        by: request.requester,
        reason: request.reason,
        document: signed,
    };
    match flow::cancel(&app, &visitor, order).await {
        Ok((stored, receipt)) => match super::issue::views(&stored) {
            Ok(views) => {
                // The whole prescription is cancelled; the answer shows the line that was named.
                let line = usize::from(id.line.saturating_sub(1));
                let view = views.into_iter().nth(line).unwrap_or_default();
                answer::recorded(StatusCode::OK, view, id.folio, &receipt)
            }
            Err(error) => problem::flow(&error, None),
        },
        Err(error) => problem::flow(&error, Some(&paths)),
    }
}

/// The bytes that the prescriber's key signs: the `Parameters` as received, with the folio that
/// the URL names, so that the signature cannot be carried to another prescription.
fn to_sign(body: &[u8], id: LineId) -> Result<Vec<u8>, FlowError> {
    let internal = |error: &dyn std::fmt::Display| FlowError::Internal(error.to_string());
    let mut value = strict_json::parse(body).map_err(|_| internal(&"unreadable body"))?;
    if let Some(parameters) = value["parameter"].as_array_mut() {
        let folio = json!({"system": fhir::systems::FOLIO, "value": id.folio.to_string()});
        parameters.push(json!({"name": "folio", "valueIdentifier": folio}));
    }
    document::canonical_bytes(&value).map_err(|error| internal(&error))
}
