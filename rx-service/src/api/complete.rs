//! `POST /fhir/r4/MedicationRequest/$complete`: the signatures of what was prepared, or
//! the activation of the wrapped key that makes them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::extract::{Activation, JsonBody};
use super::{answer, issue, problem};
use crate::app::App;
use crate::fhir::{self, CompleteRequest, complete_answer};
use crate::flow::own::{self, CompleteOrder, GivenSignature};
use crate::flow::{Consent, IssueDone, Visitor};

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    activation: Activation,
    JsonBody(body): JsonBody,
) -> Response {
    let request = match fhir::read_complete(&body) {
        Ok(request) => request,
        Err(found) => return problem::malformed(&found),
    };
    let order = order(request, activation.of(&body));
    let done = match own::complete(&app, &visitor, &order).await {
        Ok(done) => done,
        Err(error) => {
            issue::count(&app, &error);
            return problem::flow(&error, None);
        }
    };
    match issue::views(&done.stored) {
        Ok(views) => created(&done, views),
        Err(error) => problem::flow(&error, None),
    }
}

fn order(request: CompleteRequest, consent: Consent) -> CompleteOrder {
    let value = request.signature.map(GivenSignature::Value);
    let signature = request.cades.map(GivenSignature::Cms).or(value);
    CompleteOrder {
        transaction: request.transaction,
        signature,
        qr: request.qr_signature,
        digest: consent.digest,
        activation: consent.activation,
    }
}

fn created(done: &IssueDone, views: Vec<serde_json::Value>) -> Response {
    let folio = done.stored.state.issued.folio;
    let status = if done.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let value = complete_answer(folio, views);
    let mut response = answer::recorded(status, value, folio, &done.receipt);
    let location = format!("/fhir/r4/MedicationRequest/{}-1", folio.compact());
    answer::locate(&mut response, &location);
    answer::link_artifacts(&mut response, folio);
    response
}
