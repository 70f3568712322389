//! Dispensing: a pharmacy that holds the QR hands over medicine.

use audit::{Action, Outcome};
use jiff::Timestamp;
use jiff::civil::Date;
use prescription::body::Evidence;
use prescription::dispense::{CLOCK_SKEW, DispenseCommand, MAX_LATENESS, PharmacyFacts};
use prescription::{
    Clave, Clues, Dispensed, Event, Folio, Fraction, Prescription, Refusal, dispense as rules,
};
use signing::cose::verify_detached;

use super::record::record;
use super::seal::qr_digest;
use super::{FlowError, Visitor, compromise, signed_by, stock};
use crate::app::App;
use crate::auth::Role;
use crate::store::{Conflict, NextStep, StoreError, StoredPrescription};
use crate::worker::sequence::Receipt;

/// How often a dispensing that lost to another is decided again.
const ATTEMPTS: u32 = 5;

/// What a pharmacy asks for.
pub struct DispenseOrder {
    /// The prescription.
    pub folio: Folio,
    /// SHA-256 of the QR without seal: proof of possession.
    pub qr_digest: [u8; 32],
    /// When it was handed over, as the pharmacy says.
    pub handed_over_at: Timestamp,
    /// What, with the clave that the pharmacy names for each.
    pub lines: Vec<OrderedLine>,
    /// The canonical bytes that the pharmacy signed.
    pub document: Vec<u8>,
    /// Its `COSE_Sign1`, detached.
    pub signature: Vec<u8>,
}

/// What a pharmacy says of one line.
pub struct OrderedLine {
    /// What is handed over.
    pub handed_over: rules::HandedOver,
    /// The clave that the pharmacy names.
    pub clave: Clave,
    /// Whether the quantity counts unit doses.
    pub unit_doses: bool,
    /// Whether another brand than the one prescribed was handed over, if the pharmacy says so.
    pub substituted: Option<bool>,
}

/// A dispensing that happened.
pub struct DispenseDone {
    /// The event.
    pub event: Dispensed,
    /// The prescription after it.
    pub after: Prescription,
    /// The receipt of the ledger.
    pub receipt: Receipt,
    /// It had happened before: this is the answer to a retry.
    pub repeated: bool,
}

/// Hands over medicine. A refusal is recorded with who asked.
///
/// # Errors
/// [`FlowError`]; nothing has changed.
pub async fn dispense(
    app: &App,
    visitor: &Visitor,
    order: DispenseOrder,
) -> Result<DispenseDone, FlowError> {
    let folio = order.folio;
    let result = attempt(app, visitor, order).await;
    if let Err(error) = &result {
        visitor
            .note_refusal(app, Action::Dispense, folio, error)
            .await;
    }
    result
}

async fn attempt(
    app: &App,
    visitor: &Visitor,
    order: DispenseOrder,
) -> Result<DispenseDone, FlowError> {
    let Role::Pharmacy { licence } = &visitor.caller.role else {
        return Err(FlowError::Forbidden("Sólo una farmacia surte recetas."));
    };
    verify_detached(&order.signature, &order.document, &visitor.caller.spki)
        .map_err(|error| FlowError::PharmacySignature(error.to_string()))?;
    let clues = &visitor.caller.clues;
    for _ in 0..ATTEMPTS {
        let stored = app
            .store
            .prescription(order.folio)
            .await?
            .ok_or(FlowError::NotFound)?;
        if qr_digest(&stored)? != order.qr_digest {
            return Err(FlowError::WrongQr);
        }
        if let Some(done) = earlier(app, &stored, &order, clues)? {
            return Ok(done);
        }
        compromise::check(app, &stored).await?;
        signed_by::check(app, &stored)?;
        let pharmacy = PharmacyFacts {
            clues: clues.clone(),
            controlled_licence: licence.is_some(),
            online: check_time(order.handed_over_at, app.now().0)?,
            today: Vec::new(),
        };
        match step(app, visitor, &order, &pharmacy, stored).await {
            // Another counter was faster, or this very act is recorded already: read again.
            Err(FlowError::Store(StoreError::Conflict(
                Conflict::Changed | Conflict::Recorded | Conflict::Stock { .. },
            ))) => {}
            result => return result,
        }
    }
    Err(FlowError::Busy(order.folio))
}

/// Whether the act happens now (`true`) or happened offline a while ago (`false`).
fn check_time(handed_over_at: Timestamp, now: Timestamp) -> Result<bool, FlowError> {
    let age = now.duration_since(handed_over_at);
    if age < -CLOCK_SKEW || age > MAX_LATENESS {
        return Err(FlowError::NotNow);
    }
    Ok(age <= CLOCK_SKEW)
}

/// The answer to an act that was recorded already: a retry after a lost answer comes from the same
/// pharmacy and sends the same bytes.
fn earlier(
    app: &App,
    stored: &StoredPrescription,
    order: &DispenseOrder,
    pharmacy: &Clues,
) -> Result<Option<DispenseDone>, FlowError> {
    for (body, index) in stored.bodies.iter().zip(&stored.indices) {
        let (Event::Dispensed(event), Evidence::Cose { document, .. }) =
            (&body.event, &body.evidence)
        else {
            continue;
        };
        if event.pharmacy != *pharmacy || *document != order.document {
            continue;
        }
        let receipt = match index {
            Some(index) => app.sequencer.receipt(*index)?,
            None => None,
        };
        return Ok(Some(DispenseDone {
            event: event.clone(),
            after: stored.state.clone(),
            receipt: receipt.ok_or(FlowError::Busy(order.folio))?,
            repeated: true,
        }));
    }
    Ok(None)
}

