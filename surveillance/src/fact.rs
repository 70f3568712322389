//! What happened, flat: one record for every view.
//!
//! A fact names people by cédula or pseudonym only, and says where its evidence is. Facts are made
//! by whoever reads the record (the auditor, from bodies that it verified) and know nothing of how.

use prescription::Refusal as LawRefusal;
use serde::{Deserialize, Serialize};

use crate::code::{CedulaCode, ClaveCode, CluesCode, PatientCode, RecetaCode};
use crate::day::Day;

/// Where a fact can be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Index of an entry in the ledger.
    Ledger(u64),
    /// Number of a record in the trail of accesses: what was refused is in no ledger.
    Access(u64),
}

/// One thing that happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its evidence.
    pub source: Source,
    /// When, in seconds since 1970-01-01 UTC.
    pub at: i64,
    /// The law's day on which it counts.
    pub day: Day,
    /// Where.
    pub establishment: CluesCode,
    /// What.
    pub act: Act,
}

/// What happened. Units are those of the presentation: tablets, ampoules, millilitres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Stock moved, other than to a patient or back.
    Moved {
        /// The medicine.
        clave: ClaveCode,
        /// From where to where.
        flow: Flow,
        /// How much; negative where an earlier movement is corrected.
        units: i64,
        /// The establishment at the other end of the way.
        other: Option<CluesCode>,
    },
    /// A receta was issued, whatever is on it.
    Issued {
        /// By whom.
        prescriber: CedulaCode,
        /// Which.
        receta: RecetaCode,
    },
    /// A medicine was prescribed: one line of a receta, all its fills.
    Prescribed {
        /// The medicine.
        clave: ClaveCode,
        /// How much, in all fills.
        units: u64,
        /// By whom.
        prescriber: CedulaCode,
        /// For whom.
        patient: PatientCode,
        /// On which receta.
        receta: RecetaCode,
    },
    /// A medicine was handed over to a patient.
    Dispensed(Handed),
    /// A medicine came back from a patient, or a dispensing was corrected.
    Returned(Handed),
    /// What was left of a prescribed line will never be dispensed: expired, cancelled or retained.
    Lapsed {
        /// The medicine.
        clave: ClaveCode,
        /// How much was never handed over; negative where a correction opens the line again.
        units: i64,
        /// Of which receta.
        receta: RecetaCode,
    },
    /// The establishment said how much it held at the end of the day.
    Stated {
        /// The medicine.
        clave: ClaveCode,
        /// How much.
        units: u64,
    },
    /// Something was refused.
    Refused {
        /// What was presented: the receta, or the special folio by its pseudonym.
        receta: RecetaCode,
        /// Why.
        refusal: Refused,
    },
}

/// Medicine between an establishment and a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Handed {
    /// The medicine.
    pub clave: ClaveCode,
    /// How much.
    pub units: u64,
    /// The patient, where there is a receta.
    pub patient: Option<PatientCode>,
    /// On whose word and which receta; `None` where there was none.
    pub prescribed: Option<(CedulaCode, RecetaCode)>,
}

/// Between which parties stock moved, seen from the establishment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// In: there when the books began.
    Opening,
    /// In: manufactured.
    Manufactured,
    /// In: imported.
    Imported,
    /// In: bought from a supplier outside the ledger.
    Bought,
    /// In: received from another establishment.
    Received,
    /// In: taken back by the establishment that had shipped it to another.
    TakenBack,
    /// In: a count found more than the books had.
    Found,
    /// In: handed over although the books did not have it, before anybody explains it.
    Shortfall,
    /// Out: shipped to another establishment.
    Shipped,
    /// Out: exported.
    Exported,
    /// Out: back to a supplier outside the ledger.
    SentBack,
    /// Out: it left the lists of the law.
    Released,
    /// Out: destroyed before witnesses.
    Destroyed,
    /// Out: lost.
    Lost,
    /// Out: stolen.
    Stolen,
    /// Out: a count found less than the books had.
    Missing,
    /// Neither: lost or stolen on the way from another establishment.
    LostOnTheWay,
}

