//! Whether the units are there.

use crate::balances::PostingError;
use crate::posting::each_posting;
use crate::{Balances, Movement, MovementFacts, MovementKind, PartyRef, Refusal};

/// Whether the postings of the movement can be: enough stock, what was shipped, nothing opened
/// twice, every difference explained.
pub(super) fn moves(
    movement: &Movement,
    facts: &MovementFacts,
    balances: &Balances,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if movement.kind == MovementKind::Opening {
        refusals.extend(opened(movement, balances));
    }
    if movement.kind == MovementKind::Receipt {
        refusals.extend(received(movement, facts));
    }
    refusals.extend(explained(movement));
    if refusals.is_empty() {
        refusals.extend(enough(movement, balances));
    }
    refusals
}

/// An opening is for an account without history.
fn opened(movement: &Movement, balances: &Balances) -> Vec<Refusal> {
    let here = PartyRef::Establishment(&movement.establishment);
    let lines = movement.lines.iter().enumerate();
    let known = lines.filter(|(_, line)| balances.balance(here, &line.clave, &line.lot).is_some());
    known
        .map(|(index, _)| Refusal::AlreadyOpened { line: index + 1 })
        .collect()
}

/// A receipt is of a shipment to this establishment, or of its own that comes back, and of no more
/// than is left of it.
fn received(movement: &Movement, facts: &MovementFacts) -> Vec<Refusal> {
    let Some((named, shipment)) = movement.shipment.as_ref().zip(facts.shipment.as_ref()) else {
        return vec![Refusal::ShipmentUnknown];
    };
    if ![&named.to, &named.from].contains(&&movement.establishment) {
        return vec![Refusal::NotTheReceiver];
    }
    let mut refusals = Vec::new();
    for (index, line) in movement.lines.iter().enumerate() {
        let number = index + 1;
        let shipped = shipment
            .movement
            .lines
            .iter()
            .position(|shipped| shipped.clave == line.clave && shipped.lot == line.lot);
        match shipped.and_then(|index| shipment.left(index)) {
            None => refusals.push(Refusal::NotInShipment { line: number }),
            Some(left) if left < line.units => {
                refusals.push(Refusal::MoreThanShipped { line: number, left });
            }
            Some(_) => {}
        }
    }
    refusals
}

/// Every difference has a reason that can explain it.
fn explained(movement: &Movement) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for (index, line) in movement.lines.iter().enumerate() {
        let number = index + 1;
        let Some(count) = line.counted else { continue };
        match count.reason {
            None if count.expected != line.units => refusals.push(Refusal::ReasonMissing {
                line: number,
                expected: count.expected,
            }),
            Some(_) if count.expected == line.units => {
                refusals.push(Refusal::ReasonDoesNotFit { line: number });
            }
            Some(reason) if line.units > count.expected && !reason.explains_surplus() => {
                refusals.push(Refusal::ReasonDoesNotFit { line: number });
            }
            _ => {}
        }
    }
    refusals
}

/// No stock goes below zero.
fn enough(movement: &Movement, balances: &Balances) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    each_posting(movement, |posting| {
        let line = movement
            .lines
            .iter()
            .position(|line| line.clave == *posting.clave && line.lot == *posting.lot)
            .map_or(0, |index| index + 1);
        match balances.check(&posting) {
            Ok(()) => {}
            Err(PostingError::NotEnough { held, .. }) => {
                refusals.push(Refusal::NotEnoughStock { line, held });
            }
            Err(PostingError::TooMany | PostingError::Nowhere) => {
                refusals.push(Refusal::TooMany { line });
            }
        }
    });
    refusals
}