/// The fraction of each medicine on the day of the dispensing: it may have changed since the issue.
fn fractions_today(app: &App, order: &DispenseOrder, on: Date) -> Vec<(Clave, Fraction)> {
    let claves = order.lines.iter().map(|line| &line.clave);
    claves
        .filter_map(|clave| Some((clave.clone(), app.catalog.fraction_on(clave, on)?.fraction)))
        .collect()
}

/// What the pharmacy names is what the line is about.
fn is_of_its_line(state: &Prescription, ordered: &OrderedLine) -> Result<(), FlowError> {
    let number = ordered.handed_over.line;
    // A line that does not exist is refused by the rules.
    let Some((line, _)) = state.line(number) else {
        return Ok(());
    };
    if line.clave != ordered.clave {
        return Err(FlowError::OtherMedicine(number));
    }
    if ordered.unit_doses == state.issued.setting.is_outpatient() {
        return Err(FlowError::OtherUnit(number));
    }
    let handed = &ordered.handed_over.brand;
    let substituted = line.brand.is_some() && line.brand != *handed;
    if ordered.substituted.is_some_and(|said| said != substituted) {
        return Err(FlowError::SubstitutionContradicts(number));
    }
    Ok(())
}

/// The validity ends at the midnight of the place where the receta was written, although the day
/// may go on at a pharmacy further west.
fn has_not_ended(app: &App, order: &DispenseOrder, state: &Prescription) -> Result<(), FlowError> {
    let there = app.day_at(&state.issued.establishment, order.handed_over_at);
    let ended = |number: u8| {
        let (line, _) = state.line(number)?;
        let valid_until = line.valid_until;
        (state.ensure_active().is_ok() && there > valid_until).then_some(Refusal::AlreadyExpired {
            line: Some(number),
            valid_until,
        })
    };
    let refusals: Vec<_> = order
        .lines
        .iter()
        .filter_map(|line| ended(line.handed_over.line))
        .collect();
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(FlowError::Refused(refusals))
    }
}

async fn step(
    app: &App,
    visitor: &Visitor,
    order: &DispenseOrder,
    pharmacy: &PharmacyFacts,
    stored: StoredPrescription,
) -> Result<DispenseDone, FlowError> {
    for line in &order.lines {
        is_of_its_line(&stored.state, line)?;
    }
    has_not_ended(app, order, &stored.state)?;
    let command = DispenseCommand {
        at: order.handed_over_at,
        on: app.day_at(&pharmacy.clues, order.handed_over_at),
        lines: order
            .lines
            .iter()
            .map(|line| line.handed_over.clone())
            .collect(),
    };
    let pharmacy = &PharmacyFacts {
        today: fractions_today(app, order, command.on),
        ..pharmacy.clone()
    };
    let event =
        rules::decide(&stored.state, &command, pharmacy, &app.law).map_err(FlowError::Refused)?;
    let before = stored.state;
    let after = before
        .clone()
        .apply(&Event::Dispensed(event.clone()))
        .map_err(FlowError::internal)?;
    let draw = app.entropy.draw()?;
    let evidence = Evidence::Cose {
        document: order.document.clone(),
        cose: order.signature.clone(),
        certificate: visitor.caller.certificate.clone(),
    };
    let seq = stored.version + 1;
    let (record, _) = record(
        Event::Dispensed(event.clone()),
        evidence,
        seq,
        Some(&before),
        &after,
        draw.salt,
    )?;
    let patient = after.issued.patient.clone();
    let whom = (order.folio, Some(&patient));
    let access = visitor.record(
        draw.access,
        event.at,
        Action::Dispense,
        whom,
        Outcome::Success,
    )?;
    let receipt = app.sequencer.expect(record.entry.identity)?;
    let step = NextStep {
        ends_at: app.end_of(&after),
        after: after.clone(),
        record,
        at: event.at,
        access: Some(access),
    };
    hand_over(app, visitor, step, &event).await?;
    Ok(DispenseDone {
        event,
        after,
        receipt: receipt.receipt().await?,
        repeated: false,
    })
}

/// Writes the step with what it does to stock and books. What is not on the shelf according to the
/// ledger is refused, or for an antibiotic entered as missing.
async fn hand_over(
    app: &App,
    visitor: &Visitor,
    step: NextStep,
    event: &Dispensed,
) -> Result<(), FlowError> {
    const NAME: &str = "dispense";
    let posting = stock::posting_of(app, visitor, &step.after.issued, event)?;
    let written = app.store.advance_with_stock(NAME, step.clone(), posting);
    match written.await {
        Err(StoreError::Conflict(Conflict::Stock { .. })) => {
            let posting = stock::on_shortage(app, visitor, &step.after.issued, event).await?;
            Ok(app.store.advance_with_stock(NAME, step, posting).await?)
        }
        written => Ok(written?),
    }
}
