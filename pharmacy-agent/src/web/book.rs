//! Book: the control books and the register of antibiotics, as the service keeps them.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use serde::Deserialize;
use substances::{BookLine, Units};

use super::form::input;
use super::html::Html;
use super::page::{Failure, Page, Verdict, verdict};
use super::screen::Screen;
use crate::service::{BookFile, BookPage, ControlBook, Days, RetainedBook};
use crate::show::{BookView, facts};
use crate::store::Book;

/// The days that are asked for; a blank field is none.
#[derive(Deserialize, Clone)]
pub(super) struct Between {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
}

impl Between {
    fn days(&self) -> Result<Days, Failure> {
        let day = |text: &str| -> Result<Option<Date>, Failure> {
            match text.trim() {
                "" => Ok(None),
                text => text.parse().map(Some).map_err(|_| Failure::BadDay),
            }
        };
        Ok(Days {
            from: day(&self.from)?,
            to: day(&self.to)?,
        })
    }

    /// What follows the address of a file of the same days.
    fn query(&self, html: Html) -> Html {
        html.element("?from=", self.from.trim(), "")
            .element("&to=", self.to.trim(), "")
    }
}

pub(super) async fn index() -> Page {
    let open = Html::new().raw("<nav class=\"doors\" aria-label=\"Libros\">");
    let links = Book::ALL.into_iter().fold(open, |html, book| {
        html.element(
            "<a class=\"button quiet\" href=\"/book/",
            book.wire(),
            "\">",
        )
        .element("", book.in_spanish(), "</a> ")
    });
    Page {
        title: "Libros",
        body: links.raw(
            "</nav><p>Los libros los lleva el servicio: cada asiento se comprueba contra el \
             registro, ninguno se borra y una corrección es un asiento nuevo.</p>",
        ),
    }
}

pub(super) async fn book(
    State(screen): State<Arc<Screen>>,
    Path(which): Path<String>,
    Query(between): Query<Between>,
) -> Result<Response, Failure> {
    let (name, file) = match which.rsplit_once('.') {
        Some((name, "pdf")) => (name, Some(BookFile::Pdf)),
        Some((name, "csv")) => (name, Some(BookFile::Csv)),
        _ => (which.as_str(), None),
    };
    let book = Book::of_wire(name).ok_or(Failure::NoSuchPage)?;
    let days = between.days()?;
    if let Some(file) = file {
        return download(screen, book, file, days).await;
    }
    let page = screen.blocking(move |screen| page(screen, book, &between, days));
    Ok(page.await?.into_response())
}

pub(super) async fn retained(
    State(screen): State<Arc<Screen>>,
    Path(which): Path<String>,
    Query(between): Query<Between>,
) -> Result<Page, Failure> {
    let book = Book::of_wire(&which).ok_or(Failure::NoSuchPage)?;
    let days = between.days()?;
    screen
        .blocking(move |screen| {
            let body = links(book, &between).push(&days_form(&between));
            let body = match screen.counter.service.retained(book, days) {
                Ok(kept) => body.push(&retained_table(&kept)),
                Err(error) => body.push(&not_told(&error.to_string())),
            };
            Ok(Page {
                title: "Recetas retenidas",
                body: Html::new()
                    .element("<h2>", book.in_spanish(), "</h2>")
                    .push(&body),
            })
        })
        .await
}

/// The file as the service made it, byte for byte.
async fn download(
    screen: Arc<Screen>,
    book: Book,
    file: BookFile,
    days: Days,
) -> Result<Response, Failure> {
    let fetch = move || screen.counter.service.book_file(book, file, days);
    let fetched = tokio::task::spawn_blocking(fetch).await;
    let fetched = fetched.map_err(|_| Failure::Internal)?;
    let bytes = match fetched {
        Ok(bytes) => bytes,
        Err(error) => {
            let body = not_told(&error.to_string());
            let title = "Libros";
            return Ok(Page { title, body }.into_response());
        }
    };
    let name = format!("libro-{}.{}", book.wire(), file.ending());
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (CONTENT_TYPE, file.media_type().to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, bytes).into_response())
}

fn page(screen: &Screen, book: Book, between: &Between, days: Days) -> Result<Page, Failure> {
    let view = BookView::from(crate::book::book(&screen.counter, book, days)?);
    let mut body = links(book, between).push(&days_form(between));
    if let Some(reason) = &view.not_told {
        body = body.push(&not_told(reason));
    }
    if let Some(kept) = &view.kept {
        body = body.push(&kept_html(kept));
    }
    if !view.waiting.is_empty() {
        body = body.raw(
            "<h2>Por asentar</h2><p>Entregado aquí sin conexión; entra al libro cuando el \
             servicio lo registra.</p><ul>",
        );
        for waiting in &view.waiting {
            let class = if waiting.conflict {
                "<li class=\"conflict\">"
            } else {
                "<li>"
            };
            body = body.element(class, waiting.text(), "</li>");
        }
        body = body.raw("</ul>");
    }
    Ok(Page {
        title: book.in_spanish(),
        body,
    })
}

fn not_told(reason: &str) -> Html {
    verdict(Verdict::Wait, "NO SE PUEDE MOSTRAR", reason)
}

