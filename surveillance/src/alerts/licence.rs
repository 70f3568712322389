//! Recetas by somebody whose licence the register does not hold for active.

use std::collections::BTreeMap;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Seen;
use super::watch::{Alerts, Context, Detector};
use crate::code::CedulaCode;
use crate::day::Day;
use crate::fact::{Act, Fact, Source};

/// What the register of professionals says of a cédula.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LicenceStatus {
    /// It may be used.
    Active,
    /// For a time it may not.
    Suspended,
    /// It may not any more.
    Revoked,
    /// Its holder died.
    Deceased,
}

/// The register of professionals, by day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Licences(HashMap<CedulaCode, Vec<(Day, LicenceStatus)>>);

impl Licences {
    /// Records what holds from a day on.
    pub fn insert(&mut self, cedula: CedulaCode, from: Day, status: LicenceStatus) {
        let known = self.0.entry(cedula).or_default();
        let place = known.partition_point(|(day, _)| *day <= from);
        known.insert(place, (from, status));
    }

    /// What holds on a day, and since when; `None` where the register says nothing.
    #[must_use]
    pub fn on(&self, cedula: CedulaCode, day: Day) -> Option<(Day, LicenceStatus)> {
        let known = self.0.get(&cedula)?;
        let later = known.partition_point(|(from, _)| *from <= day);
        known.get(later.checked_sub(1)?).copied()
    }
}

/// The recetas of the day by such prescribers.
#[derive(Default)]
pub(super) struct Licence(BTreeMap<CedulaCode, Vec<Source>>);

impl Detector for Licence {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, _: &mut Alerts) {
        let Act::Issued { prescriber, .. } = fact.act else {
            return;
        };
        let known = context.licences.on(prescriber, fact.day);
        if known.is_some_and(|(_, status)| status != LicenceStatus::Active) {
            self.0.entry(prescriber).or_default().push(fact.source);
        }
    }

    fn end_of_day(&mut self, day: Day, _: bool, context: &Context<'_>, alerts: &mut Alerts) {
        for (prescriber, sources) in std::mem::take(&mut self.0) {
            let recetas = u32::try_from(sources.len()).unwrap_or(u32::MAX);
            let Some((since, status)) = context.licences.on(prescriber, day) else {
                continue;
            };
            if recetas >= context.thresholds.licence.recetas {
                let seen = Seen::LicenceNotActive {
                    prescriber,
                    status,
                    since,
                    recetas,
                };
                alerts.push(day, seen, sources);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::alerts::{Thresholds, thresholds};

    fn register() -> Licences {
        let mut register = Licences::default();
        register.insert(cedula(1), day("2026-06-10"), LicenceStatus::Suspended);
        register.insert(cedula(1), day("2000-01-01"), LicenceStatus::Active);
        register.insert(cedula(1), day("2026-07-01"), LicenceStatus::Active);
        register.insert(cedula(2), day("2026-06-01"), LicenceStatus::Deceased);
        register
    }

    fn fires_for(by: u32, on: &str, times: usize) {
        let facts = [fact(0, on, issued(by, 1))];
        fires_with(
            &facts,
            &Thresholds::default(),
            &register(),
            "licence-not-active",
            times,
        );
    }

    #[test]
    fn on_the_days_of_the_register() {
        fires_for(1, "2026-06-09", 0);
        fires_for(1, "2026-06-10", 1);
        fires_for(1, "2026-06-30", 1);
        fires_for(1, "2026-07-01", 0);
        fires_for(2, "2026-06-01", 1);
        // Of somebody that it does not know, it says nothing.
        fires_for(3, "2026-06-10", 0);
    }

    #[test]
    fn at_the_threshold_and_not_one_below() {
        let thresholds = Thresholds {
            licence: thresholds::Licence { recetas: 3 },
            ..Thresholds::default()
        };
        let facts = [0, 1, 2].map(|n| fact(n, "2026-06-10", issued(2, 1)));
        let code = "licence-not-active";
        let alerts = fires_with(&facts, &thresholds, &register(), code, 1);
        assert_eq!(alerts[0].evidence.total, 3);
        fires_with(&facts[..2], &thresholds, &register(), code, 0);
    }
}
