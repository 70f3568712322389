//! Whether the units are there.

use super::{correction, shipment};
use crate::balances::PostingError;
use crate::posting::line_posting;
use crate::{Balances, Counted, Movement, MovementFacts, MovementKind, PartyRef, Refusal};

/// Whether the postings of the movement can be: enough stock, what was shipped, nothing opened
/// twice, every difference explained.
pub(super) fn moves(
    movement: &Movement,
    facts: &MovementFacts,
    balances: &Balances,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if movement.corrects.is_some() {
        refusals.extend(correction::had_it(movement, facts));
    } else {
        refusals.extend(opened(movement, balances));
        refusals.extend(shipment::has_it(movement, facts));
        refusals.extend(explained(movement));
    }
    if refusals.is_empty() {
        refusals.extend(enough(movement, balances));
    }
    refusals
}

/// An opening is for an account without history.
fn opened(movement: &Movement, balances: &Balances) -> Vec<Refusal> {
    if movement.kind != MovementKind::Opening {
        return Vec::new();
    }
    let here = PartyRef::Establishment(&movement.establishment);
    let lines = (1..).zip(&movement.lines);
    let known = lines.filter(|(_, line)| balances.balance(here, &line.clave, &line.lot).is_some());
    known
        .map(|(line, _)| Refusal::AlreadyOpened { line })
        .collect()
}

/// Every difference that a count finds has a reason that can explain it, and only a difference has.
fn explained(movement: &Movement) -> Vec<Refusal> {
    let lines = (1..).zip(&movement.lines);
    let counts = lines.filter_map(|(number, line)| Some((number, line.units, line.counted?)));
    let refused = counts.filter_map(|(line, units, counted)| {
        let Counted { expected, reason } = counted;
        match reason {
            None => (units != expected).then_some(Refusal::ReasonMissing { line, expected }),
            Some(reason) => {
                let fits = units < expected || (units > expected && reason.explains_surplus());
                (!fits).then_some(Refusal::ReasonDoesNotFit { line })
            }
        }
    });
    refused.collect()
}

/// No stock, and no shipment on its way, goes below zero.
fn enough(movement: &Movement, balances: &Balances) -> Vec<Refusal> {
    let lines = (1..).zip(&movement.lines);
    let checked = lines.filter_map(|(number, line)| {
        let posting = line_posting(movement, line)?;
        Some((number, balances.check(&posting).err()?))
    });
    let refused = checked.map(|(line, error)| match error {
        PostingError::NotEnough { held, .. } => Refusal::NotEnoughStock { line, held },
        PostingError::TooMany | PostingError::Nowhere => Refusal::TooMany { line },
    });
    refused.collect()
}
