//! Which part of a request a refusal is about.

use super::Refusal;

/// The part of a request that a refusal is about. The FHIR layer knows the element's path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The whole.
    Whole,
    /// The medicine.
    Medication,
    /// Packages per fill, or packages handed over.
    Quantity,
    /// Number of fills.
    Fills,
    /// Days of treatment.
    Duration,
    /// Dose and rhythm.
    Dosage,
    /// The prescriber.
    Prescriber,
    /// The patient.
    Patient,
    /// The patient's address.
    Address,
    /// The diagnosis.
    Diagnosis,
    /// The date written or of dispensing.
    Date,
    /// The authority's folio.
    SpecialFolio,
    /// Lot or expiry.
    Lot,
    /// The prescription referred to.
    Prescription,
    /// The pharmacy.
    Pharmacy,
}

impl Refusal {
    /// The part of the request that it is about.
    #[must_use]
    pub fn field(&self) -> Field {
        match self {
            Self::ProfessionMayNotPrescribe { .. }
            | Self::PrescriberNotActive
            | Self::PrescriberNotAtEstablishment
            | Self::NotForAnimals
            | Self::NotOnNurseList { .. }
            | Self::NotThePrescriber => Field::Prescriber,
            Self::LineCount { .. } | Self::FractionIMixed | Self::LinesOfCommand => Field::Whole,
            Self::WrittenOn
            | Self::NotYetValid
            | Self::DayOfInstant
            | Self::BackDated { .. }
            | Self::TooEarly { .. } => Field::Date,
            Self::SpecialFolioMissing
            | Self::SpecialFolioNotUsable(_)
            | Self::SpecialFolioNotNeeded => Field::SpecialFolio,
            Self::AddressMissing => Field::Address,
            Self::DiagnosisMissing | Self::NotDental { .. } => Field::Diagnosis,
            Self::ConsentDenied | Self::SpeciesMissing => Field::Patient,
            Self::MedicineUnknown { .. }
            | Self::Prohibited { .. }
            | Self::BrandName { .. }
            | Self::DuplicateSubstance { .. }
            | Self::NoBrandToKeep { .. }
            | Self::SupplyAtHand { .. }
            | Self::SameGroup { .. }
            | Self::SameSpecialRecetaOpen { .. }
            | Self::WrongMedicine { .. }
            | Self::SubstitutionNotAllowed { .. }
            | Self::OnlineOnly { .. } => Field::Medication,
            Self::PackageCount { .. }
            | Self::FractionIIPackages { .. }
            | Self::UnitDoseCount { .. }
            | Self::MoreThanOwed { .. }
            | Self::MoreThanHandedOver { .. }
            | Self::NothingDispensed { .. } => Field::Quantity,
            Self::NoFills { .. }
            | Self::TooManyFills { .. }
            | Self::UnitDoseFills { .. }
            | Self::RefillInterval { .. } => Field::Fills,
            Self::TreatmentTooLong { .. } | Self::InternTreatmentTooLong { .. } => Field::Duration,
            Self::DosageIncomplete { .. } | Self::DailyDoseAboveIndication { .. } => Field::Dosage,
            Self::AlreadyCompleted { .. }
            | Self::AlreadyCancelled { .. }
            | Self::AlreadyExpired { .. }
            | Self::StillValid { .. }
            | Self::NoSuchLine { .. }
            | Self::Suspended { .. }
            | Self::NotSuspended
            | Self::NoSuchDispensing { .. }
            | Self::ReturnWindowOver { .. }
            | Self::NothingToTransfer
            | Self::RetainedNotTransferable { .. }
            | Self::LineClosed { .. }
            | Self::NotAtEnd
            | Self::RetentionNotOver { .. }
            | Self::AlreadyErased { .. } => Field::Prescription,
            Self::PharmacyNotLicensed { .. }
            | Self::OwedElsewhere { .. }
            | Self::UnitDoseElsewhere { .. }
            | Self::NotTheDispensingPharmacy => Field::Pharmacy,
            Self::LotMissing { .. } | Self::MedicineExpired { .. } | Self::NotToTheShelf { .. } => {
                Field::Lot
            }
        }
    }
}
