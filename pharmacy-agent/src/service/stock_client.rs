//! The service's endpoints of stock, books and statements.

use jiff::civil::Date;
use serde::de::DeserializeOwned;

use super::client::{MAX_ANSWER, Service, read};
use super::{ControlBook, Reply, RetainedBook, ServiceError};
use crate::stock::{InTransit, OnHand};
use crate::store::{Book, Statement, StatementKind};

/// Longest book as a file or as JSON, in bytes: a year of a busy pharmacy.
const MAX_BOOK: u64 = 64 * 1024 * 1024;

/// In which form a book is fetched for an inspector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookFile {
    /// For printing.
    Pdf,
    /// For a spreadsheet.
    Csv,
}

impl BookFile {
    /// The ending of the file.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Csv => "csv",
        }
    }

    /// Its media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// The days of a book that are asked for; without them, the service gives this month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub from: Option<Date>,
    /// The last.
    pub to: Option<Date>,
}

impl Days {
    fn query(self) -> String {
        let from = self.from.map(|from| format!("from={from}"));
        let to = self.to.map(|to| format!("to={to}"));
        let parts: Vec<_> = from.into_iter().chain(to).collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!("?{}", parts.join("&"))
        }
    }
}

impl Service {
    /// Delivers a statement.
    ///
    /// # Errors
    /// [`ServiceError`]. Unless it is [`ServiceError::Refused`], it may have been recorded: deliver
    /// the same bytes again.
    pub fn state_to(&self, statement: &Statement) -> Result<Reply, ServiceError> {
        let media_type = match statement.kind {
            StatementKind::Movement => "application/json",
            StatementKind::Return | StatementKind::Transfer => "application/fhir+json",
        };
        let request = self
            .agent
            .post(format!("{}{}", self.url, statement.path))
            .content_type(media_type)
            .header("Accept", media_type)
            .header("Receta-Signature", &statement.submission.signature);
        read(request.send(&statement.submission.document), MAX_ANSWER)
    }

    /// The own stock.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn on_hand(&self) -> Result<OnHand, ServiceError> {
        self.get_json("/stock")
    }

    /// What is on its way, and what nobody has explained.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn in_transit(&self) -> Result<InTransit, ServiceError> {
        self.get_json("/stock/pending")
    }

    /// A control book.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn control_book(&self, book: Book, days: Days) -> Result<ControlBook, ServiceError> {
        let (book, query) = (book.wire(), days.query());
        self.get_json(&format!("/control-books/{book}{query}"))
    }

    /// The recetas that a book refers to as retained.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn retained(&self, book: Book, days: Days) -> Result<RetainedBook, ServiceError> {
        let (book, query) = (book.wire(), days.query());
        self.get_json(&format!("/control-books/{book}/retained{query}"))
    }

    /// A control book as a file, byte for byte as the service made it.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn book_file(
        &self,
        book: Book,
        file: BookFile,
        days: Days,
    ) -> Result<Vec<u8>, ServiceError> {
        let (book, ending, query) = (book.wire(), file.ending(), days.query());
        let url = format!("{}/control-books/{book}.{ending}{query}", self.url);
        Ok(read(self.agent.get(url).call(), MAX_BOOK)?.body)
    }

    fn get_json<T: DeserializeOwned>(&self, path: &str) -> Result<T, ServiceError> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let reply = read(
            request.header("Accept", "application/json").call(),
            MAX_BOOK,
        )?;
        serde_json::from_slice(&reply.body)
            .map_err(|error| ServiceError::Unintelligible(format!("{path}: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_asked_for_where_they_were_given() {
        assert_eq!(Days::default().query(), "");
        let from = Some(date(2026, 3, 1));
        assert_eq!(Days { from, to: None }.query(), "?from=2026-03-01");
        let to = Some(date(2026, 3, 31));
        assert_eq!(Days { from, to }.query(), "?from=2026-03-01&to=2026-03-31");
    }
}
