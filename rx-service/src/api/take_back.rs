//! `POST /fhir/r4/MedicationDispense/{id}/$return`: the pharmacy that dispensed takes back, or puts
//! right, what it recorded.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use prescription::Event;
use prescription::body::Evidence;
use serde_json::Value;

use super::extract::JsonBody;
use super::{answer, problem, signature};
use crate::app::App;
use crate::fhir::{self, DispensedId, RequestPaths, view};
use crate::flow::{self, FlowError, PharmacyAct, PharmacyDone, ReturnOrder, Visitor};

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Response {
    let request = match fhir::read_return(&body) {
        Ok(request) => request,
        Err(found) => return problem::malformed(&found),
    };
    // What the signature binds is what the URL names.
    if id.parse() != Ok(request.dispense) {
        return problem::flow(&FlowError::NotFound, None);
    }
    let signed = match signature::over(&headers, &body) {
        Ok(signed) => signed,
        Err(response) => return *response,
    };
    let paths = RequestPaths::from(&request);
    let id = request.dispense;
    let order = ReturnOrder {
        act: PharmacyAct {
            folio: id.folio,
            at: request.at,
            document: signed.document,
            signature: signed.signature,
        },
        dispensing: id.index,
        reason: request.reason,
        line: request.line,
        unit_doses: request.unit_doses,
    };
    match flow::take_back(&app, &visitor, &order).await {
        Ok(done) => recorded(id, &done),
        Err(error) => {
            signature::count(&app, "return", &error);
            problem::flow(&error, Some(&paths))
        }
    }
}

fn recorded(id: DispensedId, done: &PharmacyDone) -> Response {
    let Some(value) = dispensed(id, done) else {
        let lost = FlowError::Internal("a return of a dispensing without document".to_owned());
        return problem::flow(&lost, None);
    };
    answer::recorded(StatusCode::OK, value, id.folio, &done.receipt)
}

/// The `MedicationDispense` as it is after the return.
fn dispensed(id: DispensedId, done: &PharmacyDone) -> Option<Value> {
    let (stored, Event::Returned(event)) = (&done.stored, &done.event) else {
        return None;
    };
    let place = stored
        .indices
        .iter()
        .position(|index| *index == Some(id.index))?;
    let Evidence::Cose { document, .. } = &stored.bodies.get(place)?.evidence else {
        return None;
    };
    let document = serde_json::from_slice(document).ok()?;
    let dispensing = stored.state.dispensing(event.dispensing)?;
    let handed = dispensing.lines.iter().find(|line| line.line == id.line)?;
    let unit = super::verify::unit_of(&stored.state);
    view::returned_dispense(&document, id, *handed, unit)
}
