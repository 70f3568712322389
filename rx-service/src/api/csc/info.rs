//! `POST /csc/v2/info`: what this service is, and which methods it has (CSC API v2, §11.1).

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use crate::app::App;

pub(super) async fn post(State(app): State<App>) -> Json<Value> {
    Json(json!({
        "specs": "2.0.0.2",
        "name": "Receta",
        "region": "MX",
        "lang": "es-MX",
        "description": "Firma remota de recetas: activación de la llave de quien prescribe.",
        "authType": ["TLS"],
        "methods": [
            "info",
            "credentials/list",
            "credentials/info",
            "credentials/getChallenge",
            "credentials/authorize",
        ],
        "signAlgorithms": {"algos": ["1.2.840.10045.4.3.2"]},
        "signature_formats": {"formats": ["C"], "envelope_properties": [["Detached"]]},
        "conformance_levels": ["AdES-B-B"],
        "relyingParty": app.activation.relying_party.id,
    }))
}
