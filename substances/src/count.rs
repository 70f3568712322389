//! Physical counts: why what is there differs from what the book says.

use serde::{Deserialize, Serialize};

use crate::Outside;

/// Coded reasons for a difference. None of them posts to patients or to a supplier: a count is no
/// receta and no invoice, so that a forgotten dispensing stays visible as a difference until it is
/// recorded as what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CountReason {
    /// An earlier count or entry was wrong.
    CountingError,
    /// Something that happened was not recorded.
    NotRecorded,
    /// The tolerance of measuring liquids and powders.
    Measurement,
    /// Broken, spilt or lost. Units are missing.
    Breakage,
    /// Stolen. Units are missing.
    Theft,
    /// Nobody knows yet.
    Unknown,
}

impl CountReason {
    /// All reasons.
    pub const ALL: [Self; 6] = [
        Self::CountingError,
        Self::NotRecorded,
        Self::Measurement,
        Self::Breakage,
        Self::Theft,
        Self::Unknown,
    ];

    /// The code in the API, the same as in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::CountingError => "counting-error",
            Self::NotRecorded => "not-recorded",
            Self::Measurement => "measurement",
            Self::Breakage => "breakage",
            Self::Theft => "theft",
            Self::Unknown => "unknown",
        }
    }

    /// The reason with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::CountingError => "error en un conteo o asiento anterior",
            Self::NotRecorded => "movimiento que no se registró",
            Self::Measurement => "tolerancia de medición",
            Self::Breakage => "rotura, derrame o extravío",
            Self::Theft => "robo",
            Self::Unknown => "sin explicar; en investigación",
        }
    }

    /// Where the difference goes to or comes from.
    #[must_use]
    pub fn outside(self) -> Outside {
        match self {
            Self::Breakage => Outside::Lost,
            Self::Theft => Outside::Stolen,
            Self::CountingError | Self::NotRecorded | Self::Measurement | Self::Unknown => {
                Outside::Unexplained
            }
        }
    }

    /// Whether it can explain units that are there and should not be.
    #[must_use]
    pub fn explains_surplus(self) -> bool {
        self.outside() == Outside::Unexplained
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_are_what_json_says() {
        for reason in CountReason::ALL {
            assert_eq!(CountReason::from_code(reason.code()), Some(reason));
            assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
        }
        assert_eq!(CountReason::from_code("dispensed"), None);
    }

    #[test]
    fn no_reason_makes_a_sale_or_a_purchase() {
        for reason in CountReason::ALL {
            assert!(!matches!(
                reason.outside(),
                Outside::Patients | Outside::Supplier | Outside::Opening
            ));
        }
        assert!(!CountReason::Theft.explains_surplus());
        assert!(CountReason::CountingError.explains_surplus());
    }
}
