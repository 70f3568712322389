//! `POST /fhir/r4/MedicationDispense`: a pharmacy hands over medicine.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use prescription::{Event, Folio};

use super::extract::JsonBody;
use super::{answer, problem, signature};
use crate::app::App;
use crate::fhir::{
    self, DispenseRequest, DispensedId, Issue, IssueType, RequestPaths, Severity, document, view,
};
use crate::flow::{self, DispenseDone, DispenseOrder, FlowError, OrderedLine, Visitor};

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Response {
    match fhir::read_medication_dispense(&body) {
        Ok(request) => dispense(&app, &visitor, request, &headers).await,
        Err(found) => problem::malformed(&found),
    }
}

/// Records what was read, from a single resource or a transaction.
pub(super) async fn dispense(
    app: &App,
    visitor: &Visitor,
    request: DispenseRequest,
    headers: &HeaderMap,
) -> Response {
    let Some(signature) = signature::of(headers) else {
        return signature::missing();
    };
    let paths = RequestPaths::from(&request);
    let document = match document::canonical_bytes(&request.document) {
        Ok(bytes) => bytes,
        Err(error) => return problem::flow(&FlowError::Internal(error.to_string()), None),
    };
    let lines = request
        .lines
        .into_iter()
        .map(|line| OrderedLine {
            handed_over: line.handed_over,
            clave: line.clave,
            unit_doses: line.unit_doses,
            substituted: line.substituted,
        })
        .collect();
    let order = DispenseOrder {
        folio: request.folio,
        qr_digest: request.qr_digest,
        handed_over_at: request.when_handed_over,
        lines,
        document,
        signature,
    };
    let (folio, in_bundle) = (order.folio, request.document["resourceType"] == "Bundle");
    match flow::dispense(app, visitor, order).await {
        Ok(done) => recorded(&done, &request.resources, in_bundle),
        Err(error) => refused(app, folio, &error, &paths).await,
    }
}

fn recorded(done: &DispenseDone, received: &[serde_json::Value], in_bundle: bool) -> Response {
    let folio = done.event.folio;
    let mut views: Vec<_> = received
        .iter()
        .zip(&done.event.lines)
        .map(|(resource, line)| {
            let id = DispensedId {
                folio,
                index: done.receipt.index,
                line: line.line,
            };
            view::medication_dispense(resource, id)
        })
        .collect();
    let value = if in_bundle {
        view::dispense_response(views, done.event.at)
    } else {
        views.swap_remove(0)
    };
    let status = if done.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    answer::recorded(status, value, folio, &done.receipt)
}

/// A refused dispensing says what was handed over before, and when; never to whom.
async fn refused(app: &App, folio: Folio, error: &FlowError, paths: &RequestPaths) -> Response {
    let FlowError::Refused(refusals) = error else {
        return problem::flow(error, Some(paths));
    };
    for refusal in refusals {
        app.metrics.refused("dispense", refusal.code());
    }
    let (status, mut outcome) = problem::table(error, Some(paths));
    match app.store.prescription(folio).await {
        Ok(Some(stored)) => {
            let earlier = stored.events().filter_map(|event| described(event, app));
            outcome.issues.extend(earlier.map(|text| Issue {
                severity: Severity::Information,
                ..Issue::error(IssueType::Informational, "dispensed-before", text)
            }));
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "cannot read what was dispensed before"),
    }
    problem::outcome(status, &outcome)
}

fn described(event: &Event, app: &App) -> Option<String> {
    let Event::Dispensed(event) = event else {
        return None;
    };
    let when = event
        .at
        .to_zoned(app.zone_of(&event.pharmacy).clone())
        .strftime("%d/%m/%Y a las %H:%M")
        .to_string();
    let what: Vec<_> = event
        .lines
        .iter()
        .map(|line| format!("renglón {}: {} envase(s)", line.line, line.packages))
        .collect();
    Some(format!("Se surtió el {when}: {}.", what.join("; ")))
}
