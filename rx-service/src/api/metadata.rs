//! `GET /fhir/r4/metadata`: what this server can do.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::answer;
use crate::app::App;
use crate::clock::day_in;
use crate::fhir::capability_statement;

pub(super) async fn get(State(app): State<App>) -> Response {
    let since = day_in(app.started, &app.zone);
    let base = format!("{}/fhir/r4", app.public_url);
    let statement = capability_statement(&base, env!("CARGO_PKG_VERSION"), since);
    answer::resource(StatusCode::OK, statement)
}
