//! One receta at several counters, after nothing is owed on it any more.

use std::collections::HashMap;

use super::watch::{Alerts, Context, Detector};
use super::{Seen, thresholds};
use crate::code::{CluesCode, RecetaCode};
use crate::day::Day;
use crate::fact::{Act, Fact, Refused, Source};

/// Of each receta of the window, where it was presented last.
#[derive(Default)]
pub(super) struct Photocopy(HashMap<RecetaCode, Presented>);

#[derive(Default)]
struct Presented {
    at: Vec<(CluesCode, Day, Source)>,
    /// When it was last refused because nothing is owed.
    refused: Option<Day>,
    told: bool,
}

impl Presented {
    fn forget(&mut self, days: u16, today: Day) {
        self.at
            .retain(|(_, latest, _)| latest.is_within(days.into(), today));
        self.refused = self
            .refused
            .filter(|latest| latest.is_within(days.into(), today));
    }
}

impl Detector for Photocopy {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, alerts: &mut Alerts) {
        let (receta, refused) = match &fact.act {
            Act::Refused {
                receta,
                refusal: Refused::NothingOwed,
            } => (*receta, true),
            Act::Dispensed(handed) => match handed.prescribed {
                Some((_, receta)) => (receta, false),
                None => return,
            },
            Act::Refused { .. }
            | Act::Moved { .. }
            | Act::Issued { .. }
            | Act::Prescribed { .. }
            | Act::Returned(_)
            | Act::Lapsed { .. }
            | Act::Stated { .. } => return,
        };
        let thresholds::Photocopy {
            establishments: many,
            days,
        } = context.thresholds.photocopy;
        let presented = self.0.entry(receta).or_default();
        presented.forget(days, fact.day);
        let latest = (fact.establishment, fact.day, fact.source);
        match presented
            .at
            .iter_mut()
            .find(|(one, _, _)| *one == fact.establishment)
        {
            Some(same) => *same = latest,
            None => presented.at.push(latest),
        }
        presented.refused = if refused {
            Some(fact.day)
        } else {
            presented.refused
        };
        let establishments = u16::try_from(presented.at.len()).unwrap_or(u16::MAX);
        let reached = presented.refused.is_some() && establishments >= many;
        if reached && !presented.told {
            let seen = Seen::Photocopy {
                receta,
                establishments,
                days,
            };
            alerts.push(
                fact.day,
                seen,
                presented.at.iter().map(|(_, _, source)| *source),
            );
        }
        presented.told = reached;
    }

    fn end_of_day(&mut self, day: Day, sweep: bool, context: &Context<'_>, _: &mut Alerts) {
        if sweep {
            let days = context.thresholds.photocopy.days;
            self.0.retain(|_, presented| {
                presented.forget(days, day);
                !presented.at.is_empty()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::alerts::Thresholds;

    const ANOTHER: &str = "HGFAR000002";

    fn refused(n: u64, on: &str, at: &str) -> Fact {
        let act = Act::Refused {
            receta: receta(1),
            refusal: Refused::NothingOwed,
        };
        Fact {
            source: Source::Access(n),
            ..fact_at(n, on, at, act)
        }
    }

    fn fires_for(facts: &[Fact], times: usize) {
        fires(facts, &Thresholds::default(), "photocopy", times);
    }

    #[test]
    fn dispensed_here_and_refused_there() {
        let handed_over = fact(0, "2026-06-01", dispensed(MORPHINE, 20, 1));
        fires_for(&[handed_over, refused(1, "2026-06-30", ANOTHER)], 1);
        fires_for(&[handed_over, refused(1, "2026-07-01", ANOTHER)], 0);
        // Presented again where it was dispensed: one counter.
        fires_for(&[handed_over, refused(1, "2026-06-02", PHARMACY)], 0);
    }

    #[test]
    fn refused_at_two_counters() {
        fires_for(
            &[
                refused(1, "2026-06-01", PHARMACY),
                refused(2, "2026-06-01", ANOTHER),
            ],
            1,
        );
    }

    #[test]
    fn two_partial_fills_are_no_photocopy() {
        let elsewhere = fact_at(1, "2026-06-02", ANOTHER, dispensed(MORPHINE, 20, 1));
        fires_for(
            &[fact(0, "2026-06-01", dispensed(MORPHINE, 20, 1)), elsewhere],
            0,
        );
    }
}
