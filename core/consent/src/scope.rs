//! What a consent covers: which data, whose hands, what for.

use prescription::{Cedula, Clues};
use serde::{Deserialize, Serialize};

/// A kind of health data. Categories do not contain each other: a prescription against HIV is
/// [`DataCategory::Medication`] *and* [`SensitiveKind::Hiv`], and both are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataCategory {
    /// Identification, allergies, vital signs and the like.
    General,
    /// Prescriptions and dispensings.
    Medication,
    /// Data the national guide protects further.
    Sensitive(SensitiveKind),
}

/// Data that needs an advanced signature, confirmed every 12 months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SensitiveKind {
    /// HIV.
    Hiv,
    /// Mental health.
    MentalHealth,
    /// Sexual and reproductive health.
    Reproductive,
}

impl DataCategory {
    /// True when the guide asks for an advanced signature and yearly confirmation.
    #[must_use]
    pub fn is_sensitive(self) -> bool {
        matches!(self, Self::Sensitive(_))
    }

    /// What the patient reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::General => "Datos generales de salud",
            Self::Medication => "Recetas y medicamentos",
            Self::Sensitive(SensitiveKind::Hiv) => "VIH",
            Self::Sensitive(SensitiveKind::MentalHealth) => "Salud mental",
            Self::Sensitive(SensitiveKind::Reproductive) => "Salud sexual y reproductiva",
        }
    }
}

/// What the data would be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// Care of this patient.
    Care,
    /// Public health.
    PublicHealth,
    /// Research.
    Research,
    /// Management of health services.
    Management,
}

impl Purpose {
    /// What the patient reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Care => "Atención médica",
            Self::PublicHealth => "Salud pública",
            Self::Research => "Investigación",
            Self::Management => "Gestión de servicios",
        }
    }
}

/// Whom a consent names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recipient {
    /// Everybody at one establishment.
    Establishment(Clues),
    /// One professional, wherever they work.
    Professional(Cedula),
    /// Whoever treats the patient or dispenses to them at that moment.
    AnyTreating,
}
