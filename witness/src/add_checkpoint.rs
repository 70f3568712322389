//! `POST /add-checkpoint` (C2SP tlog-witness).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use ledger::{AddCheckpoint, AddRefusal, SIZE_MEDIA_TYPE};

use crate::clock;
use crate::router::Witness;
use crate::state::AddError;

pub(crate) async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: Bytes) -> Response {
    let request = match AddCheckpoint::parse(&body) {
        Ok(request) => request,
        Err(error) => return (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    };
    // Disk and signature must not hold up the other connections.
    let decided = tokio::task::spawn_blocking(move || {
        let Witness {
            state,
            signer,
            log_keys,
        } = witness.as_ref();
        let answer = state.add(&request, log_keys, clock::now(), signer);
        report(&request, &answer);
        answer
    });
    match decided.await {
        Ok(Ok(line)) => format!("{line}\n").into_response(),
        Ok(Err(error)) => refusal(&error),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn report(request: &AddCheckpoint, answer: &Result<ledger::NoteSignature, AddError>) {
    let claimed = request.checkpoint().claimed();
    let (origin, size) = (claimed.origin(), claimed.size());
    match answer {
        Ok(_) => tracing::info!(origin, size, "cosigned"),
        Err(AddError::Refused(reason)) => tracing::info!(origin, size, %reason, "refused"),
        Err(error) => tracing::error!(origin, size, %error, "not cosigned"),
    }
}

fn refusal(error: &AddError) -> Response {
    let AddError::Refused(reason) = error else {
        // Details are in the witness's own log; they are nobody else's business.
        let text = "the witness cannot cosign now\n";
        return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
    };
    let status = StatusCode::from_u16(reason.status()).unwrap_or(StatusCode::BAD_REQUEST);
    match reason.known_size() {
        Some(size) => {
            let media_type = [(CONTENT_TYPE, SIZE_MEDIA_TYPE)];
            (status, media_type, format!("{size}\n")).into_response()
        }
        None => (status, told(reason)).into_response(),
    }
}

/// The origin is the asking side's own text: it is not sent back.
fn told(reason: &AddRefusal) -> String {
    if let AddRefusal::UnknownLog { .. } = reason {
        "this witness does not watch that log\n".to_owned()
    } else {
        format!("{reason}\n")
    }
}
