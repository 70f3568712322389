//! The body of a request, bounded in size and in time.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;

use super::{MAX_BODY, problem};

/// Time that a client has to send its body.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes of an oversized body that are read and forgotten: most clients listen for the refusal only
/// once they have sent everything, and would otherwise see nothing but a broken connection.
const MAX_IGNORED: usize = 32 << 20;

/// Reads a body of at most [`MAX_BODY`] bytes.
pub(super) async fn read(body: Body) -> Result<Bytes, Response> {
    let mut kept = Vec::new();
    let mut size = 0;
    let reading = tokio::time::timeout(PATIENCE, take(body, &mut kept, &mut size)).await;
    if size > MAX_BODY {
        return Err(problem::too_large());
    }
    match reading {
        Ok(Ok(())) => Ok(kept.into()),
        // The client is gone: nobody reads this answer.
        Ok(Err(_)) | Err(_) => Err(problem::too_slow()),
    }
}

async fn take(mut body: Body, kept: &mut Vec<u8>, size: &mut usize) -> Result<(), axum::Error> {
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        *size = size.saturating_add(data.len());
        if *size > MAX_IGNORED {
            return Ok(());
        }
        if *size > MAX_BODY {
            *kept = Vec::new();
        } else {
            kept.extend_from_slice(&data);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_is_kept_whole_or_refused() {
        let largest = vec![7; MAX_BODY];
        assert_eq!(read(Body::from(largest.clone())).await.unwrap(), largest);
        for size in [MAX_BODY + 1, MAX_IGNORED + 1] {
            let refused = read(Body::from(vec![7; size])).await.unwrap_err();
            assert_eq!(refused.status(), axum::http::StatusCode::PAYLOAD_TOO_LARGE);
        }
    }
}
