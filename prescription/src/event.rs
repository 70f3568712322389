//! What can happen to a prescription. Events are facts: once recorded they are never changed.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::erase::ErasureBasis;
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
    /// Who it is for.
    pub patient: PatientId,
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
    /// Packages of one fill.
    pub packages: Packages,
    /// How many times it may be filled, the first included.
    pub fills: u8,
    /// How it is taken.
    pub dosage: Dosage,
    /// The brand that the prescriber prefers, if any (LGS art. 226, last paragraph).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub brand: Option<String>,
    /// The last day on which it can be filled.
    pub valid_until: Date,
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
    /// Packages handed over.
    pub packages: Packages,
    /// The fill that they belong to, from 1.
    pub fill: u8,
    /// The prescription is retained for this line, which is closed with it.
    pub retained: bool,
    /// Manufacturer's lot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lot: Option<String>,
    /// Expiry date of the lot.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expiry: Option<Date>,
}

/// The rest was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancelled {
    /// The prescription.
    pub folio: Folio,
    /// Instant of the cancellation.
    pub at: Timestamp,
    /// Who cancelled: the prescriber.
    pub by: Cedula,
    /// Why.
    pub reason: CancelReason,
}

/// Coded reasons for a cancellation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CancelReason {
    /// Written in error.
    EnteredInError,
    /// The treatment changed.
    TherapyChanged,
    /// An adverse reaction.
    AdverseReaction,
    /// The patient asked for it.
    PatientRequest,
    /// Lost, stolen or suspected fraud.
    Fraud,
}

impl CancelReason {
    /// All reasons.
    pub const ALL: [Self; 5] = [
        Self::EnteredInError,
        Self::TherapyChanged,
        Self::AdverseReaction,
        Self::PatientRequest,
        Self::Fraud,
    ];

    /// The code in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::EnteredInError => "entered-in-error",
            Self::TherapyChanged => "therapy-changed",
            Self::AdverseReaction => "adverse-reaction",
            Self::PatientRequest => "patient-request",
            Self::Fraud => "fraud",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What the counter reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::EnteredInError => "se escribió por error",
            Self::TherapyChanged => "cambió el tratamiento",
            Self::AdverseReaction => "hubo una reacción adversa",
            Self::PatientRequest => "lo pidió el paciente",
            Self::Fraud => "extravío, robo o posible fraude",
        }
    }
}

/// The validity ran out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expired {
    /// The prescription.
    pub folio: Folio,
    /// When the expiry was recorded.
    pub at: Timestamp,
}

/// The bodies of the earlier events were destroyed, with their salts: nobody can read them any
/// more, and every proof of the ledger stays valid. This event has no personal data, is signed by
/// the officer who ordered it, and is never destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// The prescription.
    pub folio: Folio,
    /// Instant of the erasure.
    pub at: Timestamp,
    /// Cédula of the officer who ordered it.
    pub by: Cedula,
    /// Why.
    pub basis: ErasureBasis,
    /// Ledger indices of the events whose bodies were destroyed, ascending.
    pub entries: Vec<u64>,
}
