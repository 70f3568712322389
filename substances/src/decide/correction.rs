//! Corrections: new entries that take back earlier ones. Nothing is erased.

use super::shipment::too_many;
use crate::{Movement, MovementFacts, MovementKind, Refusal};

/// A correction takes back a movement of this establishment, of the same kind, that is not a
/// correction itself. A count is corrected by another count, and a dispensing by the prescription's
/// own return.
pub(super) fn is_of(movement: &Movement, facts: &MovementFacts) -> Option<Refusal> {
    let number = movement.corrects?;
    if movement.kind == MovementKind::Notice {
        return None;
    }
    let earlier = facts.corrected.as_ref().map(|earlier| &earlier.movement);
    let found = earlier.is_some_and(|earlier| {
        earlier.establishment == movement.establishment
            && earlier.number() == Some(number)
            && earlier.kind == movement.kind
            && earlier.corrects.is_none()
            && earlier.shipment == movement.shipment
            && earlier.counterpart == movement.counterpart
    });
    let possible = !matches!(
        movement.kind,
        MovementKind::Count | MovementKind::Dispensing | MovementKind::Notice
    );
    (!(found && possible)).then_some(Refusal::NotCorrectable)
}

/// No more of each lot than is left of what the corrected movement moved.
pub(super) fn had_it(movement: &Movement, facts: &MovementFacts) -> Vec<Refusal> {
    let corrects = movement.corrects.is_some() && movement.kind != MovementKind::Notice;
    let Some(corrected) = facts.corrected.as_ref().filter(|_| corrects) else {
        return Vec::new();
    };
    let lines = (1..).zip(&movement.lines);
    let refused = lines.filter_map(|(number, line)| match corrected.left_of(line) {
        None => Some(Refusal::NotInCorrected { line: number }),
        Some(left) => {
            too_many(line.units, left).then_some(Refusal::MoreThanCorrected { line: number, left })
        }
    });
    refused.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{Case, UNITS, lawful, lot, ordered, recorded, try_record};
    use crate::{Book, EarlierFacts, Origin, Units, postings};

    /// A lawful order that takes back all of a movement of this kind.
    fn correction(kind: MovementKind) -> Case {
        let mut earlier = recorded(lawful(kind, Book::I));
        earlier.origin = Origin::Register { number: 5 };
        let mut case = lawful(kind, Book::I);
        case.order.corrects = Some(5);
        case.order.counterpart = None;
        case.order.shipment = None;
        case.order.document = None;
        case.order.permit = None;
        case.order.witnesses = Vec::new();
        let held = case.stock.first().map(|(account, _)| account.clone());
        for posting in postings(&earlier) {
            // What it moved is where it moved it to.
            if !matches!(posting.to, crate::PartyRef::Outside(_)) {
                let account = crate::Account {
                    party: posting.to.to_party(),
                    clave: posting.clave.clone(),
                    lot: posting.lot.clone(),
                };
                if held.as_ref() != Some(&account) {
                    case.stock.push((account, posting.units));
                }
            }
        }
        case.facts.corrected = Some(EarlierFacts::of(earlier, []));
        case
    }

    fn correctable() -> impl Iterator<Item = MovementKind> {
        ordered().filter(|kind| !matches!(kind, MovementKind::Count | MovementKind::Notice))
    }

    #[test]
    fn what_was_recorded_wrongly_is_taken_back_by_a_new_entry() {
        for kind in correctable() {
            let case = correction(kind);
            let earlier = case.facts.corrected.as_ref().unwrap().movement.clone();
            let movement = recorded(case);
            let back = postings(&movement);
            let forth = postings(&earlier);
            assert_eq!(back.len(), forth.len(), "{kind:?}");
            for (back, forth) in back.iter().zip(&forth) {
                assert_eq!((back.from, back.to), (forth.to, forth.from), "{kind:?}");
                assert_eq!(back.units, forth.units);
            }
            assert_eq!(movement.notice_due, None);
        }
    }

    #[test]
    fn no_more_is_taken_back_than_there_was() {
        for kind in correctable() {
            let mut case = correction(kind);
            case.facts.corrected.as_mut().unwrap().taken = vec![Units::new(20)];
            let left = Units::new(5);
            let refusals = try_record(case).unwrap_err();
            assert_eq!(refusals, [Refusal::MoreThanCorrected { line: 1, left }]);

            let mut case = correction(kind);
            case.order.lines[0].lot = lot("B2");
            let refusals = try_record(case).unwrap_err();
            assert_eq!(refusals, [Refusal::NotInCorrected { line: 1 }]);
        }
    }

    #[test]
    fn only_an_own_movement_of_the_same_kind_is_corrected() {
        let wrong: [fn(&mut Movement); 4] = [
            |earlier| earlier.establishment = "HGSSA000099".parse().unwrap(),
            |earlier| earlier.origin = Origin::Register { number: 6 },
            |earlier| earlier.kind = MovementKind::Opening,
            |earlier| earlier.corrects = Some(1),
        ];
        for change in wrong {
            let mut case = correction(MovementKind::Purchase);
            change(&mut case.facts.corrected.as_mut().unwrap().movement);
            assert_eq!(try_record(case).unwrap_err(), [Refusal::NotCorrectable]);
        }
        let mut case = correction(MovementKind::Purchase);
        case.facts.corrected = None;
        assert_eq!(try_record(case).unwrap_err(), [Refusal::NotCorrectable]);
    }

    #[test]
    fn a_count_is_corrected_by_counting_again() {
        let mut case = lawful(MovementKind::Count, Book::I);
        let mut earlier = recorded(lawful(MovementKind::Count, Book::I));
        earlier.origin = Origin::Register { number: 5 };
        case.facts.corrected = Some(EarlierFacts::of(earlier, []));
        case.order.corrects = Some(5);
        assert_eq!(try_record(case).unwrap_err(), [Refusal::NotCorrectable]);
    }

    #[test]
    fn a_correction_that_is_not_covered_is_refused() {
        let mut case = correction(MovementKind::Purchase);
        case.stock[0].1 = Units::new(24);
        let held = Units::new(24);
        assert!(held < UNITS);
        let refusals = try_record(case).unwrap_err();
        assert_eq!(refusals, [Refusal::NotEnoughStock { line: 1, held }]);
    }
}
