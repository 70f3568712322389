//! Refusals: every reason for which the law, or the state of a prescription, says no.

mod citation;
mod code;
mod field;
mod line;
mod spanish;

use jiff::Timestamp;
use jiff::civil::Date;

pub use self::field::Field;
use crate::event::{CancelReason, SuspendReason};
use crate::{Folio, Fraction, Packages};

/// Why a command is refused. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    // Issue: the prescriber
    /// The prescriber is not of a profession that may prescribe this medicine.
    ProfessionMayNotPrescribe {
        /// The line, `None` for the whole prescription.
        line: Option<u8>,
        /// The fraction that the profession may not prescribe.
        fraction: Option<Fraction>,
    },
    /// The cédula is suspended, cancelled or its holder dead.
    PrescriberNotActive,
    /// The prescriber is not enrolled at the establishment.
    PrescriberNotAtEstablishment,

    /// Only a veterinarian prescribes for an animal.
    NotForAnimals,
    /// A dentist prescribes fraction I without a dental diagnosis.
    NotDental {
        /// The line.
        line: u8,
    },
    /// The Secretaría's list for nurses does not have it.
    NotOnNurseList {
        /// The line.
        line: u8,
    },

    // Issue: the document
    /// An animal of no species.
    SpeciesMissing,
    /// No line, or more than fit.
    LineCount {
        /// The most that fit.
        most: u8,
    },
    /// The date is in the future, or too far back.
    WrittenOn,
    /// Estupefacientes are prescribed alone, on their own special recetario.
    FractionIMixed,
    /// Fraction I without the authority's folio.
    SpecialFolioMissing,
    /// The authority's folio is unknown, of somebody else, or already used.
    SpecialFolioNotUsable(SpecialFolioProblem),
    /// A special folio on a prescription without fraction I.
    SpecialFolioNotNeeded,
    /// Fraction I without the patient's address.
    AddressMissing,
    /// Fraction I without a diagnosis.
    DiagnosisMissing,
    /// The patient has not consented, or revoked.
    ConsentDenied,

    // Issue: a line
    /// The catalog does not know the medicine.
    MedicineUnknown {
        /// The line.
        line: u8,
    },
    /// The substance is prohibited.
    Prohibited {
        /// The line.
        line: u8,
        /// Estupefaciente (237) or psychotropic group I (248).
        narcotic: bool,
    },
    /// Zero, or more than a sane amount of packages.
    PackageCount {
        /// The line.
        line: u8,
        /// The most that are accepted.
        most: u32,
    },
    /// Fraction II with more than two packages.
    FractionIIPackages {
        /// The line.
        line: u8,
        /// What was asked.
        asked: Packages,
    },
    /// Not even one fill.
    NoFills {
        /// The line.
        line: u8,
    },
    /// More fills than the fraction allows.
    TooManyFills {
        /// The line.
        line: u8,
        /// The fraction.
        fraction: Fraction,
        /// The most that it allows.
        most: u8,
    },
    /// Fraction I for more than thirty days.
    TreatmentTooLong {
        /// The line.
        line: u8,
        /// Days asked.
        days: u16,
    },
    /// Fraction I by a pasante for longer than pasantes may prescribe it.
    InternTreatmentTooLong {
        /// The line.
        line: u8,
        /// Days asked.
        days: u16,
        /// The most days that pasantes may.
        most: u16,
    },
    /// A dose, rhythm or duration of zero.
    DosageIncomplete {
        /// The line.
        line: u8,
    },
    /// More units per day than the approved indication.
    DailyDoseAboveIndication {
        /// The line.
        line: u8,
    },
    /// A brand that is blank, padded or too long to print.
    BrandName {
        /// The line.
        line: u8,
    },
    /// "Only this brand", and no brand.
    NoBrandToKeep {
        /// The line.
        line: u8,
    },
    /// Unit doses: none, or more than a sane amount.
    UnitDoseCount {
        /// The line.
        line: u8,
        /// The most that are accepted.
        most: u32,
    },
    /// Unit doses are ordered for one time.
    UnitDoseFills {
        /// The line.
        line: u8,
    },
    /// An interval between fills of zero days, of a single fill, or too long for the fills to
    /// come before the end of the validity.
    RefillInterval {
        /// The line.
        line: u8,
        /// The longest that fits.
        most: u16,
    },
    /// The patient still has this substance at hand, from another prescription.
    SupplyAtHand {
        /// The line.
        line: u8,
        /// The other prescription.
        other: Folio,
        /// The last day for which it is enough.
        until: Date,
    },
    /// The patient has another medicine of the same therapeutic group, of fractions I to III.
    SameGroup {
        /// The line.
        line: u8,
        /// The other prescription.
        other: Folio,
        /// The last day for which what is at hand is enough; `None`: it is still to be filled.
        until: Option<Date>,
    },
    /// The same medicine of fraction I waits to be filled: no reason overrides that.
    SameSpecialRecetaOpen {
        /// The line.
        line: u8,
        /// The other prescription.
        other: Folio,
    },
    /// The patient already has an active prescription of this substance, or it is twice in this one.
    DuplicateSubstance {
        /// The line.
        line: u8,
        /// The other prescription; `None` when it is this one.
        other: Option<Folio>,
    },

    // Dispensing and after
    /// Nothing is left.
    AlreadyCompleted {
        /// Since when.
        at: Timestamp,
    },
    /// Cancelled by the prescriber.
    AlreadyCancelled {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: CancelReason,
    },
    /// Past its validity.
    AlreadyExpired {
        /// The line, `None` for the whole prescription.
        line: Option<u8>,
        /// The last valid day.
        valid_until: Date,
    },
    /// Not valid before the day it was written.
    NotYetValid,
    /// It is still valid: it cannot expire.
    StillValid {
        /// The last valid day.
        until: Date,
    },
    /// The command names no line, or one twice.
    LinesOfCommand,
    /// There is no such line.
    NoSuchLine {
        /// The line.
        line: u8,
    },
    /// The line is closed: all handed over, or retained.
    LineClosed {
        /// The line.
        line: u8,
        /// Whether it was retained.
        retained: bool,
    },
    /// More than is owed in this fill.
    MoreThanOwed {
        /// The line.
        line: u8,
        /// What is owed.
        owed: Packages,
    },
    /// Zero packages.
    NothingDispensed {
        /// The line.
        line: u8,
    },
    /// The establishment has no sanitary licence for this fraction.
    PharmacyNotLicensed {
        /// The line.
        line: u8,
        /// The fraction.
        fraction: Fraction,
    },
    /// Lot and expiry are needed for this medicine's book.
    LotMissing {
        /// The line.
        line: u8,
        /// The fraction, which names the control book.
        fraction: Fraction,
        /// Whether for the antibiotic register, else for the control book.
        antibiotic: bool,
    },
    /// The lot handed over is past its expiry date.
    MedicineExpired {
        /// The line.
        line: u8,
    },
    /// Fractions I to III are not dispensed offline.
    OnlineOnly {
        /// The line.
        line: u8,
    },
    /// Only the prescriber cancels, suspends and resumes.
    NotThePrescriber,
    /// Suspended by the prescriber.
    Suspended {
        /// Since when.
        at: Timestamp,
        /// Why.
        reason: SuspendReason,
    },
    /// Resumed without being suspended.
    NotSuspended,
    /// The medicine in the hand is not the one of the line.
    WrongMedicine {
        /// The line.
        line: u8,
    },
    /// Another brand than the only one that the prescriber allows.
    SubstitutionNotAllowed {
        /// The line.
        line: u8,
    },
    /// The earlier fill is not nearly used up.
    TooEarly {
        /// The line.
        line: u8,
        /// The first day on which the next fill can be handed over.
        from: Date,
    },
    /// The rest of a fill is another pharmacy's to hand over.
    OwedElsewhere {
        /// The line.
        line: u8,
        /// The last day on which only that pharmacy may; `None`: the receta is retained there.
        until: Option<Date>,
    },
    /// Unit doses are handed over inside the hospital that ordered them.
    UnitDoseElsewhere {
        /// The line.
        line: u8,
    },
    /// The day is not one that the instant has anywhere in Mexico.
    DayOfInstant,
    /// Of fractions I to III: dated before what was handed over already.
    BackDated {
        /// The line.
        line: u8,
        /// Day of the last dispensing.
        last: Date,
    },

    // Return and transfer
    /// The prescription has no such dispensing.
    NoSuchDispensing {
        /// Its number, from 1.
        dispensing: u32,
    },
    /// Only the pharmacy that dispensed takes back.
    NotTheDispensingPharmacy,
    /// The days in which a dispensing can be taken back or corrected are over.
    ReturnWindowOver {
        /// The last of them.
        until: Date,
    },
    /// The dispensing has no such line, or less of it is left to come back.
    MoreThanHandedOver {
        /// The line.
        line: u8,
        /// The most that can come back.
        most: Packages,
    },
    /// What left the pharmacy is not put back on the shelf.
    NotToTheShelf {
        /// The line.
        line: u8,
    },
    /// The pharmacy owes nothing that it could transfer.
    NothingToTransfer,
    /// The pharmacy retained the receta: nobody else can fill it.
    RetainedNotTransferable {
        /// The line.
        line: u8,
    },

    // Erasure
    /// It can still be filled.
    NotAtEnd,
    /// Its bodies must still be kept.
    RetentionNotOver {
        /// The last day on which they must.
        until: Date,
    },
    /// Its bodies were destroyed already.
    AlreadyErased {
        /// When.
        at: Timestamp,
    },
}

/// What is wrong with a special folio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpecialFolioProblem {
    /// No authority assigned it.
    Unknown,
    /// It was assigned to another prescriber.
    OfAnother,
    /// Another prescription used it.
    Used,
    /// It was cancelled, lost, stolen or returned.
    Void,
    /// The authority has not delivered it yet.
    NotDelivered,
}
