//! The listener: accepts TLS connections, names the caller, hands requests to the router.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

use crate::auth::Caller;

/// Connections served at once; more wait in the listen queue.
const CONNECTIONS: usize = 4096;
/// Connections of the public ledger served at once.
const PUBLIC_CONNECTIONS: usize = 512;
/// Time for a TLS handshake, and for the headers of a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time that requests under way have to end after a stop was asked for.
const FAREWELL: Duration = Duration::from_secs(10);

/// Where a request came from.
#[derive(Debug, Clone, Copy)]
pub struct Origin(pub SocketAddr);

/// Serves `router` until `shutdown` resolves, then lets requests under way end.
pub async fn serve(
    listener: TcpListener,
    tls: Arc<ServerConfig>,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let acceptor = TlsAcceptor::from(tls);
    let one = move |stream, peer, watcher| {
        serve_connection(stream, peer, acceptor.clone(), router.clone(), watcher)
    };
    accept(listener, CONNECTIONS, one, shutdown).await;
}

/// Serves `router` over plain HTTP, to whoever asks, until `shutdown` resolves. For what is public
/// and signed; a proxy in front adds TLS.
pub async fn serve_public(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let one = move |stream, peer, watcher| {
        let router = router.clone();
        async move {
            let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
                router
                    .clone()
                    .oneshot(request.map(axum::body::Body::new) as Request)
            });
            speak_http(stream, peer, service, watcher).await;
        }
    };
    accept(listener, PUBLIC_CONNECTIONS, one, shutdown).await;
}

/// Accepts connections, `most` at once, and has each served by `one`.
async fn accept<F>(
    listener: TcpListener,
    most: usize,
    one: impl Fn(TcpStream, SocketAddr, Watcher) -> F,
    shutdown: impl Future<Output = ()>,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(most));
    tokio::pin!(shutdown);
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: wait for some to be given back.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let served = one(stream, peer, graceful.watcher());
        tokio::spawn(async move {
            served.await;
            drop(place);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(FAREWELL) => tracing::warn!("requests under way were cut off"),
    }
}

async fn serve_connection(
    stream: TcpStream,
    peer: SocketAddr,
    acceptor: TlsAcceptor,
    router: Router,
    watcher: Watcher,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let handshake = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await;
    let stream = match handshake {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tracing::info!(%peer, %error, "TLS handshake refused");
            return;
        }
        Err(_) => {
            tracing::info!(%peer, "TLS handshake took too long");
            return;
        }
    };
    let certificate = stream
        .get_ref()
        .1
        .peer_certificates()
        .and_then(|chain| chain.first());
    // The chain is verified; a certificate that names no caller is told so in HTTP.
    let caller = certificate.map(Caller::from_certificate);
    let service = hyper::service::service_fn(move |mut request: hyper::Request<Incoming>| {
        if let Some(caller) = caller.clone() {
            request.extensions_mut().insert(caller);
        }
        request.extensions_mut().insert(Origin(peer));
        router
            .clone()
            .oneshot(request.map(axum::body::Body::new) as Request)
    });
    speak_http(stream, peer, service, watcher).await;
}

/// HTTP/1.1 or HTTP/2 on a connection, until it ends.
async fn speak_http<S>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    service: S,
    watcher: Watcher,
) where
    S: hyper::service::Service<hyper::Request<Incoming>, Response = Response, Error = Infallible>,
    S: Send + 'static,
    S::Future: Send + 'static,
{
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE);
    http.http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(64);
    let connection = http
        .serve_connection(TokioIo::new(stream), service)
        .into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "connection ended");
    }
}
