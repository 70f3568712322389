//! When the receta stays at the pharmacy. A line whose receta is retained is closed.

use super::line::OwedLine;
use crate::Fraction;
#[cfg(doc)]
use crate::law;
use crate::law::FRACTION_III_MAX_FILLS;

/// Whether the pharmacy retains the receta for this line, with this visit.
///
/// Fraction I is always collected ([`law::LGS_242`]); fraction II is filled once and retained
/// ([`law::LGS_226_II`], [`law::LGS_251`]); fraction III is retained the third time
/// ([`law::LGS_226_III`], [`law::LGS_252`]); an antibiotic when the treatment is complete
/// ([`law::ACUERDO_ANTIBIOTICOS_2010`]); the rest stays with the patient ([`law::LGS_226_IV`]).
pub(super) fn is_retained(line: &OwedLine<'_>) -> bool {
    match line.issued.fraction {
        Fraction::I | Fraction::II => true,
        Fraction::III => line.fill == FRACTION_III_MAX_FILLS,
        Fraction::IV | Fraction::V | Fraction::VI => {
            line.issued.antibiotic && completes_treatment(line)
        }
    }
}

/// Of fraction I the pharmacy collects the receta, and the law does not say that what it lacked is
/// lost ([`law::LGS_242`] says "recogerán invariablemente", not "por una sola vez" as
/// [`law::LGS_251`] does): whoever holds the receta owes the rest.
pub(super) fn is_rest_owed(line: &OwedLine<'_>) -> bool {
    line.issued.fraction == Fraction::I && line.handed.packages < line.owed
}

/// The last package of the last fill.
fn completes_treatment(line: &OwedLine<'_>) -> bool {
    line.fill == line.issued.fills && line.handed.packages == line.owed
}

#[cfg(test)]
mod tests {
    use crate::tests::fixture::{
        TODAY, antibiotic, dispense, prescription, prescription_of, visit, visited,
    };
    use crate::{Fraction, LineState, Packages, Prescription, Status, law};

    /// Whether the receta is retained with each of these visits, which then happen.
    fn retained(mut active: Prescription, visits: &[u32]) -> (Vec<bool>, Prescription) {
        let mut answers = Vec::new();
        for packages in visits {
            let dispensed = dispense(&active, &visit(TODAY, &[(1, *packages)])).unwrap();
            answers.push(dispensed.lines[0].retained);
            active = visited(active, TODAY, &[(1, *packages)]);
        }
        (answers, active)
    }

    fn closed(dispensed: u32, retained: bool) -> LineState {
        LineState::Closed {
            dispensed: Packages::new(dispensed),
            retained,
        }
    }

    #[test]
    fn fraction_i_is_collected_at_the_first_visit_and_the_rest_is_owed() {
        let active = prescription_of(Fraction::I, Packages::new(2), 1);
        let (answers, after) = retained(active, &[1]);
        assert_eq!(answers, [true], "{}", law::LGS_242.rule);
        assert_eq!(after.status, Status::Active);
        let (answers, after) = retained(after, &[1]);
        assert_eq!(answers, [true]);
        assert_eq!(after.lines, [closed(2, true)]);
        assert!(matches!(after.status, Status::Completed { .. }));
    }

    #[test]
    fn fraction_ii_is_collected_at_the_first_visit_even_if_part_is_left() {
        for (fraction, article) in [
            (Fraction::II, law::LGS_226_II),
            (Fraction::II, law::LGS_251),
        ] {
            let active = prescription_of(fraction, Packages::new(2), 1);
            let (answers, after) = retained(active, &[1]);
            assert_eq!(answers, [true], "{}", article.rule);
            assert_eq!(after.lines, [closed(1, true)]);
            assert!(matches!(after.status, Status::Completed { .. }));
        }
    }

    #[test]
    fn fraction_iii_is_retained_at_the_third_visit() {
        for article in [law::LGS_226_III, law::LGS_252] {
            let active = prescription_of(Fraction::III, Packages::new(2), 3);
            let (answers, after) = retained(active, &[2, 1, 2]);
            assert_eq!(answers, [false, false, true], "{}", article.rule);
            assert_eq!(after.lines, [closed(5, true)]);
        }
    }

    #[test]
    fn fraction_iii_prescribed_for_fewer_fills_stays_with_the_patient() {
        let active = prescription_of(Fraction::III, Packages::new(2), 2);
        let (answers, after) = retained(active, &[2, 2]);
        assert_eq!(answers, [false, false]);
        assert_eq!(after.lines, [closed(4, false)]);
    }

    #[test]
    fn an_antibiotic_is_retained_when_the_treatment_is_complete() {
        let (answers, after) = retained(antibiotic(Packages::new(2), 2), &[1, 1, 1, 1]);
        let article = law::ACUERDO_ANTIBIOTICOS_2010;
        assert_eq!(answers, [false, false, false, true], "{}", article.rule);
        assert_eq!(after.lines, [closed(4, true)]);
    }

    #[test]
    fn the_rest_stays_with_the_patient() {
        for fraction in [Fraction::IV, Fraction::V, Fraction::VI] {
            let active = prescription_of(fraction, Packages::new(2), 2);
            let (answers, after) = retained(active, &[2, 1, 1]);
            assert_eq!(answers, [false; 3], "{}", law::LGS_226_IV.rule);
            assert_eq!(after.lines, [closed(4, false)]);
        }
        assert!(!prescription(&[Fraction::IV]).is_touched());
    }
}
