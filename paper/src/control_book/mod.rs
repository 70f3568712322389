//! The control book of one establishment, class and period (LGS arts. 226-I to III, 242, 251 and
//! 252), as an inspector reads it: PDF, and the CSV that says the same to machines.
//!
//! The input is a view: words and integers that somebody else has posted and numbered. This room
//! adds nothing to them, but it prints no book that contradicts itself: entries have consecutive
//! numbers in the book, their dates run forwards with the numbers, and on each page every balance
//! follows from the one before ([`BookError`]). A correction is an entry of its own that names the one that it corrects; nothing
//! is struck out.

mod check;
mod csv;
mod pdf;
#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

use crate::TooLong;
use crate::letterhead::{Establishment, Period};
use crate::twin::{Files, digest};

/// Which substances the book is of (LGS art. 226).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookClass {
    /// Fraction I: estupefacientes and psychotropic group II.
    I,
    /// Fraction II: psychotropic group III.
    II,
    /// Fraction III: psychotropic group IV.
    III,
}

impl BookClass {
    /// "I", "II", "III".
    #[must_use]
    pub fn roman(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::I => {
                "LIBRO DE CONTROL DE ESTUPEFACIENTES Y PSICOTRÓPICOS DEL GRUPO II — FRACCIÓN I"
            }
            Self::II => "LIBRO DE CONTROL DE PSICOTRÓPICOS DEL GRUPO III — FRACCIÓN II",
            Self::III => "LIBRO DE CONTROL DE PSICOTRÓPICOS DEL GRUPO IV — FRACCIÓN III",
        }
    }

    fn basis(self) -> &'static str {
        match self {
            Self::I => {
                "Fundamento: Ley General de Salud, artículos 226 fracción I, 227, 234, 241, 242, 245 \
                 fracción II y 250. Libro de contabilidad de estupefacientes (artículo 242)."
            }
            Self::II => {
                "Fundamento: Ley General de Salud, artículos 226 fracción II, 227, 245 fracción III \
                 y 251."
            }
            Self::III => {
                "Fundamento: Ley General de Salud, artículos 226 fracción III, 245 fracción IV y 252."
            }
        }
    }
}

/// The book of one establishment, class and period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlBook {
    /// Which substances.
    pub class: BookClass,
    /// Whose book.
    pub establishment: Establishment,
    /// Folio of COFEPRIS's permit for the book (trámite COFEPRIS-03-005), if there is one.
    pub permit: Option<String>,
    /// Which days.
    pub period: Period,
    /// Origin line of the public ledger whose indices the entries cite.
    pub ledger: String,
    /// One page for each clave, in the order of the claves.
    pub pages: Vec<BookPage>,
}

/// What a book says of one clave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookPage {
    /// Clave of the Compendio Nacional.
    pub clave: String,
    /// Generic name.
    pub generic_name: String,
    /// Pharmaceutical form: "tableta".
    pub form: String,
    /// Strength: "30 mg".
    pub strength: String,
    /// Presentation: "envase con 20 tabletas".
    pub presentation: String,
    /// What is counted: "tabletas", "ampolletas", "envases".
    pub unit: String,
    /// Balance before the first day of the period, in `unit`.
    pub opening: u64,
    /// In the order of their numbers.
    pub entries: Vec<Entry>,
}

impl BookPage {
    /// Balance after the last entry, in the page's unit.
    #[must_use]
    pub fn closing(&self) -> u64 {
        self.entries
            .last()
            .map_or(self.opening, |entry| entry.balance)
    }

    /// What came in and what went out in the period, in the page's unit.
    #[must_use]
    pub fn totals(&self) -> (u64, u64) {
        let sum = |part: fn(&Entry) -> u64| {
            let parts = self.entries.iter().map(part);
            parts.fold(0, u64::saturating_add)
        };
        (sum(|entry| entry.entered), sum(|entry| entry.left))
    }
}

