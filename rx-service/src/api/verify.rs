//! `POST /verifications`: what has become of the prescription whose QR the counter holds.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use prescription::{Event, LineState, Status};
use serde::Deserialize;
use serde_json::{Value, json};

use super::extract::JsonBody;
use super::problem;
use crate::app::App;
use crate::fhir::{Issue, IssueType};
use crate::flow::{self, Verification, Visitor};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    /// The text of the QR.
    qr: String,
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(body): JsonBody,
) -> Response {
    let Ok(request) = serde_json::from_slice::<Request>(&body) else {
        let text = "Envíe {\"qr\": \"RX1…\"}.";
        return problem::malformed(&Issue::error(IssueType::Structure, "not-a-qr", text).into());
    };
    match flow::verify(&app, &visitor, &request.qr).await {
        Ok(verified) => Json(describe(&verified)).into_response(),
        Err(error) => problem::flow(&error, None),
    }
}

/// The state, without the patient: the counter read that from the QR.
fn describe(verified: &Verification) -> Value {
    let state = &verified.stored.state;
    let cancelled = match state.status {
        Status::Cancelled { at, reason } => json!({
            "at": at.to_string(), "reason": reason.code(), "reason_es": reason.in_spanish(),
        }),
        Status::Active
        | Status::Completed { .. }
        | Status::Expired { .. }
        | Status::Suspended { .. } => Value::Null,
    };
    let suspended = match state.status {
        Status::Suspended { at, reason } => json!({
            "at": at.to_string(), "reason": reason.code(), "reason_es": reason.in_spanish(),
        }),
        Status::Active
        | Status::Completed { .. }
        | Status::Expired { .. }
        | Status::Cancelled { .. } => Value::Null,
    };
    json!({
        "folio": state.issued.folio.to_string(),
        "phase": state.phase().code(),
        "phase_es": state.phase().in_spanish(),
        "version": verified.stored.version,
        "lines": lines(verified),
        "dispensings": verified.steps().filter_map(dispensing).collect::<Vec<_>>(),
        "cancelled": cancelled,
        "suspended": suspended,
        "qr_digest": BASE64URL_NOPAD.encode(&verified.qr_digest),
    })
}

fn lines(verified: &Verification) -> Vec<Value> {
    let state = &verified.stored.state;
    (1_u8..)
        .zip(state.issued.lines.iter().zip(&state.lines))
        .map(|(number, (line, line_state))| {
            let (owed, fill) = line_state.owed_in_fill(line).unwrap_or_default();
            let retained = matches!(line_state, LineState::Closed { retained: true, .. });
            json!({
                "line": number,
                "clave": line.clave,
                "packages": line.packages,
                "fills": line.fills,
                "fill": fill,
                "owed": owed,
                "dispensed": line_state.dispensed(),
                "closed": matches!(line_state, LineState::Closed { .. }),
                "retained": retained,
                "valid_until": line.valid_until,
                "fraction": line.fraction.numeral(),
                "antibiotic": line.antibiotic,
            })
        })
        .collect()
}

/// When and what; not where, and not to whom.
fn dispensing(event: &Event) -> Option<Value> {
    let Event::Dispensed(event) = event else {
        return None;
    };
    let lines: Vec<_> = event
        .lines
        .iter()
        .map(|line| json!({"line": line.line, "packages": line.packages}))
        .collect();
    Some(json!({"at": event.at.to_string(), "lines": lines}))
}
