//! Dispense: verify, decide, write down, deliver.
//!
//! The order matters. The rules decide on the live state (or, offline, on what this counter knows);
//! the signed act is durable before the service hears of it; the service decides again, atomically.
//! Medicine is handed over when the act is confirmed, or when an offline act is written down.

mod document;
pub mod first_out;
pub mod offline;
mod order;

use jiff::Timestamp;
use prescription::dispense::{DispenseCommand, HandedOver, decide};
use prescription::law::Parameters;
use prescription::{Dispensed, DispensedLine, Prescription, Refusal};

pub use self::document::submission_of;
pub use self::offline::OfflineRefusal;
pub use self::order::{MAX_BRAND, MAX_LOT, OrderError, handed_over, parse_brand, parse_line};
pub(crate) use self::order::{parse_expiry, parse_lot};
use crate::counter::Counter;
use crate::identity::IdentityError;
use crate::local_state::{LocalStateError, local_state};
use crate::push::{Delivery, push};
use crate::service::ServiceError;
use crate::status::{StatusError, status};
use crate::store::{Act, ActId, ActLine, ActState, Book, RecordedAct, Store, StoreError};
use crate::verify::{Authentic, VerifyError};
use crate::witnessed::{self, Unwitnessed};

/// What the pharmacist asks for.
#[derive(Debug, Clone)]
pub struct Order {
    /// Number of the act, drawn once: the same order twice is one act.
    pub id: ActId,
    /// Text of the QR.
    pub qr: String,
    /// What is to be handed over.
    pub lines: Vec<HandedOver>,
    /// Do not ask the service.
    pub offline: bool,
}

/// How a dispensing ended. Only [`Outcome::Confirmed`] and [`Outcome::Queued`] hand over medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The ledger has it.
    Confirmed {
        /// What was handed over.
        act: Act,
        /// Its index in the ledger.
        ledger_index: u64,
    },
    /// Handed over offline; it waits for the network.
    Queued {
        /// What was handed over.
        act: Act,
    },
    /// The service did not answer: it may or may not have recorded the act.
    Unknown {
        /// What is not to be handed over yet.
        act: Act,
        /// Why.
        reason: String,
    },
}

