//! `POST /fhir/r4/MedicationRequest`: a prescription of one line.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use super::extract::{Activation, JsonBody};
use super::{answer, overlaps, problem};
use crate::app::App;
use crate::fhir::{self, IssueRequest, RequestPaths, view};
use crate::flow::{self, Consent, FlowError, IssueDone, IssueOrder, Visitor};
use crate::store::StoredPrescription;

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    activation: Activation,
    JsonBody(body): JsonBody,
) -> Response {
    match fhir::read_medication_request(&body) {
        Ok(request) => issue(&app, &visitor, request, activation.of(&body)).await,
        Err(found) => problem::malformed(&found),
    }
}

/// Issues what was read, from a single resource or a transaction.
pub(super) async fn issue(
    app: &App,
    visitor: &Visitor,
    request: IssueRequest,
    consent: Consent,
) -> Response {
    let paths = RequestPaths::from(&request);
    let order = IssueOrder {
        request,
        digest: consent.digest,
        activation: consent.activation,
    };
    let done = match flow::issue(app, visitor, &order).await {
        Ok(done) => done,
        Err(error) => {
            count(app, &error);
            return overlaps::refused(app, &order, &error, &paths).await;
        }
    };
    match views(&done.stored) {
        Ok(views) => created(&order.request, &done, views),
        Err(error) => problem::flow(&error, None),
    }
}

pub(super) fn count(app: &App, error: &FlowError) {
    if let FlowError::Refused(refusals) = error {
        for refusal in refusals {
            app.metrics.refused("issue", refusal.code());
        }
    }
}

/// The lines of a prescription as resources.
pub(super) fn views(stored: &StoredPrescription) -> Result<Vec<Value>, FlowError> {
    let document = signed_document(stored)?;
    let count = stored.state.issued.lines.len();
    (1..=u8::MAX)
        .take(count)
        .map(|line| {
            view::medication_request(&document, &stored.state, line)
                .ok_or_else(|| FlowError::Internal("the document lacks a line".to_owned()))
        })
        .collect()
}

/// The signed document of a prescription, as JSON.
pub(super) fn signed_document(stored: &StoredPrescription) -> Result<Value, FlowError> {
    use prescription::body::Evidence;
    match stored.bodies.first().map(|body| &body.evidence) {
        Some(Evidence::Cades { document, .. }) => serde_json::from_slice(document)
            .map_err(|_| FlowError::Internal("the signed document is not JSON".to_owned())),
        _ => Err(FlowError::Internal(
            "an issue without a document".to_owned(),
        )),
    }
}

fn created(request: &IssueRequest, done: &IssueDone, mut views: Vec<Value>) -> Response {
    let issued = &done.stored.state.issued;
    let status = if done.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let location = format!("/fhir/r4/MedicationRequest/{}-1", issued.folio.compact());
    let value = if request.resources.in_bundle {
        view::issue_response(request, views, issued.at)
    } else {
        views.swap_remove(0)
    };
    let mut response = answer::recorded(status, value, issued.folio, &done.receipt);
    answer::locate(&mut response, &location);
    answer::link_artifacts(&mut response, issued.folio);
    response
}
