//! `/ledger/checkpoint` and `/ledger/tile/…`: the public log, as C2SP tlog-tiles describes it.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use ledger::{Tile, TileDirectory};

use super::problem;
use crate::app::App;
use crate::flow::FlowError;

/// The checkpoint changes every second; a tile never does.
pub(super) async fn checkpoint(State(app): State<App>) -> Response {
    let read = move || TileDirectory::open(&app.ledger_dir)?.read_checkpoint();
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(Some(checkpoint))) => {
            let headers = [
                (CONTENT_TYPE, "text/plain; charset=utf-8"),
                (CACHE_CONTROL, "no-cache"),
            ];
            (headers, checkpoint.to_string()).into_response()
        }
        Ok(Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

/// Only paths that name a tile are looked up, so that none leads out of the folder.
pub(super) async fn tile(State(app): State<App>, Path(path): Path<String>) -> Response {
    let Ok(tile) = Tile::parse(&format!("tile/{path}")) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let read = move || TileDirectory::open(&app.ledger_dir)?.read_file(tile);
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(Some(bytes))) => {
            let headers = [
                (CONTENT_TYPE, "application/octet-stream"),
                (CACHE_CONTROL, "max-age=31536000, immutable"),
            ];
            (headers, bytes).into_response()
        }
        Ok(Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

fn failed(error: &dyn std::fmt::Display) -> Response {
    problem::flow(&FlowError::Internal(error.to_string()), None)
}
