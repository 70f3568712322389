//! `POST /csc/v2/passkeys/options` and `register`: a prescriber adds a passkey, by consent of a factor
//! that is enrolled already: the request carries an activation of its own body.

use ::activation::Refusal;
use ::activation::webauthn::WebauthnError;
use axum::Json;
use axum::extract::State;
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::CscError;
use super::read;
use super::web_json::RegistrationJson;
use crate::api::extract::{Activation, JsonBody};
use crate::app::App;
use crate::flow::activation::{NewPasskey, Orderer, enrol_passkey, passkey_options};
use crate::flow::{Visitor, activation};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(rename = "credentialID")]
    credential_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    #[serde(rename = "credentialID")]
    credential_id: String,
    label: String,
    /// What `navigator.credentials.create()` returned.
    credential: Value,
}

pub(super) async fn options(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, CscError> {
    let asked: Options = read(&body)?;
    let stored = activation::credential(&app, &visitor, &asked.credential_id).await?;
    let (cedula, client) = (&stored.cedula, &visitor.caller.fingerprint);
    let challenge = passkey_options(&app, cedula, client).await?;
    let party = &app.activation.relying_party.id;
    // As `PublicKeyCredential.parseCreationOptionsFromJSON` reads it. Every factor is one person's:
    // the cédula names the account.
    let options = json!({
        "challenge": BASE64URL_NOPAD.encode(&challenge),
        "rp": {"id": party, "name": "Receta"},
        "user": {
            "id": BASE64URL_NOPAD.encode(cedula.as_str().as_bytes()),
            "name": cedula.as_str(),
            "displayName": cedula.as_str(),
        },
        "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "required"},
        "attestation": "none",
        "timeout": u64::from(app.activation.policy.seconds()) * 1000,
    });
    Ok(Json(json!({"publicKey": options})))
}

pub(super) async fn register(
    State(app): State<App>,
    visitor: Visitor,
    activation: Activation,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, CscError> {
    let request: Register = read(&body)?;
    let stored = activation::credential(&app, &visitor, &request.credential_id).await?;
    let given = RegistrationJson::read(request.credential);
    let given = given.ok_or(Refusal::Passkey(WebauthnError::ClientData))?;
    let consent = activation.of(&body);
    let redeemed = activation::redeem_request(&app, &visitor, &stored.cedula, &consent).await?;
    let new = NewPasskey {
        label: &request.label,
        given: given.registration(),
    };
    let client = &visitor.caller.fingerprint;
    let by = Orderer::By(&redeemed);
    let factor = enrol_passkey(&app, &stored.cedula, client, new, by).await?;
    Ok(Json(json!({"factor": factor})))
}
