//! Control books: one for each class and establishment.

mod fold;
mod line;
mod verify;
mod write;

use prescription::Fraction;
use serde::{Deserialize, Serialize};

pub use self::fold::{BookError, Books, Logged, books};
pub use self::line::{BookLine, What};
pub use self::verify::{Finding, Shown, verify_book};

/// The class of a control book: the fraction of the clave on the day of the entry (LGS arts. 226
/// and 242), and the register of antibiotics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Book {
    /// Fraction I: estupefacientes and psychotropic group II.
    I,
    /// Fraction II: psychotropic group III.
    II,
    /// Fraction III: psychotropic group IV.
    III,
    /// Antibiotics (Acuerdo DOF 27-05-2010).
    #[serde(rename = "antibiotics")]
    Antibiotics,
}

impl Book {
    /// All books.
    pub const ALL: [Self; 4] = [Self::I, Self::II, Self::III, Self::Antibiotics];

    /// The book of a medicine of this fraction ([`law::LGS_242`](crate::law::LGS_242),
    /// [`law::LGS_226_LIBROS`](crate::law::LGS_226_LIBROS); through the fraction also
    /// [`law::LGS_250`](crate::law::LGS_250)); `None` where none is kept. A controlled medicine
    /// that is also an antibiotic belongs to the book of its fraction, which asks for more.
    #[must_use]
    pub fn of(fraction: Fraction, antibiotic: bool) -> Option<Self> {
        match fraction {
            Fraction::I => Some(Self::I),
            Fraction::II => Some(Self::II),
            Fraction::III => Some(Self::III),
            Fraction::IV | Fraction::V | Fraction::VI => antibiotic.then_some(Self::Antibiotics),
        }
    }

    /// Whether it is one of the three books of estupefacientes and psychotropics.
    #[must_use]
    pub fn is_controlled(self) -> bool {
        self != Self::Antibiotics
    }

    /// The code in the API, the same as in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
            Self::Antibiotics => "antibiotics",
        }
    }

    /// The book with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|book| book.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::I => "libro de estupefacientes y psicotrópicos del grupo II (fracción I)",
            Self::II => "libro de psicotrópicos del grupo III (fracción II)",
            Self::III => "libro de psicotrópicos del grupo IV (fracción III)",
            Self::Antibiotics => "registro de antibióticos",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fraction_has_its_book() {
        let books = Fraction::ALL.map(|fraction| Book::of(fraction, false));
        assert_eq!(
            books,
            [
                Some(Book::I),
                Some(Book::II),
                Some(Book::III),
                None,
                None,
                None
            ]
        );
        assert_eq!(Book::of(Fraction::IV, true), Some(Book::Antibiotics));
        assert_eq!(Book::of(Fraction::I, true), Some(Book::I));
    }

    #[test]
    fn codes_round_trip_and_are_what_json_says() {
        for book in Book::ALL {
            assert_eq!(Book::from_code(book.code()), Some(book));
            assert_eq!(serde_json::to_value(book).unwrap(), book.code());
        }
    }
}