/// Nothing is handed over.
#[derive(Debug, thiserror::Error)]
pub enum DispenseError {
    /// The QR is not authentic.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The state is not known.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// The law says no.
    #[error("No se surtió. {}", spanish(.0))]
    Refused(Vec<Refusal>),
    /// The pharmacy's policy for offline dispensing says no.
    #[error("No se surtió sin conexión. {0}")]
    Offline(#[from] OfflineRefusal),
    /// The ledger's state is in doubt.
    #[error("No se surtió. {0}")]
    Unwitnessed(#[from] Unwitnessed),
    /// What this counter knows does not add up.
    #[error(transparent)]
    Local(#[from] LocalStateError),
    /// The service says no.
    #[error("El servicio no aceptó el surtido. {0}")]
    Rejected(String),
    /// An earlier act of this prescription is still waiting.
    #[error("Esta receta tiene un surtido pendiente de confirmar ({0}); sincronice primero.")]
    Pending(String),
    /// The act's number was used for something else.
    #[error("El número del acto ya se usó para otro surtido; empiece de nuevo.")]
    Reused,
    /// The act cannot be signed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The act cannot be written down.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn spanish(refusals: &[Refusal]) -> String {
    let texts: Vec<_> = refusals.iter().map(Refusal::in_spanish).collect();
    texts.join(" ")
}

/// Dispenses.
///
/// # Errors
/// [`DispenseError`]; nothing is handed over.
pub fn dispense(
    counter: &Counter,
    order: &Order,
    now: Timestamp,
) -> Result<Outcome, DispenseError> {
    let authentic = counter.verify(&order.qr)?;
    // Bound first: `if let` would hold the database while the act is delivered.
    let earlier = counter.store().act(&order.id)?;
    if let Some(earlier) = earlier {
        return repeated(counter, order, &authentic, earlier, now);
    }
    if order.offline {
        return offline(counter, order, &authentic, now);
    }
    deliver_earlier(counter, &authentic, now)?;
    match status(counter, authentic.prescription(), &order.qr, now) {
        Ok(known) => online(counter, order, &authentic, &known.prescription, now),
        Err(StatusError::Service(error)) if error.is_outage() && counter.config.offline.allowed => {
            offline(counter, order, &authentic, now)
        }
        Err(error) => Err(error.into()),
    }
}

fn online(
    counter: &Counter,
    order: &Order,
    authentic: &Authentic,
    prescription: &Prescription,
    now: Timestamp,
) -> Result<Outcome, DispenseError> {
    let command = command(counter, order, now);
    let decided = decide(
        prescription,
        &command,
        &counter.facts(true),
        &Parameters::default(),
    );
    let dispensed = decided.map_err(DispenseError::Refused)?;
    if hands_over_controlled(prescription, &command) {
        witnessed::check(counter, now)??;
    }
    let act = act_of(counter, order, authentic, &dispensed, false);
    record(counter, &mut counter.store(), order, authentic, &act)?;
    settle(counter, act, now)
}

/// Whether any line handed over is of fractions I to III: they are dispensed online only, and only
/// into a ledger that the policy's witnesses watch.
fn hands_over_controlled(prescription: &Prescription, command: &DispenseCommand) -> bool {
    let lines = command.lines.iter();
    let mut issued = lines.filter_map(|handed| prescription.line(handed.line));
    issued.any(|(line, _)| line.fraction.is_controlled())
}

/// Decision and record under one lock: two windows of this counter cannot both use the last package.
fn offline(
    counter: &Counter,
    order: &Order,
    authentic: &Authentic,
    now: Timestamp,
) -> Result<Outcome, DispenseError> {
    let mut store = counter.store();
    let pharmacy = counter.facts(false);
    let prescription = local_state(&store, authentic.prescription(), &pharmacy.clues)?;
    let command = command(counter, order, now);
    let dispensed = decide(&prescription, &command, &pharmacy, &Parameters::default())
        .map_err(DispenseError::Refused)?;
    let pending = store.pending_acts()?.len();
    offline::check(&counter.config.offline, &prescription, &command, pending)?;
    let act = act_of(counter, order, authentic, &dispensed, true);
    record(counter, &mut store, order, authentic, &act)?;
    Ok(Outcome::Queued { act })
}

/// The same order again: a reloaded page, a lost answer.
fn repeated(
    counter: &Counter,
    order: &Order,
    authentic: &Authentic,
    earlier: RecordedAct,
    now: Timestamp,
) -> Result<Outcome, DispenseError> {
    let folio = authentic.prescription().payload().folio;
    if !earlier.act.hands_over(folio, &order.lines) {
        return Err(DispenseError::Reused);
    }
    let act = earlier.act;
    match (earlier.state, earlier.ledger_index) {
        (ActState::Confirmed, Some(ledger_index)) => Ok(Outcome::Confirmed { act, ledger_index }),
        (ActState::Pending, _) if act.offline => Ok(Outcome::Queued { act }),
        (ActState::Pending, _) => settle(counter, act, now),
        (ActState::Confirmed | ActState::Refused | ActState::Conflict, _) => {
            Err(DispenseError::Rejected(earlier.reason.unwrap_or_default()))
        }
    }
}

/// Earlier acts of this prescription reach the service before a new one is decided.
fn deliver_earlier(
    counter: &Counter,
    authentic: &Authentic,
    now: Timestamp,
) -> Result<(), DispenseError> {
    let folio = authentic.prescription().payload().folio;
    let pending = counter.store().pending_acts()?;
    for earlier in pending.iter().filter(|earlier| earlier.act.folio == folio) {
        match push(counter, earlier, now)? {
            Delivery::Confirmed { .. } | Delivery::Refused { .. } => {}
            // Without a network the offline path counts it locally.
            Delivery::Unanswered(error) if error.is_outage() && earlier.act.offline => {}
            Delivery::Unanswered(_) | Delivery::BadReceipt(_) => {
                return Err(DispenseError::Pending(earlier.act.id.to_string()));
            }
        }
    }
    Ok(())
}

fn command(counter: &Counter, order: &Order, now: Timestamp) -> DispenseCommand {
    DispenseCommand {
        at: now,
        on: counter.day(now),
        lines: order.lines.clone(),
    }
}

fn act_of(
    counter: &Counter,
    order: &Order,
    authentic: &Authentic,
    dispensed: &Dispensed,
    offline: bool,
) -> Act {
    let payload = authentic.prescription().payload();
    let line = |done: &DispensedLine| {
        let index = usize::from(done.line).checked_sub(1)?;
        let prescribed = payload.lines.get(index)?;
        Some(ActLine {
            line: done.line,
            clave: prescribed.clave.clone(),
            name: counter.medicine_name(&prescribed.clave),
            packages: done.packages,
            fill: done.fill,
            retained: done.retained,
            lot: done.lot.clone(),
            expiry: done.expiry,
            book: Book::of(prescribed.fraction, prescribed.antibiotic),
            brand: done.brand.clone(),
            unit_doses: done.units.is_some(),
        })
    };
    Act {
        id: order.id.clone(),
        folio: dispensed.folio,
        at: dispensed.at,
        on: dispensed.on,
        offline,
        cedula: payload.cedula.clone(),
        // The rules decide on lines that exist only.
        lines: dispensed.lines.iter().filter_map(line).collect(),
    }
}

fn record(
    counter: &Counter,
    store: &mut Store,
    order: &Order,
    authentic: &Authentic,
    act: &Act,
) -> Result<(), DispenseError> {
    let digest = authentic.prescription().qr_digest();
    let submission = submission_of(act, digest, &counter.identity)?;
    Ok(store.record_act(act, &submission, &order.qr)?)
}

/// Delivers an act that is written down.
fn settle(counter: &Counter, act: Act, now: Timestamp) -> Result<Outcome, DispenseError> {
    let pending = counter.store().pending_acts()?;
    let Some(pending) = pending.into_iter().find(|pending| pending.act.id == act.id) else {
        return Err(StoreError::NotPending(act.id.to_string()).into());
    };
    match push(counter, &pending, now)? {
        Delivery::Confirmed { ledger_index } => Ok(Outcome::Confirmed { act, ledger_index }),
        Delivery::Refused { reason } => Err(DispenseError::Rejected(reason)),
        Delivery::Unanswered(error) => Ok(unknown(act, &error)),
        Delivery::BadReceipt(error) => {
            let reason = error.to_string();
            Ok(Outcome::Unknown { act, reason })
        }
    }
}

fn unknown(act: Act, error: &ServiceError) -> Outcome {
    let reason = error.to_string();
    Outcome::Unknown { act, reason }
}

#[cfg(test)]
#[path = "dispense_tests.rs"]
mod tests;
