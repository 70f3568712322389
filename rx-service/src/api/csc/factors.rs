//! `POST /csc/v2/factors/list` and `remove`: a prescriber's factors, seen and removed at the clinical
//! record; the removal by consent of a factor, as a registration.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::CscError;
use super::read;
use crate::api::extract::{Activation, JsonBody};
use crate::app::App;
use crate::flow::activation::remove_factor;
use crate::flow::{Visitor, activation};
use crate::store::FactorKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(rename = "credentialID")]
    credential_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    #[serde(rename = "credentialID")]
    credential_id: String,
    factor: String,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, CscError> {
    let asked: List = read(&body)?;
    let stored = activation::credential(&app, &visitor, &asked.credential_id).await?;
    let factors = activation::factors(&app, &stored.cedula).await?;
    let factors = factors.iter().map(|factor| {
        let kind = match factor.kind {
            FactorKind::Totp { .. } => "OTP",
            FactorKind::Passkey(_) => "PASSKEY",
        };
        json!({
            "factor": factor.id,
            "kind": kind,
            "label": factor.label,
            "enrolledAt": factor.enrolled_at.to_string(),
        })
    });
    Ok(Json(json!({"factors": factors.collect::<Vec<_>>()})))
}

pub(super) async fn remove(
    State(app): State<App>,
    visitor: Visitor,
    activation: Activation,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, CscError> {
    let request: Remove = read(&body)?;
    let stored = activation::credential(&app, &visitor, &request.credential_id).await?;
    let consent = activation.of(&body);
    let redeemed = activation::redeem_request(&app, &visitor, &stored.cedula, &consent).await?;
    let by = (&redeemed, visitor.caller.fingerprint.as_str());
    remove_factor(&app, &stored.cedula, &request.factor, by).await?;
    Ok(Json(json!({"removed": request.factor})))
}
