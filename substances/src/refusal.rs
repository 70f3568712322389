//! Refusals: every reason for which a movement is not recorded.

mod citation;
mod code;
mod spanish;

use jiff::civil::Date;

use crate::{Book, MovementKind, Units};

/// Why a movement is refused. Nothing has changed. Lines are numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    // The establishment
    /// An establishment of this class does not do this (LGS art. 257).
    KindMayNot {
        /// What it wanted to do.
        kind: MovementKind,
    },
    /// It has no sanitary licence for estupefacientes and psicotrópicos.
    NotLicensed {
        /// The book of the medicine.
        book: Book,
    },
    /// It has no responsable sanitario.
    NoResponsible,
    /// Its book of this class has not been permitted.
    BookNotAuthorised {
        /// The book.
        book: Book,
    },

    // The order
    /// No line, too many, or the same lot of a medicine twice.
    LinesOfOrder {
        /// The most that are accepted.
        most: u16,
    },
    /// Dated after today.
    InTheFuture,
    /// Dated before the last entry of the book.
    BeforeLastEntry {
        /// The book.
        book: Book,
        /// The date of its last entry.
        last: Date,
    },
    /// A dispensing, or a return by a patient, is recorded with its prescription.
    RecordedWithPrescription,
    /// The invoice, acta or note is missing.
    DocumentMissing {
        /// What is to be recorded.
        kind: MovementKind,
    },
    /// A text of the papers is empty, padded, or too long to print.
    TextNotPrintable,
    /// The special permit of acquisition or transfer, or that of import, is missing.
    PermitMissing {
        /// What is to be recorded.
        kind: MovementKind,
    },
    /// Fewer witnesses than needed, or one twice.
    WitnessesMissing {
        /// The strictest book of what is destroyed.
        book: Book,
        /// The least.
        least: u8,
    },
    /// The notice names no folio, or no loss or theft whose notice is due.
    NoticeOfNothing,
    /// Papers that this kind of movement does not have: it may be meant as another.
    PapersNotNeeded {
        /// What is to be recorded.
        kind: MovementKind,
    },

    // Who is at the other end
    /// Nobody is named, or not of the sort that the movement needs.
    CounterpartMissing {
        /// What is to be recorded.
        kind: MovementKind,
    },
    /// It is unknown here.
    CounterpartUnknown,
    /// It is the establishment itself.
    CounterpartIsSelf,
    /// It may not receive or supply these medicines: class or licence.
    CounterpartNotLicensed {
        /// The book of the medicine.
        book: Book,
    },
    /// The shipment is unknown.
    ShipmentUnknown,
    /// The shipment is not for this establishment, nor from it.
    NotTheReceiver,

    // A line
    /// The catalog does not know the medicine.
    MedicineUnknown {
        /// The line.
        line: usize,
    },
    /// Neither controlled nor an antibiotic on that day: the ledger does not carry it.
    NotControlled {
        /// The line.
        line: usize,
    },
    /// Zero units, or more than can be counted.
    UnitsOfLine {
        /// The line.
        line: usize,
    },
    /// The number of the lot cannot be one that is printed on a package.
    LotNumber {
        /// The line.
        line: usize,
    },
    /// The lot is past its expiry date.
    LotExpired {
        /// The line.
        line: usize,
    },
    /// There are not so many.
    NotEnoughStock {
        /// The line.
        line: usize,
        /// How many there are.
        held: Units,
    },
    /// The account would hold more than can be counted.
    TooMany {
        /// The line.
        line: usize,
    },
    /// An opening of a lot, or of a controlled medicine, that has entries already.
    AlreadyOpened {
        /// The line.
        line: usize,
    },
    /// The shipment does not have this lot.
    NotInShipment {
        /// The line.
        line: usize,
    },
    /// More than is left of what was shipped.
    MoreThanShipped {
        /// The line.
        line: usize,
        /// What is left.
        left: Units,
    },
    /// A difference without a coded reason.
    ReasonMissing {
        /// The line.
        line: usize,
        /// What the book says.
        expected: Units,
    },
    /// A reason without a difference, one that cannot explain it, or one outside of a count.
    ReasonDoesNotFit {
        /// The line.
        line: usize,
    },

    // Corrections
    /// There is no such movement of this establishment, or it cannot be taken back like this.
    NotCorrectable,
    /// The movement that is corrected does not have this lot.
    NotInCorrected {
        /// The line.
        line: usize,
    },
    /// More than is left of what the corrected movement moved.
    MoreThanCorrected {
        /// The line.
        line: usize,
        /// What is left.
        left: Units,
    },

    // Dispensing
    /// Lot and expiry are needed for the book.
    LotMissing {
        /// The line of the prescription.
        line: usize,
    },
    /// The dispensing is not one of this prescription.
    NotOfPrescription,
}
