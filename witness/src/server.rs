//! The listener: bounded in connections, size and time, so that a stranger cannot wear it out.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

/// Connections served at once; more wait in the listen queue.
const CONNECTIONS: usize = 256;
/// Time for the headers of a request, and for a request from its headers to its answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest life of a connection, so that idle ones give their place back.
const CONNECTION_LIFE: Duration = Duration::from_mins(10);
/// Time that requests under way have to end after a stop was asked for.
const FAREWELL: Duration = Duration::from_secs(10);

/// Serves `router` until `shutdown` resolves, then lets requests under way end.
pub async fn serve(listener: TcpListener, router: Router, shutdown: impl Future<Output = ()>) {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    tokio::pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = &mut shutdown => break,
            next = next => next,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: wait for some to be given back.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (router, watcher) = (router.clone(), graceful.watcher());
        tokio::spawn(async move {
            let connection = serve_connection(stream, router, watcher);
            if tokio::time::timeout(CONNECTION_LIFE, connection)
                .await
                .is_err()
            {
                tracing::debug!("an old connection was closed");
            }
            drop(place);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(FAREWELL) => tracing::warn!("requests under way were cut off"),
    }
}

async fn serve_connection(stream: TcpStream, router: Router, watcher: Watcher) {
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        answer(router.clone(), request)
    });
    // One version: finding out which the client speaks would wait for a silent one without end.
    let mut http = auto::Builder::new(TokioExecutor::new()).http1_only();
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE);
    let connection = http
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended");
    }
}

/// The body is read within the router: a slow one is cut off here.
async fn answer(router: Router, request: hyper::Request<Incoming>) -> Result<Response, Infallible> {
    let answered = router.oneshot(request.map(Body::new));
    match tokio::time::timeout(PATIENCE, answered).await {
        Ok(answer) => answer,
        Err(_) => Ok(StatusCode::REQUEST_TIMEOUT.into_response()),
    }
}
