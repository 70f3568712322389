//! The frame around every page, and the page of a failure.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

use super::html::Html;
use crate::declare::DeclareError;
use crate::identity::IdentityError;
use crate::store::StoreError;

/// A whole page.
pub(super) struct Page {
    /// What the browser's tab says, and the heading.
    pub(super) title: &'static str,
    pub(super) body: Html,
}

/// No page.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The form is not of this screen, or of one that was closed.
    #[error("El formulario ya no es válido: vuelva al mostrador y empiece de nuevo.")]
    ForeignForm,
    /// The form lacks something, or is too large.
    #[error("El formulario llegó incompleto o es demasiado grande: vuelva al mostrador.")]
    BadForm,
    /// A day that cannot be read.
    #[error("La fecha es AAAA-MM-DD: vuelva y corríjala.")]
    BadDay,
    /// No such page.
    #[error("Esta página no existe.")]
    NoSuchPage,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness for a new act.
    #[error(transparent)]
    Entropy(#[from] crate::entropy::NoEntropy),
    /// The pharmacy's key did not sign.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A page panicked.
    #[error("Este programa falló: cierre la pantalla, ábrala de nuevo y avise a soporte.")]
    Internal,
}

impl From<DeclareError> for Failure {
    fn from(error: DeclareError) -> Self {
        match error {
            DeclareError::Identity(error) => error.into(),
            DeclareError::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let html = Html::new()
            .raw("<!doctype html><html lang=\"es-MX\"><head><meta charset=\"utf-8\">")
            .raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            .raw("<link rel=\"stylesheet\" href=\"/style.css\">")
            .element("<title>", self.title, " · Mostrador</title></head><body>")
            .raw("<a class=\"skip\" href=\"#main\">Ir al contenido</a>")
            .raw("<header><nav aria-label=\"Secciones\"><a href=\"/\">Mostrador</a>")
            .raw(" <a href=\"/stock\">Existencias</a> <a href=\"/stock/count\">Conteo</a>")
            .raw(" <a href=\"/book\">Libros</a></nav></header>")
            .element("<main id=\"main\"><h1>", self.title, "</h1>")
            .push(&self.body)
            .raw("</main></body></html>");
        let content_type = [(CONTENT_TYPE, "text/html; charset=utf-8")];
        (content_type, html.into_string()).into_response()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match self {
            Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::BadForm | Self::BadDay => StatusCode::BAD_REQUEST,
            Self::NoSuchPage => StatusCode::NOT_FOUND,
            Self::Store(_) | Self::Entropy(_) | Self::Identity(_) | Self::Internal => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let page = Page {
            title: "No se pudo",
            body: verdict(Verdict::Stop, "NO SE PUDO", &self.to_string()).push(&back()),
        };
        (status, page).into_response()
    }
}

/// What is to be seen from across the counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Go on.
    Good,
    /// Look closely.
    Wait,
    /// Do not hand anything over.
    Stop,
}

/// A verdict in large letters, and why.
pub(super) fn verdict(verdict: Verdict, headline: &str, reason: &str) -> Html {
    let open = match verdict {
        Verdict::Good => "<section class=\"verdict good\" role=\"status\"><p class=\"big\">",
        Verdict::Wait => "<section class=\"verdict wait\" role=\"alert\"><p class=\"big\">",
        Verdict::Stop => "<section class=\"verdict stop\" role=\"alert\"><p class=\"big\">",
    };
    Html::new()
        .element(open, headline, "</p>")
        .element("<p>", reason, "</p></section>")
}

/// The way back.
pub(super) fn back() -> Html {
    Html::new().raw("<p><a class=\"button\" href=\"/\">Siguiente receta</a></p>")
}

/// The hidden field that proves that a form is ours.
pub(super) fn csrf_field(csrf: &str) -> Html {
    hidden("csrf", csrf)
}

/// A hidden field.
pub(super) fn hidden(name: &'static str, value: &str) -> Html {
    Html::new()
        .element("<input type=\"hidden\" name=\"", name, "\"")
        .element(" value=\"", value, "\">")
}

pub(super) async fn style() -> Response {
    let content_type = [(CONTENT_TYPE, "text/css; charset=utf-8")];
    (content_type, include_str!("style.css")).into_response()
}

pub(super) async fn not_found() -> Response {
    let page = Page {
        title: "No existe",
        body: back(),
    };
    (StatusCode::NOT_FOUND, page).into_response()
}
