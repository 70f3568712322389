//! The stable code of each refusal: what programs, logs and metrics read.

use std::fmt;

use super::Refusal;

impl Refusal {
    /// The code in the API: kebab-case English, never reused for another meaning.
    #[expect(clippy::too_many_lines, reason = "a table: one line for each refusal")]
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::ProfessionMayNotPrescribe { .. } => "profession-may-not-prescribe",
            Self::PrescriberNotActive => "prescriber-not-active",
            Self::PrescriberNotAtEstablishment => "prescriber-not-at-establishment",
            Self::LineCount { .. } => "line-count",
            Self::WrittenOn => "written-on",
            Self::FractionIMixed => "fraction-i-mixed",
            Self::SpecialFolioMissing => "special-folio-missing",
            Self::SpecialFolioNotUsable(_) => "special-folio-not-usable",
            Self::SpecialFolioNotNeeded => "special-folio-not-needed",
            Self::AddressMissing => "address-missing",
            Self::DiagnosisMissing => "diagnosis-missing",
            Self::ConsentDenied => "consent-denied",
            Self::MedicineUnknown { .. } => "medicine-unknown",
            Self::Prohibited { .. } => "prohibited",
            Self::PackageCount { .. } => "package-count",
            Self::FractionIIPackages { .. } => "fraction-ii-packages",
            Self::NoFills { .. } => "no-fills",
            Self::TooManyFills { .. } => "too-many-fills",
            Self::TreatmentTooLong { .. } => "treatment-too-long",
            Self::InternTreatmentTooLong { .. } => "intern-treatment-too-long",
            Self::DosageIncomplete { .. } => "dosage-incomplete",
            Self::DailyDoseAboveIndication { .. } => "daily-dose-above-indication",
            Self::BrandName { .. } => "brand-name",
            Self::DuplicateSubstance { .. } => "duplicate-substance",
            Self::AlreadyCompleted { .. } => "already-completed",
            Self::AlreadyCancelled { .. } => "already-cancelled",
            Self::AlreadyExpired { .. } => "already-expired",
            Self::NotYetValid => "not-yet-valid",
            Self::StillValid { .. } => "still-valid",
            Self::LinesOfCommand => "lines-of-command",
            Self::NoSuchLine { .. } => "no-such-line",
            Self::LineClosed { .. } => "line-closed",
            Self::MoreThanOwed { .. } => "more-than-owed",
            Self::NothingDispensed { .. } => "nothing-dispensed",
            Self::PharmacyNotLicensed { .. } => "pharmacy-not-licensed",
            Self::LotMissing { .. } => "lot-missing",
            Self::MedicineExpired { .. } => "medicine-expired",
            Self::OnlineOnly { .. } => "online-only",
            Self::NotThePrescriber => "not-the-prescriber",
            Self::NotForAnimals => "not-for-animals",
            Self::NotDental { .. } => "not-dental",
            Self::NotOnNurseList { .. } => "not-on-nurse-list",
            Self::SpeciesMissing => "species-missing",
            Self::NoBrandToKeep { .. } => "no-brand-to-keep",
            Self::UnitDoseCount { .. } => "unit-dose-count",
            Self::UnitDoseFills { .. } => "unit-dose-fills",
            Self::RefillInterval { .. } => "refill-interval",
            Self::SupplyAtHand { .. } => "supply-at-hand",
            Self::SameGroup { .. } => "same-group",
            Self::SameSpecialRecetaOpen { .. } => "same-special-receta-open",
            Self::Suspended { .. } => "suspended",
            Self::NotSuspended => "not-suspended",
            Self::WrongMedicine { .. } => "wrong-medicine",
            Self::SubstitutionNotAllowed { .. } => "substitution-not-allowed",
            Self::TooEarly { .. } => "too-early",
            Self::OwedElsewhere { .. } => "owed-elsewhere",
            Self::UnitDoseElsewhere { .. } => "unit-dose-elsewhere",
            Self::DayOfInstant => "day-of-instant",
            Self::BackDated { .. } => "back-dated",
            Self::NoSuchDispensing { .. } => "no-such-dispensing",
            Self::NotTheDispensingPharmacy => "not-the-dispensing-pharmacy",
            Self::ReturnWindowOver { .. } => "return-window-over",
            Self::MoreThanHandedOver { .. } => "more-than-handed-over",
            Self::NotToTheShelf { .. } => "not-to-the-shelf",
            Self::NothingToTransfer => "nothing-to-transfer",
            Self::RetainedNotTransferable { .. } => "retained-not-transferable",
            Self::NotAtEnd => "not-at-end",
            Self::RetentionNotOver { .. } => "retention-not-over",
            Self::AlreadyErased { .. } => "already-erased",
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
