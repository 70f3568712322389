//! `POST /fhir/r4/MedicationRequest/{id}/$transfer`: the rest of a fill goes to another pharmacy.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use prescription::Event;
use prescription::event::Transferred;
use serde_json::{Value, json};

use super::extract::JsonBody;
use super::{answer, problem, signature};
use crate::app::App;
use crate::fhir::{self, systems};
use crate::flow::{self, FlowError, PharmacyAct, TransferOrder, Visitor};

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Response {
    let request = match fhir::read_transfer(&body) {
        Ok(request) => request,
        Err(found) => return problem::malformed(&found),
    };
    // What the signature binds is what the URL names.
    if id.parse() != Ok(request.prescription) {
        return problem::flow(&FlowError::NotFound, None);
    }
    let signed = match signature::over(&headers, &body) {
        Ok(signed) => signed,
        Err(response) => return *response,
    };
    let folio = request.prescription.folio;
    let order = TransferOrder {
        act: PharmacyAct {
            folio,
            at: request.at,
            document: signed.document,
            signature: signed.signature,
        },
        qr_digest: request.qr_digest,
        line: request.prescription.line,
        to: request.to,
    };
    match flow::transfer(&app, &visitor, &order).await {
        Ok(done) => {
            let Event::Transferred(event) = &done.event else {
                let text = format!("a transfer that became {}", done.event.name());
                return problem::flow(&FlowError::Internal(text), None);
            };
            answer::recorded(StatusCode::OK, describe(event), folio, &done.receipt)
        }
        Err(error) => {
            signature::count(&app, "transfer", &error);
            problem::flow(&error, None)
        }
    }
}

/// Who owes which lines from now on.
fn describe(event: &Transferred) -> Value {
    let place = |name: &str, clues: &prescription::Clues| {
        let identifier = json!({"system": systems::CLUES, "value": clues});
        json!({"name": name, "valueReference": {"identifier": identifier}})
    };
    let lines = event
        .lines
        .iter()
        .map(|line| json!({"name": "line", "valuePositiveInt": line}));
    let parameters: Vec<_> = [place("from", &event.from), place("to", &event.to)]
        .into_iter()
        .chain(lines)
        .collect();
    json!({"resourceType": "Parameters", "parameter": parameters})
}
