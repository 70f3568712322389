//! Several prescribers of controlled medicines for one patient.

use std::collections::HashMap;

use super::watch::{Alerts, Context, Detector};
use super::{Seen, thresholds};
use crate::code::{CedulaCode, PatientCode};
use crate::day::Day;
use crate::fact::{Act, Fact, Source};

/// Of each patient, the prescribers of the window with their latest receta.
#[derive(Default)]
pub(super) struct ManyPrescribers(HashMap<PatientCode, Known>);

#[derive(Default)]
struct Known {
    prescribers: Vec<(CedulaCode, Day, Source)>,
    told: bool,
}

impl Known {
    fn forget(&mut self, days: u16, today: Day) {
        self.prescribers
            .retain(|(_, latest, _)| latest.is_within(days.into(), today));
    }
}

impl Detector for ManyPrescribers {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, alerts: &mut Alerts) {
        let Act::Prescribed {
            clave,
            prescriber,
            patient,
            ..
        } = fact.act
        else {
            return;
        };
        if !context.products.class_on(clave, fact.day).is_controlled() {
            return;
        }
        let thresholds::ManyPrescribers {
            prescribers: many,
            days,
        } = context.thresholds.many_prescribers;
        let known = self.0.entry(patient).or_default();
        known.forget(days, fact.day);
        let latest = (prescriber, fact.day, fact.source);
        match known
            .prescribers
            .iter_mut()
            .find(|(one, _, _)| *one == prescriber)
        {
            Some(same) => *same = latest,
            None => known.prescribers.push(latest),
        }
        let prescribers = u16::try_from(known.prescribers.len()).unwrap_or(u16::MAX);
        let reached = prescribers >= many;
        if reached && !known.told {
            let seen = Seen::ManyPrescribers {
                patient,
                prescribers,
                days,
            };
            alerts.push(
                fact.day,
                seen,
                known.prescribers.iter().map(|(_, _, source)| *source),
            );
        }
        known.told = reached;
    }

    fn end_of_day(&mut self, day: Day, sweep: bool, context: &Context<'_>, _: &mut Alerts) {
        if sweep {
            let days = context.thresholds.many_prescribers.days;
            self.0.retain(|_, known| {
                known.forget(days, day);
                !known.prescribers.is_empty()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::alerts::Thresholds;

    fn by(prescribers: &[(u32, &str)]) -> Vec<Fact> {
        let each = (0_u32..).zip(prescribers);
        each.map(|(n, (by, on))| fact(n.into(), on, prescribed(MORPHINE, 20, 1, *by, n)))
            .collect()
    }

    fn fires_for(prescribers: &[(u32, &str)], times: usize) {
        fires(
            &by(prescribers),
            &Thresholds::default(),
            "many-prescribers",
            times,
        );
    }

    #[test]
    fn four_in_ninety_days_and_not_three() {
        let four = [
            (1, "2026-06-01"),
            (2, "2026-06-01"),
            (3, "2026-07-01"),
            (4, "2026-08-29"),
        ];
        fires_for(&four, 1);
        fires_for(&four[..3], 0);
        // The 91st day.
        let spread = [
            (1, "2026-06-01"),
            (2, "2026-06-02"),
            (3, "2026-07-01"),
            (4, "2026-08-30"),
        ];
        fires_for(&spread, 0);
    }

    #[test]
    fn one_prescriber_four_times_is_one() {
        let same = [
            (1, "2026-06-01"),
            (1, "2026-06-02"),
            (2, "2026-06-03"),
            (3, "2026-06-04"),
        ];
        fires_for(&same, 0);
    }

    #[test]
    fn only_controlled_medicines_count() {
        let mut facts = by(&[(1, "2026-06-01"), (2, "2026-06-01"), (3, "2026-06-01")]);
        facts.push(fact(9, "2026-06-01", prescribed(AMOXICILLIN, 20, 1, 4, 9)));
        fires(&facts, &Thresholds::default(), "many-prescribers", 0);
    }

    #[test]
    fn told_once_while_it_lasts() {
        let five = [
            (1, "2026-06-01"),
            (2, "2026-06-02"),
            (3, "2026-06-03"),
            (4, "2026-06-04"),
            (5, "2026-06-05"),
        ];
        fires_for(&five, 1);
    }
}
