//! May this movement be recorded? Pure rules over an order, the facts and the balances.

mod counterpart;
mod date;
mod establishment;
mod line;
mod papers;
mod stock;

use crate::{
    Balances, Counted, Movement, MovementFacts, MovementKind, MovementLine, MovementOrder, Origin,
    PartyRef, Refusal, Units,
};

/// Decides an order.
///
/// # Errors
/// Every reason found. Nothing has changed.
pub fn decide(
    order: &MovementOrder,
    facts: &MovementFacts,
    balances: &Balances,
) -> Result<Movement, Vec<Refusal>> {
    if order.kind == MovementKind::Dispensing {
        return Err(vec![Refusal::RecordedWithPrescription]);
    }
    let mut refusals = Vec::new();
    refusals.extend(line::each_named_once(order, facts.parameters.max_lines));
    let lines = line::booked(order, facts, balances, &mut refusals);
    let movement = recorded(order, facts, lines);

    refusals.extend(establishment::may(&movement, facts));
    refusals.extend(date::in_order(&movement, facts));
    refusals.extend(papers::complete(&movement, facts.parameters));
    refusals.extend(counterpart::may(&movement, facts));
    if refusals.is_empty() {
        refusals.extend(stock::moves(&movement, facts, balances));
    }
    if refusals.is_empty() {
        Ok(movement)
    } else {
        Err(refusals)
    }
}

/// The movement as it will be recorded if nothing is against it.
fn recorded(order: &MovementOrder, facts: &MovementFacts, lines: Vec<MovementLine>) -> Movement {
    let notice_due = (papers::needs_notice(order.kind, &lines) && order.notice.is_none())
        .then(|| date::after(order.on, facts.parameters.notice_days));
    Movement {
        establishment: facts.establishment.clues.clone(),
        origin: Origin::Register {
            number: facts.next_number,
        },
        at: order.at,
        on: order.on,
        kind: order.kind,
        lines,
        document: order.document.clone(),
        permit: order.permit.clone(),
        counterpart: order.counterpart.clone(),
        shipment: order.shipment.clone(),
        witnesses: order.witnesses.clone(),
        notice: order.notice.clone(),
        notice_due,
        corrects: order.corrects,
    }
}

/// What a count is compared with.
fn counted(
    order: &MovementOrder,
    line: &crate::OrderLine,
    facts: &MovementFacts,
    balances: &Balances,
) -> Option<Counted> {
    let here = PartyRef::Establishment(&facts.establishment.clues);
    let expected: Units = balances.held(here, &line.clave, &line.lot);
    (order.kind == MovementKind::Count).then_some(Counted {
        expected,
        reason: line.reason,
    })
}
