//! Special folios (LGS art. 241): the authority assigns ranges to a prescriber, delivers them, and
//! records what became of those that were not used. Every act is in the register `SpecialFolio`.

use jiff::Timestamp;
use prescription::body::Evidence;
use prescription::register::{Place, Register};
use prescription::{Cedula, SpecialFolio};
use serde::{Deserialize, Serialize};

use super::register::act_record;
use super::sign::sign;
use super::{FlowError, prescriber};
use crate::app::App;
use crate::special_folio::{Fate, FolioRange};
use crate::store::{AssignedRange, Conflict, FolioAct, FolioChange, PrescriberFolios, StoreError};

/// How often acts that lost to another are decided again.
const ATTEMPTS: u32 = 5;

/// What an authority does with special folios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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

impl FolioVerb {
    fn change(self) -> FolioChange {
        match self {
            Self::Assign => FolioChange::Assign,
            Self::Deliver => FolioChange::Deliver,
            Self::Cancel => FolioChange::End(Fate::Cancelled),
            Self::Lost => FolioChange::End(Fate::Lost),
            Self::Stolen => FolioChange::End(Fate::Stolen),
            Self::Return => FolioChange::End(Fate::Returned),
        }
    }
}

/// An act on special folios, as its body in the register tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialFolioAct {
    /// What.
    pub verb: FolioVerb,
    /// The first folio.
    pub first: SpecialFolio,
    /// The last folio.
    pub last: SpecialFolio,
    /// When.
    pub at: Timestamp,
    /// The authority's document: an oficio, an acta.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// The officer who orders and signs it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Cedula>,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct FolioOrder {
    /// What.
    pub verb: FolioVerb,
    /// Whose folios.
    pub cedula: Cedula,
    /// Which.
    pub ranges: Vec<FolioRange>,
    /// The authority's document.
    pub document: Option<String>,
    /// The officer who signs the acts; none: the operator records them.
    pub by: Option<Cedula>,
}

/// Why an act on special folios cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FolioProblem {
    /// Assigned to this prescriber before.
    #[error("{0} was assigned to this prescriber before")]
    AlreadyAssigned(FolioRange),
    /// Not, or not wholly, assigned to this prescriber.
    #[error("{0} was not assigned to this prescriber")]
    NotAssigned(FolioRange),
    /// Delivered before.
    #[error("{0} was delivered before")]
    AlreadyDelivered(FolioRange),
    /// The prescriber does not have it: it cannot come back.
    #[error("{0} was not delivered: there is nothing to return")]
    NotDelivered(FolioRange),
    /// It has a fate already.
    #[error("{folios} {}", match fate { Fate::Used => "was used on a prescription", Fate::Cancelled => "was cancelled before", Fate::Lost => "was recorded as lost", Fate::Stolen => "was recorded as stolen", Fate::Returned => "was returned before" })]
    Ended {
        /// Which.
        folios: FolioRange,
        /// What became of it.
        fate: Fate,
    },
}

