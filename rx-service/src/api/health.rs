//! `/livez`, `/readyz` and `/metrics`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use hsm::TokenStatus;
use serde_json::{Value, json};

use crate::app::App;

/// The process runs.
pub(super) async fn live() -> &'static str {
    "ok\n"
}

/// The service can issue: database, token and ledger answer. Otherwise 503 says which does not.
pub(super) async fn ready(State(app): State<App>) -> Response {
    let database = app.store.ping().await.map_err(|error| error.to_string());
    let hsm = app.keys.hsm.clone();
    let token = match tokio::task::spawn_blocking(move || hsm.health()).await {
        Ok(health) => health.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let ledger = app.sequencer.health().map_err(|error| error.to_string());
    let ready = database.is_ok() && token.is_ok() && ledger.is_ok();
    let word = |part: Result<(), String>| part.err().unwrap_or_else(|| "ok".to_owned());
    let report = json!({
        "ready": ready,
        "database": word(database),
        "hsm": word(token),
        "hsm_tokens": tokens(&app.keys.hsm.status()),
        "ledger": word(ledger),
        "tree_size": app.sequencer.size(),
        "checkpoint": app.sequencer.held_back().unwrap_or_else(|| "ok".to_owned()),
        "catalog": app.catalog.on(app.now().1).digest(),
        "started": app.started.to_string(),
    });
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(report)).into_response()
}

/// Each token by its label: one of several may be down while the service issues.
fn tokens(status: &[TokenStatus]) -> Value {
    let word = |token: &TokenStatus| match &token.last_loss {
        Some(loss) if !token.up => loss.clone(),
        _ => "ok".to_owned(),
    };
    let named = status
        .iter()
        .map(|token| (token.label.clone(), word(token).into()));
    Value::Object(named.collect())
}

/// For Prometheus.
pub(super) async fn metrics(State(app): State<App>) -> Response {
    app.metrics.hsm(&app.keys.hsm.status());
    match app.metrics.render(app.sequencer.size()) {
        Ok(text) => ([(CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_down_says_why() {
        let token = |label: &str, up, loss: Option<&str>| TokenStatus {
            label: label.to_owned(),
            up,
            losses: u64::from(loss.is_some()),
            last_loss: loss.map(str::to_owned),
        };
        let said = tokens(&[
            token("a", false, Some("DeviceRemoved")),
            token("b", true, Some("DeviceError")),
            token("c", true, None),
        ]);
        assert_eq!(said, json!({"a": "DeviceRemoved", "b": "ok", "c": "ok"}));
    }
}