impl Flow {
    /// All flows: first those in, then those out, then what touches no stock.
    pub const ALL: [Self; 17] = [
        Self::Opening,
        Self::Manufactured,
        Self::Imported,
        Self::Bought,
        Self::Received,
        Self::TakenBack,
        Self::Found,
        Self::Shortfall,
        Self::Shipped,
        Self::Exported,
        Self::SentBack,
        Self::Released,
        Self::Destroyed,
        Self::Lost,
        Self::Stolen,
        Self::Missing,
        Self::LostOnTheWay,
    ];

    /// Whether stock comes in.
    #[must_use]
    pub fn is_in(self) -> bool {
        self <= Self::Shortfall
    }

    /// Whether stock goes out.
    #[must_use]
    pub fn is_out(self) -> bool {
        !self.is_in() && self < Self::LostOnTheWay
    }
}

/// Why something was refused, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refused {
    /// Nothing is owed on the receta any more: it ended, the line is closed, or less is owed.
    NothingOwed,
    /// The authority's folio was used before, or is not the prescriber's to use.
    FolioUsed,
    /// Another QR than the one of the receta of this folio.
    OtherQr,
    /// Anything else.
    Other,
}

impl Refused {
    /// What a refusal with this code ([`LawRefusal::code`]) is here. The service adds
    /// `other-qr` for a QR that is not the one issued.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code {
            "already-completed" | "already-cancelled" | "already-expired" | "line-closed"
            | "more-than-owed" => Self::NothingOwed,
            "special-folio-not-usable" => Self::FolioUsed,
            "other-qr" => Self::OtherQr,
            _ => Self::Other,
        }
    }
}

impl From<&LawRefusal> for Refused {
    fn from(refusal: &LawRefusal) -> Self {
        Self::from_code(refusal.code())
    }
}

impl Act {
    /// The medicine, where it is about one.
    #[must_use]
    pub fn clave(&self) -> Option<ClaveCode> {
        match self {
            Self::Moved { clave, .. }
            | Self::Prescribed { clave, .. }
            | Self::Lapsed { clave, .. }
            | Self::Stated { clave, .. } => Some(*clave),
            Self::Dispensed(handed) | Self::Returned(handed) => Some(handed.clave),
            Self::Issued { .. } | Self::Refused { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flows_in_come_first() {
        assert_eq!(Flow::ALL.iter().filter(|flow| flow.is_in()).count(), 8);
        assert_eq!(Flow::ALL.iter().filter(|flow| flow.is_out()).count(), 8);
        assert!(Flow::ALL.is_sorted());
        let positions = Flow::ALL.iter().enumerate();
        assert!(positions.into_iter().all(|(n, flow)| *flow as usize == n));
    }

    #[test]
    fn a_fact_is_small() {
        assert!(size_of::<Fact>() <= 112, "{}", size_of::<Fact>());
    }

    #[test]
    fn refusals_of_the_law_are_sorted() {
        let closed = LawRefusal::LineClosed {
            line: 1,
            retained: false,
        };
        assert_eq!(Refused::from(&closed), Refused::NothingOwed);
        assert_eq!(Refused::from(&LawRefusal::NotYetValid), Refused::Other);
    }

    #[test]
    fn a_fact_is_one_line_of_json() {
        let line = r#"{"source":{"access":7},"at":1764000000,"day":"2026-11-24","establishment":"HGFAR000001","act":{"refused":{"receta":"000102030405060708090a0b0c0d0e0f","refusal":"nothing-owed"}}}"#;
        let fact: Fact = serde_json::from_str(line).unwrap();
        assert_eq!(fact.source, Source::Access(7));
        assert_eq!(serde_json::to_string(&fact).unwrap(), line);
    }
}
