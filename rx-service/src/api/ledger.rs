//! `/ledger/checkpoint` and `/ledger/tile/…`: the public log, as C2SP tlog-tiles describes it; below
//! `/ledger/<name>/` a later shard. `/ledger/map/<key>`: what the map says of a key, with proof.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use data_encoding::{BASE64, HEXLOWER};
use ledger::{LogFile, MapKey, Tile};
use serde_json::{Value, json};

use super::problem;
use crate::app::App;
use crate::flow::FlowError;
use crate::worker::sequence::ProvenKey;

/// The checkpoint changes every second; a tile never does.
const CHANGES: HeaderValue = HeaderValue::from_static("no-cache");
const FOREVER: HeaderValue = HeaderValue::from_static("max-age=31536000, immutable");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");

pub(super) async fn checkpoint(State(app): State<App>) -> Response {
    file(app, None, LogFile::Checkpoint).await
}

pub(super) async fn checkpoint_of(State(app): State<App>, Path(shard): Path<String>) -> Response {
    file(app, Some(shard), LogFile::Checkpoint).await
}

/// Only paths that name a tile are looked up, so that none leads out of the folder.
pub(super) async fn tile(State(app): State<App>, Path(path): Path<String>) -> Response {
    match Tile::parse(&format!("tile/{path}")) {
        Ok(tile) => file(app, None, LogFile::Tile(tile)).await,
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

pub(super) async fn tile_of(
    State(app): State<App>,
    Path((shard, path)): Path<(String, String)>,
) -> Response {
    match Tile::parse(&format!("tile/{path}")) {
        Ok(tile) => file(app, Some(shard), LogFile::Tile(tile)).await,
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

/// A file of the first shard, or of the one with this name.
async fn file(app: App, shard: Option<String>, file: LogFile) -> Response {
    let Some(source) = app.sequencer.files(shard.as_deref()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match tokio::task::spawn_blocking(move || source.read(file)).await {
        Ok(Ok(Some(bytes))) => {
            let (kind, keep) = match file {
                LogFile::Checkpoint => (TEXT, CHANGES),
                LogFile::Tile(_) => (BYTES, FOREVER),
            };
            ([(CONTENT_TYPE, kind), (CACHE_CONTROL, keep)], bytes).into_response()
        }
        Ok(Ok(None)) => StatusCode::NOT_FOUND.into_response(),
        Ok(Err(error)) => failed(&error),
        Err(error) => failed(&error),
    }
}

/// The signed list of all shards.
pub(super) async fn shards(State(app): State<App>) -> Response {
    shard_list(&app, None).await
}

/// An older list: who was away follows them in their order.
pub(super) async fn shards_of(State(app): State<App>, Path(version): Path<u64>) -> Response {
    shard_list(&app, Some(version)).await
}

async fn shard_list(app: &App, version: Option<u64>) -> Response {
    match app.sequencer.shard_list(version).await {
        Ok(Some(list)) => ([(CONTENT_TYPE, TEXT), (CACHE_CONTROL, CHANGES)], list).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => problem::flow(&error.into(), None),
    }
}

/// Whoever knows a key learns what the map says of it; the keys are blinded.
pub(super) async fn map(State(app): State<App>, Path(key): Path<String>) -> Response {
    let Some(key) = parse_key(&key) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match app.sequencer.prove_key(key).await {
        Ok(Some(proven)) => Json(describe(&proven)).into_response(),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => problem::flow(&error.into(), None),
    }
}

fn parse_key(hex: &str) -> Option<MapKey> {
    let bytes = HEXLOWER.decode(hex.as_bytes()).ok()?;
    bytes.try_into().ok().map(MapKey)
}

/// A map proof, the map head that it leads to, and that the log holds it.
pub(super) fn describe(proven: &ProvenKey) -> Value {
    json!({
        "proof": BASE64.encode(&proven.proof.encode()),
        "map_head": BASE64.encode(&proven.head.encode()),
        "index": proven.receipt.index,
        "receipt": proven.receipt.to_text(),
    })
}

fn failed(error: &dyn std::fmt::Display) -> Response {
    problem::flow(&FlowError::Internal(error.to_string()), None)
}
