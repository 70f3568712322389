//! Book: the control books of fractions I to III and the register of antibiotics.
//!
//! The books are the service's, where every entry can be verified against the ledger (ADR 0021). The
//! counter shows them, and beside them what it handed over that is not in them yet.

use jiff::civil::Date;
use prescription::{Cedula, Folio};

use crate::counter::Counter;
use crate::service::{ControlBook, Days, ServiceError};
use crate::store::{Act, ActLine, ActState, Book, StoreError};

/// A book as far as this counter can tell.
#[derive(Debug)]
pub struct Reading {
    /// Which.
    pub book: Book,
    /// What the service keeps, or why it cannot be told.
    pub kept: Result<ControlBook, ServiceError>,
    /// What was handed over here and is not in it yet, oldest first.
    pub waiting: Vec<Waiting>,
}

/// A line that was handed over and is not in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Day on which it was handed over.
    pub on: Date,
    /// The prescription.
    pub folio: Folio,
    /// Who prescribed.
    pub cedula: Cedula,
    /// What.
    pub line: ActLine,
    /// The service refused it: somebody has to look into it.
    pub conflict: bool,
}

/// Reads a book.
///
/// # Errors
/// [`StoreError`].
pub fn book(counter: &Counter, book: Book, days: Days) -> Result<Reading, StoreError> {
    Ok(Reading {
        book,
        kept: counter.service.control_book(book, days),
        waiting: waiting(counter, book)?,
    })
}

/// Offline acts that the service has not recorded: pending ones, and conflicts.
fn waiting(counter: &Counter, book: Book) -> Result<Vec<Waiting>, StoreError> {
    let queue = counter.store().queue()?;
    let of_act = |(act, conflict): (Act, bool)| {
        let lines = act.lines.into_iter();
        let booked = lines.filter(move |line| line.book == Some(book));
        booked.map(move |line| Waiting {
            on: act.on,
            folio: act.folio,
            cedula: act.cedula.clone(),
            line,
            conflict,
        })
    };
    let handed_over = queue.into_iter().filter(|recorded| recorded.act.offline);
    let acts = handed_over.map(|recorded| (recorded.act, recorded.state == ActState::Conflict));
    Ok(acts.flat_map(of_act).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::acts::{act, offline_act, submission};
    use crate::fixture::{self, now};

    #[test]
    fn without_a_network_only_what_waits_is_told() {
        let (_folder, counter) = fixture::counter();
        for act in [act(1), offline_act(2), offline_act(3)] {
            counter
                .store()
                .record_act(&act, &submission(), "RX1")
                .unwrap();
        }
        let refused = offline_act(3).id;
        counter.store().refuse_act(&refused, "no", now()).unwrap();
        let reading = book(&counter, Book::Antibiotics, Days::default()).unwrap();
        assert!(reading.kept.unwrap_err().is_outage());
        let waiting: Vec<_> = reading
            .waiting
            .iter()
            .map(|w| (w.line.line, w.conflict))
            .collect();
        assert_eq!(waiting, [(2, false), (2, true)]);
        // Nothing controlled is handed over before the service agrees: nothing of it can wait.
        let reading = book(&counter, Book::II, Days::default()).unwrap();
        assert!(reading.waiting.is_empty());
    }
}
