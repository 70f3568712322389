//! `POST /fhir/r4/SupplyDelivery`: stock arrives, or leaves for another establishment.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::extract::JsonBody;
use super::stock_paths::Form;
use super::{answer, problem, signature, stock};
use crate::app::App;
use crate::fhir;
use crate::flow::Visitor;
use crate::flow::stock::MovementDone;

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Response {
    let read = fhir::read_supply_delivery(&body, &visitor.caller.clues);
    let (request, received) = match read {
        Ok(read) => read,
        Err(found) => return problem::malformed(&found),
    };
    let Some(signature) = signature::of(&headers) else {
        return signature::missing();
    };
    match stock::record(&app, &visitor, request, &received, signature).await {
        Ok(done) => recorded(received, &done),
        Err(error) => stock::refused(&app, &error, &Form::SupplyDelivery),
    }
}

/// The resource with the id that it has from now on.
fn recorded(mut resource: Value, done: &MovementDone) -> Response {
    let id = format!("{}-{}", done.movement.establishment, done.number);
    resource["id"] = json!(id);
    let status = if done.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    answer::movement_resource(status, resource, done)
}
