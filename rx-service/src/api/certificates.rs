//! `GET /certificates`: the prescribers' certificates, which counters keep for offline use.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::problem;
use crate::app::App;
use crate::certificate::to_pem_bundle;
use crate::flow::{FlowError, Visitor};

pub(super) async fn get(State(app): State<App>, _: Visitor) -> Response {
    match app.store.certificates().await {
        Ok(certificates) => (
            [(CONTENT_TYPE, "application/x-pem-file")],
            to_pem_bundle(&certificates),
        )
            .into_response(),
        Err(error) => problem::flow(&FlowError::Store(error), None),
    }
}
