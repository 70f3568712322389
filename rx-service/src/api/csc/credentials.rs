//! `POST /csc/v2/credentials/list` and `info`: a prescriber's remote key (CSC API v2, §11.4, §11.5).
//! The credential's identifier is the cédula: a key that is rotated keeps it.

use axum::Json;
use axum::extract::State;
use data_encoding::BASE64;
use serde::Deserialize;
use serde_json::{Value, json};

use super::error::CscError;
use super::read;
use crate::api::extract::JsonBody;
use crate::app::App;
use crate::flow::{FlowError, Visitor, activation};
use crate::store::StoredPrescriber;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct List {
    /// The cédula. Without it everybody of the establishment would be told: refused.
    #[serde(rename = "userID")]
    user_id: String,
    #[serde(default)]
    credential_info: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Info {
    #[serde(rename = "credentialID")]
    credential_id: String,
    #[serde(default)]
    certificates: Certificates,
    #[serde(default, rename = "authInfo")]
    with_auth: bool,
    #[serde(default, rename = "certInfo")]
    _with_certificate: bool,
}

#[derive(Deserialize, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Certificates {
    None,
    #[default]
    Single,
    Chain,
}

pub(super) async fn list(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, CscError> {
    let asked: List = read(&body)?;
    let found = match activation::credential(&app, &visitor, &asked.user_id).await {
        Ok(found) => Some(found),
        Err(FlowError::NotEnrolled) => None,
        Err(error) => return Err(error.into()),
    };
    let found = found.filter(|stored| stored.current_key().is_some());
    let ids: Vec<_> = found.iter().map(|stored| stored.cedula.as_str()).collect();
    let mut answer = json!({"credentialIDs": ids});
    if asked.credential_info {
        let infos = found.iter().map(|stored| {
            let mut info = describe(&app, stored, Certificates::Single, true);
            info["credentialID"] = json!(stored.cedula.as_str());
            info
        });
        answer["credentialInfos"] = infos.collect();
    }
    Ok(Json(answer))
}

pub(super) async fn info(
    State(app): State<App>,
    visitor: Visitor,
    JsonBody(body): JsonBody,
) -> Result<Json<Value>, CscError> {
    let asked: Info = read(&body)?;
    let stored = activation::credential(&app, &visitor, &asked.credential_id).await?;
    Ok(Json(describe(
        &app,
        &stored,
        asked.certificates,
        asked.with_auth,
    )))
}

fn describe(
    app: &App,
    stored: &StoredPrescriber,
    certificates: Certificates,
    with_auth: bool,
) -> Value {
    let key = stored.current_key();
    let certificate = key.and_then(|key| key.certificate.as_ref());
    let mut described = json!({
        "key": {
            "status": if key.is_some() && stored.active { "enabled" } else { "disabled" },
            "algo": ["1.2.840.10045.4.3.2"],
            "len": 256,
            "curve": "1.2.840.10045.3.1.7",
        },
        "SCAL": "2",
        "multisign": app.activation.policy.batch,
        "lang": "es-MX",
    });
    if let (Some(certificate), true) = (certificate, certificates != Certificates::None) {
        let mut chain = vec![BASE64.encode(certificate)];
        if certificates == Certificates::Chain {
            chain.extend(app.issuers.iter().map(|issuer| BASE64.encode(issuer)));
        }
        described["cert"] = json!({"certificates": chain});
    }
    if with_auth {
        described["auth"] = auth();
    }
    described
}

/// Either factor alone: what the person knows or is, the authenticator checks itself.
fn auth() -> Value {
    json!({
        "mode": "explicit",
        "expression": "PASSKEY OR OTP",
        "objects": [
            {
                "type": "ChallengeResponse",
                "id": "PASSKEY",
                "label": "Llave de acceso",
                "description": "Confirme con su huella, rostro o PIN.",
            },
            {
                "type": "Password",
                "id": "OTP",
                "format": "N",
                "generator": "totp",
                "label": "Código de un solo uso",
                "description": "Escriba los seis dígitos que muestra su aplicación.",
            },
        ],
    })
}
