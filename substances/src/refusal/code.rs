//! The stable code of each refusal: what programs, logs and metrics read.

use std::fmt;

use super::Refusal;

impl Refusal {
    /// The code in the API: kebab-case English, never reused for another meaning.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KindMayNot { .. } => "kind-may-not",
            Self::NotLicensed { .. } => "not-licensed",
            Self::NoResponsible => "no-responsible",
            Self::BookNotAuthorised { .. } => "book-not-authorised",
            Self::LinesOfOrder { .. } => "lines-of-order",
            Self::InTheFuture => "in-the-future",
            Self::BeforeLastEntry { .. } => "before-last-entry",
            Self::RecordedWithPrescription => "recorded-with-prescription",
            Self::DocumentMissing { .. } => "document-missing",
            Self::TextNotPrintable => "text-not-printable",
            Self::PermitMissing { .. } => "permit-missing",
            Self::WitnessesMissing { .. } => "witnesses-missing",
            Self::NoticeOfNothing => "notice-of-nothing",
            Self::PapersNotNeeded { .. } => "papers-not-needed",
            Self::CounterpartMissing { .. } => "counterpart-missing",
            Self::CounterpartUnknown => "counterpart-unknown",
            Self::CounterpartIsSelf => "counterpart-is-self",
            Self::CounterpartNotLicensed { .. } => "counterpart-not-licensed",
            Self::ShipmentUnknown => "shipment-unknown",
            Self::NotTheReceiver => "not-the-receiver",
            Self::MedicineUnknown { .. } => "medicine-unknown",
            Self::NotControlled { .. } => "not-controlled",
            Self::UnitsOfLine { .. } => "units-of-line",
            Self::LotNumber { .. } => "lot-number",
            Self::LotExpired { .. } => "lot-expired",
            Self::NotEnoughStock { .. } => "not-enough-stock",
            Self::TooMany { .. } => "too-many",
            Self::AlreadyOpened { .. } => "already-opened",
            Self::NotInShipment { .. } => "not-in-shipment",
            Self::MoreThanShipped { .. } => "more-than-shipped",
            Self::ReasonMissing { .. } => "reason-missing",
            Self::ReasonDoesNotFit { .. } => "reason-does-not-fit",
            Self::NotCorrectable => "not-correctable",
            Self::NotInCorrected { .. } => "not-in-corrected",
            Self::MoreThanCorrected { .. } => "more-than-corrected",
            Self::LotMissing { .. } => "lot-missing",
            Self::NotOfPrescription => "not-of-prescription",
        }
    }

    /// The line that it is about, from 1; `None` where it is about the whole.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match *self {
            Self::MedicineUnknown { line }
            | Self::NotControlled { line }
            | Self::UnitsOfLine { line }
            | Self::LotNumber { line }
            | Self::LotExpired { line }
            | Self::NotEnoughStock { line, .. }
            | Self::TooMany { line }
            | Self::AlreadyOpened { line }
            | Self::NotInShipment { line }
            | Self::MoreThanShipped { line, .. }
            | Self::ReasonMissing { line, .. }
            | Self::ReasonDoesNotFit { line }
            | Self::NotInCorrected { line }
            | Self::MoreThanCorrected { line, .. }
            | Self::LotMissing { line } => Some(line),
            Self::KindMayNot { .. }
            | Self::NotLicensed { .. }
            | Self::NoResponsible
            | Self::BookNotAuthorised { .. }
            | Self::LinesOfOrder { .. }
            | Self::InTheFuture
            | Self::BeforeLastEntry { .. }
            | Self::RecordedWithPrescription
            | Self::DocumentMissing { .. }
            | Self::TextNotPrintable
            | Self::PermitMissing { .. }
            | Self::WitnessesMissing { .. }
            | Self::NoticeOfNothing
            | Self::PapersNotNeeded { .. }
            | Self::CounterpartMissing { .. }
            | Self::CounterpartUnknown
            | Self::CounterpartIsSelf
            | Self::CounterpartNotLicensed { .. }
            | Self::ShipmentUnknown
            | Self::NotTheReceiver
            | Self::NotCorrectable
            | Self::NotOfPrescription => None,
        }
    }
}

impl fmt::Display for Refusal {
    /// The code: a log line needs no more, and a person reads [`Refusal::in_spanish`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for Refusal {}
