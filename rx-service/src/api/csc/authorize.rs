//! `POST /csc/v2/credentials/authorize`: consent becomes activation data (CSC API v2, §11.8).

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::CscError;
use super::web_json::AssertionJson;
use super::{asked, check_algorithm, read};
use crate::api::extract::JsonBody;
use crate::app::App;
use crate::flow::activation::{Asked, Authorised, FactorAnswer, authorise};
use crate::flow::{FlowError, Visitor};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authorize {
    #[serde(rename = "credentialID")]
    credential_id: String,
    #[serde(rename = "numSignatures")]
    signatures: u64,
    hashes: Vec<String>,
    #[serde(rename = "hashAlgorithmOID")]
    hash_algorithm: Option<String>,
    #[serde(rename = "authData")]
    auth_data: Vec<AuthData>,
    /// Passed over, as CSC allows.
    #[serde(rename = "description")]
    _description: Option<String>,
    #[serde(rename = "clientData")]
    client_data: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthData {
    id: String,
    value: String,
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, CscError> {
    let request: Authorize = read(&body)?;
    check_algorithm(request.hash_algorithm.as_deref())?;
    let asked = asked(&app, &visitor, &request.credential_id, &request.hashes).await?;
    if u64::try_from(asked.digests.len()) != Ok(request.signatures) {
        return Err(CscError::request(
            "numSignatures: no es el número de hashes.",
        ));
    }
    let [given] = request.auth_data.as_slice() else {
        return Err(CscError::request(
            "authData: exactamente un factor, PASSKEY u OTP.",
        ));
    };
    let done = answer(&app, &asked, given).await?;
    let mut answer = json!({
        "SAD": done.token,
        "expiresIn": app.activation.policy.seconds(),
    });
    if let Some(data) = request.client_data {
        answer["clientData"] = json!(data);
    }
    Ok(Json(answer))
}

async fn answer(app: &App, asked: &Asked, given: &AuthData) -> Result<Authorised, CscError> {
    let (factor, done) = match given.id.as_str() {
        "OTP" => (
            "otp",
            authorise(app, asked, FactorAnswer::Otp(&given.value)).await,
        ),
        "PASSKEY" => {
            let read = AssertionJson::read(given.value.as_bytes());
            let read = read.ok_or(activation::Refusal::Passkey(
                activation::webauthn::WebauthnError::ClientData,
            ))?;
            let answer = FactorAnswer::Passkey(&read.id, read.assertion());
            ("passkey", authorise(app, asked, answer).await)
        }
        _ => return Err(CscError::request("authData: id es PASSKEY u OTP.")),
    };
    match &done {
        Ok(done) => app.metrics.authorised(factor, done.within_hour),
        Err(FlowError::Activation(refusal)) => {
            app.metrics.refused("authorise", refusal.code());
        }
        Err(_) => {}
    }
    Ok(done?)
}
