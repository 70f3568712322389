//! FHIR answers and their headers.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, LINK, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use prescription::Folio;
use serde_json::Value;

use crate::flow::stock::MovementDone;
use crate::worker::sequence::Receipt;

const FHIR_JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");

/// A FHIR resource as a response.
pub(super) fn resource(status: StatusCode, value: Value) -> Response {
    let mut response = (status, Json(value)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, FHIR_JSON);
    response
}

/// A step that was recorded: the resource, the folio, the ledger's receipt, and where to find the
/// rest (RFC 8288 links).
pub(super) fn recorded(
    status: StatusCode,
    value: Value,
    folio: Folio,
    receipt: &Receipt,
) -> Response {
    let mut response = resource(status, value);
    let headers = response.headers_mut();
    set(
        headers,
        HeaderName::from_static("receta-folio"),
        &folio.to_string(),
    );
    set_receipt(headers, receipt);
    response
}

/// A movement that was recorded: its number and the ledger's receipt.
pub(super) fn movement(status: StatusCode, value: Value, done: &MovementDone) -> Response {
    with_movement((status, Json(value)).into_response(), done)
}

/// The same as a FHIR resource.
pub(super) fn movement_resource(status: StatusCode, value: Value, done: &MovementDone) -> Response {
    with_movement(resource(status, value), done)
}

fn with_movement(mut response: Response, done: &MovementDone) -> Response {
    let headers = response.headers_mut();
    set(
        headers,
        HeaderName::from_static("receta-movement"),
        &done.number.to_string(),
    );
    set_receipt(headers, &done.receipt);
    response
}

fn set_receipt(headers: &mut HeaderMap, receipt: &Receipt) {
    set(
        headers,
        HeaderName::from_static("receta-ledger-index"),
        &receipt.index.to_string(),
    );
    let proof = BASE64.encode(receipt.to_text().as_bytes());
    set(headers, HeaderName::from_static("receta-receipt"), &proof);
}

/// Adds where the prescription's QR, paper and receipt are.
pub(super) fn link_artifacts(response: &mut Response, folio: Folio) {
    let base = format!("/prescriptions/{folio}");
    let links = [
        ("qr.svg", "qr-svg", "image/svg+xml"),
        ("qr.png", "qr-png", "image/png"),
        ("receta.pdf", "receta-pdf", "application/pdf"),
        ("poster.pdf", "poster-pdf", "application/pdf"),
        ("ticket.pdf", "ticket-pdf", "application/pdf"),
        ("receipt", "receipt", "text/plain"),
    ];
    for (name, relation, kind) in links {
        let link = format!("<{base}/{name}>; rel=\"{relation}\"; type=\"{kind}\"");
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().append(LINK, link);
        }
    }
}

/// Adds where the resource is.
pub(super) fn locate(response: &mut Response, location: &str) {
    set(response.headers_mut(), LOCATION, location);
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Folios, numbers and base64 are always header values.
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
