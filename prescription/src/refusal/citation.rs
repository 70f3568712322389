//! Which article a refusal rests on.

use super::Refusal;
use crate::Fraction;
use crate::law::{self, Article};

impl Refusal {
    /// The article that it rests on, for a rule of law.
    #[expect(clippy::too_many_lines, reason = "a table: one line for each refusal")]
    #[must_use]
    pub fn law(&self) -> Option<Article> {
        Some(match *self {
            Self::ProfessionMayNotPrescribe { fraction, .. } => profession(fraction),
            Self::PrescriberNotActive | Self::NotForAnimals | Self::NotOnNurseList { .. } => {
                law::LGS_28_BIS
            }
            Self::UnitDoseCount { .. }
            | Self::UnitDoseFills { .. }
            | Self::UnitDoseElsewhere { .. } => law::LGS_226_BIS,
            Self::NoBrandToKeep { .. } | Self::SubstitutionNotAllowed { .. } => {
                law::LGS_226_GENERICA
            }
            Self::RetainedNotTransferable { .. } | Self::OwedElsewhere { until: None, .. } => {
                law::LGS_242
            }
            Self::NotDental { .. } | Self::InternTreatmentTooLong { .. } => law::LGS_240,
            Self::SpecialFolioMissing => law::LGS_226_I,
            Self::FractionIMixed | Self::SpecialFolioNotUsable(_) | Self::SpecialFolioNotNeeded => {
                law::LGS_241
            }
            Self::AddressMissing | Self::DiagnosisMissing | Self::DosageIncomplete { .. } => {
                law::RIS_29_30
            }
            Self::Prohibited { narcotic: true, .. } => law::LGS_237,
            Self::Prohibited {
                narcotic: false, ..
            } => law::LGS_248,
            Self::FractionIIPackages { .. } => law::LGS_226_II,
            Self::TooManyFills { fraction, .. } => return fills(fraction),
            Self::TreatmentTooLong { .. } => law::LGS_241_I,
            Self::DailyDoseAboveIndication { .. } => law::LGS_241_II,
            Self::BrandName { .. } => law::LGS_226_GENERICA,
            Self::PharmacyNotLicensed { fraction, .. } => licence(fraction),
            Self::LotMissing { fraction, .. } => register(fraction),
            Self::MedicineExpired { .. } => law::LGS_233,
            Self::PrescriberNotAtEstablishment
            | Self::LineCount { .. }
            | Self::WrittenOn
            | Self::ConsentDenied
            | Self::MedicineUnknown { .. }
            | Self::PackageCount { .. }
            | Self::NoFills { .. }
            | Self::DuplicateSubstance { .. }
            | Self::AlreadyCompleted { .. }
            | Self::AlreadyCancelled { .. }
            | Self::AlreadyExpired { .. }
            | Self::NotYetValid
            | Self::StillValid { .. }
            | Self::LinesOfCommand
            | Self::NoSuchLine { .. }
            | Self::LineClosed { .. }
            | Self::MoreThanOwed { .. }
            | Self::NothingDispensed { .. }
            | Self::OnlineOnly { .. }
            | Self::NotThePrescriber
            | Self::SpeciesMissing
            | Self::RefillInterval { .. }
            | Self::SupplyAtHand { .. }
            | Self::SameGroup { .. }
            | Self::SameSpecialRecetaOpen { .. }
            | Self::Suspended { .. }
            | Self::NotSuspended
            | Self::WrongMedicine { .. }
            | Self::TooEarly { .. }
            | Self::OwedElsewhere { until: Some(_), .. }
            | Self::DayOfInstant
            | Self::BackDated { .. }
            | Self::NoSuchDispensing { .. }
            | Self::NotTheDispensingPharmacy
            | Self::ReturnWindowOver { .. }
            | Self::MoreThanHandedOver { .. }
            | Self::NotToTheShelf { .. }
            | Self::NothingToTransfer
            | Self::NotAtEnd
            | Self::RetentionNotOver { .. }
            | Self::AlreadyErased { .. } => return None,
        })
    }
}

fn profession(fraction: Option<Fraction>) -> Article {
    if fraction == Some(Fraction::I) {
        law::LGS_240
    } else {
        law::LGS_28_BIS
    }
}

/// Article 226, IV leaves the fills to the prescriber: that bound is ours, not the law's.
fn fills(fraction: Fraction) -> Option<Article> {
    match fraction {
        Fraction::I => Some(law::LGS_242),
        Fraction::II => Some(law::LGS_251),
        Fraction::III => Some(law::LGS_226_III),
        Fraction::IV | Fraction::V | Fraction::VI => None,
    }
}

fn licence(fraction: Fraction) -> Article {
    match fraction {
        Fraction::I => law::LGS_242,
        Fraction::II => law::LGS_227_BIS,
        Fraction::III | Fraction::IV | Fraction::V | Fraction::VI => law::LGS_198_I,
    }
}

/// The book in which the lot is entered: a control book, or the register of antibiotics.
fn register(fraction: Fraction) -> Article {
    match fraction {
        Fraction::I => law::LGS_242,
        Fraction::II => law::LGS_226_II,
        Fraction::III => law::LGS_226_III,
        Fraction::IV | Fraction::V | Fraction::VI => law::ACUERDO_ANTIBIOTICOS_2010,
    }
}
