//! Which article a refusal rests on.

use prescription::law::Article;

use super::Refusal;
use crate::{Book, MovementKind, law};

impl Refusal {
    /// The article that it rests on, for a rule of law.
    #[must_use]
    pub fn law(&self) -> Option<Article> {
        Some(match *self {
            Self::KindMayNot { .. } => law::LGS_257,
            Self::NotLicensed { .. } => law::LGS_258,
            Self::NoResponsible => law::LGS_259_260,
            Self::BookNotAuthorised { .. } => law::LGS_375_IV,
            Self::BeforeLastEntry { book, .. } => register(book),
            Self::PermitMissing {
                kind: MovementKind::Import | MovementKind::Export,
            } => law::LGS_375_IX,
            Self::PermitMissing { .. } => law::LGS_236,
            Self::WitnessesMissing { book, .. } => destruction(book),
            Self::CounterpartNotLicensed { book: Book::III } => law::LGS_198_I,
            Self::CounterpartNotLicensed { .. } => law::LGS_227_BIS,
            Self::LotExpired { .. } => law::LGS_233,
            Self::RecordedWithPrescription | Self::LotMissing { .. } => law::LGS_226_LIBROS,
            Self::LinesOfOrder { .. }
            | Self::InTheFuture
            | Self::DocumentMissing { .. }
            | Self::TextNotPrintable
            | Self::NoticeOfNothing
            | Self::PapersNotNeeded { .. }
            | Self::CounterpartMissing { .. }
            | Self::CounterpartUnknown
            | Self::CounterpartIsSelf
            | Self::ShipmentUnknown
            | Self::NotTheReceiver
            | Self::MedicineUnknown { .. }
            | Self::NotControlled { .. }
            | Self::UnitsOfLine { .. }
            | Self::LotNumber { .. }
            | Self::NotEnoughStock { .. }
            | Self::TooMany { .. }
            | Self::AlreadyOpened { .. }
            | Self::NotInShipment { .. }
            | Self::MoreThanShipped { .. }
            | Self::ReasonMissing { .. }
            | Self::ReasonDoesNotFit { .. }
            | Self::NotCorrectable
            | Self::NotInCorrected { .. }
            | Self::MoreThanCorrected { .. }
            | Self::NotOfPrescription => return None,
        })
    }
}

/// What asks for authorisation of a destruction.
fn destruction(book: Book) -> Article {
    match book {
        Book::I => law::LGS_235,
        Book::II | Book::III => law::LGS_247,
        Book::Antibiotics => law::ACUERDO_ANTIBIOTICOS_2010,
    }
}

/// What asks for the book.
fn register(book: Book) -> Article {
    match book {
        Book::I => law::LGS_242,
        Book::II | Book::III => law::LGS_226_LIBROS,
        Book::Antibiotics => law::ACUERDO_ANTIBIOTICOS_2010,
    }
}
