//! The books for a terminal and for machines.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::lines_of;
use crate::clock::shown_in;
use crate::store::{Book, BookEntry};

/// One entry.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct BookView {
    pub(crate) book: &'static str,
    pub(crate) number: u64,
    pub(crate) entered_at: String,
    pub(crate) on: String,
    pub(crate) folio: String,
    pub(crate) clave: String,
    pub(crate) medicine: String,
    pub(crate) packages: u32,
    pub(crate) lot: Option<String>,
    pub(crate) expiry: Option<String>,
    pub(crate) cedula: String,
    pub(crate) retained: bool,
}

impl From<&BookEntry> for BookView {
    fn from(entry: &BookEntry) -> Self {
        let line = &entry.line;
        Self {
            book: entry.book.code(),
            number: entry.number,
            entered_at: entry.entered_at.to_string(),
            on: entry.on.to_string(),
            folio: entry.folio.to_string(),
            clave: line.clave.to_string(),
            medicine: line.name.clone(),
            packages: line.packages.count(),
            lot: line.lot.clone(),
            expiry: line.expiry.map(|expiry| expiry.to_string()),
            cedula: entry.cedula.to_string(),
            retained: line.retained,
        }
    }
}

/// All books, one after the other; a book without entries is said to have none.
pub(crate) fn book_text(entries: &[BookEntry], zone: &TimeZone) -> String {
    let mut text = Vec::new();
    for book in Book::ALL {
        let mut entries = entries.iter().filter(|entry| entry.book == book).peekable();
        text.push(book.in_spanish().to_owned());
        if entries.peek().is_none() {
            text.push("  Sin asientos.".to_owned());
        }
        for entry in entries {
            let line = &entry.line;
            text.push(format!(
                "  {:>5}  {}  {}  {}  {}  {} env.  lote {}  cad. {}  cédula {}  asentado {}",
                entry.number,
                entry.on,
                entry.folio,
                line.clave,
                line.name,
                line.packages,
                line.lot.as_deref().unwrap_or("-"),
                line.expiry
                    .map_or_else(|| "-".to_owned(), |expiry| expiry.to_string()),
                entry.cedula,
                shown_in(entry.entered_at, zone),
            ));
        }
    }
    lines_of(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts::{offline_act, submission};
    use crate::store::Store;

    #[test]
    fn every_book_has_its_heading() {
        let (_folder, mut store) = Store::temporary();
        store
            .record_act(&offline_act(1), &submission(), "RX1")
            .unwrap();
        let entries = store.book(Book::Antibiotics).unwrap();
        let zone = TimeZone::get("America/Mexico_City").unwrap();
        let text = book_text(&entries, &zone);
        assert_eq!(text.matches("Sin asientos.").count(), 3, "{text}");
        assert!(
            text.contains("lote L-2  cad. 2027-06-30  cédula 12345678"),
            "{text}"
        );
        let json = serde_json::to_value(BookView::from(&entries[0])).unwrap();
        assert_eq!(
            (&json["book"], &json["number"]),
            (&"antibioticos".into(), &1.into())
        );
    }
}
