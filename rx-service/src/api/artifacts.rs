//! `GET /prescriptions/{folio}/qr.svg|qr.png|qr.txt|receta.pdf`: what the patient takes home;
//! `poster.pdf|poster.svg|ticket.pdf|ticket.svg`: the code large, on A5 or on 80 mm; the proofs:
//! `receipt`, `receipt.cose` and `state`; and what a court asks for: the `document` that was signed
//! and its `signature`, as far as it was extended, or with `?level=b` as it was made.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use axum::response::{IntoResponse, Response};
use signing::qr::QrSymbol;

use super::problem;
use super::prove::describe_state;
use crate::app::App;
use crate::flow::{self, FlowError, Visitor};
use crate::paper::{self, Paper};
use crate::store::StoredPrescription;
use crate::worker::sequence::Receipt;

/// RFC 8551 §3.2.1.
const SIGNATURE: &str = "application/pkcs7-signature";

/// Pixels of a module in the PNG: 300 dots per inch at 45 mm for a symbol of version 15.
const MODULE_PIXELS: u32 = 6;

pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Path((folio, artifact)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let produced = match (artifact.as_str(), query.as_deref()) {
        ("signature", Some("level=b")) => produce(&app, &visitor, &folio, "signature-b").await,
        ("signature-b", _) | ("signature", Some(_)) => Err(FlowError::NotFound),
        (artifact, _) => produce(&app, &visitor, &folio, artifact).await,
    };
    match produced {
        Ok(response) => response,
        Err(error) => problem::flow(&error, None),
    }
}

async fn produce(
    app: &App,
    visitor: &Visitor,
    folio: &str,
    artifact: &str,
) -> Result<Response, FlowError> {
    let folio = folio.parse().map_err(|_| FlowError::NotFound)?;
    if artifact == "state" {
        let proven = flow::prove_state(app, visitor, folio).await?;
        return Ok(Json(describe_state(&proven)).into_response());
    }
    let stored = flow::read_own(app, visitor, folio).await?;
    match artifact {
        "receipt" => Ok(file(
            "text/plain; charset=utf-8",
            receipt(app, &stored)?.to_text().into_bytes(),
        )),
        "document" => Ok(file("application/fhir+json", evidence(&stored)?.0.to_vec())),
        "signature-b" => Ok(file(SIGNATURE, evidence(&stored)?.1.to_vec())),
        "signature" => {
            let extended = app.store.extension(folio).await?;
            let p7s = match extended {
                Some(extended) => extended.p7s,
                None => evidence(&stored)?.1.to_vec(),
            };
            Ok(file(SIGNATURE, p7s))
        }
        "receipt.cose" => cose_receipt(app, &stored).await,
        "receta.pdf" => {
            let text = flow::sealed_qr(app, &stored).await?;
            let pdf = flow::print(app, &stored, &symbol(&text)?).await?;
            Ok(file("application/pdf", pdf))
        }
        "poster.pdf" => poster_pdf(app, &stored, Paper::A5).await,
        "ticket.pdf" => poster_pdf(app, &stored, Paper::Ticket).await,
        "poster.svg" => poster_svg(app, &stored, Paper::A5).await,
        "ticket.svg" => poster_svg(app, &stored, Paper::Ticket).await,
        "qr.txt" => Ok(file(
            "text/plain",
            flow::sealed_qr(app, &stored).await?.into_bytes(),
        )),
        "qr.svg" => {
            let text = flow::sealed_qr(app, &stored).await?;
            Ok(file("image/svg+xml", symbol(&text)?.to_svg().into_bytes()))
        }
        "qr.png" => {
            let text = flow::sealed_qr(app, &stored).await?;
            let png = symbol(&text)?.to_png(MODULE_PIXELS);
            Ok(file(
                "image/png",
                png.map_err(|error| FlowError::Internal(error.to_string()))?,
            ))
        }
        _ => Err(FlowError::NotFound),
    }
}

async fn poster_pdf(
    app: &App,
    stored: &StoredPrescription,
    paper: Paper,
) -> Result<Response, FlowError> {
    let text = flow::sealed_qr(app, stored).await?;
    let receta = flow::receta(app, stored, &symbol(&text)?).await?;
    let pdf = paper::poster_pdf(&receta, paper).map_err(internal)?;
    Ok(file("application/pdf", pdf))
}

async fn poster_svg(
    app: &App,
    stored: &StoredPrescription,
    paper: Paper,
) -> Result<Response, FlowError> {
    let text = flow::sealed_qr(app, stored).await?;
    let receta = flow::receta(app, stored, &symbol(&text)?).await?;
    let svg = paper::poster_svg(&receta, paper).map_err(internal)?;
    Ok(file("image/svg+xml", svg.into_bytes()))
}

/// The document of the issue and the signature as it was made.
fn evidence(stored: &StoredPrescription) -> Result<(&[u8], &[u8]), FlowError> {
    flow::extend::issue_evidence(stored).ok_or(FlowError::NotFound)
}

/// The receipt as RFC 9942 writes it, for tools that know COSE and not C2SP.
async fn cose_receipt(app: &App, stored: &StoredPrescription) -> Result<Response, FlowError> {
    let receipt = receipt(app, stored)?;
    let entry = app.store.sequenced_entries(receipt.index, 1).await?;
    let entry = entry.into_iter().next().ok_or(FlowError::NotFound)?;
    let sequencer = app.sequencer.clone();
    let sign = move || sequencer.cose_receipt(&receipt, &entry.leaf);
    let signed = tokio::task::spawn_blocking(sign)
        .await
        .map_err(|error| FlowError::Internal(error.to_string()))??;
    Ok(file("application/cose", signed))
}

fn receipt(app: &App, stored: &StoredPrescription) -> Result<Receipt, FlowError> {
    let index = stored
        .indices
        .first()
        .copied()
        .flatten()
        .ok_or(FlowError::NotFound)?;
    app.sequencer
        .receipt(index)?
        .ok_or(FlowError::Busy(stored.state.issued.folio))
}

fn symbol(text: &str) -> Result<QrSymbol, FlowError> {
    QrSymbol::draw(text).map_err(|error| FlowError::Internal(error.to_string()))
}

fn internal(error: paper::PaperError) -> FlowError {
    FlowError::Internal(error.to_string())
}

fn file(kind: &'static str, bytes: Vec<u8>) -> Response {
    let headers: [(HeaderName, &'static str); 2] =
        [(CONTENT_TYPE, kind), (CACHE_CONTROL, "private, no-store")];
    (headers, bytes).into_response()
}
