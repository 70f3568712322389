//! An opioid and a benzodiazepine for one patient within a few weeks.

use std::collections::HashMap;

use super::Seen;
use super::watch::{Alerts, Context, Detector};
use crate::code::PatientCode;
use crate::day::Day;
use crate::fact::{Act, Fact, Source};

/// Of each patient, the latest of either.
#[derive(Default)]
pub(super) struct OpioidBenzodiazepine(HashMap<PatientCode, Latest>);

#[derive(Default)]
struct Latest {
    opioid: Option<(Day, Source)>,
    benzodiazepine: Option<(Day, Source)>,
    /// The last day on which both were within the window: it is told again only after a pause.
    both: Option<Day>,
}

impl Detector for OpioidBenzodiazepine {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, alerts: &mut Alerts) {
        let Act::Dispensed(handed) = &fact.act else {
            return;
        };
        let Some(patient) = handed.patient else {
            return;
        };
        let substances = || context.products.substances_of(handed.clave);
        let (opioid, benzodiazepine) = (
            substances().any(|substance| substance.opioid),
            substances().any(|substance| substance.benzodiazepine),
        );
        if !opioid && !benzodiazepine {
            return;
        }
        let days = context.thresholds.opioid_benzodiazepine.days;
        let latest = self.0.entry(patient).or_default();
        let now = Some((fact.day, fact.source));
        latest.opioid = if opioid { now } else { latest.opioid };
        latest.benzodiazepine = if benzodiazepine {
            now
        } else {
            latest.benzodiazepine
        };
        let (Some((one, first)), Some((other, second))) = (latest.opioid, latest.benzodiazepine)
        else {
            return;
        };
        if !one.min(other).is_within(days.into(), fact.day) {
            return;
        }
        let lasts = latest
            .both
            .is_some_and(|both| both.is_within(days.into(), fact.day));
        if !lasts {
            let apart = u16::try_from(one.max(other).since(one.min(other))).unwrap_or(u16::MAX);
            let seen = Seen::OpioidBenzodiazepine {
                patient,
                apart,
                days,
            };
            alerts.push(fact.day, seen, [first, second]);
        }
        latest.both = Some(fact.day);
    }

    fn end_of_day(&mut self, day: Day, sweep: bool, context: &Context<'_>, _: &mut Alerts) {
        if sweep {
            let days = context.thresholds.opioid_benzodiazepine.days;
            let recent = |latest: &Option<(Day, Source)>| {
                latest.is_some_and(|(latest, _)| latest.is_within(days.into(), day))
            };
            self.0
                .retain(|_, latest| recent(&latest.opioid) || recent(&latest.benzodiazepine));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use crate::alerts::Thresholds;

    fn fires_for(facts: &[(&str, &str)], times: usize) {
        let each = (0..).zip(facts);
        let facts: Vec<_> = each
            .map(|(n, (clave, on))| fact(n, on, dispensed(clave, 20, 1)))
            .collect();
        fires(
            &facts,
            &Thresholds::default(),
            "opioid-benzodiazepine",
            times,
        );
    }

    #[test]
    fn within_thirty_days_in_either_order() {
        fires_for(&[(MORPHINE, "2026-06-01"), (CLONAZEPAM, "2026-06-30")], 1);
        fires_for(&[(CLONAZEPAM, "2026-06-01"), (MORPHINE, "2026-06-30")], 1);
        fires_for(&[(MORPHINE, "2026-06-01"), (CLONAZEPAM, "2026-06-01")], 1);
        fires_for(&[(MORPHINE, "2026-06-01"), (CLONAZEPAM, "2026-07-01")], 0);
        fires_for(&[(MORPHINE, "2026-06-01"), (TRAMADOL, "2026-06-02")], 0);
    }

    #[test]
    fn two_patients_do_not_combine() {
        let facts = [
            fact(0, "2026-06-01", dispensed(MORPHINE, 20, 1)),
            fact(1, "2026-06-01", dispensed(CLONAZEPAM, 20, 2)),
        ];
        fires(&facts, &Thresholds::default(), "opioid-benzodiazepine", 0);
    }

    #[test]
    fn told_once_while_it_lasts_and_again_after_a_pause() {
        let lasting = [
            (MORPHINE, "2026-06-01"),
            (CLONAZEPAM, "2026-06-02"),
            (MORPHINE, "2026-06-28"),
            (CLONAZEPAM, "2026-07-20"),
        ];
        fires_for(&lasting, 1);
        let again = [
            &lasting[..],
            &[(MORPHINE, "2026-10-01"), (CLONAZEPAM, "2026-10-02")],
        ]
        .concat();
        fires_for(&again, 2);
    }
}
