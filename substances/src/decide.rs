//! May this movement be recorded? Pure rules over an order, the facts and the balances.

mod correction;
mod counterpart;
mod date;
mod establishment;
mod line;
mod papers;
mod shipment;
mod stock;

pub(crate) use self::{date::in_order, establishment::may};

use crate::{Balances, Movement, MovementFacts, MovementKind, MovementLine, MovementOrder, Origin};
use crate::{Counterpart, Refusal, ShipmentRef};

/// Decides an order. `balances` are those of all lots of the medicines in it that the establishment
/// holds, and of the shipments on the way that it refers to; it may hold others.
///
/// # Errors
/// Every reason found; whether the units are there is only asked once nothing else is against it.
/// Nothing has changed.
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

    refusals.extend(establishment::may(&movement, &facts.establishment));
    refusals.extend(date::not_in_the_future(&movement, facts.today));
    refusals.extend(date::in_order(&movement, &facts.last_entries));
    refusals.extend(papers::complete(&movement, facts));
    refusals.extend(counterpart::may(&movement, facts));
    refusals.extend(shipment::is_known(&movement, facts));
    refusals.extend(correction::is_of(&movement, facts));
    if refusals.is_empty() {
        refusals.extend(stock::moves(&movement, facts, balances));
    }
    if refusals.is_empty() {
        Ok(movement)
    } else {
        Err(refusals)
    }
}

/// The movement as it will be recorded if nothing is against it. A correction has the other end and
/// the shipment of what it corrects, and a receipt the other end of its shipment.
fn recorded(order: &MovementOrder, facts: &MovementFacts, lines: Vec<MovementLine>) -> Movement {
    let here = &facts.establishment.clues;
    let takes_back = order.corrects.is_some() && order.kind != MovementKind::Notice;
    let corrected = facts.corrected.as_ref().filter(|_| takes_back);
    let corrected = corrected.map(|earlier| &earlier.movement);
    let shipment = order.shipment.clone();
    let shipment = shipment.or_else(|| corrected.and_then(|earlier| earlier.shipment.clone()));
    let known = corrected.and_then(|earlier| earlier.counterpart.clone());
    let on_its_way = order.kind == MovementKind::Receipt || order.kind.needs_notice();
    let named = shipment.as_ref().filter(|_| on_its_way);
    let sender = named.map(|shipment| other_end(shipment, here));
    let due = papers::needs_notice(order, &lines) && order.notice.is_none();
    Movement {
        establishment: here.clone(),
        origin: Origin::Register {
            number: facts.next_number,
        },
        at: order.at,
        on: order.on,
        kind: order.kind,
        lines,
        document: order.document.clone(),
        permit: order.permit.clone(),
        counterpart: order.counterpart.clone().or(known).or(sender),
        shipment,
        witnesses: order.witnesses.clone(),
        notice: order.notice.clone(),
        notice_due: due.then(|| date::after(order.on, facts.parameters.notice_days)),
        corrects: order.corrects,
    }
}

/// Who is at the other end of a shipment.
fn other_end(shipment: &ShipmentRef, here: &prescription::Clues) -> Counterpart {
    let other = if shipment.from == *here {
        &shipment.to
    } else {
        &shipment.from
    };
    Counterpart::Establishment(other.clone())
}
