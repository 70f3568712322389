//! The header with the caller's signature over what it posts.

use axum::http::HeaderMap;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

use super::problem;
use crate::app::App;
use crate::fhir::{Issue, IssueType, document, json as strict_json};
use crate::flow::FlowError;

/// Header with the detached `COSE_Sign1`, base64url.
const SIGNATURE: &str = "receta-signature";

/// The signature; `None` where there is none, or it is no base64url.
pub(super) fn of(headers: &HeaderMap) -> Option<Vec<u8>> {
    let header = headers.get(SIGNATURE)?;
    BASE64URL_NOPAD.decode(header.as_bytes()).ok()
}

/// The answer to a request without it.
pub(super) fn missing() -> Response {
    let text = "Falta la firma del establecimiento: encabezado Receta-Signature (COSE_Sign1, \
                base64url).";
    problem::malformed(&Issue::error(IssueType::Security, "signature-missing", text).into())
}

/// What a pharmacy signed, and its signature, which is not verified yet.
pub(super) struct Signed {
    /// Canonical bytes of the body.
    pub(super) document: Vec<u8>,
    /// `COSE_Sign1`, detached.
    pub(super) signature: Vec<u8>,
}

/// What the caller signed: the canonical bytes of the body as received.
pub(super) fn over(headers: &HeaderMap, body: &[u8]) -> Result<Signed, Box<Response>> {
    let signature = of(headers).ok_or_else(|| Box::new(missing()))?;
    let internal = || FlowError::Internal("a body that cannot be written canonically".to_owned());
    let document = strict_json::parse(body)
        .ok()
        .and_then(|value| document::canonical_bytes(&value).ok())
        .ok_or_else(|| Box::new(problem::flow(&internal(), None)))?;
    Ok(Signed {
        document,
        signature,
    })
}

/// Counts the refusals of `operation`.
pub(super) fn count(app: &App, operation: &'static str, error: &FlowError) {
    if let FlowError::Refused(refusals) = error {
        for refusal in refusals {
            app.metrics.refused(operation, refusal.code());
        }
    }
}
