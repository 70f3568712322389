//! Measures and logs every request by its route; never by its path, which may name a folio.

use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use super::problem;
use crate::app::App;

/// A request that takes longer than this is given up.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let method = request.method().clone();
    let begin = Instant::now();
    let response = tokio::time::timeout(PATIENCE, next.run(request))
        .await
        .unwrap_or_else(|_| problem::took_too_long());
    let took = begin.elapsed();
    let status = response.status().as_u16();
    app.metrics.answered(&route, status, took);
    tracing::debug!(%method, route, status, took_us = took.as_micros(), "answered");
    response
}