/// Carries out an order, all of it or nothing; with `dry_run` only says whether it could be.
///
/// # Errors
/// [`FlowError::SpecialFolios`] with every problem, [`FlowError::NotEnrolled`].
pub async fn act_on_folios(app: &App, order: &FolioOrder, dry_run: bool) -> Result<(), FlowError> {
    for _ in 0..ATTEMPTS {
        let stored = app.store.prescriber(&order.cedula).await?;
        stored.ok_or(FlowError::NotEnrolled)?;
        let now = app.store.folios_of(&order.cedula).await?;
        let problems: Vec<_> = order
            .ranges
            .iter()
            .flat_map(|range| problems(order.verb, range, &now))
            .collect();
        if !problems.is_empty() {
            return Err(FlowError::SpecialFolios(problems));
        }
        if dry_run {
            return Ok(());
        }
        let acts = decide(app, order, &now).await?;
        match app.store.act_on_folios(acts).await {
            // Another act on this prescriber's folios was faster.
            Err(StoreError::Conflict(Conflict::Changed)) => {}
            Ok(()) => {
                app.sequencer.wake();
                return Ok(());
            }
            // What this prescriber has was looked at: somebody else has it.
            Err(StoreError::Conflict(Conflict::SpecialFolio)) => {
                return Err(FlowError::SpecialFolioTaken);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(FlowError::Internal(
        "others act on the same folios; try again".to_owned(),
    ))
}

/// What is wrong with `verb` on `range`, for a prescriber who has `now`.
fn problems(verb: FolioVerb, range: &FolioRange, now: &PrescriberFolios) -> Vec<FolioProblem> {
    let parts: Vec<_> = now
        .ranges
        .iter()
        .filter_map(|known| Some((known, known.range.intersection(range)?)))
        .collect();
    if verb == FolioVerb::Assign {
        let before = parts.into_iter().map(|(_, part)| part);
        return before.map(FolioProblem::AlreadyAssigned).collect();
    }
    let mut found: Vec<_> = missing(range, &parts)
        .into_iter()
        .map(FolioProblem::NotAssigned)
        .collect();
    for (known, part) in parts {
        match (verb, known.delivered_at.is_some()) {
            (FolioVerb::Deliver, true) => found.push(FolioProblem::AlreadyDelivered(part)),
            (FolioVerb::Return, false) => found.push(FolioProblem::NotDelivered(part)),
            _ => {}
        }
    }
    found.extend(ended(range, now));
    found
}

/// The parts of `range` that no assigned range has.
fn missing(range: &FolioRange, parts: &[(&AssignedRange, FolioRange)]) -> Vec<FolioRange> {
    let mut rest = Some(range.clone());
    let mut missing = Vec::new();
    for (_, part) in parts {
        let Some(open) = rest.take() else { break };
        let (before, behind) = open.around(part);
        missing.extend(before);
        rest = behind;
    }
    missing.extend(rest);
    missing
}

/// The folios of `range` that have a fate, neighbours of one fate together.
fn ended(range: &FolioRange, now: &PrescriberFolios) -> Vec<FolioProblem> {
    Fate::ALL
        .into_iter()
        .flat_map(|fate| {
            let folios = now
                .fates
                .iter()
                .filter(move |known| known.fate == fate)
                .filter(|known| range.contains(&FolioRange::single(&known.folio)))
                .map(|known| known.folio.clone());
            FolioRange::of_folios(folios)
                .into_iter()
                .map(move |folios| FolioProblem::Ended { folios, fate })
        })
        .collect()
}

/// The acts, numbered, and signed where an officer orders them. A delivery is one act for each
/// assigned range that it takes a part of.
async fn decide(
    app: &App,
    order: &FolioOrder,
    now: &PrescriberFolios,
) -> Result<Vec<FolioAct>, FlowError> {
    let (at, _) = app.now();
    let register = Register::SpecialFolio;
    let subject = order.cedula.as_str().to_owned();
    let first = app.store.next_number(register, &subject).await?;
    let ranges = order.ranges.iter().flat_map(|range| match order.verb {
        FolioVerb::Deliver => (now.ranges.iter())
            .filter_map(|known| known.range.intersection(range))
            .collect(),
        _ => vec![range.clone()],
    });
    let mut acts = Vec::new();
    for (number, range) in (first..).zip(ranges) {
        let act = to_act(order, &range, at)?;
        let evidence = sign_act(app, order, &act).await?;
        let place = Place {
            register,
            subject: subject.clone(),
            number,
        };
        let salt = app.entropy.draw()?.salt;
        acts.push(FolioAct {
            cedula: order.cedula.clone(),
            change: order.verb.change(),
            range,
            at,
            record: act_record(place, act, evidence, at, salt)?,
        });
    }
    Ok(acts)
}

fn to_act(
    order: &FolioOrder,
    range: &FolioRange,
    at: Timestamp,
) -> Result<SpecialFolioAct, FlowError> {
    let (first, last) = range
        .ends()
        .ok_or_else(|| FlowError::internal("an empty range"))?;
    Ok(SpecialFolioAct {
        verb: order.verb,
        first,
        last,
        at,
        document: order.document.clone(),
        by: order.by.clone(),
    })
}

/// The officer's signature over the canonical act; `OfLaw` where nobody signs.
async fn sign_act(
    app: &App,
    order: &FolioOrder,
    act: &SpecialFolioAct,
) -> Result<Evidence, FlowError> {
    let Some(by) = &order.by else {
        return Ok(Evidence::OfLaw);
    };
    let officer = prescriber::ready(app, by, act.at).await?;
    let document = serde_json_canonicalizer::to_vec(act).map_err(FlowError::internal)?;
    let signed = sign(app, officer, act.at, document, None).await?;
    Ok(Evidence::Cades {
        document: signed.document,
        cms: signed.cms,
        qr: Vec::new(),
    })
}
