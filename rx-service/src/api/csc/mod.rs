//! Activation of remote keys, shaped as the API of the Cloud Signature Consortium, version 2: JSON,
//! `POST` only, errors as `error` and `error_description`. `docs/ACTIVATION.md` walks through it.
//!
//! `signatures/signHash` and `signDoc` are absent on purpose: they would sign any digest, past the
//! checks of the law that an issue runs. What is authorised here is redeemed by the act itself, in
//! its header `Receta-Activation`.

mod authorize;
mod challenge;
mod credentials;
mod error;
mod factors;
mod info;
mod passkeys;
mod web_json;

use axum::Router;
use axum::routing::post;
use data_encoding::BASE64;
use serde::de::DeserializeOwned;

use self::error::CscError;
use crate::app::App;
use crate::flow::activation::Asked;
use crate::flow::{Visitor, activation};

/// SHA-256, the one hash algorithm.
const SHA_256: &str = "2.16.840.1.101.3.4.2.1";

/// The routes.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/csc/v2/info", post(info::post))
        .route("/csc/v2/credentials/list", post(credentials::list))
        .route("/csc/v2/credentials/info", post(credentials::info))
        .route("/csc/v2/credentials/getChallenge", post(challenge::post))
        .route("/csc/v2/credentials/authorize", post(authorize::post))
        .route("/csc/v2/passkeys/options", post(passkeys::options))
        .route("/csc/v2/passkeys/register", post(passkeys::register))
        .route("/csc/v2/factors/list", post(factors::list))
        .route("/csc/v2/factors/remove", post(factors::remove))
}

/// Reads a request. Members that are unknown are refused: what is not understood is not consented to.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, CscError> {
    serde_json::from_slice(body).map_err(|error| {
        let place = (error.line(), error.column());
        CscError::request(format!(
            "La solicitud no es el JSON esperado (línea {}, columna {}).",
            place.0, place.1
        ))
    })
}

/// What is asked for, if the caller may ask for the credential at all.
async fn asked(
    app: &App,
    visitor: &Visitor,
    credential: &str,
    hashes: &[String],
) -> Result<Asked, CscError> {
    let stored = activation::credential(app, visitor, credential).await?;
    let digests = hashes.iter().map(|hash| {
        let bytes = BASE64.decode(hash.as_bytes()).ok();
        bytes.and_then(|bytes| bytes.try_into().ok())
    });
    let digests: Option<Vec<[u8; 32]>> = digests.collect();
    Ok(Asked {
        cedula: stored.cedula,
        client: visitor.caller.fingerprint.clone(),
        digests: digests.ok_or_else(|| {
            CscError::request("hashes: cada uno es un SHA-256 en base64 (44 caracteres).")
        })?,
    })
}

/// The algorithm of the hashes, where it is named.
fn check_algorithm(oid: Option<&str>) -> Result<(), CscError> {
    match oid {
        None | Some(SHA_256) => Ok(()),
        Some(_) => Err(CscError::request(
            "hashAlgorithmOID: sólo SHA-256, 2.16.840.1.101.3.4.2.1.",
        )),
    }
}
