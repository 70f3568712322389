//! Postings: a movement written as pairs of accounts.

use prescription::Clave;

use crate::{
    CountReason, Counterpart, Lot, Movement, MovementKind, MovementLine, Origin, Outside, PartyRef,
    Units,
};

/// Units of one lot of one clave that go from one party to another. Medicine and lot are the same
/// on both sides and there is one figure, so that a posting balances by construction: units cannot
/// appear, vanish or change their lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting<'m> {
    /// Who gives.
    pub from: PartyRef<'m>,
    /// Who receives.
    pub to: PartyRef<'m>,
    /// The medicine.
    pub clave: &'m Clave,
    /// The lot.
    pub lot: &'m Lot,
    /// How many, at least one.
    pub units: Units,
}

/// The postings of a movement, in the order of its lines. A line that moves nothing (a count
/// without difference) has none. A correction posts in the other direction.
#[must_use]
pub fn postings(movement: &Movement) -> Vec<Posting<'_>> {
    let mut all = Vec::with_capacity(movement.lines.len());
    each_posting(movement, |posting| all.push(posting));
    all
}

/// Hands every posting of `movement` to `take`, without allocating.
pub fn each_posting<'m>(movement: &'m Movement, mut take: impl FnMut(Posting<'m>)) {
    for line in &movement.lines {
        let both = [
            shortfall_posting(movement, line),
            line_posting(movement, line),
        ];
        both.into_iter().flatten().for_each(&mut take);
    }
}

/// What was handed over although the ledger did not have it: it comes from nobody knows where.
fn shortfall_posting<'m>(movement: &'m Movement, line: &'m MovementLine) -> Option<Posting<'m>> {
    let from = PartyRef::Outside(Outside::Unexplained);
    let to = PartyRef::Establishment(&movement.establishment);
    posting(line, from, to, line.shortfall)
}

/// The posting of a line itself, without its shortfall.
pub(crate) fn line_posting<'m>(
    movement: &'m Movement,
    line: &'m MovementLine,
) -> Option<Posting<'m>> {
    let (from, to, units) = direction(movement, line);
    if movement.corrects.is_some() {
        posting(line, to, from, units)
    } else {
        posting(line, from, to, units)
    }
}

fn posting<'m>(
    line: &'m MovementLine,
    from: PartyRef<'m>,
    to: PartyRef<'m>,
    units: Units,
) -> Option<Posting<'m>> {
    (!units.is_zero()).then_some(Posting {
        from,
        to,
        clave: &line.clave,
        lot: &line.lot,
        units,
    })
}

/// From where to where a line goes, and how much of it.
fn direction<'m>(
    movement: &'m Movement,
    line: &MovementLine,
) -> (PartyRef<'m>, PartyRef<'m>, Units) {
    let here = PartyRef::Establishment(&movement.establishment);
    let enters = |from| (PartyRef::Outside(from), here, line.units);
    let leaves = |to| (here, PartyRef::Outside(to), line.units);
    match movement.kind {
        MovementKind::Opening => enters(Outside::Opening),
        MovementKind::Manufacture => enters(Outside::Manufacture),
        MovementKind::Import => enters(Outside::Import),
        MovementKind::Export => leaves(Outside::Export),
        MovementKind::Purchase => enters(Outside::Supplier),
        MovementKind::Shipment => (here, to_counterpart(movement), line.units),
        MovementKind::Receipt => (on_the_way(movement), here, line.units),
        MovementKind::Dispensing => leaves(Outside::Patients),
        MovementKind::Return => match movement.origin {
            Origin::Prescription { .. } => enters(Outside::Patients),
            Origin::Register { .. } => leaves(Outside::Supplier),
        },
        MovementKind::Destruction => leaves(Outside::Destroyed),
        MovementKind::Loss => gone(movement, line, Outside::Lost),
        MovementKind::Theft => gone(movement, line, Outside::Stolen),
        MovementKind::Count => counted(movement, line),
        MovementKind::Release => leaves(Outside::Opening),
        MovementKind::Notice => (here, here, Units::ZERO),
    }
}

/// Where a shipment is until it is received.
fn to_counterpart(movement: &Movement) -> PartyRef<'_> {
    match &movement.counterpart {
        Some(Counterpart::Establishment(to)) => PartyRef::Transit {
            from: &movement.establishment,
            to,
        },
        // `decide` ships to establishments only; of a record that says otherwise nobody can tell
        // where the units are.
        Some(Counterpart::Supplier { .. }) | None => PartyRef::Outside(Outside::Unexplained),
    }
}

