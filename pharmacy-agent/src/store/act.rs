//! An act: what one visit to the counter handed over.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{
    Cedula, Clave, Clues, Dispensed, DispensedLine, Folio, Fraction, Packages, dispense,
};

/// Number of an act, drawn at random by the counter: 32 lower-case hexadecimal digits. The service
/// recognises a repetition by it (`urn:receta:acto`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActId(String);

/// The text is not the number of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("El número del acto no tiene 32 dígitos hexadecimales.")]
pub struct ActIdError;

impl FromStr for ActId {
    type Err = ActIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == 32 && text.bytes().all(digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ActIdError)
        }
    }
}

impl fmt::Display for ActId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What one visit handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Its number.
    pub id: ActId,
    /// The prescription.
    pub folio: Folio,
    /// When it was handed over, to the second.
    pub at: Timestamp,
    /// The day of `at` where the pharmacy is.
    pub on: Date,
    /// It was handed over before the service could agree.
    pub offline: bool,
    /// Who prescribed.
    pub cedula: Cedula,
    /// What, as the rules decided.
    pub lines: Vec<ActLine>,
}

/// One line of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActLine {
    /// Number of the prescription's line, from 1.
    pub line: u8,
    /// The medicine.
    pub clave: Clave,
    /// Its name on the day, for the book.
    pub name: String,
    /// Packages.
    pub packages: Packages,
    /// The fill that they belong to, from 1.
    pub fill: u8,
    /// The receta is retained for this line.
    pub retained: bool,
    /// Manufacturer's lot.
    pub lot: Option<String>,
    /// Expiry date of the lot.
    pub expiry: Option<Date>,
    /// The book it is entered in.
    pub book: Option<Book>,
    /// The brand handed over; `None` where the generic was.
    pub brand: Option<String>,
    /// The quantity counts unit doses (LGS art. 226 Bis).
    pub unit_doses: bool,
}

/// What the service receives, byte for byte, at every attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// JCS bytes of the resource: a `MedicationDispense`, or a transaction of several.
    pub document: Vec<u8>,
    /// Header `Receta-Signature`.
    pub signature: String,
}

/// What has become of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActState {
    /// The service has not answered yet.
    Pending,
    /// It is in the ledger.
    Confirmed,
    /// The service refused before anything was handed over.
    Refused,
    /// The service refused what had been handed over offline.
    Conflict,
}

impl ActState {
    /// The word in the database and in `--json`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
        }
    }

    /// What the counter reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Pending => "pendiente",
            Self::Confirmed => "confirmado",
            Self::Refused => "rechazado",
            Self::Conflict => "CONFLICTO",
        }
    }
}

/// The word is no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCode;

impl FromStr for ActState {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [
            Self::Pending,
            Self::Confirmed,
            Self::Refused,
            Self::Conflict,
        ]
        .into_iter()
        .find(|state| state.code() == text)
        .ok_or(UnknownCode)
    }
}

/// The books of a pharmacy: one for each group of psicotrópicos and estupefacientes (LGS arts.
/// 242, 226), and the register of antibiotics (Acuerdo DOF 27-05-2010).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Book {
    /// Fraction I.
    I,
    /// Fraction II.
    II,
    /// Fraction III.
    III,
    /// Antibiotics.
    Antibiotics,
}

impl Book {
    /// All books, in the order in which they are printed.
    pub const ALL: [Self; 4] = [Self::I, Self::II, Self::III, Self::Antibiotics];

    /// The book that a line is entered in. A controlled antibiotic goes to the control book.
    #[must_use]
    pub fn of(fraction: Fraction, antibiotic: bool) -> Option<Self> {
        match fraction {
            Fraction::I => Some(Self::I),
            Fraction::II => Some(Self::II),
            Fraction::III => Some(Self::III),
            Fraction::IV | Fraction::V | Fraction::VI => antibiotic.then_some(Self::Antibiotics),
        }
    }

    /// The word in the database, in CSV and in `--json`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
            Self::Antibiotics => "antibioticos",
        }
    }

    /// The word of the wire, and of addresses.
    #[must_use]
    pub fn wire(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
            Self::Antibiotics => "antibiotics",
        }
    }

    /// The book of a word of the wire.
    #[must_use]
    pub fn of_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|book| book.wire() == word)
    }

    /// The heading of the book.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::I => "Libro de control: fracción I",
            Self::II => "Libro de control: fracción II",
            Self::III => "Libro de control: fracción III",
            Self::Antibiotics => "Registro de antibióticos",
        }
    }
}

impl FromStr for Book {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut books = Self::ALL.into_iter();
        books.find(|book| book.code() == text).ok_or(UnknownCode)
    }
}

impl Act {
    /// The act as the event that the rules fold.
    #[must_use]
    pub fn event(&self, pharmacy: &Clues) -> Dispensed {
        let line = |line: &ActLine| DispensedLine {
            line: line.line,
            packages: line.packages,
            units: line.unit_doses.then(|| line.packages.count()),
            fill: line.fill,
            retained: line.retained,
            rest_owed: false,
            retained_number: None,
            brand: line.brand.clone(),
            lot: line.lot.clone(),
            expiry: line.expiry,
        };
        Dispensed {
            folio: self.folio,
            at: self.at,
            on: self.on,
            pharmacy: pharmacy.clone(),
            lines: self.lines.iter().map(line).collect(),
        }
    }

    /// Whether the act hands over exactly this.
    #[must_use]
    pub fn hands_over(&self, folio: Folio, lines: &[dispense::HandedOver]) -> bool {
        let same = |(mine, asked): (&ActLine, &dispense::HandedOver)| {
            (mine.line, mine.packages) == (asked.line, asked.packages)
                && (&mine.lot, mine.expiry) == (&asked.lot, asked.expiry)
                && mine.brand == asked.brand
        };
        self.folio == folio
            && self.lines.len() == lines.len()
            && self.lines.iter().zip(lines).all(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_back() {
        for book in Book::ALL {
            assert_eq!(book.code().parse(), Ok(book));
            assert_eq!(Book::of_wire(book.wire()), Some(book));
        }
        for state in ["pending", "confirmed", "refused", "conflict"] {
            assert_eq!(state.parse::<ActState>().unwrap().code(), state);
        }
        assert!("lost".parse::<ActState>().is_err());
    }

    #[test]
    fn each_fraction_has_its_book() {
        let of = |fraction, antibiotic| Book::of(fraction, antibiotic).map(Book::code);
        assert_eq!(of(Fraction::I, false), Some("I"));
        assert_eq!(of(Fraction::III, true), Some("III"));
        assert_eq!(of(Fraction::IV, true), Some("antibioticos"));
        assert_eq!(of(Fraction::IV, false), None);
    }

    #[test]
    fn the_number_of_an_act_is_hexadecimal() {
        assert!("0123456789abcdef0123456789abcdef".parse::<ActId>().is_ok());
        for wrong in ["", "0123456789ABCDEF0123456789abcdef", "<b>"] {
            assert!(wrong.parse::<ActId>().is_err());
        }
    }
}
