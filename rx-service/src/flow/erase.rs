//! Erasure: what identifies a person is destroyed after the retention, by order of an officer who
//! signs it.

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use prescription::erase::{self as rules, EraseCommand, ErasureBasis};
use prescription::{Cedula, Erased, Event, Folio, Refusal};

use super::activation::{self, ActivationUse, OFFICER};
use super::record::record;
use super::sign::sign;
use super::{FlowError, prescriber};
use crate::app::App;
use crate::clock::day_in;
use crate::store::{Ended, Erasure, StoredPrescription};

/// Prescriptions looked at in one go.
const AT_ONCE: i64 = 256;

/// What an officer orders.
#[derive(Debug, Clone)]
pub struct ErasureOrder {
    /// The prescription.
    pub folio: Folio,
    /// Cédula of the officer, who is enrolled like a prescriber and signs with the own key.
    pub by: Cedula,
    /// Why.
    pub basis: ErasureBasis,
    /// The officer's activation of [`ErasureOrder::digest`].
    pub activation: Option<String>,
}

impl ErasureOrder {
    /// What the officer authorises.
    #[must_use]
    pub fn digest(folio: Folio, basis: ErasureBasis) -> [u8; 32] {
        let parts = [folio.compact().as_bytes(), basis.code().as_bytes()];
        ::activation::officer_digest("erase", &parts)
    }
}

/// A prescription whose retention is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueErasure {
    /// The prescription.
    pub folio: Folio,
    /// The day on which it ended.
    pub ended_on: Date,
    /// The last day on which its bodies had to be kept.
    pub kept_until: Date,
}

/// Destroys the bodies of a prescription. Does not wait for the ledger: the event is committed with
/// its pending entry, and the sequencer gives it its index like any other.
///
/// # Errors
/// [`FlowError::Refused`] by the rules, [`FlowError::Erased`] for one that was erased before,
/// [`FlowError::NotSequenced`] while an earlier event waits for its index; nothing was destroyed.
pub async fn erase(app: &App, order: &ErasureOrder) -> Result<Erased, FlowError> {
    let (now, today) = app.now();
    let stored = load(app, order.folio).await?;
    let command = EraseCommand {
        at: now,
        today,
        ended_on: ended_on(app, &stored, today),
        by: order.by.clone(),
        basis: order.basis,
        entries: indices(&stored)?,
    };
    let refused = |refusal| FlowError::Refused(vec![refusal]);
    let event = rules::decide(&stored.state, command, &app.law).map_err(refused)?;

    let officer = prescriber::ready(app, &order.by, now).await?;
    if !officer.stored.active {
        return Err(refused(Refusal::PrescriberNotActive));
    }
    let document = event.order().map_err(FlowError::internal)?;
    let act = ActivationUse {
        client: OFFICER,
        digests: &[ErasureOrder::digest(order.folio, order.basis)],
        per_prescription: false,
    };
    let token = order.activation.as_deref();
    let activated = activation::redeem(app, &order.by, token, act, now).await?;
    let signed = sign(app, (officer, &activated), now, document, None).await?;
    let erased = Event::Erased(event.clone());
    let before = stored.state;
    let after = before.clone().apply(&erased).map_err(FlowError::internal)?;
    let (salt, seq) = (app.entropy.draw()?.salt, stored.version + 1);
    let (record, _) = record(erased, signed, seq, Some(&before), &after, salt)?;
    app.store.erase(Erasure { before, record }).await?;
    app.sequencer.wake();
    Ok(event)
}

/// When the prescription may be erased: what [`erase`] would say of it today.
///
/// # Errors
/// As [`erase`]; nothing is destroyed either way.
pub async fn erasure_due(app: &App, folio: Folio) -> Result<DueErasure, FlowError> {
    let (_, today) = app.now();
    let stored = load(app, folio).await?;
    indices(&stored)?;
    let ended_on = ended_on(app, &stored, today);
    rules::is_due(&stored.state, today, ended_on, &app.law)
        .map(|kept_until| DueErasure {
            folio,
            ended_on,
            kept_until,
        })
        .map_err(|refusal| FlowError::Refused(vec![refusal]))
}

/// Gives `each` the prescriptions whose retention is over, in the order in which they were issued.
///
/// # Errors
/// The database failed, or `each` did.
pub async fn erasures_due<E: From<FlowError>>(
    app: &App,
    each: &mut dyn FnMut(DueErasure) -> Result<(), E>,
) -> Result<(), E> {
    let issued_before = issued_before(app);
    let mut after: Option<Ended> = None;
    loop {
        let page = app.store.ended(issued_before, after, AT_ONCE).await;
        let page = page.map_err(FlowError::from)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = Some(*last);
        for ended in page {
            match erasure_due(app, ended.folio).await {
                Ok(due) => each(due)?,
                // Not yet, or somebody was faster.
                Err(FlowError::Refused(_) | FlowError::Erased(_) | FlowError::NotSequenced(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What was issued later than this cannot have been kept long enough, whenever it ended.
fn issued_before(app: &App) -> Timestamp {
    let (_, today) = app.now();
    let years = Span::new().years(app.law.record_retention_years);
    let day = today.saturating_sub(years);
    let midnight = day.to_zoned(app.zone.clone());
    midnight.map_or(Timestamp::MIN, |midnight| midnight.timestamp())
}

async fn load(app: &App, folio: Folio) -> Result<StoredPrescription, FlowError> {
    let stored = app.store.prescription(folio).await?;
    stored.ok_or(FlowError::NotFound)
}

/// The day on which the prescription ended; today for one that has not, which is refused anyway.
fn ended_on(app: &App, stored: &StoredPrescription, today: Date) -> Date {
    let ended_at = stored.state.status.ended_at();
    ended_at.map_or(today, |at| day_in(at, &app.zone))
}

/// The ledger indices of all events: the erasure names what it destroys.
fn indices(stored: &StoredPrescription) -> Result<Vec<u64>, FlowError> {
    let folio = stored.state.issued.folio;
    let mut indices = Vec::with_capacity(stored.indices.len());
    for index in &stored.indices {
        indices.push(index.ok_or(FlowError::NotSequenced(folio))?);
    }
    indices.sort_unstable();
    Ok(indices)
}
