//! Counts that found less than the books had.

use std::collections::{HashMap, VecDeque};

use super::watch::{Alerts, Context, Detector};
use super::{Seen, thresholds};
use crate::code::{ClaveCode, CluesCode};
use crate::day::Day;
use crate::fact::{Act, Fact, Flow, Source};

/// Of each establishment and clave, the differences of the window.
#[derive(Default)]
pub(super) struct Unexplained(HashMap<(CluesCode, ClaveCode), Differences>);

#[derive(Default)]
struct Differences {
    missing: VecDeque<(Day, i64, Source)>,
    told: bool,
}

impl Differences {
    fn forget(&mut self, days: u16, today: Day) {
        while self
            .missing
            .front()
            .is_some_and(|(day, _, _)| !day.is_within(days.into(), today))
        {
            self.missing.pop_front();
        }
    }
}

impl Detector for Unexplained {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, alerts: &mut Alerts) {
        let Act::Moved {
            clave,
            flow: Flow::Missing,
            units,
            ..
        } = fact.act
        else {
            return;
        };
        if units == 0 || !context.products.class_on(clave, fact.day).is_controlled() {
            return;
        }
        let thresholds::Unexplained { units: many, days } = context.thresholds.unexplained;
        let establishment = fact.establishment;
        let known = self.0.entry((establishment, clave)).or_default();
        known.forget(days, fact.day);
        known.missing.push_back((fact.day, units, fact.source));
        let each = known.missing.iter().map(|(_, units, _)| i128::from(*units));
        let units = u64::try_from(each.sum::<i128>()).unwrap_or_default();
        let reached = units >= many;
        if reached && !known.told {
            let seen = Seen::UnexplainedDifference {
                establishment,
                clave,
                units,
                days,
            };
            alerts.push(
                fact.day,
                seen,
                known.missing.iter().map(|(_, _, source)| *source),
            );
        }
        known.told = reached;
    }

    fn end_of_day(&mut self, day: Day, sweep: bool, context: &Context<'_>, _: &mut Alerts) {
        if sweep {
            let days = context.thresholds.unexplained.days;
            self.0.retain(|_, known| {
                known.forget(days, day);
                !known.missing.is_empty()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::alerts::Thresholds;

    fn thresholds() -> Thresholds {
        let unexplained = thresholds::Unexplained {
            units: 10,
            days: 30,
        };
        Thresholds {
            unexplained,
            ..Thresholds::default()
        }
    }

    fn missing(n: u64, on: &str, units: i64) -> Fact {
        fact(n, on, moved(MORPHINE, Flow::Missing, units))
    }

    #[test]
    fn at_the_threshold_and_not_one_below() {
        let code = "unexplained-difference";
        fires(&[missing(0, "2026-06-01", 10)], &thresholds(), code, 1);
        fires(&[missing(0, "2026-06-01", 9)], &thresholds(), code, 0);
        let twice = |on| [missing(0, "2026-06-01", 9), missing(1, on, 1)];
        fires(&twice("2026-06-30"), &thresholds(), code, 1);
        fires(&twice("2026-07-01"), &thresholds(), code, 0);
        fires(
            &[missing(0, "2026-06-01", 1)],
            &Thresholds::default(),
            code,
            1,
        );
    }

    #[test]
    fn claves_and_establishments_are_apart_and_antibiotics_not_told() {
        let code = "unexplained-difference";
        let other = fact(1, "2026-06-01", moved(CLONAZEPAM, Flow::Missing, 9));
        fires(
            &[missing(0, "2026-06-01", 9), other],
            &thresholds(),
            code,
            0,
        );
        let antibiotic = fact(1, "2026-06-01", moved(AMOXICILLIN, Flow::Missing, 90));
        fires(&[antibiotic], &thresholds(), code, 0);
    }
}
