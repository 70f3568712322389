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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{UNITS, lawful, recorded, shipped};
    use crate::{Book, Origin};

    #[test]
    fn receipts_losses_and_corrections_take_of_a_shipment_and_give_back() {
        let shipment = shipped(Book::I);
        let part = |kind: MovementKind, units: u64| {
            let mut case = lawful(MovementKind::Receipt, Book::I);
            case.order.kind = kind;
            case.order.lines[0].units = Units::new(units);
            recorded(case)
        };
        let receipt = part(MovementKind::Receipt, 10);
        let lost = part(MovementKind::Loss, 5);
        let mut taken_back = receipt.clone();
        taken_back.corrects = Some(8);
        let mut corrected = shipment.clone();
        corrected.origin = Origin::Register { number: 4 };
        corrected.corrects = Some(3);
        corrected.lines[0].units = Units::new(2);
        let left = |later: &[&Movement]| {
            let facts = EarlierFacts::of(shipment.clone(), later.iter().copied());
            facts.left_of(&shipment.lines[0]).unwrap().count()
        };
        assert_eq!(left(&[]), UNITS.count());
        assert_eq!(left(&[&receipt]), 15);
        assert_eq!(left(&[&receipt, &lost]), 10);
        assert_eq!(left(&[&receipt, &lost, &corrected]), 8);
        assert_eq!(left(&[&receipt, &taken_back]), 25);

        // What refers to another shipment does not matter.
        let mut other = receipt.clone();
        if let Some(shipment) = &mut other.shipment {
            shipment.number = 2;
        }
        assert_eq!(left(&[&other]), 25);
    }

    #[test]
    fn figures_that_do_not_fit_leave_nothing() {
        let shipment = shipped(Book::I);
        let line = shipment.lines[0].clone();
        let facts = EarlierFacts {
            movement: shipment,
            taken: vec![Units::new(26)],
        };
        assert_eq!(facts.left_of(&line), None);
    }
}
