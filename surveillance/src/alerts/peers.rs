//! One establishment far above its peers: units of one class handed over in a month, beside the
//! median of the municipality and the median absolute deviation from it, which one large pharmacy
//! among many does not move.

use std::collections::BTreeMap;

use super::watch::{Alerts, Context, Detector};
use super::{Seen, thresholds};
use crate::code::CluesCode;
use crate::day::{Day, Period, Span};
use crate::fact::{Act, Fact, Source};
use crate::place::{Area, AreaKey};
use crate::product::Class;

/// The month under way.
#[derive(Default)]
pub(super) struct Peers {
    month: Option<Period>,
    last: Option<Day>,
    handed: BTreeMap<(Class, CluesCode), Handed>,
}

/// What one establishment handed over.
#[derive(Default)]
struct Handed {
    units: u64,
    /// The first acts: of a month there are thousands.
    sources: Vec<Source>,
    acts: u64,
}

impl Detector for Peers {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, alerts: &mut Alerts) {
        let month = Period::of(fact.day, Span::Month);
        if self.month != Some(month) {
            self.judge(context, alerts);
            self.month = Some(month);
        }
        self.last = Some(fact.day);
        let Act::Dispensed(handed) = &fact.act else {
            return;
        };
        let class = context.products.class_on(handed.clave, fact.day);
        if class == Class::Other {
            return;
        }
        let sum = self.handed.entry((class, fact.establishment)).or_default();
        sum.units = sum.units.saturating_add(handed.units);
        sum.acts += 1;
        if sum.sources.len() < context.thresholds.evidence.into() {
            sum.sources.push(fact.source);
        }
    }

    fn end_of_day(&mut self, _: Day, _: bool, _: &Context<'_>, _: &mut Alerts) {}

    fn finish(&mut self, context: &Context<'_>, alerts: &mut Alerts) {
        self.judge(context, alerts);
    }
}

impl Peers {
    fn judge(&mut self, context: &Context<'_>, alerts: &mut Alerts) {
        let handed = std::mem::take(&mut self.handed);
        let (Some(month), Some(last)) = (self.month, self.last) else {
            return;
        };
        let groups = Groups::of(&handed, context);
        for ((class, establishment), sum) in &handed {
            let Some(group) = groups.of_establishment(*class, *establishment, context) else {
                continue;
            };
            let Limit {
                median,
                units: limit,
            } = group.limit(&context.thresholds.peers);
            if sum.units >= limit {
                let seen = Seen::AbovePeers {
                    establishment: *establishment,
                    class: *class,
                    month: month.first(),
                    units: sum.units,
                    median,
                    limit,
                    peers: u32::try_from(group.units.len()).unwrap_or(u32::MAX),
                };
                alerts.push_of(last, seen, &sum.sources, sum.acts);
            }
        }
    }
}

/// Establishments that are compared with each other.
struct Group {
    /// What each handed over, ascending.
    units: Vec<u64>,
}

struct Groups(BTreeMap<(Class, AreaKey), Group>);

/// Areas in the order in which they are tried.
const AREAS: [Area; 3] = [Area::Municipality, Area::Entity, Area::Country];

impl Groups {
    fn of(handed: &BTreeMap<(Class, CluesCode), Handed>, context: &Context<'_>) -> Self {
        let mut groups: BTreeMap<_, Group> = BTreeMap::new();
        for ((class, establishment), sum) in handed {
            for area in AREAS {
                let area = context.places.area(*establishment, area);
                let group = groups
                    .entry((*class, area))
                    .or_insert(Group { units: Vec::new() });
                group.units.push(sum.units);
            }
        }
        for group in groups.values_mut() {
            group.units.sort_unstable();
        }
        Self(groups)
    }

    /// The narrowest group that has enough of them.
    fn of_establishment(
        &self,
        class: Class,
        establishment: CluesCode,
        context: &Context<'_>,
    ) -> Option<&Group> {
        let enough = usize::from(context.thresholds.peers.least_peers);
        let areas = AREAS.map(|area| context.places.area(establishment, area));
        let groups = areas
            .into_iter()
            .filter_map(|area| self.0.get(&(class, area)));
        groups.into_iter().find(|group| group.units.len() >= enough)
    }
}

