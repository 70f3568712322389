//! What is served where.

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State as Shared};
use axum::http::StatusCode;
use axum::routing::{get, post};
use ledger::{MAX_ADD_CHECKPOINT_BYTES, NoteSigner as _, SoftwareSigner, VerifierKey, WitnessKey};

use crate::add_checkpoint::add_checkpoint;
use crate::state::State;

/// A witness at work.
#[derive(Debug)]
pub struct Witness {
    /// What it remembers.
    pub state: State,
    /// Its key.
    pub signer: SoftwareSigner,
    /// The logs it watches.
    pub log_keys: Vec<VerifierKey>,
}

/// `POST /add-checkpoint` and `GET /health`.
pub fn router(witness: Arc<Witness>) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/health", get(health))
        .layer(DefaultBodyLimit::max(MAX_ADD_CHECKPOINT_BYTES))
        .with_state(witness)
}

/// 200 and the vkey while it cosigns; 503 once a write has failed.
async fn health(Shared(witness): Shared<Arc<Witness>>) -> (StatusCode, String) {
    let key = WitnessKey::of(witness.signer.verifier_key());
    match witness.state.broken() {
        None => (StatusCode::OK, format!("{key}\n")),
        Some(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "a write failed; nothing is cosigned before a restart\n".to_owned(),
        ),
    }
}
