//! The camera of this machine: its frames are read here, one after another, until one has a QR.
//!
//! The only page with a script, and the only script. It sends a frame, waits for the answer, sends
//! the next; what a frame says goes to `/scan` as if a scanner had typed it. Frames are read and
//! forgotten: nothing of them is kept.

use std::sync::Arc;

use axum::extract::{Multipart, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use signing::qr::read_image;

use super::html::Html;
use super::page::{Failure, Page, csrf_field};
use super::scan::read_form;
use super::screen::Screen;

/// Where the page is: `guard` allows it its script.
pub(super) const PATH: &str = "/camera";

pub(super) async fn page(State(screen): State<Arc<Screen>>) -> Page {
    let body = Html::new()
        .raw("<p id=\"said\" role=\"status\" aria-live=\"polite\">Se pide permiso para la cámara…</p>")
        .raw("<noscript><p>Esta página necesita JavaScript. Use el lector o una fotografía.</p></noscript>")
        .raw("<video id=\"video\" autoplay playsinline muted></video>")
        .raw("<form id=\"scan\" method=\"post\" action=\"/scan\" enctype=\"multipart/form-data\">")
        .push(&csrf_field(&screen.csrf))
        .raw("<input type=\"hidden\" id=\"text\" name=\"text\"></form>")
        .raw("<p><a class=\"button quiet\" href=\"/\">Volver al mostrador</a></p>")
        .raw("<script src=\"/camera.js\" defer></script>");
    Page {
        title: "Muestre el código a la cámara",
        body,
    }
}

pub(super) async fn script() -> Response {
    let content_type = [(CONTENT_TYPE, "text/javascript; charset=utf-8")];
    (content_type, include_str!("camera.js")).into_response()
}

/// The text of the QR in a frame; 204 where it has none.
pub(super) async fn frame(
    State(screen): State<Arc<Screen>>,
    multipart: Multipart,
) -> Result<Response, Failure> {
    let form = read_form(multipart).await?;
    screen.check_csrf(form.csrf.as_deref())?;
    let read = tokio::task::spawn_blocking(move || read_image(&form.qr)).await;
    match read.map_err(|_| Failure::Internal)? {
        Ok(text) => Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response()),
        Err(_) => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}
