//! Many recetas by one prescriber in a few hours: a stolen credential, or a vaccination day.

use std::collections::{HashMap, VecDeque};

use super::watch::{Alerts, Context, Detector};
use super::{Seen, thresholds};
use crate::code::CedulaCode;
use crate::day::Day;
use crate::fact::{Act, Fact, Source};

/// The latest issues of each prescriber, by time, never more than the threshold.
#[derive(Default)]
pub(super) struct Velocity(HashMap<CedulaCode, Recent>);

#[derive(Default)]
struct Recent {
    issues: VecDeque<(i64, Source)>,
    /// The threshold is reached, and was told.
    told: bool,
}

impl Detector for Velocity {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, alerts: &mut Alerts) {
        let Act::Issued { prescriber, .. } = fact.act else {
            return;
        };
        let thresholds::Velocity { recetas, hours } = context.thresholds.velocity;
        let many = usize::try_from(recetas).unwrap_or(usize::MAX);
        let window = i64::from(hours) * 3600;
        let Recent { issues, told } = self.0.entry(prescriber).or_default();
        // Days of different time zones overlap by a few hours.
        let place = issues.partition_point(|(at, _)| *at <= fact.at);
        issues.insert(place, (fact.at, fact.source));
        let newest = issues.back().map_or(fact.at, |(at, _)| *at);
        while issues.len() > many || issues.front().is_some_and(|(at, _)| newest - at >= window) {
            issues.pop_front();
        }
        let reached = issues.len() >= many;
        if reached && !*told {
            let oldest = issues.front().map_or(newest, |(at, _)| *at);
            let seen = Seen::PrescriberVelocity {
                prescriber,
                recetas,
                seconds: newest.abs_diff(oldest),
                hours,
            };
            alerts.push(fact.day, seen, issues.iter().map(|(_, source)| *source));
        }
        *told = reached;
    }

    fn end_of_day(&mut self, day: Day, sweep: bool, context: &Context<'_>, _: &mut Alerts) {
        if sweep {
            let days = i64::from(context.thresholds.velocity.hours).div_euclid(24) + 2;
            let over = (i64::from(day.number()) - days) * 86_400;
            self.0
                .retain(|_, recent| recent.issues.back().is_some_and(|(at, _)| *at >= over));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::alerts::Thresholds;

    /// `count` recetas of one prescriber, `seconds` apart.
    fn series(count: u32, seconds: i64) -> Vec<Fact> {
        let one = |n: u32| {
            let mut fact = fact(n.into(), "2026-06-02", issued(1, n));
            fact.at = 1_780_380_000 + i64::from(n) * seconds;
            fact
        };
        (0..count).map(one).collect()
    }

    fn thresholds() -> Thresholds {
        Thresholds {
            velocity: thresholds::Velocity {
                recetas: 10,
                hours: 1,
            },
            ..Thresholds::default()
        }
    }

    #[test]
    fn at_the_threshold_and_not_one_below() {
        fires(&series(10, 60), &thresholds(), "prescriber-velocity", 1);
        fires(&series(9, 60), &thresholds(), "prescriber-velocity", 0);
        // The tenth comes exactly an hour after the first.
        fires(&series(10, 400), &thresholds(), "prescriber-velocity", 0);
        fires(&series(10, 399), &thresholds(), "prescriber-velocity", 1);
    }

    #[test]
    fn the_figure_that_was_seen() {
        let facts = series(1000, 50);
        let alerts = fires(&facts, &Thresholds::default(), "prescriber-velocity", 1);
        assert_eq!(alerts[0].evidence.total, 1000);
        assert_eq!(alerts[0].evidence.listed.len(), 50);
        fires(
            &facts[..999],
            &Thresholds::default(),
            "prescriber-velocity",
            0,
        );
    }

    #[test]
    fn told_once_while_it_goes_on_and_again_when_it_comes_back() {
        let mut facts = series(25, 60);
        fires(&facts, &thresholds(), "prescriber-velocity", 1);
        let later = series(12, 60).into_iter().map(|fact| Fact {
            at: fact.at + 20_000,
            ..fact
        });
        facts.extend(later);
        fires(&facts, &thresholds(), "prescriber-velocity", 2);
    }

    #[test]
    fn two_prescribers_are_not_one() {
        let mut facts = series(9, 60);
        facts.push(fact(99, "2026-06-02", issued(2, 99)));
        fires(&facts, &thresholds(), "prescriber-velocity", 0);
    }
}
