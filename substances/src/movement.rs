//! Movements: what happened to units. A movement is a fact: once recorded it is never changed.

mod kind;

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{Cedula, Clave, Clues, Folio};
use serde::{Deserialize, Serialize};

pub use self::kind::MovementKind;
use crate::{Book, CountReason, Lot, Rfc, Units};

/// One act with units, of one establishment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Movement {
    /// CLUES of the establishment that records it.
    pub establishment: Clues,
    /// Which record it comes from.
    pub origin: Origin,
    /// Instant at which it happened.
    pub at: Timestamp,
    /// Day on which it happened, in the time zone of the establishment: the date in the book.
    pub on: Date,
    /// What happened.
    pub kind: MovementKind,
    /// What moved: at least one line (a notice has none), each (clave, lot) once.
    pub lines: Vec<MovementLine>,
    /// Invoice, permit of import, acta, or the number of the note that came with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// Special permit to acquire or transfer fraction I (LGS art. 236), or permit of import (375-IX).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub permit: Option<String>,
    /// Who is at the other end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterpart: Option<Counterpart>,
    /// The shipment that was received, or lost or stolen on its way.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipment: Option<ShipmentRef>,
    /// Who saw it: name and post, at least two for a destruction.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub witnesses: Vec<String>,
    /// Folio of the notice to COFEPRIS of a loss or a theft.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice: Option<String>,
    /// The last day for that notice, where it was not given yet when this was recorded.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice_due: Option<Date>,
    /// Number of the movement of the same establishment that this one takes back, in whole or in
    /// part: nothing is erased, so that a correction posts in the other direction. Of a notice: the
    /// loss or theft that it is about.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub corrects: Option<u64>,
}

/// Which record a movement comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Origin {
    /// An act in the register of movements.
    Register {
        /// Its number in the establishment's series, from 1 without gaps.
        number: u64,
    },
    /// An event of a prescription, from which the movement is derived: it has no number of its own.
    Prescription {
        /// The prescription.
        folio: Folio,
        /// Who wrote it.
        prescriber: Cedula,
    },
}

/// What moved of one lot of one clave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovementLine {
    /// The medicine.
    pub clave: Clave,
    /// The lot.
    pub lot: Lot,
    /// How many units moved; of a count, how many were there.
    pub units: Units,
    /// The book that it is entered in: the class of the clave on that day.
    pub book: Book,
    /// Of a count: what it was compared with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counted: Option<Counted>,
    /// Units that were handed over although the ledger did not have them: of an antibiotic only.
    #[serde(skip_serializing_if = "Units::is_zero", default)]
    pub shortfall: Units,
    /// The prescription was retained with this line.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub retained: bool,
}

/// What a count was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counted {
    /// Units that should have been there.
    pub expected: Units,
    /// Why there is a difference; `None` where there is none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<CountReason>,
}

/// Who is at the other end of a movement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Counterpart {
    /// An establishment that records here.
    Establishment(Clues),
    /// A supplier that does not.
    Supplier {
        /// Its RFC.
        rfc: Rfc,
        /// Number of its sanitary licence; needed for fractions I to III.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        licence: Option<String>,
    },
}

/// A shipment, by who sent it and the number it has in the sender's series.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShipmentRef {
    /// Who shipped.
    pub from: Clues,
    /// To whom.
    pub to: Clues,
    /// Number of the shipment in the series of `from`.
    pub number: u64,
}

impl Movement {
    /// Its number in the establishment's register; `None` where it is derived from a prescription.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        match self.origin {
            Origin::Register { number } => Some(number),
            Origin::Prescription { .. } => None,
        }
    }

    /// The prescription that it is derived from.
    #[must_use]
    pub fn prescription(&self) -> Option<Folio> {
        match self.origin {
            Origin::Register { .. } => None,
            Origin::Prescription { folio, .. } => Some(folio),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{lawful, ordered, recorded};

    #[test]
    fn a_movement_reads_back_from_canonical_json_and_only_as_it_is() {
        for kind in ordered() {
            let movement = recorded(lawful(kind, Book::II));
            let json = serde_json_canonicalizer::to_string(&movement).unwrap();
            assert_eq!(serde_json::from_str::<Movement>(&json).unwrap(), movement);
            let extra = json.replacen('{', r#"{"note":"x","#, 1);
            assert!(serde_json::from_str::<Movement>(&extra).is_err());
        }
    }

    #[test]
    fn what_is_not_there_is_not_written() {
        let movement = recorded(lawful(MovementKind::Opening, Book::II));
        let json = serde_json::to_value(&movement).unwrap();
        let line = json["lines"][0].as_object().unwrap();
        assert_eq!(
            line.keys().collect::<Vec<_>>(),
            ["book", "clave", "lot", "units"]
        );
        assert_eq!(json["origin"]["register"]["number"], 8);
        assert!(json.get("notice").is_none() && json.get("corrects").is_none());
    }
}