/// One entry: what happened, by which document, and what is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the book, without gaps over all pages.
    pub number: u64,
    /// The day on which it happened, in the establishment's time.
    pub date: Date,
    /// What happened, in Spanish: "Adquisición", "Surtido", "Devolución", "Destrucción", "Merma",
    /// "Robo", "Conteo", …
    pub concept: String,
    /// Number of the entry of this book that this one corrects, if it corrects one. It may be of an
    /// earlier period.
    pub corrects: Option<u64>,
    /// Number of the movement in the establishment's register; `None` where it is a receta's.
    pub movement: Option<u64>,
    /// Invoice, acta or notice.
    pub document: Option<String>,
    /// Permit of acquisition, transfer or import (LGS art. 236).
    pub permit: Option<String>,
    /// Folio of the receta, which names nobody.
    pub folio: Option<String>,
    /// Consecutive number under which the receta is retained, if it is.
    pub retained: Option<u64>,
    /// Cédula profesional of the prescriber, where a receta stands behind the entry.
    pub cedula: Option<String>,
    /// Supplier or destination. Never a patient's name.
    pub counterpart: String,
    /// Lot; `None` where a whole page is carried to or from another book.
    pub lot: Option<String>,
    /// Expiry of the lot.
    pub expiry: Option<Date>,
    /// Came in, in the page's unit.
    pub entered: u64,
    /// Went out, in the page's unit.
    pub left: u64,
    /// What is left after it, in the page's unit.
    pub balance: u64,
    /// Its entry in the public ledger; `None` while it has none yet.
    pub ledger_index: Option<u64>,
}

/// Why a book cannot be printed. Names a clave and an entry, never a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// The last day is before the first.
    #[error("the period of the book ends before it begins")]
    Period,
    /// An entry of another period.
    #[error("entry {number} of {clave} is not of the book's period")]
    OutOfPeriod {
        /// The page.
        clave: String,
        /// The entry.
        number: u64,
    },
    /// A gap in the numbers of the book, a number twice, or a page not in the order of its numbers.
    #[error("entry {number} of {clave} does not follow the number before it")]
    Number {
        /// The page.
        clave: String,
        /// The entry.
        number: u64,
    },
    /// A date before that of the entry with the number before.
    #[error("entry {number} of {clave} is dated before the entry that it follows")]
    Order {
        /// The page.
        clave: String,
        /// The entry.
        number: u64,
    },
    /// The balance before plus what came in minus what went out is not the balance.
    #[error("the balance of entry {number} of {clave} does not follow from the one before")]
    Balance {
        /// The page.
        clave: String,
        /// The entry.
        number: u64,
    },
    /// A correction of an entry that comes later, or of itself.
    #[error("entry {number} of {clave} corrects an entry that does not precede it")]
    Correction {
        /// The page.
        clave: String,
        /// The entry.
        number: u64,
    },
    /// Two pages of one clave.
    #[error("the book has two pages of {clave}")]
    Page {
        /// The clave.
        clave: String,
    },
    /// Texts that do not fit the paper, or more pages than a book may have.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

impl ControlBook {
    /// Both files; the PDF prints the digest of the CSV.
    ///
    /// # Errors
    /// [`BookError`]: the book contradicts itself, or does not fit.
    pub fn files(&self) -> Result<Files, BookError> {
        let csv = self.csv()?;
        let csv_sha256 = digest(&csv);
        let pdf = pdf::write(self, &csv_sha256)?;
        Ok(Files {
            pdf,
            csv,
            csv_sha256,
        })
    }

    /// The CSV: for each page the balance before it, its entries one by one, and the balance after
    /// it. The column `renglon` tells them apart. Dates are `AAAA-MM-DD`, quantities digits.
    ///
    /// # Errors
    /// [`BookError`]: the book contradicts itself.
    pub fn csv(&self) -> Result<Vec<u8>, BookError> {
        check::check(self)?;
        Ok(csv::write(self))
    }
}
