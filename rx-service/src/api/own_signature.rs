//! `POST /verifications/signature`: the prescriber's own signature, for a counter that holds a QR
//! which the institution signed. Only for fractions I to III, which it must not dispense without
//! having verified that signature itself; for the others the document stays where it is.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use prescription::body::Evidence;
use serde::Deserialize;
use serde_json::{Value, json};
use signing::qr::{self, QrSigner};

use super::extract::JsonBody;
use super::problem;
use crate::app::App;
use crate::fhir::{Issue, IssueType};
use crate::flow::{self, FlowError, Visitor};

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
    match signature(&app, &visitor, &request.qr).await {
        Ok(value) => Json(value).into_response(),
        Err(error) => problem::flow(&error, None),
    }
}

async fn signature(app: &App, visitor: &Visitor, text: &str) -> Result<Value, FlowError> {
    // Whoever holds the QR, and is a pharmacy; each access is recorded there.
    let verified = flow::verify(app, visitor, text).await?;
    let parsed = qr::read(text)?;
    let payload = parsed.claimed();
    let controlled = payload
        .lines
        .iter()
        .any(|line| line.fraction.is_controlled());
    let by_institution = matches!(payload.signer, QrSigner::Institution { .. });
    let evidence = verified.stored.bodies.first().map(|body| &body.evidence);
    match evidence {
        Some(Evidence::Cades { document, cms, .. }) if controlled && by_institution => Ok(json!({
            "document": BASE64.encode(document),
            "cades": BASE64.encode(cms),
        })),
        Some(_) | None => Err(FlowError::NotFound),
    }
}
