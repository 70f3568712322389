//! What the patient already has. Not a rule of the LGS: the national guide asks that duplicate
//! prescriptions be prevented by a search across the nation.

use super::line::SoldLine;
use crate::{Folio, Refusal};

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
pub(super) fn elsewhere(line: &SoldLine<'_>, active: &[(String, Folio)]) -> Option<Refusal> {
    let (_, folio) = active
        .iter()
        .find(|(substance, _)| *substance == line.medicine.substance)?;
    Some(Refusal::DuplicateSubstance {
        line: line.number,
        other: Some(*folio),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fraction;
    use crate::tests::fixture::issue;

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
            facts
                .active
                .push(("something else".to_owned(), Folio::from_random([8; 10])));
            facts
                .active
                .push((facts.medicines[1].substance.clone(), other));
        });
        let other = Some(other);
        assert_eq!(
            answer.unwrap_err(),
            [Refusal::DuplicateSubstance { line: 2, other }]
        );
    }
}
