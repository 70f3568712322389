//! Who calls the service: one certificate each.

use crate::cast::{EHR_CLUES, OTHER_EHR_CLUES, PHARMACY_1, PHARMACY_2, UNLICENSED_PHARMACY_CLUES};

/// A client of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    /// The electronic health record of the health centre where both prescribers work.
    Ehr,
    /// The record of another health centre, where only the second prescriber works.
    OtherEhr,
    /// A pharmacy with a sanitary licence.
    Pharmacy1,
    /// Another one.
    Pharmacy2,
    /// A pharmacy without a licence for controlled substances.
    UnlicensedPharmacy,
    /// An auditor of the authority.
    Auditor,
    /// A certificate of our authority that has expired.
    Expired,
    /// A certificate of another authority.
    Foreign,
}

impl Who {
    /// Everybody.
    pub const ALL: [Self; 8] = [
        Self::Ehr,
        Self::OtherEhr,
        Self::Pharmacy1,
        Self::Pharmacy2,
        Self::UnlicensedPharmacy,
        Self::Auditor,
        Self::Expired,
        Self::Foreign,
    ];

    /// Stem of its files.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Self::Ehr => "ehr",
            Self::OtherEhr => "ehr-other",
            Self::Pharmacy1 => "pharmacy-1",
            Self::Pharmacy2 => "pharmacy-2",
            Self::UnlicensedPharmacy => "pharmacy-unlicensed",
            Self::Auditor => "auditor",
            Self::Expired => "expired",
            Self::Foreign => "foreign",
        }
    }

    /// Common name of its certificate.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ehr => "Expediente clínico, Centro de Salud Actopan",
            Self::OtherEhr => "Expediente clínico, Centro de Salud Boxtha",
            Self::Pharmacy1 => "Farmacia La Esperanza",
            Self::Pharmacy2 => "Farmacia San Andrés",
            Self::UnlicensedPharmacy => "Farmacia sin licencia",
            Self::Auditor => "COFEPRIS, auditoría",
            Self::Expired => "Expediente con certificado vencido",
            Self::Foreign => "Expediente de otra autoridad",
        }
    }

    /// The URI in its certificate, from which the service knows who calls.
    #[must_use]
    pub fn uri(self) -> String {
        let pharmacy = |(clues, licence): (&str, &str)| {
            format!("urn:receta:client:pharmacy:{clues}:{licence}")
        };
        match self {
            Self::Ehr | Self::Expired | Self::Foreign => {
                format!("urn:receta:client:ehr:{EHR_CLUES}")
            }
            Self::OtherEhr => format!("urn:receta:client:ehr:{OTHER_EHR_CLUES}"),
            Self::Pharmacy1 => pharmacy(PHARMACY_1),
            Self::Pharmacy2 => pharmacy(PHARMACY_2),
            Self::UnlicensedPharmacy => {
                format!("urn:receta:client:pharmacy:{UNLICENSED_PHARMACY_CLUES}")
            }
            Self::Auditor => format!("urn:receta:client:auditor:{EHR_CLUES}"),
        }
    }
}
