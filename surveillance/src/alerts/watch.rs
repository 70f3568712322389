//! The one pass of all detectors.

use std::collections::BTreeMap;

use super::folio_reuse::FolioReuse;
use super::late_receipt::LateReceipt;
use super::licence::{Licence, Licences};
use super::many_prescribers::ManyPrescribers;
use super::opioid_benzodiazepine::OpioidBenzodiazepine;
use super::opioid_dose::OpioidDose;
use super::peers::Peers;
use super::photocopy::Photocopy;
use super::unexplained::Unexplained;
use super::velocity::Velocity;
use super::{Alert, Seen, Thresholds, Trail};
use crate::day::Day;
use crate::fact::{Fact, Source};
use crate::place::Places;
use crate::product::Products;

/// Days that a fact may come after one of a later day: a dispensing without network is recorded
/// within 72 hours (`prescription::dispense::MAX_LATENESS`), at another end of the country.
const LATENESS: i32 = 4;

/// Windows are emptied of what is over every so many days.
const SWEEP: i64 = 7;

/// What the detectors know besides the facts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'w> {
    pub(super) products: &'w Products,
    pub(super) places: &'w Places,
    pub(super) licences: &'w Licences,
    pub(super) thresholds: &'w Thresholds,
}

/// Where detectors put what they saw.
pub(super) struct Alerts {
    limit: u16,
    found: Vec<Alert>,
}

impl Alerts {
    pub(super) fn push(&mut self, day: Day, seen: Seen, by: impl IntoIterator<Item = Source>) {
        let evidence = Trail::of(by, self.limit);
        self.found.push(Alert {
            day,
            seen,
            evidence,
        });
    }

    /// Of these pieces of evidence, `total` in all, only the first were kept.
    pub(super) fn push_of(&mut self, day: Day, seen: Seen, by: &[Source], total: u64) {
        let evidence = Trail {
            total,
            ..Trail::of(by.iter().copied(), self.limit)
        };
        self.found.push(Alert {
            day,
            seen,
            evidence,
        });
    }
}

/// A detector: takes the facts of each day in order, and hears when a day is over.
pub(super) trait Detector {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, alerts: &mut Alerts);

    /// All facts of `day` were taken; `sweep` asks to forget what can matter no more.
    fn end_of_day(&mut self, day: Day, sweep: bool, context: &Context<'_>, alerts: &mut Alerts);

    /// There are no more days.
    fn finish(&mut self, _context: &Context<'_>, _alerts: &mut Alerts) {}
}

/// What a watch found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watched {
    /// The alerts, by day and kind.
    pub alerts: Vec<Alert>,
    /// Facts of days that were already examined: they were taken as of a later day.
    pub late: u64,
}

/// Watches facts for what a person should look at.
pub struct Watch<'w> {
    context: Context<'w>,
    /// Days that are not over.
    pending: BTreeMap<Day, Vec<Fact>>,
    /// The first day that may still be examined.
    open_from: Day,
    swept: Day,
    detectors: Vec<Box<dyn Detector + 'w>>,
    alerts: Alerts,
    late: u64,
}

impl<'w> Watch<'w> {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(
        products: &'w Products,
        places: &'w Places,
        licences: &'w Licences,
        thresholds: &'w Thresholds,
    ) -> Self {
        let detectors: Vec<Box<dyn Detector + 'w>> = vec![
            Box::new(Velocity::default()),
            Box::new(ManyPrescribers::default()),
            Box::new(OpioidDose::default()),
            Box::new(OpioidBenzodiazepine::default()),
            Box::new(Licence::default()),
            Box::new(FolioReuse::default()),
            Box::new(Photocopy::default()),
            Box::new(Unexplained::default()),
            Box::new(LateReceipt::default()),
            Box::new(Peers::default()),
        ];
        Self {
            context: Context {
                products,
                places,
                licences,
                thresholds,
            },
            pending: BTreeMap::new(),
            open_from: Day::MIN,
            swept: Day::MIN,
            detectors,
            alerts: Alerts {
                limit: thresholds.evidence,
                found: Vec::new(),
            },
            late: 0,
        }
    }

    /// Takes a fact. Days end four days after: see [`Watched::late`].
    pub fn push(&mut self, fact: Fact) {
        let day = fact.day.max(self.open_from);
        self.late += u64::from(day != fact.day);
        self.pending
            .entry(day)
            .or_default()
            .push(Fact { day, ..fact });
        let over = fact.day.plus(-LATENESS);
        while let Some(first) = self
            .pending
            .first_entry()
            .filter(|first| *first.key() < over)
        {
            let (day, facts) = first.remove_entry();
            self.examine(day, facts);
        }
    }

    /// Examines the days that are left.
    #[must_use]
    pub fn finish(mut self) -> Watched {
        while let Some((day, facts)) = self.pending.pop_first() {
            self.examine(day, facts);
        }
        for detector in &mut self.detectors {
            detector.finish(&self.context, &mut self.alerts);
        }
        let mut alerts = self.alerts.found;
        alerts.sort_unstable();
        Watched {
            alerts,
            late: self.late,
        }
    }

    fn examine(&mut self, day: Day, mut facts: Vec<Fact>) {
        facts.sort_unstable_by_key(|fact| (fact.at, fact.source, fact.act));
        let sweep = day.since(self.swept) >= SWEEP;
        if sweep {
            self.swept = day;
        }
        for detector in &mut self.detectors {
            for fact in &facts {
                detector.take(fact, &self.context, &mut self.alerts);
            }
            detector.end_of_day(day, sweep, &self.context, &mut self.alerts);
        }
        self.open_from = day.plus(1);
    }
}
