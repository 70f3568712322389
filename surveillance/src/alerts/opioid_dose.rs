//! Opioids for one patient above a daily oral-morphine equivalent.
//!
//! What was handed over in the window, divided by its days: one receta for a month counts as thirty
//! days of it, and a gap counts as nothing. An opioid without a public factor does not count.

use std::collections::{HashMap, VecDeque};

use super::watch::{Alerts, Context, Detector};
use super::{Seen, thresholds};
use crate::code::PatientCode;
use crate::day::Day;
use crate::fact::{Act, Fact, Source};

/// Nanograms in a milligram.
const PER_MG: i128 = 1_000_000;

/// Of each patient, what was handed over in the window.
#[derive(Default)]
pub(super) struct OpioidDose(HashMap<PatientCode, Received>);

#[derive(Default)]
struct Received {
    /// Equivalents, negative where something came back.
    parts: VecDeque<(Day, i128, Source)>,
    told: bool,
}

impl Received {
    fn forget(&mut self, days: u16, today: Day) {
        while self
            .parts
            .front()
            .is_some_and(|(day, _, _)| !day.is_within(days.into(), today))
        {
            self.parts.pop_front();
        }
    }

    fn sum(&self) -> i128 {
        let parts = self.parts.iter().map(|(_, part, _)| *part);
        parts.fold(0, i128::saturating_add)
    }
}

impl Detector for OpioidDose {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, alerts: &mut Alerts) {
        let (handed, sign) = match &fact.act {
            Act::Dispensed(handed) => (handed, 1),
            Act::Returned(handed) => (handed, -1),
            Act::Moved { .. }
            | Act::Issued { .. }
            | Act::Prescribed { .. }
            | Act::Lapsed { .. }
            | Act::Stated { .. }
            | Act::Refused { .. } => return,
        };
        let product = context.products.get(handed.clave);
        let equivalent = product.map_or(0, |product| product.oral_morphine_ng(handed.units));
        let (Some(patient), true) = (handed.patient, equivalent > 0) else {
            return;
        };
        let thresholds::OpioidDose { mg_per_day, days } = context.thresholds.opioid_dose;
        let received = self.0.entry(patient).or_default();
        received.forget(days, fact.day);
        let part = sign * i128::try_from(equivalent).unwrap_or(i128::MAX);
        received.parts.push_back((fact.day, part, fact.source));
        let sum = received.sum();
        let window = i128::from(days.max(1));
        let reached = sum >= i128::from(mg_per_day) * PER_MG * window;
        if reached && !received.told {
            let seen = Seen::OpioidDose {
                patient,
                micrograms_per_day: u64::try_from(sum / window / (PER_MG / 1000))
                    .unwrap_or(u64::MAX),
                mg_per_day,
                days,
            };
            alerts.push(
                fact.day,
                seen,
                received.parts.iter().map(|(_, _, source)| *source),
            );
        }
        received.told = reached;
    }

    fn end_of_day(&mut self, day: Day, sweep: bool, context: &Context<'_>, _: &mut Alerts) {
        if sweep {
            let days = context.thresholds.opioid_dose.days;
            self.0.retain(|_, received| {
                received.forget(days, day);
                !received.parts.is_empty()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::alerts::Thresholds;

    /// A tablet of morphine has 22.6 mg of base: 226 mg a day are 10 tablets a day.
    fn thresholds() -> Thresholds {
        let opioid_dose = thresholds::OpioidDose {
            mg_per_day: 226,
            days: 30,
        };
        Thresholds {
            opioid_dose,
            ..Thresholds::default()
        }
    }

    fn fires_for(facts: &[Fact], times: usize) {
        fires(facts, &thresholds(), "opioid-dose", times);
    }

    #[test]
    fn at_the_average_and_not_one_tablet_below() {
        fires_for(&[fact(0, "2026-06-01", dispensed(MORPHINE, 300, 1))], 1);
        fires_for(&[fact(0, "2026-06-01", dispensed(MORPHINE, 299, 1))], 0);
    }

    #[test]
    fn over_the_window() {
        let first = fact(0, "2026-06-01", dispensed(MORPHINE, 299, 1));
        fires_for(
            &[first, fact(1, "2026-06-30", dispensed(MORPHINE, 1, 1))],
            1,
        );
        fires_for(
            &[first, fact(1, "2026-07-01", dispensed(MORPHINE, 1, 1))],
            0,
        );
    }

    #[test]
    fn all_opioids_count_by_their_equivalent() {
        // 87.8 mg of tramadol base are 8.78 mg of morphine.
        let morphine = fact(0, "2026-06-01", dispensed(MORPHINE, 299, 1));
        let tramadol = |units| fact(1, "2026-06-02", dispensed(TRAMADOL, units, 1));
        fires_for(&[morphine, tramadol(3)], 1);
        fires_for(&[morphine, tramadol(2)], 0);
    }

    #[test]
    fn what_came_back_does_not_count() {
        let facts = [
            fact(0, "2026-06-01", dispensed(MORPHINE, 299, 1)),
            fact(
                1,
                "2026-06-02",
                Act::Returned(handed(MORPHINE, 10, 1, 1, 1)),
            ),
            fact(2, "2026-06-03", dispensed(MORPHINE, 10, 1)),
            fact(3, "2026-06-03", dispensed(CLONAZEPAM, 1000, 1)),
        ];
        fires_for(&facts, 0);
    }

    #[test]
    fn the_figure_of_the_source() {
        // 9,000 mg in 90 days; 398.2 tablets.
        let seen = |units| [fact(0, "2026-06-01", dispensed(MORPHINE, units, 1))];
        let alerts = fires(&seen(399), &Thresholds::default(), "opioid-dose", 1);
        let Seen::OpioidDose {
            micrograms_per_day, ..
        } = alerts[0].seen
        else {
            panic!()
        };
        assert_eq!(micrograms_per_day, 100_193);
        fires(&seen(398), &Thresholds::default(), "opioid-dose", 0);
    }
}
