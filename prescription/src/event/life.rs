//! What may follow an issue, besides its dispensings.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::reason::{CancelReason, Destination, ReturnReason, SuspendReason};
use crate::erase::ErasureBasis;
use crate::{Cedula, Clues, Folio, Packages};

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

/// Stopped for the time being: nothing is dispensed until it is resumed. Its validity runs on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Suspended {
    /// The prescription.
    pub folio: Folio,
    /// Instant of the suspension.
    pub at: Timestamp,
    /// Who suspended: the prescriber.
    pub by: Cedula,
    /// Why.
    pub reason: SuspendReason,
}

/// The suspension is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resumed {
    /// The prescription.
    pub folio: Folio,
    /// Instant at which it goes on.
    pub at: Timestamp,
    /// Who resumed: the prescriber.
    pub by: Cedula,
}

/// A pharmacy took back, or corrected, part of one of its own dispensings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Returned {
    /// The prescription.
    pub folio: Folio,
    /// Instant of the return.
    pub at: Timestamp,
    /// Day of the return, in the time zone of the pharmacy.
    pub on: Date,
    /// CLUES of the pharmacy: the one that dispensed.
    pub pharmacy: Clues,
    /// Which dispensing of the prescription, from 1 in the order of the ledger.
    pub dispensing: u32,
    /// Why.
    pub reason: ReturnReason,
    /// What came back.
    pub lines: Vec<ReturnedLine>,
}

/// What came back of one line of a dispensing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnedLine {
    /// Number of the line of the prescription, from 1.
    pub line: u8,
    /// Packages; units where the prescription is in unit doses.
    pub packages: Packages,
    /// Where the medicine goes. Lot and expiry are those of the dispensing.
    pub destination: Destination,
    /// A correction: these packages count as never handed over, and are owed again where the line
    /// opens with it. Otherwise they stay handed over.
    pub undoes: bool,
}

/// What one pharmacy owes, another one hands over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transferred {
    /// The prescription.
    pub folio: Folio,
    /// Instant of the transfer.
    pub at: Timestamp,
    /// Day of the transfer, in the time zone of the pharmacy that records it.
    pub on: Date,
    /// Who owed the rest.
    pub from: Clues,
    /// Who owes it from now on.
    pub to: Clues,
    /// On whose initiative, which says who records and signs it.
    pub basis: TransferBasis,
    /// The lines of which `from` owed the rest of a fill, ascending.
    pub lines: Vec<u8>,
}

/// On whose initiative the rest is another pharmacy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransferBasis {
    /// The pharmacy that owes it cannot hand it over and releases it.
    Released,
    /// The patient asks for it at the other pharmacy.
    PatientRequest,
}

impl TransferBasis {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Released, Self::PatientRequest];

    /// The code in the API.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Released => "released",
            Self::PatientRequest => "patient-request",
        }
    }

    /// The basis with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|basis| basis.code() == code)
    }
}

impl Transferred {
    /// The pharmacy that records and signs the transfer: who releases, or whom the patient asks.
    #[must_use]
    pub fn recorder(&self) -> &Clues {
        match self.basis {
            TransferBasis::Released => &self.from,
            TransferBasis::PatientRequest => &self.to,
        }
    }
}
