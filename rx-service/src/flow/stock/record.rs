//! Recording a movement: an establishment signs what happened to its stock.

use audit::{Action, Outcome};
use jiff::{SignedDuration, Timestamp};
use prescription::body::Evidence;
use prescription::dispense::{CLOCK_SKEW, MAX_LATENESS};
use prescription::register::{Place, Register};
use signing::cose::verify_detached;
use substances::{Balances, EstablishmentFacts, Movement, MovementFacts, PartyRef, decide};

use super::{facts, keeper, posting};
use crate::app::App;
use crate::fhir::MovementRequest;
use crate::flow::register::{act_record, identity};
use crate::flow::{FlowError, Visitor};
use crate::store::{BookEntry, Conflict, Identity, LotBalance, NewMovement, StoreError, Taken};
use crate::worker::sequence::Receipt;

/// How often a movement that lost to another is decided again.
const ATTEMPTS: u32 = 5;

/// What an establishment sends.
pub struct MovementSubmission {
    /// What was read.
    pub request: MovementRequest,
    /// The canonical bytes that it signed.
    pub document: Vec<u8>,
    /// Its `COSE_Sign1`, detached.
    pub signature: Vec<u8>,
}

/// A movement that was recorded.
pub struct MovementDone {
    /// The movement.
    pub movement: Movement,
    /// Its number in the establishment's register.
    pub number: u64,
    /// The lines of the books that it wrote.
    pub entries: Vec<BookEntry>,
    /// The receipt of the ledger.
    pub receipt: Receipt,
    /// It had happened before: this is the answer to a retry.
    pub repeated: bool,
}

/// Records a movement. A refusal is recorded with who asked.
///
/// # Errors
/// [`FlowError`]; nothing has changed.
pub async fn record(
    app: &App,
    visitor: &Visitor,
    submission: MovementSubmission,
) -> Result<MovementDone, FlowError> {
    let result = attempt(app, visitor, &submission).await;
    if let Err(error) = &result {
        visitor
            .note_book_refusal(app, Action::Register, error)
            .await;
    }
    result
}

/// Decides without recording: what each lot that it is about would hold afterwards.
///
/// # Errors
/// [`FlowError`], as [`record`].
pub async fn preview(
    app: &App,
    visitor: &Visitor,
    request: &MovementRequest,
) -> Result<Vec<LotBalance>, FlowError> {
    let establishment = keeper::caller(app, visitor).await?;
    check_time(app, request.at)?;
    let (movement, _, mut balances) = decided(app, &establishment, request).await?;
    balances.apply(&movement).map_err(FlowError::internal)?;
    let here = PartyRef::Establishment(&establishment.clues);
    let lots = movement.lines.iter().map(|line| {
        let units = balances.held(here, &line.clave, &line.lot).count();
        Ok(LotBalance {
            clave: line.clave.clone(),
            lot: line.lot.number.clone(),
            expiry: line.lot.expiry,
            units: i64::try_from(units).map_err(FlowError::internal)?,
        })
    });
    lots.collect()
}

async fn attempt(
    app: &App,
    visitor: &Visitor,
    submission: &MovementSubmission,
) -> Result<MovementDone, FlowError> {
    let establishment = keeper::caller(app, visitor).await?;
    let MovementSubmission {
        request,
        document,
        signature,
    } = submission;
    verify_detached(signature, document, &visitor.caller.spki)
        .map_err(|error| FlowError::PharmacySignature(error.to_string()))?;
    let clues = visitor.caller.clues.clone();
    let identity = identity(Register::Movement, clues.as_str(), request.at, document);
    for _ in 0..ATTEMPTS {
        if let Some(done) = earlier(app, visitor, &identity).await? {
            return Ok(done);
        }
        check_time(app, request.at)?;
        match step(app, visitor, &establishment, submission).await {
            // Another act was faster, or this very one is recorded already: read and decide again,
            // which says precisely what is missing where something is.
            Err(FlowError::Store(StoreError::Conflict(
                Conflict::Changed | Conflict::Recorded | Conflict::Stock { .. },
            ))) => {}
            result => return result,
        }
    }
    Err(FlowError::StockBusy(clues))
}

