//! Special folios (LGS art. 241): the authority assigns ranges to a prescriber, delivers them, and
//! records what became of those that were not used. Every act is in the register `SpecialFolio`; the
//! rules are `prescription::special_folio`.

use jiff::Timestamp;
use prescription::issue::SpecialFolioFacts;
use prescription::register::{Place, Register};
use prescription::special_folio::{
    Fate, FolioAct, FolioProblem, FolioRange, FolioState, FolioVerb, Recetarios, Reconciliation,
};
use prescription::{Cedula, SpecialFolio};

use super::FlowError;
use super::activation::{self, Activated, ActivationUse, OFFICER};
use super::officer::sign_act;
use super::register::act_record;
use crate::app::App;
use crate::store::{
    AssignedRange, Conflict, DecidedFolioAct, FolioChange, FolioFate, PrescriberFolios, StoreError,
};

/// How often acts that lost to another are decided again.
const ATTEMPTS: u32 = 5;

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
    /// The officer's activation of [`FolioOrder::digest`].
    pub activation: Option<String>,
}

impl FolioOrder {
    /// What the officer authorises.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let ranges: Vec<_> = self.ranges.iter().map(ToString::to_string).collect();
        let ranges = ranges.join(",");
        let document = self.document.as_deref().unwrap_or_default();
        let verb = serde_json::to_string(&self.verb).unwrap_or_default();
        let parts = [&verb, self.cedula.as_str(), &ranges, document];
        ::activation::officer_digest("special-folios", &parts.map(str::as_bytes))
    }
}

/// The account of a prescriber's special folios.
#[derive(Debug, Clone)]
pub struct FolioAccount {
    /// Whose.
    pub cedula: Cedula,
    /// Where every folio went.
    pub sums: Reconciliation,
    /// What the prescriber must have in hand now.
    pub in_hand: Vec<FolioRange>,
}

