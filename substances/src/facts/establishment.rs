//! What is known of an establishment.

use prescription::Clues;
use serde::{Deserialize, Serialize};

use crate::Book;

/// What an establishment is, by the fractions of LGS art. 257.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EstablishmentKind {
    /// I: factory of raw materials.
    RawMaterialFactory,
    /// II: factory or laboratory of medicines.
    MedicineFactory,
    /// III: factory of herbal remedies.
    HerbalFactory,
    /// IV: laboratory of control, study or experiment.
    ControlLaboratory,
    /// V: warehouse that packs.
    PackagingWarehouse,
    /// VI: warehouse that stores and distributes medicines.
    DistributionWarehouse,
    /// VII: warehouse of raw materials.
    RawMaterialWarehouse,
    /// VIII: droguería.
    Drugstore,
    /// IX: botica.
    Botica,
    /// X: farmacia, that of a hospital included.
    Pharmacy,
    /// XI: medicines for animals.
    Veterinary,
    /// XII: others.
    Other,
}

impl EstablishmentKind {
    /// All kinds in the order of the law.
    pub const ALL: [Self; 12] = [
        Self::RawMaterialFactory,
        Self::MedicineFactory,
        Self::HerbalFactory,
        Self::ControlLaboratory,
        Self::PackagingWarehouse,
        Self::DistributionWarehouse,
        Self::RawMaterialWarehouse,
        Self::Drugstore,
        Self::Botica,
        Self::Pharmacy,
        Self::Veterinary,
        Self::Other,
    ];

    /// The code in the API, the same as in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RawMaterialFactory => "raw-material-factory",
            Self::MedicineFactory => "medicine-factory",
            Self::HerbalFactory => "herbal-factory",
            Self::ControlLaboratory => "control-laboratory",
            Self::PackagingWarehouse => "packaging-warehouse",
            Self::DistributionWarehouse => "distribution-warehouse",
            Self::RawMaterialWarehouse => "raw-material-warehouse",
            Self::Drugstore => "drugstore",
            Self::Botica => "botica",
            Self::Pharmacy => "pharmacy",
            Self::Veterinary => "veterinary",
            Self::Other => "other",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// Whether medicines of the ledger may be there at all: anywhere but where herbal remedies are
    /// made.
    #[must_use]
    pub fn holds_medicines(self) -> bool {
        self != Self::HerbalFactory
    }

    /// Whether it supplies the public: droguería, botica or farmacia (LGS arts. 227 Bis and 257).
    #[must_use]
    pub fn supplies_the_public(self) -> bool {
        matches!(self, Self::Drugstore | Self::Botica | Self::Pharmacy)
    }
}

/// What is known of an establishment on the day of a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EstablishmentFacts {
    /// Its CLUES.
    pub clues: Clues,
    /// What it is.
    pub kind: EstablishmentKind,
    /// It has a sanitary licence for estupefacientes and psicotrópicos (LGS arts. 198-I and 258).
    pub controlled_licence: bool,
    /// It has given notice of its responsable sanitario (LGS arts. 259 and 260).
    pub responsible: bool,
    /// The control books that the authority has permitted (LGS art. 375-IV).
    pub books: Vec<Book>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_are_what_json_says() {
        for kind in EstablishmentKind::ALL {
            assert_eq!(EstablishmentKind::from_code(kind.code()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
    }

    #[test]
    fn three_kinds_supply_the_public() {
        let public = EstablishmentKind::ALL.map(EstablishmentKind::supplies_the_public);
        assert_eq!(public.iter().filter(|supplies| **supplies).count(), 3);
    }
}
