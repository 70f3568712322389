//! What can happen to a prescription. Events are facts: once recorded they are never changed.
//!
//! This file has the issue and the dispensing; `life` has what may follow, and `reason` the coded
//! reasons that those carry. Fields that came later are left out where they say nothing, so that
//! an earlier body reads, and hashes, as it always did.

mod life;
mod reason;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use self::life::{
    Cancelled, Erased, Expired, Resumed, Returned, ReturnedLine, Suspended, TransferBasis,
    Transferred,
};
pub use self::reason::{CancelReason, Destination, OverlapReason, ReturnReason, SuspendReason};
use crate::{
    BlindedKey, Cedula, Clave, Clues, Dosage, Folio, Fraction, Packages, PatientId, SpecialFolio,
};

/// One step in the life of a prescription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    /// A prescriber issued it.
    Issued(Issued),
    /// A pharmacy handed over medicine.
    Dispensed(Dispensed),
    /// The prescriber cancelled what was left of it.
    Cancelled(Cancelled),
    /// Its validity ran out.
    Expired(Expired),
    /// The bodies of its events were destroyed.
    Erased(Erased),
    /// The prescriber stopped it for the time being.
    Suspended(Suspended),
    /// The prescriber let it go on.
    Resumed(Resumed),
    /// A pharmacy took back, or corrected, what it had handed over.
    Returned(Returned),
    /// What a pharmacy still owes is another one's to hand over.
    Transferred(Transferred),
}

impl Event {
    /// The prescription that this event belongs to.
    #[must_use]
    pub fn folio(&self) -> Folio {
        match self {
            Self::Issued(event) => event.folio,
            Self::Dispensed(event) => event.folio,
            Self::Cancelled(event) => event.folio,
            Self::Expired(event) => event.folio,
            Self::Erased(event) => event.folio,
            Self::Suspended(event) => event.folio,
            Self::Resumed(event) => event.folio,
            Self::Returned(event) => event.folio,
            Self::Transferred(event) => event.folio,
        }
    }

    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Issued(event) => event.at,
            Self::Dispensed(event) => event.at,
            Self::Cancelled(event) => event.at,
            Self::Expired(event) => event.at,
            Self::Erased(event) => event.at,
            Self::Suspended(event) => event.at,
            Self::Resumed(event) => event.at,
            Self::Returned(event) => event.at,
            Self::Transferred(event) => event.at,
        }
    }

    /// The verb, as API, logs and metrics name it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Issued(_) => "issued",
            Self::Dispensed(_) => "dispensed",
            Self::Cancelled(_) => "cancelled",
            Self::Expired(_) => "expired",
            Self::Erased(_) => "erased",
            Self::Suspended(_) => "suspended",
            Self::Resumed(_) => "resumed",
            Self::Returned(_) => "returned",
            Self::Transferred(_) => "transferred",
        }
    }
}

/// A prescription, as it was issued. The patient appears by pseudonym; name and CURP are in the
/// signed document, not here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// Its number.
    pub folio: Folio,
    /// Instant of issue.
    pub at: Timestamp,
    /// Date written, in the time zone of the establishment: the law counts from this day.
    pub written_on: Date,
    /// Who it is for; of an animal, its owner.
    pub patient: PatientId,
    /// The species of the animal that it is for; `None` for a person (LGS art. 240, II).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub animal: Option<String>,
    /// Where the medicine is taken: at home, or in the hospital as unit doses.
    #[serde(skip_serializing_if = "Setting::is_outpatient", default)]
    pub setting: Setting,
    /// Who wrote it.
    pub prescriber: Cedula,
    /// Where it was written.
    pub establishment: Clues,
    /// The authority's folio, for fraction I.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub special_folio: Option<SpecialFolio>,
    /// What was prescribed, in order. Line `n` is `lines[n - 1]`.
    pub lines: Vec<IssuedLine>,
}

/// Where the medicine is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// By a patient who takes it along.
    #[default]
    Outpatient,
    /// In the hospital, in unit doses (LGS art. 226 Bis): every quantity of such a prescription
    /// counts units, not packages, and the hospital's own pharmacy alone hands them over.
    Inpatient,
}

impl Setting {
    /// Both settings.
    pub const ALL: [Self; 2] = [Self::Outpatient, Self::Inpatient];

    /// Whether the patient takes it along: what is left out of the body.
    #[must_use]
    pub fn is_outpatient(&self) -> bool {
        *self == Self::Outpatient
    }

    /// The code in the API and the event.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Outpatient => "outpatient",
            Self::Inpatient => "inpatient",
        }
    }

    /// The setting with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|setting| setting.code() == code)
    }
}

/// One prescribed medicine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedLine {
    /// The medicine.
    pub clave: Clave,
    /// Active ingredients in canonical form: what the duplicate check compares.
    pub substance: String,
    /// The same, blinded with the patient's secret: what the ledger's map keeps.
    pub map_key: BlindedKey,
    /// Its sale fraction on the day of issue.
    pub fraction: Fraction,
    /// Whether it is an antibiotic.
    pub antibiotic: bool,
    /// Packages of one fill; units where the prescription is in unit doses ([`Setting::Inpatient`]).
    pub packages: Packages,
    /// How many times it may be filled, the first included.
    pub fills: u8,
    /// How it is taken.
    pub dosage: Dosage,
    /// The brand that the prescriber prefers, if any (LGS art. 226, last paragraph).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub brand: Option<String>,
    /// Only this brand: the prescriber does not allow another in its place.
    #[serde(skip_serializing_if = "is_false", default)]
    pub no_substitution: bool,
    /// Therapeutic group, for the overlap check: the catalog's own name of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<String>,
    /// Days from one fill to the next: as the prescriber indicates or, of fraction III, as long as
    /// a fill is enough.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub refill_interval: Option<u16>,
    /// Days for which one fill is enough, where the catalog tells what is in a package.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub supply_days: Option<u16>,
    /// The prescriptions that it overlaps with, and why the prescriber went on all the same.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub overlap: Option<Overlap>,
    /// The last day on which it can be filled.
    pub valid_until: Date,
}

/// The prescriber saw what overlaps, and had a clinical reason to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overlap {
    /// Why.
    pub reason: OverlapReason,
    /// The prescriptions, in the order in which the check found them.
    pub folios: Vec<Folio>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// Medicine was handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dispensed {
    /// The prescription.
    pub folio: Folio,
    /// Instant of the dispensing.
    pub at: Timestamp,
    /// Day of the dispensing, in the time zone of the pharmacy.
    pub on: Date,
    /// CLUES of the pharmacy.
    pub pharmacy: Clues,
    /// What was handed over.
    pub lines: Vec<DispensedLine>,
}

/// What was handed over of one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispensedLine {
    /// Number of the line, from 1.
    pub line: u8,
    /// Packages handed over; of a prescription in unit doses, the same number as `units`.
    pub packages: Packages,
    /// Units handed over, where the prescription is in unit doses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub units: Option<u32>,
    /// The fill that they belong to, from 1.
    pub fill: u8,
    /// The prescription is retained for this line, which is closed with it.
    pub retained: bool,
    /// The receta is retained, and the pharmacy that retains it still owes the rest of the fill:
    /// the line is not closed (fraction I only).
    #[serde(skip_serializing_if = "is_false", default)]
    pub rest_owed: bool,
    /// Consecutive number, at that pharmacy, of the receta that it retains: what its control book
    /// refers to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retained_number: Option<u64>,
    /// The brand handed over; `None` where the generic was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub brand: Option<String>,
    /// Manufacturer's lot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lot: Option<String>,
    /// Expiry date of the lot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expiry: Option<Date>,
}
