//! What the patient already has. Not a rule of the LGS: the national guide asks that duplicate
//! prescriptions be prevented by a search across the nation.
//!
//! Two prescriptions overlap when they are of the same substance or, of fractions I to III, of the
//! same therapeutic group, and the earlier one is still to be filled or still at hand. The refusal
//! tells the prescriber which it is; who has a clinical reason goes on, and the event records it.

use jiff::Span;
use jiff::civil::Date;

use super::Holding;
use super::line::SoldLine;
use crate::event::Overlap;
use crate::law::Parameters;
use crate::{Fraction, Refusal};

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

/// What the check found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// What the prescriber did not accept, or nobody can.
    pub(super) refused: Vec<Refusal>,
    /// What the prescriber accepted, with the reason.
    pub(super) accepted: Option<Overlap>,
}

/// Holds the line against everything that the patient has by other prescriptions: one pass.
pub(super) fn elsewhere(
    line: &SoldLine<'_>,
    holdings: &[Holding],
    written_on: Date,
    parameters: &Parameters,
) -> Found {
    let (mut refused, mut folios) = (Vec::new(), Vec::new());
    let asked = line.asked.overlap.as_ref();
    let tolerance = Span::new().days(parameters.overlap_tolerance_days);
    let enough_after = written_on.saturating_add(tolerance);
    for held in holdings {
        let Some(refusal) = of_one(line, held, enough_after) else {
            continue;
        };
        let never = matches!(refusal, Refusal::SameSpecialRecetaOpen { .. });
        let seen = asked.is_some_and(|overlap| overlap.folios.contains(&held.folio));
        if seen && !never {
            if !folios.contains(&held.folio) {
                folios.push(held.folio);
            }
        } else if !refused.contains(&refusal) {
            refused.push(refusal);
        }
    }
    let reason = asked.map(|overlap| overlap.reason);
    let accepted = reason.filter(|_| !folios.is_empty());
    Found {
        refused,
        accepted: accepted.map(|reason| Overlap { reason, folios }),
    }
}

