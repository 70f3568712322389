//! The state of a prescription as one word.

/// The state as one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Not yet issued.
    None,
    /// Issued, nothing handed over.
    Active,
    /// Something handed over, something owed.
    PartiallyDispensed,
    /// Nothing more owed.
    Completed,
    /// Cancelled.
    Cancelled,
    /// Expired.
    Expired,
    /// Stopped by the prescriber for the time being.
    Suspended,
}

impl Phase {
    /// All phases, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Active,
        Self::PartiallyDispensed,
        Self::Completed,
        Self::Cancelled,
        Self::Expired,
        Self::Suspended,
    ];

    /// The number in the ledger's leaf.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Active => 1,
            Self::PartiallyDispensed => 2,
            Self::Completed => 3,
            Self::Cancelled => 4,
            Self::Expired => 5,
            Self::Suspended => 6,
        }
    }

    /// The phase with this number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.number() == number)
    }

    /// The code in the API and the database.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Active => "active",
            Self::PartiallyDispensed => "partially-dispensed",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::None => "no emitida",
            Self::Active => "vigente",
            Self::PartiallyDispensed => "surtida en parte",
            Self::Completed => "surtida por completo",
            Self::Cancelled => "cancelada",
            Self::Expired => "vencida",
            Self::Suspended => "suspendida",
        }
    }
}
