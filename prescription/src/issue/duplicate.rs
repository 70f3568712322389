//! What the patient already has. Not a rule of the LGS: the national guide asks that duplicate
//! prescriptions be prevented by a search across the nation.

use super::Holding;
use super::line::SoldLine;
use crate::Refusal;

/// The same substance is on one of the lines before this one.
pub(super) fn within(line: &SoldLine<'_>, earlier: &[SoldLine<'_>]) -> Option<Refusal> {
    let twice = earlier
        .iter()
        .any(|other| other.medicine.substance == line.medicine.substance);
    twice.then_some(Refusal::DuplicateSubstance {
        line: line.number,
        other: None,
    })
}

/// Another active prescription of the patient has the same substance.
pub(super) fn elsewhere(line: &SoldLine<'_>, holdings: &[Holding]) -> Option<Refusal> {
    let mut open = holdings.iter().filter(|held| !held.remainder.is_zero());
    let held = open.find(|held| held.substance == line.medicine.substance)?;
    Some(Refusal::DuplicateSubstance {
        line: line.number,
        other: Some(held.folio),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{holding, issue};
    use crate::{Folio, Fraction};

    #[test]
    fn the_same_substance_is_not_prescribed_twice_at_once() {
        let answer = issue(&[Fraction::IV, Fraction::IV], |_, facts| {
            facts.medicines[1].substance = facts.medicines[0].substance.clone();
        });
        assert_eq!(
            answer.unwrap_err(),
            [Refusal::DuplicateSubstance {
                line: 2,
                other: None
            }]
        );
    }

    #[test]
    fn nor_while_another_prescription_of_it_is_active() {
        let other = Folio::from_random([9; 10]);
        let answer = issue(&[Fraction::III, Fraction::IV], |_, facts| {
            let another = holding("something else", Folio::from_random([8; 10]));
            let same = holding(&facts.medicines[1].substance, other);
            facts.holdings.extend([another, same]);
        });
        let other = Some(other);
        assert_eq!(
            answer.unwrap_err(),
            [Refusal::DuplicateSubstance { line: 2, other }]
        );
    }
}
