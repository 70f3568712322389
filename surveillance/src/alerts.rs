//! What a person should look at, with its evidence. An alert says what was seen and from where on
//! it is told; it never says why, and never judges anybody.
//!
//! [`Watch`] takes facts roughly in order of their days. Within a day their order does not matter:
//! a day is examined when it is over, sorted. What a detector keeps in memory ends with its window.

mod evidence;
mod folio_reuse;
mod late_receipt;
mod licence;
mod many_prescribers;
mod opioid_benzodiazepine;
mod opioid_dose;
mod peers;
mod photocopy;
mod spanish;
#[cfg(test)]
mod testing;
pub mod thresholds;
mod unexplained;
mod velocity;
mod watch;

use serde::Serialize;

pub use self::evidence::Trail;
pub use self::licence::{LicenceStatus, Licences};
pub use self::spanish::NOTE;
pub use self::thresholds::Thresholds;
pub use self::watch::{Watch, Watched};
use crate::code::{CedulaCode, ClaveCode, CluesCode, PatientCode, RecetaCode};
use crate::day::Day;
use crate::product::Class;

/// Something that a person should look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Alert {
    /// The day on which the threshold was reached.
    pub day: Day,
    /// What was seen.
    pub seen: Seen,
    /// Where to look.
    pub evidence: Trail,
}

/// What was seen, and the threshold that it reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Seen {
    /// One prescriber issued many recetas in a short time.
    PrescriberVelocity {
        /// Who.
        prescriber: CedulaCode,
        /// How many.
        recetas: u32,
        /// Between the first and the last of them.
        seconds: u64,
        /// Hours of the window.
        hours: u16,
    },
    /// Many prescribers prescribed controlled medicines to one patient.
    ManyPrescribers {
        /// To whom.
        patient: PatientCode,
        /// How many.
        prescribers: u16,
        /// Days of the window.
        days: u16,
    },
    /// One patient received opioids above a daily equivalent.
    OpioidDose {
        /// Who.
        patient: PatientCode,
        /// Micrograms of oral-morphine equivalent a day, on average, rounded down.
        micrograms_per_day: u64,
        /// The threshold, in milligrams.
        mg_per_day: u32,
        /// Days of the window.
        days: u16,
    },
    /// One patient received an opioid and a benzodiazepine.
    OpioidBenzodiazepine {
        /// Who.
        patient: PatientCode,
        /// Days from the one to the other.
        apart: u16,
        /// Days of the window.
        days: u16,
    },
    /// Recetas by somebody whose licence is not active in the register.
    LicenceNotActive {
        /// Who.
        prescriber: CedulaCode,
        /// What the register says.
        status: LicenceStatus,
        /// Since when.
        since: Day,
        /// How many that day.
        recetas: u32,
    },
    /// A folio that was used before was presented again.
    FolioReuse {
        /// Its pseudonym.
        folio: RecetaCode,
        /// Refused attempts.
        attempts: u32,
        /// Days of the window.
        days: u16,
    },
    /// A receta on which nothing is owed was presented at several establishments.
    Photocopy {
        /// Which.
        receta: RecetaCode,
        /// How many, those that dispensed it included.
        establishments: u16,
        /// Days of the window.
        days: u16,
    },
    /// Counts found less than the books had.
    UnexplainedDifference {
        /// Where.
        establishment: CluesCode,
        /// Of what.
        clave: ClaveCode,
        /// Units.
        units: u64,
        /// Days of the window.
        days: u16,
    },
    /// A shipment was not received in time.
    LateReceipt {
        /// Who shipped.
        from: CluesCode,
        /// To whom.
        to: CluesCode,
        /// What.
        clave: ClaveCode,
        /// Units that did not arrive.
        units: u64,
        /// When it was shipped.
        shipped: Day,
    },
    /// One establishment handed over far more than its peers in a month.
    AbovePeers {
        /// Which.
        establishment: CluesCode,
        /// Of which class.
        class: Class,
        /// First day of the month.
        month: Day,
        /// Units handed over.
        units: u64,
        /// Median of its peers.
        median: u64,
        /// Units from which on it is told.
        limit: u64,
        /// Establishments compared, itself included.
        peers: u32,
    },
}

impl Seen {
    /// The codes of all kinds.
    pub const CODES: [&'static str; 10] = [
        "prescriber-velocity",
        "many-prescribers",
        "opioid-dose",
        "opioid-benzodiazepine",
        "licence-not-active",
        "folio-reuse",
        "photocopy",
        "unexplained-difference",
        "late-receipt",
        "above-peers",
    ];

    /// The kind, for machines.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::PrescriberVelocity { .. } => "prescriber-velocity",
            Self::ManyPrescribers { .. } => "many-prescribers",
            Self::OpioidDose { .. } => "opioid-dose",
            Self::OpioidBenzodiazepine { .. } => "opioid-benzodiazepine",
            Self::LicenceNotActive { .. } => "licence-not-active",
            Self::FolioReuse { .. } => "folio-reuse",
            Self::Photocopy { .. } => "photocopy",
            Self::UnexplainedDifference { .. } => "unexplained-difference",
            Self::LateReceipt { .. } => "late-receipt",
            Self::AbovePeers { .. } => "above-peers",
        }
    }
}
