//! Folios of special recetarios ([`law::LGS_241`]): the authority assigns ranges to a prescriber,
//! hands the recetario over, and every single folio has one fate.
//!
//! ```text
//! assigned ──deliver──▶ delivered ──a prescription is written──▶ used
//!     │                    ├── returned to the authority
//!     └────────────────────┴── cancelled, lost or stolen
//! ```
//!
//! A fate is for good: a folio that was lost and found is not used, for somebody may have copied
//! it. An act of the authority is one [`FolioAct`], an entry of the register `SpecialFolio` of the
//! prescriber; that a folio was used says the `Issued` event itself. [`Recetarios`] folds both.

mod range;
mod reconcile;
mod spanish;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::range::{FolioRange, MAX_FOLIOS, RangeError};
pub use self::reconcile::Reconciliation;
use crate::issue::SpecialFolioFacts;
use crate::law::{self, Article};
use crate::refusal::SpecialFolioProblem;
use crate::{Cedula, Folio, Issued, SpecialFolio};

/// What an authority does with special folios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FolioVerb {
    /// Assigns them to the prescriber.
    Assign,
    /// Hands the recetario over.
    Deliver,
    /// Makes them void.
    Cancel,
    /// Records that they were lost.
    Lost,
    /// Records that they were stolen.
    Stolen,
    /// Takes them back unused.
    Return,
}

/// An act on special folios, as its body in the register tells it. Whose they are is the subject of
/// the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolioAct {
    /// What.
    pub verb: FolioVerb,
    /// The first folio.
    pub first: SpecialFolio,
    /// The last folio.
    pub last: SpecialFolio,
    /// When.
    pub at: Timestamp,
    /// The authority's document: an oficio, an acta. A theft has one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// The officer who orders and signs it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Cedula>,
}

/// What becomes of a folio, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// A prescription was written on it.
    Used,
    /// The authority or the prescriber made it void.
    Cancelled,
    /// Lost.
    Lost,
    /// Stolen.
    Stolen,
    /// Given back to the authority unused.
    Returned,
}

/// What has become of one folio.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolioState {
    /// To whom it was assigned.
    pub cedula: Cedula,
    /// When.
    pub assigned_at: Timestamp,
    /// When the prescriber got it.
    pub delivered_at: Option<Timestamp>,
    /// Its fate, and since when.
    pub fate: Option<(Fate, Timestamp)>,
    /// The prescription that was written on it.
    pub used_by: Option<Folio>,
}

/// Why an act on a folio cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolioProblem {
    /// The two folios are not the ends of a range.
    Range(RangeError),
    /// Somebody has it: an authority assigns a folio once.
    AlreadyAssigned(SpecialFolio),
    /// It was not assigned to this prescriber.
    NotAssigned(SpecialFolio),
    /// The prescriber has it already.
    AlreadyDelivered(SpecialFolio),
    /// The prescriber does not have it.
    NotDelivered(SpecialFolio),
    /// It has its fate.
    Ended(SpecialFolio, Fate),
    /// Loss and theft are recorded with the document that tells of them.
    DocumentMissing,
}

/// All special folios, folded from the acts on them and the prescriptions written on them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recetarios(BTreeMap<SpecialFolio, FolioState>);

impl FolioAct {
    /// The folios that it is about.
    ///
    /// # Errors
    /// The two folios are not the ends of a range.
    pub fn range(&self) -> Result<FolioRange, RangeError> {
        if self.first == self.last {
            return Ok(FolioRange::single(&self.first));
        }
        format!("{}..{}", self.first, self.last).parse()
    }
}

impl FolioProblem {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Range(_) => "folio-range",
            Self::AlreadyAssigned(_) => "folio-already-assigned",
            Self::NotAssigned(_) => "folio-not-assigned",
            Self::AlreadyDelivered(_) => "folio-already-delivered",
            Self::NotDelivered(_) => "folio-not-delivered",
            Self::Ended(..) => "folio-ended",
            Self::DocumentMissing => "folio-document-missing",
        }
    }

    /// The article that it rests on.
    #[must_use]
    pub fn law(&self) -> Article {
        law::LGS_241
    }
}

impl FromIterator<(SpecialFolio, FolioState)> for Recetarios {
    /// Folios as somebody kept them: what folding their acts would give.
    fn from_iter<T: IntoIterator<Item = (SpecialFolio, FolioState)>>(folios: T) -> Self {
        Self(folios.into_iter().collect())
    }
}

impl Recetarios {
    /// What has become of a folio; `None` where no authority assigned it.
    #[must_use]
    pub fn get(&self, folio: &SpecialFolio) -> Option<&FolioState> {
        self.0.get(folio)
    }

