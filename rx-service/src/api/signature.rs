//! The header with the caller's signature over what it posts.

use axum::http::HeaderMap;
use axum::response::Response;
use data_encoding::BASE64URL_NOPAD;

use super::problem;
use crate::fhir::{Issue, IssueType};

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