/// Whether the line overlaps with one holding. What is at hand counts while it is enough for longer
/// than the days in which a patient may fetch the next receta.
fn of_one(line: &SoldLine<'_>, held: &Holding, enough_after: Date) -> Option<Refusal> {
    let (number, other) = (line.number, held.folio);
    let open = !held.remainder.is_zero();
    let at_hand = held.supply_until.filter(|until| *until > enough_after);
    if !open && at_hand.is_none() {
        return None;
    }
    if held.substance == line.medicine.substance {
        let same_medicine = held.clave.as_ref() == Some(&line.asked.clave);
        let special = held.fraction == Fraction::I && line.fraction == Fraction::I;
        return Some(match at_hand {
            _ if open && special && same_medicine => Refusal::SameSpecialRecetaOpen {
                line: number,
                other,
            },
            Some(until) if !open => Refusal::SupplyAtHand {
                line: number,
                other,
                until,
            },
            _ => Refusal::DuplicateSubstance {
                line: number,
                other: Some(other),
            },
        });
    }
    let controlled = held.fraction.is_controlled() && line.fraction.is_controlled();
    let group = line.medicine.group.as_ref();
    let same_group = group.is_some() && group == held.group.as_ref();
    (controlled && same_group).then_some(Refusal::SameGroup {
        line: number,
        other,
        until: at_hand.filter(|_| !open),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::OverlapReason;
    use crate::issue::{IssueCommand, IssueFacts};
    use crate::tests::fixture::{date, holding, issue};
    use crate::{Folio, Fraction, Issued, Packages};

    fn other() -> Folio {
        Folio::from_random([9; 10])
    }

    /// An order of one line while the patient has `held` of the same substance.
    fn with(
        fraction: Fraction,
        held: impl FnOnce(&mut Holding),
        change: impl FnOnce(&mut IssueCommand, &mut IssueFacts),
    ) -> Result<Issued, Vec<Refusal>> {
        issue(&[fraction], |command, facts| {
            let mut same = holding(&facts.medicines[0].substance, other());
            same.fraction = fraction;
            held(&mut same);
            facts.holdings.push(same);
            change(command, facts);
        })
    }

    /// The prescriber saw the other prescription and goes on.
    fn goes_on(command: &mut IssueCommand, _: &mut IssueFacts) {
        command.lines[0].overlap = Some(Overlap {
            reason: OverlapReason::DoseAdjustment,
            folios: vec![Folio::from_random([7; 10]), other()],
        });
    }

    fn at_hand_until(until: &str) -> impl FnOnce(&mut Holding) {
        let until = Some(date(until));
        move |held| {
            held.remainder = Packages::ZERO;
            held.supply_until = until;
        }
    }

    #[test]
    fn the_same_substance_is_not_prescribed_twice_at_once() {
        let answer = issue(&[Fraction::IV, Fraction::IV], |_, facts| {
            facts.medicines[1].substance = facts.medicines[0].substance.clone();
        });
        let duplicate = Refusal::DuplicateSubstance {
            line: 2,
            other: None,
        };
        assert_eq!(answer.unwrap_err(), [duplicate]);
    }

    #[test]
    fn nor_while_another_prescription_of_it_is_to_be_filled() {
        let answer = with(
            Fraction::IV,
            |_| {},
            |_, facts| {
                let unrelated = holding("something else", Folio::from_random([8; 10]));
                facts.holdings.insert(0, unrelated);
            },
        );
        let duplicate = Refusal::DuplicateSubstance {
            line: 1,
            other: Some(other()),
        };
        assert_eq!(answer.unwrap_err(), [duplicate]);
    }

    #[test]
    fn nor_while_the_patient_has_enough_at_hand() {
        // Written on 1 June; seven days before it is used up the next one may be written.
        for (until, accepted) in [("2026-06-08", true), ("2026-06-09", false)] {
            let answer = with(Fraction::IV, at_hand_until(until), |_, _| {});
            let at_hand = Refusal::SupplyAtHand {
                line: 1,
                other: other(),
                until: date(until),
            };
            match answer {
                Ok(_) => assert!(accepted, "{until}"),
                Err(refusals) => assert!(!accepted && refusals == [at_hand], "{until}"),
            }
        }
    }

    #[test]
    fn of_fractions_i_to_iii_the_therapeutic_group_counts() {
        for (mine, theirs, refused) in [
            (Fraction::II, Fraction::II, true),
            (Fraction::II, Fraction::III, true),
            (Fraction::I, Fraction::II, true),
            (Fraction::IV, Fraction::II, false),
            (Fraction::II, Fraction::IV, false),
        ] {
            let another_substance = |held: &mut Holding| {
                held.substance = "another".to_owned();
                held.fraction = theirs;
                held.group = Some("benzodiazepine".to_owned());
            };
            let answer = with(mine, another_substance, |_, facts| {
                facts.medicines[0].group = Some("benzodiazepine".to_owned());
            });
            let same_group = Refusal::SameGroup {
                line: 1,
                other: other(),
                until: None,
            };
            match answer {
                Ok(_) => assert!(!refused, "{mine} {theirs}"),
                Err(refusals) => assert!(refused && refusals == [same_group], "{mine} {theirs}"),
            }
        }
    }

    #[test]
    fn two_medicines_without_a_group_have_none_in_common() {
        let another = |held: &mut Holding| held.substance = "another".to_owned();
        assert!(with(Fraction::II, another, |_, _| {}).is_ok());
    }

    #[test]
    fn who_saw_it_and_has_a_reason_goes_on_and_the_event_says_so() {
        let issued = with(Fraction::II, |_| {}, goes_on).unwrap();
        let recorded = issued.lines[0].overlap.as_ref().unwrap();
        assert_eq!(recorded.reason, OverlapReason::DoseAdjustment);
        // Only what does overlap: the other folio of the command is none of the patient's.
        assert_eq!(recorded.folios, [other()]);
    }

    #[test]
    fn a_reason_does_not_cover_what_the_prescriber_did_not_see() {
        let unseen = Folio::from_random([6; 10]);
        let answer = with(
            Fraction::II,
            |_| {},
            |command, facts| {
                goes_on(command, facts);
                let mut held = facts.holdings[0].clone();
                held.folio = unseen;
                facts.holdings.push(held);
            },
        );
        let duplicate = Refusal::DuplicateSubstance {
            line: 1,
            other: Some(unseen),
        };
        assert_eq!(answer.unwrap_err(), [duplicate]);
    }

    #[test]
    fn a_reason_without_an_overlap_is_not_recorded() {
        let issued = issue(&[Fraction::II], goes_on).unwrap();
        assert_eq!(issued.lines[0].overlap, None);
    }

    #[test]
    fn no_reason_opens_a_second_special_receta_of_the_same_medicine() {
        let same_clave = |held: &mut Holding| held.clave = Some("010.000.0000.00".parse().unwrap());
        let answer = with(Fraction::I, same_clave, goes_on);
        let open = Refusal::SameSpecialRecetaOpen {
            line: 1,
            other: other(),
        };
        assert_eq!(answer.unwrap_err(), [open]);
        // Another presentation of it, for pain that breaks through, has its reason.
        assert!(with(Fraction::I, |_| {}, goes_on).is_ok());
        let answer = with(Fraction::I, at_hand_until("2026-06-20"), goes_on);
        assert!(answer.is_ok());
    }
}