/// To the files, the retained recetas, and back to the book.
fn links(book: Book, between: &Between) -> Html {
    let door = |html: Html, ending: &'static str, text: &'static str| {
        let html = html.element("<a class=\"button quiet\" href=\"/book/", book.wire(), "");
        between
            .query(html.raw(ending))
            .element("\">", text, "</a> ")
    };
    let html = Html::new().raw("<nav class=\"doors\" aria-label=\"Este libro\">");
    let html = door(html, "", "Asientos");
    let html = door(html, "/retained", "Recetas retenidas");
    let html = door(html, ".pdf", "Exportar PDF");
    door(html, ".csv", "Exportar CSV").raw("</nav>")
}

/// An address without an action: the form stays on its page.
fn days_form(between: &Between) -> Html {
    Html::new()
        .raw("<form method=\"get\" class=\"search\">")
        .push(&input("Desde", "from", &between.from, "type=\"date\""))
        .push(&input("Hasta", "to", &between.to, "type=\"date\""))
        .raw("<button class=\"quiet\">Mostrar</button></form>")
}

fn kept_html(kept: &ControlBook) -> Html {
    let html = Html::new()
        .element("<p>Establecimiento ", &kept.establishment, ", del ")
        .element("", kept.from, " al ")
        .element("", kept.to, ".</p>");
    if kept.pages.is_empty() {
        return html.raw("<p>Sin asientos en estas fechas.</p>");
    }
    let html = kept
        .pages
        .iter()
        .fold(html, |html, page| html.push(&page_html(kept, page)));
    match kept.waiting {
        0 => html,
        waiting => html.element("<p>", waiting, " asientos más entran en un momento.</p>"),
    }
}

/// The page of one medicine, with its running balance.
fn page_html(kept: &ControlBook, page: &BookPage) -> Html {
    let unit = page.unit.as_deref().unwrap_or("envase");
    let head = "</h2><div class=\"scroll\"><table class=\"ledger\"><thead><tr>\
                <th scope=\"col\">Núm.</th><th scope=\"col\">Fecha</th>\
                <th scope=\"col\">Concepto</th>\
                <th scope=\"col\" class=\"number\">Entra</th>\
                <th scope=\"col\" class=\"number\">Sale</th>\
                <th scope=\"col\" class=\"number\">Saldo</th></tr></thead><tbody>";
    let html = Html::new()
        .element("<h2>", &page.medicine, " <small>")
        .element("", &page.clave, ", en unidades (")
        .element("", unit, ")</small>")
        .raw(head)
        .raw("<tr><td></td><td></td><td>Saldo anterior</td><td></td><td></td>")
        .element("<td class=\"number\">", page.brought_forward, "</td></tr>");
    let rows = kept
        .lines_of(page)
        .fold(html, |html, entry| html.push(&entry_row(entry)));
    rows.raw("</tbody></table></div>")
}

fn entry_row(entry: &BookLine) -> Html {
    let amount = |units: Units| match units.count() {
        0 => String::new(),
        units => units.to_string(),
    };
    let html = Html::new()
        .element("<tr><td>", entry.entry, "</td>")
        .element("<td class=\"date\">", entry.on, "</td>")
        .element("<td>", entry.what.in_spanish(), "<br><small>");
    let facts = facts(entry).into_iter().enumerate();
    let html = facts.fold(html, |html, (index, (name, value))| {
        let html = if index == 0 { html } else { html.raw("; ") };
        html.element("", name, " ").text(value)
    });
    html.element(
        "</small></td><td class=\"number\">",
        amount(entry.units_in),
        "</td>",
    )
    .element("<td class=\"number\">", amount(entry.units_out), "</td>")
    .element("<td class=\"number\">", entry.balance.count(), "</td></tr>")
}

fn retained_table(kept: &RetainedBook) -> Html {
    if kept.retained.is_empty() {
        return Html::new().raw("<p>Ninguna receta retenida en estas fechas.</p>");
    }
    let head = "<div class=\"scroll\"><table><thead><tr><th scope=\"col\">Núm.</th>\
                <th scope=\"col\">Fecha</th><th scope=\"col\">Folio</th>\
                <th scope=\"col\">Medicamento</th><th scope=\"col\">Cédula</th>\
                <th scope=\"col\">Asiento</th></tr></thead><tbody>";
    let rows = kept
        .retained
        .iter()
        .fold(Html::new().raw(head), |html, it| {
            html.element("<tr><td>", it.number, "</td>")
                .element("<td class=\"date\">", it.on, "</td>")
                .element("<td>", &it.folio, "</td>")
                .element("<td>", &it.medicine, "<br><small>")
                .element("", &it.clave, "</small></td>")
                .element("<td>", &it.prescriber, "</td>")
                .element("<td>", it.entry, "</td></tr>")
        });
    rows.raw("</tbody></table></div>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_balance_brought_forward_and_no_markup_of_others() {
        let book = crate::service::BOOK_FOR_TESTS.replace("F-2026-001234", "<b>F</b>");
        let kept: ControlBook = serde_json::from_str(&book).unwrap();
        let html = kept_html(&kept).into_string();
        for part in [
            "Saldo anterior",
            "adquisición<br><small>lote CZ2409A",
            "documento &lt;b&gt;F&lt;/b&gt;",
            "receta retenida núm. 4",
            "registro 40",
            "<td class=\"number\">270</td>",
        ] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn a_day_is_a_day() {
        let between = |from: &str| Between {
            from: from.to_owned(),
            to: String::new(),
        };
        assert_eq!(between("").days().unwrap(), Days::default());
        assert!(between("2026-03-01").days().unwrap().from.is_some());
        assert!(matches!(between("1/3/26").days(), Err(Failure::BadDay)));
    }
}