/// Carries out an order, all of it or nothing; with `dry_run` only says whether it could be.
///
/// # Errors
/// [`FlowError::SpecialFolios`] with what is wrong with each range, [`FlowError::SpecialFolioTaken`],
/// [`FlowError::NotEnrolled`].
pub async fn act_on_folios(app: &App, order: &FolioOrder, dry_run: bool) -> Result<(), FlowError> {
    let mut activated = None;
    for _ in 0..ATTEMPTS {
        let stored = app.store.prescriber(&order.cedula).await?;
        stored.ok_or(FlowError::NotEnrolled)?;
        // The number first: who acts in between takes it, and this one is decided again.
        let (register, subject) = (Register::SpecialFolio, order.cedula.as_str());
        let first = app.store.next_number(register, subject).await?;
        let now = app.store.folios_of(&order.cedula).await?;
        let acts = decide(app, order, &now)?;
        if dry_run {
            return Ok(());
        }
        if let (Some(by), None) = (&order.by, &activated) {
            activated = Some(activate(app, by, order).await?);
        }
        let numbered = number(app, (order, activated.as_ref()), first, acts).await?;
        match app.store.act_on_folios(numbered).await {
            // Another act on this prescriber's folios was faster, or another key of the officer
            // signs now.
            Err(StoreError::Conflict(Conflict::Changed | Conflict::Key)) => {}
            Ok(()) => {
                app.sequencer.wake();
                return Ok(());
            }
            // What this prescriber has was looked at: somebody else has it, or it has just been
            // used.
            Err(StoreError::Conflict(Conflict::SpecialFolio)) => {
                return Err(FlowError::SpecialFolioTaken);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(FlowError::internal(
        "others act on the same folios; try again",
    ))
}

/// Redeems the officer's activation of an order.
async fn activate(app: &App, by: &Cedula, order: &FolioOrder) -> Result<Activated, FlowError> {
    let act = ActivationUse {
        client: OFFICER,
        digests: &[order.digest()],
        per_prescription: true,
    };
    let (now, _) = app.now();
    activation::redeem(app, by, order.activation.as_deref(), act, now).await
}

/// The acts of an order, if each of them can be.
fn decide(
    app: &App,
    order: &FolioOrder,
    now: &PrescriberFolios,
) -> Result<Vec<(FolioRange, FolioAct)>, FlowError> {
    let (at, _) = app.now();
    let mut problems = Vec::new();
    let mut recetarios = recetarios(now);
    for range in &order.ranges {
        let act = to_act(order, range, at)?;
        match recetarios.clone().apply(&order.cedula, &act) {
            Ok(after) => recetarios = after,
            Err(problem) => problems.push(problem),
        }
    }
    if !problems.is_empty() {
        return Err(FlowError::SpecialFolios(problems));
    }
    let ranges = order.ranges.iter();
    ranges
        .flat_map(|range| split(order.verb, range, now))
        .map(|range| {
            let act = to_act(order, &range, at)?;
            Ok((range, act))
        })
        .collect()
}

/// A delivery is one act for each assigned range that it takes a part of.
fn split(verb: FolioVerb, range: &FolioRange, now: &PrescriberFolios) -> Vec<FolioRange> {
    if verb != FolioVerb::Deliver {
        return vec![range.clone()];
    }
    now.ranges
        .iter()
        .filter_map(|known| known.range.intersection(range))
        .collect()
}

/// The acts with their places in the register from `first` on, signed where an officer orders them.
async fn number(
    app: &App,
    (order, activated): (&FolioOrder, Option<&Activated>),
    first: u64,
    acts: Vec<(FolioRange, FolioAct)>,
) -> Result<Vec<DecidedFolioAct>, FlowError> {
    let register = Register::SpecialFolio;
    let subject = order.cedula.as_str().to_owned();
    let mut numbered = Vec::with_capacity(acts.len());
    for (number, (range, act)) in (first..).zip(acts) {
        let at = act.at;
        let proof = sign_act(app, activated, at, &act).await?;
        let place = Place {
            register,
            subject: subject.clone(),
            number,
        };
        let salt = app.entropy.draw()?.salt;
        numbered.push(DecidedFolioAct {
            cedula: order.cedula.clone(),
            change: change(order.verb),
            range,
            at,
            record: act_record(place, act, proof, at, salt)?,
        });
    }
    Ok(numbered)
}

fn change(verb: FolioVerb) -> FolioChange {
    match verb {
        FolioVerb::Assign => FolioChange::Assign,
        FolioVerb::Deliver => FolioChange::Deliver,
        FolioVerb::Cancel => FolioChange::End(Fate::Cancelled),
        FolioVerb::Lost => FolioChange::End(Fate::Lost),
        FolioVerb::Stolen => FolioChange::End(Fate::Stolen),
        FolioVerb::Return => FolioChange::End(Fate::Returned),
    }
}

fn to_act(order: &FolioOrder, range: &FolioRange, at: Timestamp) -> Result<FolioAct, FlowError> {
    let (first, last) = range
        .ends()
        .ok_or_else(|| FlowError::internal("an empty range"))?;
    Ok(FolioAct {
        verb: order.verb,
        first,
        last,
        at,
        document: order.document.clone(),
        by: order.by.clone(),
    })
}

/// The account of a prescriber from `from` until before `until`.
///
/// # Errors
/// The database failed.
pub async fn folio_account(
    app: &App,
    cedula: &Cedula,
    (from, until): (Timestamp, Timestamp),
) -> Result<FolioAccount, FlowError> {
    let recetarios = recetarios(&app.store.folios_of(cedula).await?);
    Ok(FolioAccount {
        cedula: cedula.clone(),
        sums: recetarios.reconcile(cedula, from, until),
        in_hand: FolioRange::of_folios(recetarios.in_hand_of(cedula).cloned()),
    })
}

/// What the rules of an issue ask of a special folio.
///
/// # Errors
/// The database failed.
pub(super) async fn facts(
    app: &App,
    cedula: &Cedula,
    special: &SpecialFolio,
) -> Result<SpecialFolioFacts, FlowError> {
    let (range, fate) = app.store.special_folio(special).await?;
    let known = range.map(|range| (special.clone(), state(&range, fate.as_ref())));
    let recetarios: Recetarios = known.into_iter().collect();
    Ok(recetarios.facts(cedula, special))
}

/// The rows of a prescriber as the rules see them.
fn recetarios(rows: &PrescriberFolios) -> Recetarios {
    let fate_of = |folio: &SpecialFolio| rows.fates.iter().find(|fate| fate.folio == *folio);
    let folios = rows.ranges.iter().flat_map(|range| {
        let folios = range.range.folios();
        folios.map(move |folio| {
            let state = state(range, fate_of(&folio));
            (folio, state)
        })
    });
    folios.collect()
}

fn state(range: &AssignedRange, fate: Option<&FolioFate>) -> FolioState {
    FolioState {
        cedula: range.cedula.clone(),
        assigned_at: range.assigned_at,
        delivered_at: range.delivered_at,
        fate: fate.map(|fate| (fate.fate, fate.at)),
        used_by: fate.and_then(|fate| fate.used_by),
    }
}

/// What is wrong, for whoever types at a terminal: the code, and what to do in Spanish.
pub(super) fn describe(problems: &[FolioProblem]) -> String {
    let lines = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.code(), problem.in_spanish()));
    lines.collect::<Vec<_>>().join("\n")
}
