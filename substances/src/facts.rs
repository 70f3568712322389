//! What the caller knows, and a decision needs.

mod earlier;
mod establishment;

use jiff::civil::Date;

pub use self::earlier::EarlierFacts;
pub use self::establishment::{EstablishmentFacts, EstablishmentKind};
use crate::Book;
use crate::law::Parameters;

/// What is known of one medicine on the day of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MedicineFacts {
    /// The book it belongs to on that day; `None` where it is neither controlled nor an antibiotic.
    pub book: Option<Book>,
    /// Units in one package; 1 where the catalog has no figure.
    pub units_per_package: u32,
    /// The book that the stock was last entered in, where the substance has left the lists since.
    pub left: Option<Book>,
}

/// What is known when a movement is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementFacts {
    /// Who records.
    pub establishment: EstablishmentFacts,
    /// Today, in the time zone of the establishment.
    pub today: Date,
    /// The next number of the establishment's series in the register, from 1.
    pub next_number: u64,
    /// What is known of each line's medicine, in order; `None` where the catalog does not know it.
    pub medicines: Vec<Option<MedicineFacts>>,
    /// The date of the last entry in each book of the establishment that has one.
    pub last_entries: Vec<(Book, Date)>,
    /// The establishment at the other end, where it records here.
    pub counterpart: Option<EstablishmentFacts>,
    /// The shipment that the order refers to.
    pub shipment: Option<EarlierFacts>,
    /// The movement that the order corrects, or gives notice of.
    pub corrected: Option<EarlierFacts>,
    /// The numbers that the law leaves open.
    pub parameters: Parameters,
}
