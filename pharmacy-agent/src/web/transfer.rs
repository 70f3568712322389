//! Transfer: what is owed goes to another pharmacy, or comes here because the patient asks.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::extract::rejection::FormRejection;

use super::form::{Fields, field, input, text_of};
use super::html::Html;
use super::page::{Failure, Page, Verdict, back, csrf_field, hidden, verdict};
use super::screen::Screen;
use super::stock::declared_html;
use crate::entropy::token;
use crate::service::StateAnswer;
use crate::show::DeclaredView;
use crate::transfer::transfer;

pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Page, Failure> {
    let Form(fields) = form.map_err(|_| Failure::BadForm)?;
    screen.check_csrf(field(&fields, "csrf"))?;
    screen.blocking(move |screen| page(screen, &fields)).await
}

fn page(screen: &Screen, fields: &Fields) -> Result<Page, Failure> {
    let stop = |headline: &str, reason: &str| Page {
        title: "Traspaso",
        body: verdict(Verdict::Stop, headline, reason).push(&back()),
    };
    let authentic = match screen.counter.verify(&text_of(fields, "qr")) {
        Ok(authentic) => authentic,
        Err(error) => return Ok(stop("NO ES VÁLIDA", &error.to_string())),
    };
    let to = match (field(fields, "to").is_some(), text_of(fields, "to")) {
        (false, _) => None,
        (true, text) => {
            let Ok(clues) = text.to_uppercase().parse() else {
                let reason = "La farmacia se nombra por su CLUES, como HGFAR000001.";
                return Ok(stop("NO SE PASÓ", reason));
            };
            Some(clues)
        }
    };
    let id = text_of(fields, "act")
        .parse()
        .map_err(|_| Failure::BadForm)?;
    let now = (screen.now)();
    let declared = transfer(&screen.counter, &id, &authentic, to.as_ref(), now)?;
    let view = DeclaredView::of(&screen.counter, &declared);
    Ok(Page {
        title: "Traspaso",
        body: declared_html(&view).push(&back()),
    })
}

/// The forms that a receta with something owed offers: to pass it on, or to take it over.
pub(super) fn forms(screen: &Screen, answer: &StateAnswer, qr: &str) -> Result<Html, Failure> {
    let reserved = answer
        .lines
        .iter()
        .filter_map(|line| line.reserved.as_ref());
    let movable: Vec<_> = reserved.filter(|it| it.here || !it.retained).collect();
    let mut html = Html::new();
    if movable.iter().any(|it| it.here && !it.retained) {
        html = html
            .raw("<h2>Pasar lo que se debe a otra farmacia</h2>")
            .push(&open(screen, qr)?)
            .push(&input(
                "CLUES de la farmacia",
                "to",
                "",
                "maxlength=\"11\" required",
            ))
            .raw("<button class=\"quiet\">Firmar y pasar el resto</button></form>");
    }
    if movable.iter().any(|it| !it.here) {
        html = html
            .raw("<h2>El paciente pide aquí lo que le deben</h2>")
            .push(&open(screen, qr)?)
            .raw("<button class=\"quiet\">Firmar y tomar el resto</button></form>");
    }
    Ok(html)
}

fn open(screen: &Screen, qr: &str) -> Result<Html, Failure> {
    Ok(Html::new()
        .raw("<form method=\"post\" action=\"/transfer\">")
        .push(&csrf_field(&screen.csrf))
        .push(&hidden("act", &token()?))
        .push(&hidden("qr", qr)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, answer, verified};
    use crate::service::ReservedAnswer;

    #[test]
    fn what_can_be_moved_is_offered_and_nothing_else() {
        let (_folder, counter) = fixture::counter();
        let screen = Screen {
            counter: Arc::new(counter),
            csrf: "c".to_owned(),
            port: 1,
            now: fixture::now,
        };
        let issued = crate::status::issued(&verified()).unwrap();
        let mut said = answer(&prescription::Prescription::new(issued));
        let mut offered = |here, retained| {
            said.lines[0].reserved = Some(ReservedAnswer {
                pharmacy: "HGFAR000002".parse().unwrap(),
                here,
                since: jiff::civil::date(2026, 11, 20),
                until: None,
                retained,
            });
            let html = forms(&screen, &said, "RX1").unwrap().into_string();
            (
                html.contains("pasar el resto"),
                html.contains("tomar el resto"),
            )
        };
        assert_eq!(offered(true, false), (true, false));
        assert_eq!(offered(true, true), (false, false), "the receta stays here");
        assert_eq!(offered(false, false), (false, true));
        assert_eq!(offered(false, true), (false, false));
    }
}
