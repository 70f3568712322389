//! An earlier movement that an order refers to.

use crate::{Movement, MovementKind, MovementLine, Units};

/// An earlier movement, and what has been used up of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierFacts {
    /// The movement.
    pub movement: Movement,
    /// What later movements took of each of its lines, in order, less what they gave back:
    /// corrections and, of a shipment, receipts and what was lost or stolen on the way.
    pub taken: Vec<Units>,
}

impl EarlierFacts {
    /// `movement` with what `later` movements, in the order of the ledger, took of it. Those that
    /// do not refer to it do not matter.
    #[must_use]
    pub fn of<'m>(movement: Movement, later: impl IntoIterator<Item = &'m Movement>) -> Self {
        let mut taken = vec![Units::ZERO; movement.lines.len()];
        for other in later {
            let Some(gives_back) = effect(&movement, other) else {
                continue;
            };
            for line in &other.lines {
                let Some(place) = place_of(&movement, line) else {
                    continue;
                };
                let now = taken[place];
                let then = if gives_back {
                    now.minus(line.units)
                } else {
                    now.plus(line.units)
                };
                taken[place] = then.unwrap_or(now);
            }
        }
        Self { movement, taken }
    }

    /// What is left of the lot of `line`; `None` where the movement does not have it, or where the
    /// figures do not fit each other.
    #[must_use]
    pub fn left_of(&self, line: &MovementLine) -> Option<Units> {
        let place = place_of(&self.movement, line)?;
        let taken = self.taken.get(place).copied().unwrap_or_default();
        self.movement.lines.get(place)?.units.minus(taken)
    }
}

/// Whether `other` gives back to `movement` (`true`) or takes of it (`false`); `None` where it does
/// not refer to it.
fn effect(movement: &Movement, other: &Movement) -> Option<bool> {
    let number = movement.number()?;
    let corrects = other.establishment == movement.establishment
        && other.corrects == Some(number)
        && other.kind == movement.kind;
    if corrects {
        return Some(false);
    }
    let shipment = other.shipment.as_ref()?;
    let of_it = movement.kind == MovementKind::Shipment
        && shipment.from == movement.establishment
        && shipment.number == number;
    of_it.then_some(other.corrects.is_some())
}

fn place_of(movement: &Movement, line: &MovementLine) -> Option<usize> {
    movement
        .lines
        .iter()
        .position(|one| one.clave == line.clave && one.lot == line.lot)
}
