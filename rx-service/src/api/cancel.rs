//! `POST /fhir/r4/MedicationRequest/{id}/$cancel`: the prescriber takes back what is left.

use axum::extract::{Path, State};
use axum::response::Response;

use super::extract::{Activation, JsonBody};
use super::{prescriber_order, problem};
use crate::app::App;
use crate::fhir::{self, RequestPaths};
use crate::flow::{self, Cancellation, Visitor};

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    activation: Activation,
    JsonBody(body): JsonBody,
) -> Response {
    let id = match prescriber_order::line_id(&id) {
        Ok(id) => id,
        Err(error) => return problem::flow(&error, None),
    };
    let request = match fhir::read_cancel(&body) {
        Ok(request) => request,
        Err(found) => return problem::malformed(&found),
    };
    let paths = RequestPaths::from(&request);
    let document = match prescriber_order::to_sign(&body, id, None) {
        Ok(bytes) => bytes,
        Err(error) => return problem::flow(&error, None),
    };
    let order = Cancellation {
        folio: id.folio,
        by: request.requester,
        reason: request.reason,
        document,
        consent: activation.of(&body),
    };
    let done = flow::cancel(&app, &visitor, order).await;
    prescriber_order::answer(id, done, &paths)
}
