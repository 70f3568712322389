//! `GET /certificates`: the certificates of the keys that sign QRs, prescribers' and the
//! institution's, which counters keep for offline use.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::problem;
use crate::app::App;
use crate::certificate::to_pem_bundle;
use crate::flow::{FlowError, Visitor};
use crate::store::StoreError;

pub(super) async fn get(State(app): State<App>, _: Visitor) -> Response {
    match known(&app).await {
        Ok(certificates) => (
            [(CONTENT_TYPE, "application/x-pem-file")],
            to_pem_bundle(&certificates),
        )
            .into_response(),
        Err(error) => problem::flow(&FlowError::Store(error), None),
    }
}

async fn known(app: &App) -> Result<Vec<Vec<u8>>, StoreError> {
    let mut certificates = app.store.certificates().await?;
    certificates.extend(app.store.qr_certificates().await?);
    Ok(certificates)
}
