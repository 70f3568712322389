//! Return and correction: the pharmacy that dispensed takes back, or puts right, what it recorded.

use audit::Action;
use prescription::Event;
use prescription::event::ReturnReason;
use prescription::take_back::{self as rules, BroughtBack, ReturnCommand};

use super::pharmacy_step::{PharmacyAct, PharmacyDone, take};
use super::{FlowError, Visitor};
use crate::app::App;
use crate::store::StoredPrescription;

/// What a pharmacy asks for.
pub struct ReturnOrder {
    /// What it signed.
    pub act: PharmacyAct,
    /// The ledger index of the dispensing.
    pub dispensing: u64,
    /// Why.
    pub reason: ReturnReason,
    /// What comes back.
    pub line: BroughtBack,
    /// Whether the quantity counts unit doses.
    pub unit_doses: bool,
}

/// Takes back part of a dispensing of the caller's.
///
/// # Errors
/// [`FlowError`]; nothing has changed.
pub async fn take_back(
    app: &App,
    visitor: &Visitor,
    order: &ReturnOrder,
) -> Result<PharmacyDone, FlowError> {
    let pharmacy = &visitor.caller.clues;
    take(app, visitor, &order.act, Action::Return, |stored| {
        let inpatient = !stored.state.issued.setting.is_outpatient();
        if inpatient != order.unit_doses {
            return Err(FlowError::OtherUnit(order.line.line));
        }
        let command = ReturnCommand {
            at: order.act.at,
            on: app.day_at(pharmacy, order.act.at),
            pharmacy: pharmacy.clone(),
            dispensing: number_of(stored, order.dispensing).ok_or(FlowError::NotFound)?,
            reason: order.reason,
            lines: vec![order.line],
        };
        rules::decide(&stored.state, &command, &app.law)
            .map(Event::Returned)
            .map_err(FlowError::Refused)
    })
    .await
}

/// The number, from 1, of the dispensing with this ledger index.
fn number_of(stored: &StoredPrescription, index: u64) -> Option<u32> {
    let events = stored.events().zip(&stored.indices);
    let dispensings = events.filter(|(event, _)| matches!(event, Event::Dispensed(_)));
    (1..)
        .zip(dispensings)
        .find(|(_, (_, known))| **known == Some(index))
        .map(|(number, _)| number)
}