/// Where the units of the shipment that a movement refers to are.
fn on_the_way(movement: &Movement) -> PartyRef<'_> {
    match &movement.shipment {
        Some(shipment) => PartyRef::Transit {
            from: &shipment.from,
            to: &shipment.to,
        },
        None => PartyRef::Outside(Outside::Unexplained),
    }
}

/// A loss or theft, in the establishment or on the way.
fn gone<'m>(
    movement: &'m Movement,
    line: &MovementLine,
    to: Outside,
) -> (PartyRef<'m>, PartyRef<'m>, Units) {
    let from = match movement.shipment {
        Some(_) => on_the_way(movement),
        None => PartyRef::Establishment(&movement.establishment),
    };
    (from, PartyRef::Outside(to), line.units)
}

/// The difference between what was counted and what was expected.
fn counted<'m>(movement: &'m Movement, line: &MovementLine) -> (PartyRef<'m>, PartyRef<'m>, Units) {
    let here = PartyRef::Establishment(&movement.establishment);
    let Some(count) = line.counted else {
        return (here, here, Units::ZERO);
    };
    let outside = count
        .reason
        .map_or(Outside::Unexplained, CountReason::outside);
    let outside = PartyRef::Outside(outside);
    match line.units.minus(count.expected) {
        Some(surplus) => (outside, here, surplus),
        None => (
            here,
            outside,
            count.expected.minus(line.units).unwrap_or_default(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{PHARMACY, UNITS, WAREHOUSE, clues, lawful, recorded};
    use crate::{Book, Movement};

    fn posted(movement: &Movement) -> (PartyRef<'_>, PartyRef<'_>) {
        let [posting] = postings(movement)[..] else {
            panic!("one posting")
        };
        assert_eq!(posting.units, UNITS);
        (posting.from, posting.to)
    }

    #[test]
    fn each_kind_moves_units_from_where_they_were_to_where_they_go() {
        use MovementKind as Kind;
        let (here, there) = (clues(PHARMACY), clues(WAREHOUSE));
        let at_hand = PartyRef::Establishment(&here);
        let sent = PartyRef::Transit {
            from: &here,
            to: &there,
        };
        let coming = PartyRef::Transit {
            from: &there,
            to: &here,
        };
        let world = PartyRef::Outside;
        for (kind, from, to) in [
            (Kind::Opening, world(Outside::Opening), at_hand),
            (Kind::Manufacture, world(Outside::Manufacture), at_hand),
            (Kind::Import, world(Outside::Import), at_hand),
            (Kind::Export, at_hand, world(Outside::Export)),
            (Kind::Purchase, world(Outside::Supplier), at_hand),
            (Kind::Shipment, at_hand, sent),
            (Kind::Receipt, coming, at_hand),
            (Kind::Return, at_hand, world(Outside::Supplier)),
            (Kind::Destruction, at_hand, world(Outside::Destroyed)),
            (Kind::Loss, at_hand, world(Outside::Lost)),
            (Kind::Theft, at_hand, world(Outside::Stolen)),
            (Kind::Release, at_hand, world(Outside::Opening)),
        ] {
            let mut movement = recorded(lawful(kind, Book::I));
            assert_eq!(posted(&movement), (from, to), "{kind:?}");
            movement.corrects = Some(1);
            assert_eq!(posted(&movement), (to, from), "{kind:?} taken back");
        }
    }

    #[test]
    fn a_notice_and_an_equal_count_move_nothing() {
        for kind in [MovementKind::Notice, MovementKind::Count] {
            assert!(postings(&recorded(lawful(kind, Book::I))).is_empty());
        }
    }

    /// Nobody decides such records; if one is found all the same, its units are not lost.
    #[test]
    fn a_record_that_does_not_say_where_posts_to_the_unexplained() {
        let mut nowhere = recorded(lawful(MovementKind::Shipment, Book::I));
        nowhere.counterpart = None;
        assert_eq!(posted(&nowhere).1, PartyRef::Outside(Outside::Unexplained));
        let mut from_nowhere = recorded(lawful(MovementKind::Receipt, Book::I));
        from_nowhere.shipment = None;
        assert_eq!(
            posted(&from_nowhere).0,
            PartyRef::Outside(Outside::Unexplained)
        );
    }
}
