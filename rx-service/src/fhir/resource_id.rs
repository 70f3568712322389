//! Ids of the resources that this service assigns.

use std::fmt;
use std::str::FromStr;

use prescription::Folio;

/// Id of the `MedicationRequest` of one line: `<16 folio characters>-<line>`, like
/// `7K3M9QRT2ABX51CD-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId {
    /// The prescription.
    pub folio: Folio,
    /// The line, from 1.
    pub line: u8,
}

/// The text is no id that this service assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not an id that this service assigned: <16 characters of the folio>-<line>, or -<index>-<line>"
)]
pub struct LineIdError;

impl LineId {
    /// The relative reference, `MedicationRequest/<id>`.
    #[must_use]
    pub fn reference(&self) -> String {
        format!("MedicationRequest/{self}")
    }
}

impl fmt::Display for LineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.folio.compact(), self.line)
    }
}

impl FromStr for LineId {
    type Err = LineIdError;

    /// Reads the canonical form only: ids are compared, cached and logged as text.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (folio, line) = text.split_once('-').ok_or(LineIdError)?;
        let folio: Folio = folio.parse().map_err(|_| LineIdError)?;
        let id = Self {
            folio,
            line: line.parse().map_err(|_| LineIdError)?,
        };
        if id.line == 0 || id.to_string() != text {
            return Err(LineIdError);
        }
        Ok(id)
    }
}

/// Id of the `MedicationDispense` of one line: `<16 folio characters>-<ledger index>-<line>`, like
/// `7K3M9QRT2ABX51CD-44-1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DispensedId {
    /// The prescription.
    pub folio: Folio,
    /// Ledger index of the dispensing.
    pub index: u64,
    /// The line, from 1.
    pub line: u8,
}

impl fmt::Display for DispensedId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.folio.compact(), self.index, self.line)
    }
}

impl FromStr for DispensedId {
    type Err = LineIdError;

    /// Reads the canonical form only.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '-');
        let mut part = || parts.next().ok_or(LineIdError);
        let (folio, index, line) = (part()?, part()?, part()?);
        let id = Self {
            folio: folio.parse().map_err(|_| LineIdError)?,
            index: index.parse().map_err(|_| LineIdError)?,
            line: line.parse().map_err(|_| LineIdError)?,
        };
        if id.line == 0 || id.to_string() != text {
            return Err(LineIdError);
        }
        Ok(id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn reads_back(random: [u8; 10], line in 1_u8..) {
            let id = LineId { folio: Folio::from_random(random), line };
            prop_assert_eq!(id.to_string().parse(), Ok(id));
        }

        #[test]
        fn a_dispensing_reads_back(random: [u8; 10], index: u64, line in 1_u8..) {
            let id = DispensedId { folio: Folio::from_random(random), index, line };
            prop_assert_eq!(id.to_string().parse(), Ok(id));
            prop_assert!(id.to_string().parse::<LineId>().is_err());
        }

        #[test]
        fn never_panics(text in "\\PC{0,24}") {
            prop_assert!(text.parse::<LineId>().is_err() || text.len() >= 18);
            prop_assert!(text.parse::<DispensedId>().is_err() || text.len() >= 20);
        }
    }

    #[test]
    fn refuses_other_spellings() {
        let folio = Folio::from_random([7; 10]);
        let compact = folio.compact();
        for wrong in [
            compact.to_owned(),
            format!("{compact}-0"),
            format!("{compact}-01"),
            format!("{compact}-+1"),
            format!("{compact}-256"),
            format!("{folio}-1"),
            format!("{}-1", compact.to_lowercase()),
        ] {
            assert_eq!(wrong.parse::<LineId>(), Err(LineIdError), "{wrong}");
        }
    }
}
