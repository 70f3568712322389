//! The kinds of movement.

use serde::{Deserialize, Serialize};

/// What happened to units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MovementKind {
    /// Stock held when the ledger was opened for it.
    Opening,
    /// Made.
    Manufacture,
    /// Brought into the country.
    Import,
    /// Sent out of the country.
    Export,
    /// Bought from a supplier that does not record here.
    Purchase,
    /// Sent to another establishment.
    Shipment,
    /// Received from another establishment, or taken back by its sender.
    Receipt,
    /// Handed over to a patient: derived from the prescription's event.
    Dispensing,
    /// From a patient: derived from the prescription's event. Or to a supplier that does not
    /// record here.
    Return,
    /// Destroyed before witnesses.
    Destruction,
    /// Lost or broken.
    Loss,
    /// Stolen.
    Theft,
    /// Counted.
    Count,
    /// Out of the ledger, because the substance left the lists.
    Release,
    /// The notice to COFEPRIS of an earlier loss or theft, which had not been given when that was
    /// recorded. It moves nothing and has no lines; `corrects` says which movement it is about.
    Notice,
}

impl MovementKind {
    /// All kinds.
    pub const ALL: [Self; 15] = [
        Self::Opening,
        Self::Manufacture,
        Self::Import,
        Self::Export,
        Self::Purchase,
        Self::Shipment,
        Self::Receipt,
        Self::Dispensing,
        Self::Return,
        Self::Destruction,
        Self::Loss,
        Self::Theft,
        Self::Count,
        Self::Release,
        Self::Notice,
    ];

    /// The code in the API, the same as in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Manufacture => "manufacture",
            Self::Import => "import",
            Self::Export => "export",
            Self::Purchase => "purchase",
            Self::Shipment => "shipment",
            Self::Receipt => "receipt",
            Self::Dispensing => "dispensing",
            Self::Return => "return",
            Self::Destruction => "destruction",
            Self::Loss => "loss",
            Self::Theft => "theft",
            Self::Count => "count",
            Self::Release => "release",
            Self::Notice => "notice",
        }
    }

    /// The kind with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Opening => "inventario inicial",
            Self::Manufacture => "fabricación",
            Self::Import => "importación",
            Self::Export => "exportación",
            Self::Purchase => "adquisición",
            Self::Shipment => "envío",
            Self::Receipt => "recepción",
            Self::Dispensing => "surtido",
            Self::Return => "devolución",
            Self::Destruction => "destrucción",
            Self::Loss => "extravío o rotura",
            Self::Theft => "robo",
            Self::Count => "conteo físico",
            Self::Release => "baja por salir de las listas",
            Self::Notice => "aviso a COFEPRIS",
        }
    }

    /// Whether COFEPRIS must be given notice of it.
    #[must_use]
    pub fn needs_notice(self) -> bool {
        matches!(self, Self::Loss | Self::Theft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_are_what_json_says() {
        for kind in MovementKind::ALL {
            assert_eq!(MovementKind::from_code(kind.code()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
        }
    }
}
