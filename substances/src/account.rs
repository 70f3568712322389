//! Accounts: where units can be.

use jiff::civil::Date;
use prescription::{Clave, Clues};
use serde::{Deserialize, Serialize};

/// Where units come from or go to when they enter or leave the system. These accounts are the
/// world: what they hold may be negative, and all of them with all stocks add up to zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outside {
    /// Stock held when the ledger was opened for it, and stock that left the lists.
    Opening,
    /// Made in the country.
    Manufacture,
    /// Brought into the country.
    Import,
    /// Sent out of the country.
    Export,
    /// A supplier that does not record here.
    Supplier,
    /// Handed over to patients.
    Patients,
    /// Destroyed before witnesses.
    Destroyed,
    /// Lost or broken.
    Lost,
    /// Stolen.
    Stolen,
    /// Differences that nobody has explained.
    Unexplained,
}

impl Outside {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Opening,
        Self::Manufacture,
        Self::Import,
        Self::Export,
        Self::Supplier,
        Self::Patients,
        Self::Destroyed,
        Self::Lost,
        Self::Stolen,
        Self::Unexplained,
    ];

    /// The code in the API, the same as in JSON.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Opening => "opening",
            Self::Manufacture => "manufacture",
            Self::Import => "import",
            Self::Export => "export",
            Self::Supplier => "supplier",
            Self::Patients => "patients",
            Self::Destroyed => "destroyed",
            Self::Lost => "lost",
            Self::Stolen => "stolen",
            Self::Unexplained => "unexplained",
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Opening => "existencias iniciales",
            Self::Manufacture => "fabricación",
            Self::Import => "importación",
            Self::Export => "exportación",
            Self::Supplier => "proveedor fuera del sistema",
            Self::Patients => "pacientes",
            Self::Destroyed => "destruido",
            Self::Lost => "extraviado o roto",
            Self::Stolen => "robado",
            Self::Unexplained => "diferencia sin explicar",
        }
    }
}

/// Who holds units.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Party {
    /// An establishment.
    Establishment(Clues),
    /// Shipped by one establishment and not yet received by the other.
    Transit {
        /// Who shipped.
        from: Clues,
        /// Who is to receive.
        to: Clues,
    },
    /// The world.
    Outside(Outside),
}

/// A [`Party`] that somebody else owns: what a posting names without copying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartyRef<'a> {
    /// An establishment.
    Establishment(&'a Clues),
    /// Shipped by one establishment and not yet received by the other.
    Transit {
        /// Who shipped.
        from: &'a Clues,
        /// Who is to receive.
        to: &'a Clues,
    },
    /// The world.
    Outside(Outside),
}

impl Party {
    /// The same, borrowed.
    #[must_use]
    pub fn as_ref(&self) -> PartyRef<'_> {
        match self {
            Self::Establishment(clues) => PartyRef::Establishment(clues),
            Self::Transit { from, to } => PartyRef::Transit { from, to },
            Self::Outside(outside) => PartyRef::Outside(*outside),
        }
    }
}

impl PartyRef<'_> {
    /// The same, owned.
    #[must_use]
    pub fn to_party(self) -> Party {
        match self {
            Self::Establishment(clues) => Party::Establishment(clues.clone()),
            Self::Transit { from, to } => Party::Transit {
                from: from.clone(),
                to: to.clone(),
            },
            Self::Outside(outside) => Party::Outside(outside),
        }
    }
}

/// A manufacturer's lot. The same number with another expiry date is another lot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// The number, as printed: 1 to 40 characters, without spaces at the ends.
    pub number: String,
    /// The last day on which it may be supplied.
    pub expiry: Date,
}

impl Lot {
    /// The longest number that is accepted, in bytes.
    pub const MAX_NUMBER: usize = 40;

    /// Whether the number can be the one printed on a package.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        let number = &self.number;
        !number.is_empty()
            && number.len() <= Self::MAX_NUMBER
            && number.trim() == number
            && !number.chars().any(char::is_control)
    }

    /// Whether it may not be supplied any more on `day`.
    #[must_use]
    pub fn is_expired(&self, day: Date) -> bool {
        self.expiry < day
    }
}

/// Units of one lot of one clave, held by one party.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Who holds them.
    pub party: Party,
    /// The medicine.
    pub clave: Clave,
    /// The lot.
    pub lot: Lot,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_reads_back_from_json() {
        let clues: Clues = "HGIMB000011".parse().unwrap();
        let other: Clues = "HGSSA000025".parse().unwrap();
        for (party, json) in [
            (
                Party::Establishment(clues.clone()),
                r#"{"establishment":"HGIMB000011"}"#,
            ),
            (
                Party::Transit {
                    from: clues,
                    to: other,
                },
                r#"{"transit":{"from":"HGIMB000011","to":"HGSSA000025"}}"#,
            ),
            (Party::Outside(Outside::Lost), r#"{"outside":"lost"}"#),
        ] {
            assert_eq!(serde_json::to_string(&party).unwrap(), json);
            assert_eq!(serde_json::from_str::<Party>(json).unwrap(), party);
            assert_eq!(party.as_ref().to_party(), party);
        }
        let extra = r#"{"transit":{"from":"HGIMB000011","to":"HGSSA000025","via":"x"}}"#;
        assert!(serde_json::from_str::<Party>(extra).is_err());
    }

    #[test]
    fn codes_are_what_json_says() {
        for outside in Outside::ALL {
            assert_eq!(serde_json::to_value(outside).unwrap(), outside.code());
        }
    }

    #[test]
    fn a_lot_number_can_be_printed() {
        let lot = |number: &str| Lot {
            number: number.to_owned(),
            expiry: jiff::civil::date(2027, 1, 31),
        };
        assert!(lot("A-123/45").is_well_formed());
        for wrong in ["", " A", "A ", "A\n1", &"9".repeat(41)] {
            assert!(!lot(wrong).is_well_formed(), "{wrong:?}");
        }
        assert!(!lot("A").is_expired(jiff::civil::date(2027, 1, 31)));
        assert!(lot("A").is_expired(jiff::civil::date(2027, 2, 1)));
    }
}
