//! `POST /stock/movements`, `GET /stock`, `GET /stock/pending`: what an establishment holds.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use prescription::{Clave, Clues};
use serde::Deserialize;
use serde_json::{Value, json};

use super::extract::JsonBody;
use super::stock_answer::{Shown, lot_json};
use super::stock_paths::{self, Form};
use super::{answer, problem, signature, stock_answer};
use crate::app::App;
use crate::fhir::{self, Issue, IssueType, MovementRequest, document};
use crate::flow::stock::{self, MovementDone, MovementSubmission};
use crate::flow::{FlowError, Visitor};
use crate::store::OpenShipment;

/// Records a movement.
pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Response {
    let (request, received) = match fhir::read_movement_order(&body) {
        Ok(read) => read,
        Err(found) => return problem::malformed(&found),
    };
    let Some(signature) = signature::of(&headers) else {
        return signature::missing();
    };
    match record(&app, &visitor, request, &received, signature).await {
        Ok(done) => recorded(&app, &done),
        Err(error) => refused(&app, &error, &Form::Order),
    }
}

/// Records what was read, of which `received` is the signed document.
pub(super) async fn record(
    app: &App,
    visitor: &Visitor,
    request: MovementRequest,
    received: &Value,
    signature: Vec<u8>,
) -> Result<MovementDone, FlowError> {
    let submission = MovementSubmission {
        request,
        document: document::canonical_bytes(received)
            .map_err(|error| FlowError::Internal(error.to_string()))?,
        signature,
    };
    stock::record(app, visitor, submission).await
}

/// The answer to a movement that was recorded.
pub(super) fn recorded(app: &App, done: &MovementDone) -> Response {
    let movement = &done.movement;
    let value = json!({
        "establishment": movement.establishment,
        "number": done.number,
        "kind": movement.kind.code(),
        "at": movement.at.to_string(),
        "on": movement.on,
        "notice_due": movement.notice_due,
        "balances": stock_answer::balances(app, &done.entries),
        "entries": stock_answer::entries(&done.entries),
    });
    let status = if done.repeated {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    answer::movement(status, stock_answer::without_nulls(value), done)
}

/// The answer to one that was not.
pub(super) fn refused(app: &App, error: &FlowError, form: &Form) -> Response {
    let found = if let FlowError::Movement(refusals) = error {
        for refusal in refusals {
            app.metrics.refused("movement", refusal.code());
        }
        stock_paths::outcome(refusals, form)
    } else if let FlowError::NotNow = error {
        stock_paths::not_now(form).into()
    } else {
        return problem::flow(error, None);
    };
    problem::outcome(StatusCode::UNPROCESSABLE_ENTITY, &found)
}

/// Whose stock, and which medicine.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    clues: Option<Clues>,
    clave: Option<Clave>,
}

/// What is held, by lot.
pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    query: Result<Query<Which>, QueryRejection>,
) -> Response {
    let Ok(Query(Which { clues, clave })) = query else {
        return not_a_query("Use ?clave=NNN.NNN.NNNN.NN.");
    };
    let read = async {
        let whose = stock::whose(&visitor, clues)?;
        let (at, held) = stock::own_stock(&app, &visitor, &whose, clave.as_ref()).await?;
        Ok::<_, FlowError>((whose, at, held))
    };
    let (whose, at, held) = match read.await {
        Ok(read) => read,
        Err(error) => return problem::flow(&error, None),
    };
    let balances: Vec<_> = held
        .iter()
        .map(|held| stock_answer::held(&app, held))
        .collect();
    Json(json!({"establishment": whose, "at": at.to_string(), "balances": balances}))
        .into_response()
}

/// What is not settled yet.
pub(super) async fn pending(
    State(app): State<App>,
    visitor: Visitor,
    query: Result<Query<Which>, QueryRejection>,
) -> Response {
    let Ok(Query(Which { clues, clave: None })) = query else {
        return not_a_query("Esta consulta no lleva parámetros.");
    };
    let read = async {
        let whose = stock::whose(&visitor, clues)?;
        let pending = stock::pending(&app, &visitor, &whose).await?;
        Ok::<_, FlowError>((whose, pending))
    };
    let (whose, pending) = match read.await {
        Ok(read) => read,
        Err(error) => return problem::flow(&error, None),
    };
    let shipments = |list: &[OpenShipment]| -> Vec<Value> {
        list.iter().map(|one| shipment(&app, one)).collect()
    };
    let unexplained = pending.unexplained.iter();
    Json(json!({
        "establishment": whose,
        "incoming": shipments(&pending.incoming),
        "outgoing": shipments(&pending.outgoing),
        "unexplained": unexplained
            .map(|lot| lot_json(&app, lot, Shown::Lot))
            .collect::<Vec<_>>(),
    }))
    .into_response()
}

fn shipment(app: &App, open: &OpenShipment) -> Value {
    let lines = open.lines.iter();
    stock_answer::without_nulls(json!({
        "from": open.from,
        "to": open.to,
        "number": open.number,
        "document": open.document,
        "sent_on": open.sent_on,
        "lines": lines
            .map(|lot| lot_json(app, lot, Shown::WithPackage))
            .collect::<Vec<_>>(),
    }))
}

/// A query that cannot be read.
pub(super) fn not_a_query(text: &str) -> Response {
    problem::malformed(&Issue::error(IssueType::Value, "query", text).into())
}
