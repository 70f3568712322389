//! The counter's screen: small pages, rendered here, for a browser on the same machine.
//!
//! No cookie, nothing from elsewhere, and one script: the camera's (`camera`). `guard` keeps other machines and other sites
//! out, `html` escapes everything that is not a literal of this program.

mod book;
mod camera;
mod dispense;
mod dispense_form;
mod form;
mod guard;
mod home;
mod html;
mod page;
mod scan;
mod screen;
mod stock;
mod sync;
mod take_back;
mod transfer;

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use signing::qr::image_reader::MAX_FILE_LEN;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use self::screen::Screen;
use crate::clock;
use crate::counter::Counter;
use crate::entropy::{NoEntropy, token};
use crate::sync::push_pending;

/// A form without a file.
const MAX_FORM: usize = 64 * 1024;
/// A photograph and the form around it.
const MAX_UPLOAD: usize = MAX_FILE_LEN + MAX_FORM;
/// How often pending acts are delivered while the screen is open.
const PUSH_EVERY: Duration = Duration::from_secs(30);

/// The screen cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// An address that other machines reach.
    #[error("La pantalla sólo se abre en este equipo: use 127.0.0.1, no {0}.")]
    NotLocal(SocketAddr),
    /// The address is taken, or the machine does not allow it.
    #[error("No se puede abrir la pantalla: {0}.")]
    Listen(#[from] std::io::Error),
    /// No token for the forms.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
}

/// Opens the screen, writes its address to `out`, and serves until Ctrl-C.
///
/// # Errors
/// [`ServeError`].
pub fn serve(counter: Counter, listen: SocketAddr, out: &mut dyn Write) -> Result<(), ServeError> {
    if !listen.ip().is_loopback() {
        return Err(ServeError::NotLocal(listen));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let csrf = token()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let screen = Arc::new(Screen {
            counter: Arc::new(counter),
            csrf,
            port: address.port(),
            now: clock::now,
        });
        let pushing = tokio::spawn(push_now_and_then(Arc::clone(&screen)));
        writeln!(out, "Pantalla del mostrador: http://{address}/")?;
        out.flush()?;
        let mut terminate = signal(SignalKind::terminate())?;
        let asked_to_stop = async move {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        };
        axum::serve(listener, router(screen))
            .with_graceful_shutdown(asked_to_stop)
            .await?;
        pushing.abort();
        Ok(())
    })
}

/// What waits for the network goes as soon as there is one.
async fn push_now_and_then(screen: Arc<Screen>) {
    let mut tick = tokio::time::interval(PUSH_EVERY);
    loop {
        tick.tick().await;
        let counter = Arc::clone(&screen.counter);
        let now = (screen.now)();
        let pushed = tokio::task::spawn_blocking(move || push_pending(&counter, now));
        // What came of it is in the database, and on the screen.
        drop(pushed.await);
    }
}

fn router(screen: Arc<Screen>) -> Router {
    let forms = Router::new()
        .route("/", get(home::home))
        .route("/style.css", get(page::style))
        .route(camera::PATH, get(camera::page))
        .route("/camera.js", get(camera::script))
        .route("/dispense", post(dispense::dispense))
        .route("/sync", post(sync::sync))
        .route("/return/{id}", get(take_back::get).post(take_back::post))
        .route("/transfer", post(transfer::post))
        .route("/book", get(book::index))
        .route("/book/{which}", get(book::book))
        .route("/book/{which}/retained", get(book::retained))
        .layer(DefaultBodyLimit::max(MAX_FORM));
    let uploads = Router::new()
        .route("/scan", post(scan::scan))
        .route("/scan/frame", post(camera::frame))
        .layer(DefaultBodyLimit::max(MAX_UPLOAD));
    forms
        .merge(uploads)
        .merge(stock::routes())
        .fallback(page::not_found)
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(&screen),
            guard::guard,
        ))
        .with_state(screen)
}

#[cfg(test)]
#[path = "camera_tests.rs"]
mod camera_tests;
#[cfg(test)]
#[path = "web_tests.rs"]
mod tests;
