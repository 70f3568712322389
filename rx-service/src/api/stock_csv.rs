//! `POST /stock/movements/csv`: a delivery or an inventory from a spreadsheet, all or nothing.
//!
//! A dry run answers with the movement order that the file is, and what the stock would be; the
//! establishment signs that order, and sends the same file again with its signature.

use axum::Json;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use prescription::Clues;
use serde::Deserialize;
use serde_json::{Value, json};

use super::stock::{self, not_a_query};
use super::stock_paths::Form;
use super::{body, problem, signature, stock_answer};
use crate::app::App;
use crate::fhir::{self, MovementRequest};
use crate::flow::Visitor;
use crate::flow::stock::preview;

/// What the file does not say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    #[serde(rename = "dry-run", default)]
    dry_run: bool,
    kind: String,
    at: String,
    document: Option<String>,
    permit: Option<String>,
    rfc: Option<String>,
    licence: Option<String>,
    from: Option<Clues>,
    shipment: Option<u32>,
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    about: Result<Query<About>, QueryRejection>,
    headers: HeaderMap,
    received: Body,
) -> Response {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next());
    if kind.is_none_or(|kind| kind.trim() != "text/csv") {
        return problem::unsupported_csv();
    }
    let Ok(Query(about)) = about else {
        let text = "Use ?dry-run=&kind=&at=, y según el caso document, permit, rfc, licence, \
                    from, shipment.";
        return not_a_query(text);
    };
    let file = match body::read(received).await {
        Ok(file) => file,
        Err(response) => return response,
    };
    match read(&about, &visitor, &file) {
        Ok((request, order, form)) if about.dry_run => {
            dry_run(&app, &visitor, &request, &order, &form).await
        }
        Ok((request, order, form)) => {
            let Some(signature) = signature::of(&headers) else {
                return signature::missing();
            };
            match stock::record(&app, &visitor, request, &order, signature).await {
                Ok(done) => stock::recorded(&app, &done),
                Err(error) => stock::refused(&app, &error, &form),
            }
        }
        Err(found) => problem::outcome(StatusCode::UNPROCESSABLE_ENTITY, &found),
    }
}

/// The order that the file is.
fn read(
    about: &About,
    visitor: &Visitor,
    file: &[u8],
) -> Result<(MovementRequest, Value, Form), fhir::OperationOutcome> {
    let fhir::CsvLines { lines, rows } = fhir::read_movement_csv(file)?;
    let supplier = about.rfc.as_ref().map(|rfc| {
        let licence = &about.licence;
        let supplier = stock_answer::without_nulls(json!({"rfc": rfc, "licence": licence}));
        json!({"supplier": supplier})
    });
    let shipment = about.from.as_ref().zip(about.shipment);
    let shipment = shipment
        .map(|(from, number)| json!({"from": from, "to": visitor.caller.clues, "number": number}));
    let order = stock_answer::without_nulls(json!({
        "kind": about.kind,
        "at": about.at,
        "document": about.document,
        "permit": about.permit,
        "counterpart": supplier,
        "shipment": shipment,
        "lines": lines,
    }));
    let (request, order) = fhir::read_movement_order(order.to_string().as_bytes())?;
    Ok((request, order, Form::Csv(rows)))
}

/// What would be recorded, and what each lot would hold; nothing changes.
async fn dry_run(
    app: &App,
    visitor: &Visitor,
    request: &MovementRequest,
    order: &Value,
    form: &Form,
) -> Response {
    match preview(app, visitor, request).await {
        Ok(balances) => Json(json!({
            "order": order,
            "balances": balances
                .iter()
                .map(|lot| stock_answer::lot_json(app, lot, stock_answer::Shown::Lot))
                .collect::<Vec<_>>(),
            "problems": [],
        }))
        .into_response(),
        Err(error) => stock::refused(app, &error, form),
    }
}
