//! Whether a book that somebody shows is the one that the ledger tells.

use std::collections::HashMap;

use jiff::civil::Date;
use prescription::{Clave, Clues};

use super::fold::{BookError, Books, Logged};
use super::{BookLine, What};
use crate::{Book, Lot};

/// Which lines are shown: those of one book, of all its dates or of some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Whose book.
    pub establishment: Clues,
    /// Which.
    pub book: Book,
    /// The first date.
    pub from: Date,
    /// The last date.
    pub to: Date,
}

impl Shown {
    /// The whole book.
    #[must_use]
    pub fn whole(establishment: Clues, book: Book) -> Self {
        Self {
            establishment,
            book,
            from: Date::MIN,
            to: Date::MAX,
        }
    }
}

/// One lie, or one error. Lines are counted from 0 in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The movements are no history: one is missing, added, altered or out of its order.
    Record {
        /// Its place among the movements.
        place: usize,
        /// What is wrong with it.
        error: BookError,
    },
    /// An entry that should be there is not shown.
    Missing {
        /// Its number.
        entry: u64,
        /// The leaf that tells of it.
        ledger: u64,
    },
    /// A line that no movement tells of, or that is shown twice.
    Inserted {
        /// The line.
        line: usize,
    },
    /// What came in or went out is another amount.
    Quantity {
        /// The line.
        line: usize,
    },
    /// It happened on another day.
    Date {
        /// The line.
        line: usize,
    },
    /// The running balance is another.
    Balance {
        /// The line.
        line: usize,
    },
    /// It stands after one that it should stand before, or has the wrong number.
    Order {
        /// The line.
        line: usize,
    },
    /// Document, folio, prescriber, counterpart or another text is not that of the movement.
    Text {
        /// The line.
        line: usize,
    },
}

impl Finding {
    /// The code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Record { .. } => "record",
            Self::Missing { .. } => "missing",
            Self::Inserted { .. } => "inserted",
            Self::Quantity { .. } => "quantity",
            Self::Date { .. } => "date",
            Self::Balance { .. } => "balance",
            Self::Order { .. } => "order",
            Self::Text { .. } => "text",
        }
    }

    /// What an inspector reads.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        let line = |line: &usize| line.saturating_add(1);
        match self {
            Self::Record { place, .. } => format!(
                "Los movimientos no forman una historia: el {}.º no sigue a los anteriores.",
                line(place)
            ),
            Self::Missing { entry, ledger } => {
                format!("Falta el asiento {entry}, que consta en la hoja {ledger} del registro.")
            }
            Self::Inserted { line: n } => {
                format!(
                    "Renglón {}: ningún movimiento lo respalda, o está repetido.",
                    line(n)
                )
            }
            Self::Quantity { line: n } => {
                format!("Renglón {}: la cantidad no es la del movimiento.", line(n))
            }
            Self::Date { line: n } => {
                format!("Renglón {}: la fecha no es la del movimiento.", line(n))
            }
            Self::Balance { line: n } => {
                format!("Renglón {}: la existencia no es la que resulta.", line(n))
            }
            Self::Order { line: n } => {
                format!(
                    "Renglón {}: no está en su lugar, o su número es otro.",
                    line(n)
                )
            }
            Self::Text { line: n } => format!(
                "Renglón {}: un dato (documento, receta, médico, otra parte) no es el del movimiento.",
                line(n)
            ),
        }
    }
}

/// Compares the lines of a book, as somebody shows them, with the movements of its establishment.
///
/// The movements are those whose bodies the caller has checked against their leaves, all of them, in
/// the order of the ledger; [`Finding::Record`] tells where they are not a history, and what is shown
/// is then compared with what comes before that.
#[must_use]
pub fn verify_book(shown: &Shown, lines: &[BookLine], movements: &[Logged]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let truth = true_lines(shown, movements, &mut findings);
    let mut places: HashMap<Identity<'_>, usize> = HashMap::with_capacity(truth.len());
    for (place, line) in truth.iter().enumerate() {
        places.insert(identity(line), place);
    }
    // In the order of the record; a line that is found is taken out.
    let mut latest = None;
    for (line, told) in lines.iter().enumerate() {
        let Some(place) = places.remove(&identity(told)) else {
            findings.push(Finding::Inserted { line });
            continue;
        };
        compare(line, told, &truth[place], &mut findings);
        if latest.is_some_and(|latest| place < latest) || told.entry != truth[place].entry {
            findings.push(Finding::Order { line });
        }
        latest = latest.max(Some(place));
    }
    let mut left: Vec<usize> = places.into_values().collect();
    left.sort_unstable();
    let due = left.into_iter().map(|place| &truth[place]);
    let missing = due.filter(|line| (shown.from..=shown.to).contains(&line.on));
    findings.extend(missing.map(|line| Finding::Missing {
        entry: line.entry,
        ledger: line.ledger,
    }));
    findings
}

/// The lines of the book, as the movements tell them.
fn true_lines(shown: &Shown, movements: &[Logged], findings: &mut Vec<Finding>) -> Vec<BookLine> {
    let mut books = Books::new(shown.establishment.clone());
    let mut lines = Vec::new();
    for (place, logged) in movements.iter().enumerate() {
        match books.enter(logged) {
            Ok(entered) => lines.extend(entered.into_iter().filter(|line| line.book == shown.book)),
            Err(error) => {
                findings.push(Finding::Record { place, error });
                break;
            }
        }
    }
    lines
}

/// What makes two lines the same entry: a movement has each lot of a medicine once.
type Identity<'l> = (u64, What, &'l Clave, Option<&'l Lot>, Book);

fn identity(line: &BookLine) -> Identity<'_> {
    (
        line.ledger,
        line.what,
        &line.clave,
        line.lot.as_ref(),
        line.book,
    )
}

/// One finding for each kind of lie in a line.
fn compare(line: usize, told: &BookLine, truth: &BookLine, findings: &mut Vec<Finding>) {
    if (told.units_in, told.units_out) != (truth.units_in, truth.units_out) {
        findings.push(Finding::Quantity { line });
    }
    if (told.on, told.late) != (truth.on, truth.late) {
        findings.push(Finding::Date { line });
    }
    if told.balance != truth.balance {
        findings.push(Finding::Balance { line });
    }
    let texts = BookLine {
        entry: truth.entry,
        on: truth.on,
        late: truth.late,
        units_in: truth.units_in,
        units_out: truth.units_out,
        balance: truth.balance,
        ..told.clone()
    };
    if texts != *truth {
        findings.push(Finding::Text { line });
    }
}
