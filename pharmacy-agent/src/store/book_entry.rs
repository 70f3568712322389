//! The books: numbered without gaps in the order of entry, never changed (LGS art. 242; the
//! triggers of the schema refuse erasures).

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{Cedula, Folio};
use rusqlite::Transaction;

use super::act_read::act_line;
use super::column::Columns;
use super::{ActId, ActLine, Book, Store, StoreError};

/// One entry of a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookEntry {
    /// The book.
    pub book: Book,
    /// Running number in it, from 1.
    pub number: u64,
    /// When it was entered.
    pub entered_at: Timestamp,
    /// Day of the dispensing.
    pub on: Date,
    /// The prescription.
    pub folio: Folio,
    /// Who prescribed.
    pub cedula: Cedula,
    /// What was handed over.
    pub line: ActLine,
}

impl Store {
    /// A book from its first entry.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn book(&self, book: Book) -> Result<Vec<BookEntry>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT e.number, e.entered_at, a.on_day, a.folio, a.cedula, l.*
             FROM book_entry e
             JOIN act a ON a.id = e.act
             JOIN act_line l ON l.act = e.act AND l.line = e.line
             WHERE e.book = ?1 ORDER BY e.number",
        )?;
        let mut rows = statement.query([book.code()])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            let columns = Columns {
                table: "book_entry",
                row,
            };
            entries.push(BookEntry {
                book,
                number: columns.integer("number")?,
                entered_at: columns.instant("entered_at")?,
                on: columns.parsed("on_day")?,
                folio: columns.parsed("folio")?,
                cedula: columns.parsed("cedula")?,
                line: act_line(&columns)?,
            });
        }
        Ok(entries)
    }
}

/// Enters the lines of an act that belong in a book and are not in it yet.
pub(super) fn enter(
    transaction: &Transaction<'_>,
    act: &ActId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let mut lines = transaction.prepare_cached(
        "SELECT line, book FROM act_line l WHERE act = ?1 AND book IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM book_entry e WHERE e.act = l.act AND e.line = l.line)
         ORDER BY line",
    )?;
    let lines = lines.query_map([act.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    for entry in lines {
        let (line, book): (i64, String) = entry?;
        // One connection writes, under an exclusive lock: the next number is nobody else's.
        transaction.execute(
            "INSERT INTO book_entry (book, number, act, line, entered_at)
             SELECT ?1, coalesce(max(number), 0) + 1, ?2, ?3, ?4 FROM book_entry WHERE book = ?1",
            (book, act.to_string(), line, at.as_second()),
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts::{act, offline_act, submission};
    use crate::service::Receipt;

    fn numbers(store: &Store, book: Book) -> Vec<u64> {
        store
            .book(book)
            .unwrap()
            .iter()
            .map(|entry| entry.number)
            .collect()
    }

    #[test]
    fn each_book_counts_from_one_without_gaps() {
        let (_folder, mut store) = Store::temporary();
        let receipt = Receipt {
            index: 1,
            proof: "proof".to_owned(),
        };
        let at = crate::fixture::now();
        for n in 1..=4 {
            let act = if n % 2 == 0 { offline_act(n) } else { act(n) };
            store.record_act(&act, &submission(), "RX1").unwrap();
            match n {
                3 => store.refuse_act(&act.id, "no", at).unwrap(),
                _ => store.confirm_act(&act.id, &receipt, at).unwrap(),
            }
        }
        assert_eq!(numbers(&store, Book::Antibiotics), [1, 2, 3]);
        assert_eq!(numbers(&store, Book::II), [1]);
        assert!(numbers(&store, Book::I).is_empty());
        let entries = store.book(Book::II).unwrap();
        assert_eq!(entries[0].line.lot.as_deref(), Some("L-1"));
        assert_eq!(entries[0].cedula.as_str(), crate::fixture::CEDULA);
    }

    #[test]
    fn nothing_is_erased_or_changed() {
        let (_folder, mut store) = Store::temporary();
        store
            .record_act(&offline_act(1), &submission(), "RX1")
            .unwrap();
        for erasure in [
            "DELETE FROM book_entry",
            "UPDATE book_entry SET number = 9",
            "UPDATE act_line SET packages = 9",
            "DELETE FROM act_line",
        ] {
            assert!(store.connection.execute(erasure, []).is_err(), "{erasure}");
        }
        assert_eq!(numbers(&store, Book::Antibiotics), [1]);
    }
}
