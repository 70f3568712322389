//! Book: the control books and the register of antibiotics.

use std::sync::Arc;

use axum::extract::State;

use super::html::Html;
use super::page::{Failure, Page};
use super::screen::Screen;
use crate::store::{Book, BookEntry};

pub(super) async fn book(State(screen): State<Arc<Screen>>) -> Result<Page, Failure> {
    screen.blocking(page).await
}

fn page(screen: &Screen) -> Result<Page, Failure> {
    let entries = crate::book::book(&screen.counter)?;
    let body = Book::ALL.into_iter().fold(Html::new(), |html, book| {
        let of_book: Vec<_> = entries.iter().filter(|entry| entry.book == book).collect();
        html.element("<h2>", book.in_spanish(), "</h2>")
            .push(&table(&of_book))
    });
    Ok(Page {
        title: "Libros",
        body,
    })
}

fn table(entries: &[&BookEntry]) -> Html {
    if entries.is_empty() {
        return Html::new().raw("<p>Sin asientos.</p>");
    }
    let head = "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Núm.</th>\
                <th scope=\"col\">Fecha</th><th scope=\"col\">Folio</th>\
                <th scope=\"col\">Medicamento</th><th scope=\"col\">Envases</th>\
                <th scope=\"col\">Lote</th><th scope=\"col\">Caducidad</th>\
                <th scope=\"col\">Cédula</th></tr></thead><tbody>";
    let rows = entries.iter().fold(Html::new().raw(head), |html, entry| {
        let line = &entry.line;
        let expiry = line
            .expiry
            .map_or_else(String::new, |expiry| expiry.to_string());
        html.element("<tr><td>", entry.number, "</td>")
            .element("<td>", entry.on, "</td>")
            .element("<td>", entry.folio, "</td>")
            .element("<td>", &line.name, "")
            .element("<br>", &line.clave, "</td>")
            .element("<td>", line.packages, "</td>")
            .element("<td>", line.lot.as_deref().unwrap_or_default(), "</td>")
            .element("<td>", expiry, "</td>")
            .element("<td>", &entry.cedula, "</td></tr>")
    });
    rows.raw("</tbody></table></div>")
}
