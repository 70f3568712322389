//! `POST /csc/v2/credentials/getChallenge`: what a passkey must sign (CSC API v2, §11.10).
//!
//! Besides what CSC names, the request has the `hashes`: the challenge is made of them, so that the
//! passkey's signature names what its owner consents to.

use axum::Json;
use axum::extract::State;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::CscError;
use super::{asked, check_algorithm, read};
use crate::api::extract::JsonBody;
use crate::app::App;
use crate::flow::{Visitor, activation};
use crate::store::FactorKind;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetChallenge {
    #[serde(rename = "credentialID")]
    credential_id: String,
    #[serde(rename = "authObjectID")]
    auth_object_id: String,
    hashes: Vec<String>,
    #[serde(rename = "hashAlgorithmOID")]
    hash_algorithm: Option<String>,
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, CscError> {
    let request: GetChallenge = read(&body)?;
    if request.auth_object_id != "PASSKEY" {
        return Err(CscError::request("authObjectID: sólo PASSKEY tiene reto."));
    }
    check_algorithm(request.hash_algorithm.as_deref())?;
    let asked = asked(&app, &visitor, &request.credential_id, &request.hashes).await?;
    let challenge = activation::get_challenge(&app, &asked).await?;
    let challenge = BASE64URL_NOPAD.encode(&challenge);
    let factors = activation::factors(&app, &asked.cedula).await?;
    let allowed = factors.iter().filter_map(|factor| match &factor.kind {
        FactorKind::Passkey(passkey) => {
            Some(json!({"type": "public-key", "id": BASE64URL_NOPAD.encode(&passkey.id)}))
        }
        FactorKind::Totp { .. } => None,
    });
    // As `PublicKeyCredential.parseRequestOptionsFromJSON` reads it.
    let options = json!({
        "challenge": challenge,
        "rpId": app.activation.relying_party.id,
        "allowCredentials": allowed.collect::<Vec<_>>(),
        "userVerification": "required",
        "timeout": u64::from(app.activation.policy.seconds()) * 1000,
    });
    Ok(Json(json!({"challenge": challenge, "publicKey": options})))
}
