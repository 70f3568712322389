//! `GET /control-books/…`: the books of an establishment, as the law asks for them.
//!
//! | Address | Answer |
//! |---|---|
//! | `/control-books/II` | the book of fraction II, JSON |
//! | `/control-books/II.csv`, `.pdf` | the same as a file, in the layout of the printed book |
//! | `/control-books/II/retained` | the recetas that stay with it, JSON |
//! | `/control-books/II/retained.csv`, `.pdf` | the same as a file |
//!
//! Days: `?from=&to=`, both included; absent: this month.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use jiff::civil::Date;
use prescription::Clues;
use serde::Deserialize;
use serde_json::{Value, json};
use substances::Book;

use super::stock::not_a_query;
use super::{problem, stock_answer};
use crate::app::App;
use crate::flow::stock::{self, BookFiles, BookPage, ControlBook, RetainedReceta};
use crate::flow::{FlowError, Visitor};

/// Most days of one reading.
const MOST_DAYS: i32 = 366;

/// Whose book, and which days.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Which {
    clues: Option<Clues>,
    from: Option<Date>,
    to: Option<Date>,
}

impl Which {
    /// First and last day, if they are days that can be asked for.
    fn days(&self, today: Date) -> Option<(Date, Date)> {
        let from = self.from.unwrap_or_else(|| today.first_of_month());
        let to = self.to.unwrap_or_else(|| from.last_of_month());
        let days = (to - from).get_days();
        (0..MOST_DAYS).contains(&days).then_some((from, to))
    }
}

/// The book itself.
pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Path(file): Path<String>,
    query: Result<Query<Which>, QueryRejection>,
) -> Response {
    let (name, kind) = file.split_once('.').unwrap_or((&file, "json"));
    let Some(book) = Book::from_code(name) else {
        return no_such_book();
    };
    let read = read(&app, &visitor, query);
    let (whose, days) = match read {
        Ok(read) => read,
        Err(response) => return *response,
    };
    if !matches!(kind, "json" | "csv" | "pdf") {
        return no_such_book();
    }
    let found = match stock::control_book(&app, &visitor, &whose, book, days).await {
        Ok(found) => found,
        Err(error) => return problem::flow(&error, None),
    };
    if kind == "json" {
        return Json(book_json(&app, &found)).into_response();
    }
    match stock::files(&app, &found).await {
        Ok(files) => as_file("libro", &found, kind, files),
        Err(error) => problem::flow(&error, None),
    }
}

/// A book as a file with a name of its own.
fn as_file(what: &str, book: &ControlBook, kind: &str, files: BookFiles) -> Response {
    let (media, bytes) = match kind {
        "pdf" => ("application/pdf", files.pdf),
        _ => ("text/csv; charset=utf-8", files.csv),
    };
    let (from, to) = book.days;
    let name = format!(
        "{what}-{}-{}-{from}-{to}.{kind}",
        book.book.code(),
        book.establishment
    );
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (CONTENT_TYPE, media.to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    (headers, bytes).into_response()
}

/// The recetas that stay with it.
pub(super) async fn retained(
    State(app): State<App>,
    visitor: Visitor,
    Path((name, list)): Path<(String, String)>,
    query: Result<Query<Which>, QueryRejection>,
) -> Response {
    let kind = match list.as_str() {
        "retained" => "json",
        "retained.csv" => "csv",
        "retained.pdf" => "pdf",
        _ => return no_such_book(),
    };
    let Some(book) = Book::from_code(&name) else {
        return no_such_book();
    };
    let (whose, days) = match read(&app, &visitor, query) {
        Ok(read) => read,
        Err(response) => return *response,
    };
    if kind != "json" {
        let files = async {
            let found = stock::control_book(&app, &visitor, &whose, book, days).await?;
            let files = stock::retained_files(&app, &found).await?;
            Ok::<_, FlowError>((found, files))
        };
        return match files.await {
            Ok((found, files)) => as_file("retenidas", &found, kind, files),
            Err(error) => problem::flow(&error, None),
        };
    }
    match stock::retained(&app, &visitor, &whose, book, days).await {
        Ok(found) => Json(json!({
            "establishment": whose,
            "book": book,
            "retained": found.iter().map(|one| receta(&app, one)).collect::<Vec<_>>(),
        }))
        .into_response(),
        Err(error) => problem::flow(&error, None),
    }
}

/// Whose book, and which days; or the answer to who may not ask.
fn read(
    app: &App,
    visitor: &Visitor,
    query: Result<Query<Which>, QueryRejection>,
) -> Result<(Clues, (Date, Date)), Box<Response>> {
    let (_, today) = app.now();
    let query = query.ok().map(|Query(query)| query);
    let days = query.as_ref().and_then(|query| query.days(today));
    let Some((query, days)) = query.zip(days) else {
        let text = "Use ?from=AAAA-MM-DD&to=AAAA-MM-DD, cuando mucho 366 días.";
        return Err(Box::new(not_a_query(text)));
    };
    let whose = stock::whose(visitor, query.clues);
    let whose = whose.map_err(|error| Box::new(problem::flow(&error, None)))?;
    Ok((whose, days))
}

fn no_such_book() -> Response {
    let text = "Los libros son I, II, III y antibiotics; añada .csv o .pdf para el archivo, y /retained, /retained.csv o \
                /retained.pdf para las recetas retenidas.";
    problem::flow(&FlowError::NoSuchBook(text), None)
}

fn book_json(app: &App, book: &ControlBook) -> Value {
    let page = |page: &BookPage| {
        let package = app.catalog.medicine(&page.clave);
        let package = package.and_then(|medicine| medicine.package.as_ref());
        stock_answer::without_nulls(json!({
            "clave": page.clave,
            "medicine": stock_answer::name(app, &page.clave),
            "unit": package.map(|package| &package.unit),
            "brought_forward": page.brought_forward,
        }))
    };
    json!({
        "establishment": book.establishment,
        "book": book.book,
        "from": book.days.0,
        "to": book.days.1,
        "pages": book.pages.iter().map(page).collect::<Vec<_>>(),
        "lines": book.lines,
        "waiting": book.waiting,
    })
}

fn receta(app: &App, one: &RetainedReceta) -> Value {
    json!({
        "number": one.number,
        "on": one.on,
        "folio": one.folio.to_string(),
        "clave": one.clave,
        "medicine": stock_answer::name(app, &one.clave),
        "prescriber": one.prescriber,
        "entry": one.entry,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn days(from: Option<Date>, to: Option<Date>) -> Option<(Date, Date)> {
        let which = Which {
            clues: None,
            from,
            to,
        };
        which.days(date(2026, 3, 15))
    }

    #[test]
    fn the_days_are_this_month_unless_asked() {
        let march = (date(2026, 3, 1), date(2026, 3, 31));
        assert_eq!(days(None, None), Some(march));
        let one = date(2026, 1, 7);
        assert_eq!(days(Some(one), Some(one)), Some((one, one)));
        assert_eq!(days(Some(one), None), Some((one, date(2026, 1, 31))));
    }

    #[test]
    fn no_more_than_a_year_and_not_backwards() {
        let first = date(2026, 1, 1);
        assert!(days(Some(first), Some(date(2027, 1, 1))).is_some());
        assert_eq!(days(Some(first), Some(date(2027, 1, 2))), None);
        assert_eq!(days(Some(first), Some(date(2025, 12, 31))), None);
    }
}
