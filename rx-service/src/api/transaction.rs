//! `POST /fhir/r4`: a transaction that issues one prescription, or records one dispensing.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

use super::extract::{Activation, JsonBody};
use super::{dispense, issue, problem};
use crate::app::App;
use crate::fhir::{self, Submission};
use crate::flow::Visitor;

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    activation: Activation,
    JsonBody(body): JsonBody,
) -> Response {
    match fhir::read_transaction(&body) {
        Ok(Submission::Issue(request)) => {
            issue::issue(&app, &visitor, *request, activation.of(&body)).await
        }
        Ok(Submission::Dispense(request)) => {
            dispense::dispense(&app, &visitor, *request, &headers).await
        }
        Err(found) => problem::malformed(&found),
    }
}
