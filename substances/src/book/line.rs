//! One line of a control book.

use jiff::civil::Date;
use prescription::{Cedula, Clave, Folio};
use serde::{Deserialize, Serialize};

use crate::{Book, Counterpart, Lot, MovementKind, Units};

/// One line of a control book, in the order of its columns. Lines are derived from movements and
/// are nobody's record: [`super::verify_book`] tells whether a printed one is true.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookLine {
    /// The book.
    pub book: Book,
    /// Number of the entry in the book, from 1 without gaps.
    pub entry: u64,
    /// The date of the entry.
    pub on: Date,
    /// Recorded after an entry of a later date: only of an antibiotic, which may be handed over
    /// offline.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub late: bool,
    /// What happened.
    pub what: What,
    /// The page: its medicine.
    pub clave: Clave,
    /// The lot with its expiry; `None` where the whole page is carried to or from another book.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lot: Option<Lot>,
    /// Invoice, acta or note.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// Permit of acquisition, transfer or import.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub permit: Option<String>,
    /// The prescription, by its folio, which names nobody.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub folio: Option<Folio>,
    /// Who wrote it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prescriber: Option<Cedula>,
    /// Consecutive number of the retained prescription in this book, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retained: Option<u64>,
    /// Who is at the other end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterpart: Option<Counterpart>,
    /// Units that came in.
    pub units_in: Units,
    /// Units that went out.
    pub units_out: Units,
    /// Units of this medicine after the entry, all lots together.
    pub balance: Units,
    /// Number of the movement in the establishment's register; `None` where it is a prescription's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub movement: Option<u64>,
    /// Number of the movement that this entry corrects.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub corrects: Option<u64>,
    /// Index in the ledger of the leaf that it can be verified with.
    pub ledger: u64,
}

/// What an entry of a book says happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum What {
    /// A movement.
    Movement(MovementKind),
    /// Units that the ledger did not have when an antibiotic was handed over: a difference to
    /// explain.
    Shortfall,
    /// The page goes on in another book, because the class of the substance changed.
    CarriedTo(Book),
    /// The page comes from another book.
    CarriedFrom(Book),
}

impl What {
    /// What a person reads.
    #[must_use]
    pub fn in_spanish(self) -> String {
        match self {
            Self::Movement(kind) => kind.in_spanish().to_owned(),
            Self::Shortfall => "diferencia por explicar".to_owned(),
            Self::CarriedTo(book) => format!("pasa al {}", book.in_spanish()),
            Self::CarriedFrom(book) => format!("viene del {}", book.in_spanish()),
        }
    }
}
