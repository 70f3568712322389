//! `POST /verifications`: what has become of the prescription whose QR the counter holds.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use jiff::Span;
use prescription::event::Setting;
use prescription::state::Reservation;
use prescription::{Clues, Event, LineState, Packages, Prescription, Status};
use serde::Deserialize;
use serde_json::{Value, json};

use super::extract::JsonBody;
use super::problem;
use crate::app::App;
use crate::fhir::{DispensedId, Issue, IssueType};
use crate::flow::{self, Verification, Visitor};
use crate::store::StoredPrescription;

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
        Ok(verified) => Json(describe(&app, &visitor, &verified)).into_response(),
        Err(error) => problem::flow(&error, None),
    }
}

/// What the quantities of a prescription count.
pub(super) fn unit_of(state: &Prescription) -> &'static str {
    match state.issued.setting {
        Setting::Outpatient => "envase",
        Setting::Inpatient => "dosis unitaria",
    }
}

/// The state, without the patient: the counter read that from the QR.
fn describe(app: &App, visitor: &Visitor, verified: &Verification) -> Value {
    let state = &verified.stored.state;
    let here = &visitor.caller.clues;
    json!({
        "folio": state.issued.folio.to_string(),
        "phase": state.phase().code(),
        "phase_es": state.phase().in_spanish(),
        "version": verified.stored.version,
        "setting": state.issued.setting.code(),
        "animal": state.issued.animal.is_some(),
        "lines": lines(app, here, state),
        "dispensings": dispensings(app, here, &verified.stored),
        "cancelled": cancelled(state.status),
        "suspended": suspended(state.status),
        "qr_digest": BASE64URL_NOPAD.encode(&verified.qr_digest),
    })
}

fn cancelled(status: Status) -> Value {
    let Status::Cancelled { at, reason } = status else {
        return Value::Null;
    };
    json!({"at": at.to_string(), "reason": reason.code(), "reason_es": reason.in_spanish()})
}

fn suspended(status: Status) -> Value {
    let Status::Suspended { at, reason } = status else {
        return Value::Null;
    };
    json!({"at": at.to_string(), "reason": reason.code(), "reason_es": reason.in_spanish()})
}

fn lines(app: &App, here: &Clues, state: &Prescription) -> Vec<Value> {
    (1_u8..)
        .zip(state.issued.lines.iter().zip(&state.lines))
        .map(|(number, (line, line_state))| {
            let (owed, fill) = line_state.owed_in_fill(line).unwrap_or_default();
            let retained = matches!(line_state, LineState::Closed { retained: true, .. });
            let mut value = json!({
                "line": number,
                "clave": line.clave,
                "packages": line.packages,
                "fills": line.fills,
                "fill": fill,
                "owed": owed,
                "remainder": line_state.remainder(line),
                "unit": unit_of(state),
                "dispensed": line_state.dispensed(),
                "closed": matches!(line_state, LineState::Closed { .. }),
                "retained": retained,
                "valid_until": line.valid_until,
                "fraction": line.fraction.numeral(),
                "antibiotic": line.antibiotic,
                "substitution_allowed": !line.no_substitution,
            });
            let next = flow::next_fill_on(app, here, state, number);
            set(&mut value, "next_fill_on", next.map(|day| json!(day)));
            let interval = line.refill_interval.map(|days| json!(days));
            set(&mut value, "refill_interval", interval);
            let brand = line.brand.as_ref().map(|brand| json!(brand));
            set(&mut value, "brand", brand);
            let reserved = state.reservation(number);
            let reserved = reserved.map(|owing| reserved_for(app, here, owing));
            set(&mut value, "reserved", reserved);
            value
        })
        .collect()
}

/// Who owes the rest of the fill under way: the patient at another counter must know where to go.
fn reserved_for(app: &App, here: &Clues, owing: &Reservation) -> Value {
    let mut value = json!({
        "pharmacy": owing.pharmacy,
        "here": owing.pharmacy == *here,
        "since": owing.since,
        "retained": owing.retained,
    });
    let until = owing.until(&app.law).map(|day| json!(day));
    set(&mut value, "until", until);
    value
}

fn set(value: &mut Value, name: &str, member: Option<Value>) {
    if let Some(member) = member {
        value[name] = member;
    }
}

/// When and what; not to whom, and where only if it was here: those a pharmacy can take back.
fn dispensings(app: &App, here: &Clues, stored: &StoredPrescription) -> Vec<Value> {
    let events = stored.events().zip(&stored.indices);
    let dispensed = events.filter_map(|(event, index)| {
        let Event::Dispensed(event) = event else {
            return None;
        };
        Some((event, *index))
    });
    (1_u32..)
        .zip(dispensed)
        .map(|(number, (event, index))| {
            let own = event.pharmacy == *here;
            let state = stored.state.dispensing(number);
            let lines: Vec<_> = event
                .lines
                .iter()
                .map(|line| {
                    let handed = state.and_then(|of| of.lines.iter().find(|h| h.line == line.line));
                    let mut value = json!({
                        "line": line.line,
                        "packages": line.packages,
                        "returned": handed.map_or(Packages::ZERO, |handed| handed.returned),
                    });
                    let id = index.filter(|_| own).map(|index| DispensedId {
                        folio: event.folio,
                        index,
                        line: line.line,
                    });
                    set(&mut value, "id", id.map(|id| json!(id.to_string())));
                    value
                })
                .collect();
            let mut value = json!({
                "at": event.at.to_string(), "number": number, "own": own, "lines": lines,
            });
            let window = Span::new().days(app.law.return_window_days);
            let until = own.then(|| json!(event.on.saturating_add(window)));
            set(&mut value, "returnable_until", until);
            value
        })
        .collect()
}