/// From how many units on it is told.
struct Limit {
    median: u64,
    units: u64,
}

impl Group {
    fn limit(&self, peers: &thresholds::Peers) -> Limit {
        let median = median(&self.units);
        let mut deviations: Vec<_> = self.units.iter().map(|one| one.abs_diff(median)).collect();
        deviations.sort_unstable();
        let least = permille(median, peers.least_deviation_permille.into());
        let deviation = self::median(&deviations).max(least).max(1);
        let above = median.saturating_add(permille(deviation, peers.deviations_permille));
        Limit {
            median,
            units: above.max(peers.least_units),
        }
    }
}

fn permille(units: u64, thousandths: u32) -> u64 {
    let part = u128::from(units) * u128::from(thousandths) / 1000;
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// The middle of ascending numbers; of an even count the lower of the two.
fn median(ascending: &[u64]) -> u64 {
    let middle = ascending.len().saturating_sub(1) / 2;
    ascending.get(middle).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::alerts::Thresholds;

    /// What each of these establishments handed over of clonazepam in June.
    fn month(units: &[(&str, u64)]) -> Vec<Fact> {
        let each = (0..).zip(units);
        let act = |units| dispensed(CLONAZEPAM, units, 1);
        each.map(|(n, (at, units))| fact_at(n, "2026-06-15", at, act(*units)))
            .collect()
    }

    fn thresholds(least_peers: u16) -> Thresholds {
        let peers = thresholds::Peers {
            least_peers,
            ..thresholds::Peers::default()
        };
        Thresholds {
            peers,
            ..Thresholds::default()
        }
    }

    #[test]
    fn at_the_limit_and_not_one_below() {
        // Median 110, deviations 0, 10, 10 and the large one: 110 + 6 × 11.
        let of = |large| {
            month(&[
                ("HGFAR000001", 100),
                ("HGFAR000002", 110),
                ("HGFAR000003", 120),
                ("HGIMB000011", large),
            ])
        };
        let alerts = fires(&of(176), &thresholds(4), "above-peers", 1);
        let Seen::AbovePeers {
            median,
            limit,
            peers,
            ..
        } = alerts[0].seen
        else {
            panic!()
        };
        assert_eq!((median, limit, peers), (110, 176, 4));
        fires(&of(175), &thresholds(4), "above-peers", 0);
    }

    #[test]
    fn a_few_units_are_no_outlier() {
        let of = |large| {
            month(&[
                ("HGFAR000001", 1),
                ("HGFAR000002", 1),
                ("HGFAR000003", large),
            ])
        };
        fires(&of(99), &thresholds(3), "above-peers", 0);
        fires(&of(100), &thresholds(3), "above-peers", 1);
    }

    #[test]
    fn with_few_peers_the_entity_is_taken_and_then_the_country() {
        let three = [
            ("HGFAR000001", 100),
            ("HGFAR000002", 100),
            ("HGFAR000004", 900),
        ];
        fires(&month(&three), &thresholds(3), "above-peers", 1);
        fires(&month(&three), &thresholds(4), "above-peers", 0);
        let country = [&three[..], &[("DFFAR000001", 100)]].concat();
        fires(&month(&country), &thresholds(4), "above-peers", 1);
    }

    #[test]
    fn months_and_classes_are_apart() {
        let mut facts = month(&[
            ("HGFAR000001", 100),
            ("HGFAR000002", 100),
            ("HGFAR000003", 100),
        ]);
        facts.push(fact_at(
            8,
            "2026-07-15",
            "HGFAR000003",
            dispensed(CLONAZEPAM, 900, 1),
        ));
        facts.push(fact_at(
            9,
            "2026-06-15",
            "HGFAR000003",
            dispensed(MORPHINE, 900, 1),
        ));
        fires(&facts, &thresholds(3), "above-peers", 0);
    }

    #[test]
    fn medians() {
        assert_eq!(median(&[]), 0);
        assert_eq!(median(&[3]), 3);
        assert_eq!(median(&[3, 9]), 3);
        assert_eq!(median(&[3, 4, 9]), 4);
    }
}