    /// Whether an act on the folios of `cedula` can be.
    ///
    /// # Errors
    /// What is wrong with the first folio of the range with which something is.
    pub fn check(&self, cedula: &Cedula, act: &FolioAct) -> Result<(), FolioProblem> {
        let crime = matches!(act.verb, FolioVerb::Lost | FolioVerb::Stolen);
        let document = act.document.as_deref().unwrap_or_default();
        if crime && document.trim().is_empty() {
            return Err(FolioProblem::DocumentMissing);
        }
        let range = act.range().map_err(FolioProblem::Range)?;
        range
            .folios()
            .try_for_each(|folio| self.check_one(cedula, act.verb, folio))
    }

    fn check_one(
        &self,
        cedula: &Cedula,
        verb: FolioVerb,
        folio: SpecialFolio,
    ) -> Result<(), FolioProblem> {
        let known = self.0.get(&folio);
        if verb == FolioVerb::Assign {
            return match known {
                Some(_) => Err(FolioProblem::AlreadyAssigned(folio)),
                None => Ok(()),
            };
        }
        let Some(state) = known.filter(|state| state.cedula == *cedula) else {
            return Err(FolioProblem::NotAssigned(folio));
        };
        if let Some((fate, _)) = state.fate {
            return Err(FolioProblem::Ended(folio, fate));
        }
        match (verb, state.delivered_at) {
            (FolioVerb::Deliver, Some(_)) => Err(FolioProblem::AlreadyDelivered(folio)),
            (FolioVerb::Return, None) => Err(FolioProblem::NotDelivered(folio)),
            (
                FolioVerb::Assign
                | FolioVerb::Deliver
                | FolioVerb::Cancel
                | FolioVerb::Lost
                | FolioVerb::Stolen
                | FolioVerb::Return,
                _,
            ) => Ok(()),
        }
    }

    /// The folios after an act: all of its range, or none.
    ///
    /// # Errors
    /// As [`Recetarios::check`].
    pub fn apply(mut self, cedula: &Cedula, act: &FolioAct) -> Result<Self, FolioProblem> {
        self.check(cedula, act)?;
        for folio in act.range().map_err(FolioProblem::Range)?.folios() {
            let state = self.0.entry(folio).or_insert_with(|| FolioState {
                cedula: cedula.clone(),
                assigned_at: act.at,
                delivered_at: None,
                fate: None,
                used_by: None,
            });
            match act.verb {
                FolioVerb::Assign => {}
                FolioVerb::Deliver => state.delivered_at = Some(act.at),
                FolioVerb::Cancel => state.fate = Some((Fate::Cancelled, act.at)),
                FolioVerb::Lost => state.fate = Some((Fate::Lost, act.at)),
                FolioVerb::Stolen => state.fate = Some((Fate::Stolen, act.at)),
                FolioVerb::Return => state.fate = Some((Fate::Returned, act.at)),
            }
        }
        Ok(self)
    }

    /// What the rules of an issue ask: whether `cedula` may write on this folio. Each folio is for
    /// one prescription.
    #[must_use]
    pub fn facts(&self, cedula: &Cedula, folio: &SpecialFolio) -> SpecialFolioFacts {
        let Some(state) = self.0.get(folio) else {
            return SpecialFolioFacts::Problem(SpecialFolioProblem::Unknown);
        };
        if state.cedula != *cedula {
            return SpecialFolioFacts::Problem(SpecialFolioProblem::OfAnother);
        }
        match (state.fate, state.delivered_at) {
            (Some((Fate::Used, _)), _) => SpecialFolioFacts::Problem(SpecialFolioProblem::Used),
            (Some((Fate::Cancelled | Fate::Lost | Fate::Stolen | Fate::Returned, _)), _) => {
                SpecialFolioFacts::Problem(SpecialFolioProblem::Void)
            }
            (None, None) => SpecialFolioFacts::Problem(SpecialFolioProblem::NotDelivered),
            (None, Some(_)) => SpecialFolioFacts::Usable,
        }
    }

    /// The folios after a prescription was written; of one without a special folio, the same.
    ///
    /// # Errors
    /// What is wrong with its folio. The state of a ledger that has such an issue is corrupt.
    pub fn issued(mut self, issued: &Issued) -> Result<Self, SpecialFolioProblem> {
        let Some(folio) = &issued.special_folio else {
            return Ok(self);
        };
        if let SpecialFolioFacts::Problem(problem) = self.facts(&issued.prescriber, folio) {
            return Err(problem);
        }
        if let Some(state) = self.0.get_mut(folio) {
            state.fate = Some((Fate::Used, issued.at));
            state.used_by = Some(issued.folio);
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests;
