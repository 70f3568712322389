//! `GET /fhir/r4/MedicationRequest/{id}`: a line as it is today.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::{answer, issue, problem};
use crate::app::App;
use crate::fhir::{LineId, view};
use crate::flow::{self, FlowError, Visitor};

pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Response {
    match read(&app, &visitor, &id).await {
        Ok(value) => answer::resource(StatusCode::OK, value),
        Err(error) => problem::flow(&error, None),
    }
}

async fn read(app: &App, visitor: &Visitor, id: &str) -> Result<serde_json::Value, FlowError> {
    let id: LineId = id.parse().map_err(|_| FlowError::NotFound)?;
    let stored = flow::read_own(app, visitor, id.folio).await?;
    let document = issue::signed_document(&stored)?;
    view::medication_request(&document, &stored.state, id.line).ok_or(FlowError::NotFound)
}
