//! `POST /substance-proofs`: whether a patient has an active prescription of a substance, with a
//! proof that anybody can verify. The CURP is in the body: never in a URL.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use data_encoding::{BASE64, HEXLOWER};
use mpi::Curp;
use prescription::Clave;
use serde::Deserialize;
use serde_json::{Value, json};

use super::extract::JsonBody;
use super::ledger::describe;
use super::problem;
use crate::app::App;
use crate::fhir::{Issue, IssueType};
use crate::flow::{self, ProvenState, Visitor};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    curp: String,
    clave: Clave,
}

pub(super) async fn post_substance(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(body): JsonBody,
) -> Response {
    let request = serde_json::from_slice::<Request>(&body).ok();
    let read =
        request.and_then(|request| Some((request.curp.parse::<Curp>().ok()?, request.clave)));
    let Some((curp, clave)) = read else {
        let text = "Envíe {\"curp\": \"…\", \"clave\": \"010.000.0104.00\"}.";
        return problem::malformed(&Issue::error(IssueType::Structure, "request", text).into());
    };
    match flow::prove_substance(&app, &visitor, &curp, &clave).await {
        Ok(proven) => {
            let mut answer = describe(&proven.proven);
            answer["active"] = json!(proven.active);
            answer["blinded_key"] = json!(HEXLOWER.encode(&proven.blinded.0));
            Json(answer).into_response()
        }
        Err(error) => problem::flow(&error, None),
    }
}

/// The proven state of a prescription.
pub(super) fn describe_state(proven: &ProvenState) -> Value {
    let mut answer = describe(&proven.proven);
    answer["phase"] = json!(proven.state.phase.code());
    answer["phase_es"] = json!(proven.state.phase.in_spanish());
    answer["dispensed"] = json!(proven.state.totals.dispensed);
    answer["prescribed"] = json!(proven.state.totals.prescribed);
    answer["value"] = json!(BASE64.encode(&proven.state.encode()));
    answer["key"] = json!(HEXLOWER.encode(&proven.key.0));
    answer
}
