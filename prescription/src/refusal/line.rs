//! Which line a refusal is about.

use super::Refusal;

impl Refusal {
    /// The line that it is about, from 1.
    #[expect(clippy::too_many_lines, reason = "a table: one line for each refusal")]
    #[must_use]
    pub fn line(&self) -> Option<u8> {
        match *self {
            Self::ProfessionMayNotPrescribe { line, .. } | Self::AlreadyExpired { line, .. } => {
                line
            }
            Self::Prohibited { line, .. }
            | Self::MedicineUnknown { line }
            | Self::PackageCount { line, .. }
            | Self::FractionIIPackages { line, .. }
            | Self::NoFills { line }
            | Self::TooManyFills { line, .. }
            | Self::TreatmentTooLong { line, .. }
            | Self::InternTreatmentTooLong { line, .. }
            | Self::DosageIncomplete { line }
            | Self::DailyDoseAboveIndication { line }
            | Self::BrandName { line }
            | Self::NotDental { line }
            | Self::NotOnNurseList { line }
            | Self::NoBrandToKeep { line }
            | Self::UnitDoseCount { line, .. }
            | Self::UnitDoseFills { line }
            | Self::RefillInterval { line, .. }
            | Self::SupplyAtHand { line, .. }
            | Self::SameGroup { line, .. }
            | Self::SameSpecialRecetaOpen { line, .. }
            | Self::WrongMedicine { line }
            | Self::SubstitutionNotAllowed { line }
            | Self::TooEarly { line, .. }
            | Self::OwedElsewhere { line, .. }
            | Self::UnitDoseElsewhere { line }
            | Self::BackDated { line, .. }
            | Self::MoreThanHandedOver { line, .. }
            | Self::NotToTheShelf { line }
            | Self::RetainedNotTransferable { line }
            | Self::DuplicateSubstance { line, .. }
            | Self::NoSuchLine { line }
            | Self::LineClosed { line, .. }
            | Self::MoreThanOwed { line, .. }
            | Self::NothingDispensed { line }
            | Self::PharmacyNotLicensed { line, .. }
            | Self::LotMissing { line, .. }
            | Self::MedicineExpired { line }
            | Self::OnlineOnly { line } => Some(line),
            Self::PrescriberNotActive
            | Self::PrescriberNotAtEstablishment
            | Self::LineCount { .. }
            | Self::WrittenOn
            | Self::FractionIMixed
            | Self::SpecialFolioMissing
            | Self::SpecialFolioNotUsable(_)
            | Self::SpecialFolioNotNeeded
            | Self::AddressMissing
            | Self::DiagnosisMissing
            | Self::ConsentDenied
            | Self::AlreadyCompleted { .. }
            | Self::AlreadyCancelled { .. }
            | Self::NotYetValid
            | Self::StillValid { .. }
            | Self::LinesOfCommand
            | Self::NotThePrescriber
            | Self::NotForAnimals
            | Self::SpeciesMissing
            | Self::Suspended { .. }
            | Self::NotSuspended
            | Self::DayOfInstant
            | Self::NoSuchDispensing { .. }
            | Self::NotTheDispensingPharmacy
            | Self::ReturnWindowOver { .. }
            | Self::NothingToTransfer
            | Self::NotAtEnd
            | Self::RetentionNotOver { .. }
            | Self::AlreadyErased { .. } => None,
        }
    }
}