/// A movement is recorded when it happens, or within the time that a counter may be without
/// network.
fn check_time(app: &App, at: Timestamp) -> Result<(), FlowError> {
    let age: SignedDuration = app.now().0.duration_since(at);
    if (-CLOCK_SKEW..=MAX_LATENESS).contains(&age) {
        Ok(())
    } else {
        Err(FlowError::NotNow)
    }
}

/// The answer to an act that was recorded already: a retry after a lost answer sends the same bytes.
async fn earlier(
    app: &App,
    visitor: &Visitor,
    identity: &Identity,
) -> Result<Option<MovementDone>, FlowError> {
    let Some((number, index)) = app.store.movement_of(identity).await? else {
        return Ok(None);
    };
    let clues = &visitor.caller.clues;
    let movement = facts::movement(app, clues, number).await?;
    let receipt = match index {
        Some(index) => app.sequencer.receipt(index)?,
        None => None,
    };
    Ok(Some(MovementDone {
        movement: movement.ok_or_else(|| FlowError::StockBusy(clues.clone()))?,
        number,
        entries: app.store.entries_of_movement(clues, number).await?,
        receipt: receipt.ok_or_else(|| FlowError::StockBusy(clues.clone()))?,
        repeated: true,
    }))
}

async fn decided(
    app: &App,
    establishment: &EstablishmentFacts,
    request: &MovementRequest,
) -> Result<(Movement, MovementFacts, Balances), FlowError> {
    let order = facts::order(app, &establishment.clues, request);
    let (facts, balances) = facts::gather(app, establishment.clone(), &order).await?;
    let movement = decide(&order, &facts, &balances);
    movement
        .map(|movement| (movement, facts, balances))
        .map_err(FlowError::Movement)
}

async fn step(
    app: &App,
    visitor: &Visitor,
    establishment: &EstablishmentFacts,
    submission: &MovementSubmission,
) -> Result<MovementDone, FlowError> {
    let (movement, facts, _) = decided(app, establishment, &submission.request).await?;
    let number = facts.next_number;
    let draw = app.entropy.draw()?;
    let place = Place {
        register: Register::Movement,
        subject: establishment.clues.as_str().to_owned(),
        number,
    };
    let evidence = Evidence::Cose {
        document: submission.document.clone(),
        cose: submission.signature.clone(),
        certificate: visitor.caller.certificate.clone(),
    };
    let act = act_record(place, movement.clone(), evidence, movement.at, draw.salt)?;
    let (now, _) = app.now();
    let access = visitor.record_book(draw.access, now, Action::Register, None, Outcome::Success)?;
    let receipt = app.sequencer.expect(act.entry.identity)?;
    let new = NewMovement {
        act,
        posting: posting::of(&movement)?,
        accessed_at: now,
        corrects: movement.corrects,
        notice_due: movement.notice_due,
        lines: posting::moved(&movement)?,
        takes: takes(app, &movement, &facts).await?,
        access,
    };
    app.store.record_movement(new).await?;
    Ok(MovementDone {
        entries: app
            .store
            .entries_of_movement(&establishment.clues, number)
            .await?,
        movement,
        number,
        receipt: receipt.receipt().await?,
        repeated: false,
    })
}

/// What the movement takes of the shipment or movement that it refers to. A correction gives back
/// to the shipment what the corrected movement took of it.
async fn takes(
    app: &App,
    movement: &Movement,
    facts: &MovementFacts,
) -> Result<Vec<Taken>, FlowError> {
    let mut takes = Vec::new();
    if let Some(named) = &movement.shipment {
        let shipment = match &facts.shipment {
            Some(shipment) => Some(shipment.movement.clone()),
            None => facts::movement(app, &named.from, named.number).await?,
        };
        let shipment =
            shipment.ok_or_else(|| FlowError::Internal("a receipt of no shipment".to_owned()))?;
        let gives_back = movement.corrects.is_some();
        takes.extend(posting::takes(movement, &shipment, gives_back)?);
    }
    if let (Some(_), Some(corrected)) = (movement.corrects, &facts.corrected) {
        takes.extend(posting::takes(movement, &corrected.movement, false)?);
    }
    Ok(takes)
}
