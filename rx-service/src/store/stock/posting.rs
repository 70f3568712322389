//! What is to be posted.

use jiff::civil::Date;
use prescription::{Cedula, Clave, Clues, Folio};

/// What an act does to the stock and the books of one establishment. Decided by `flow::stock`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Whose stock and books.
    pub establishment: Clues,
    /// Code of the kind of movement.
    pub kind: &'static str,
    /// The day on which it happened.
    pub on: Date,
    /// Invoice, acta or note.
    pub document: Option<String>,
    /// Special permit of acquisition, transfer or import.
    pub permit: Option<String>,
    /// The other establishment or supplier, as JSON.
    pub counterpart: Option<String>,
    /// The prescription that it is a step of, and who wrote it.
    pub prescription: Option<(Folio, Cedula)>,
    /// In order.
    pub lines: Vec<PostedLine>,
}

/// Units of one lot of one clave that go from one account to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedLine {
    /// Number of the act's line that it comes from, from 1.
    pub source: usize,
    /// Code of the book's class.
    pub class: &'static str,
    /// The medicine.
    pub clave: Clave,
    /// Manufacturer's lot.
    pub lot: String,
    /// Its last day.
    pub expiry: Date,
    /// How many; none for a count that agrees.
    pub units: i64,
    /// Who gives.
    pub from: Side,
    /// Who receives.
    pub to: Side,
    /// What the own lot must hold before: a count, or a shortfall, is true of that balance and of
    /// no other.
    pub held: Option<i64>,
    /// The receta stays here with this line.
    pub retained: bool,
    /// Units that the ledger did not have: the line is entered as a shortfall.
    pub shortfall: bool,
    /// It may be entered after a later day: handed over offline, and reported late.
    pub may_be_late: bool,
}

/// One side of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// The establishment that records.
    Here,
    /// Shipped and not arrived.
    Transit {
        /// Who shipped.
        from: Clues,
        /// Who is to receive.
        to: Clues,
    },
    /// Outside of all establishments: its code.
    Outside(&'static str),
}

impl PostedLine {
    /// Units that come in (positive) or go out (negative) here. None for a count that agrees, and
    /// for what was lost on the way, which the book notes all the same.
    pub(super) fn change(&self) -> i64 {
        match (&self.from, &self.to) {
            (Side::Here, Side::Here) => 0,
            (_, Side::Here) => self.units,
            (Side::Here, _) => -self.units,
            _ => 0,
        }
    }

    /// The account on the other side, as a book's line keeps it.
    pub(super) fn other(&self) -> String {
        let other = if self.to == Side::Here {
            &self.from
        } else {
            &self.to
        };
        other.party().unwrap_or_else(|| match other {
            Side::Outside(code) => (*code).to_owned(),
            Side::Here | Side::Transit { .. } => String::new(),
        })
    }
}

impl Side {
    /// The party in `stock` of a shipment under way.
    pub(super) fn party(&self) -> Option<String> {
        match self {
            Self::Transit { from, to } => Some(format!("{from}>{to}")),
            Self::Here | Self::Outside(_) => None,
        }
    }
}

/// Why a line cannot be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockProblem {
    /// The lot holds less than what goes out.
    Insufficient,
    /// Less is under way from that sender than what is to arrive.
    NotInTransit,
    /// The book has a line of a later day.
    BackDated,
}
