//! Shipments that nobody received in time.

use std::collections::{BTreeMap, VecDeque};

use super::Seen;
use super::watch::{Alerts, Context, Detector};
use crate::code::{ClaveCode, CluesCode};
use crate::day::Day;
use crate::fact::{Act, Fact, Flow, Source};

/// From whom, to whom, what.
type Route = (CluesCode, CluesCode, ClaveCode);

/// What is under way, oldest first. A receipt is of the oldest shipment of its route: which one it
/// is of, a pharmacist would have to say of every tablet.
#[derive(Default)]
pub(super) struct LateReceipt(BTreeMap<Route, VecDeque<Shipment>>);

struct Shipment {
    day: Day,
    units: u64,
    source: Source,
    told: bool,
}

impl Detector for LateReceipt {
    fn take(&mut self, fact: &Fact, _: &Context<'_>, _: &mut Alerts) {
        let Act::Moved {
            clave,
            flow,
            units,
            other: Some(other),
        } = fact.act
        else {
            return;
        };
        let here = fact.establishment;
        let (route, leaves) = match flow {
            Flow::Shipped => ((here, other, clave), units > 0),
            Flow::TakenBack => ((here, other, clave), units < 0),
            Flow::Received | Flow::LostOnTheWay => ((other, here, clave), units < 0),
            Flow::Opening
            | Flow::Manufactured
            | Flow::Imported
            | Flow::Bought
            | Flow::Found
            | Flow::Shortfall
            | Flow::Exported
            | Flow::SentBack
            | Flow::Released
            | Flow::Destroyed
            | Flow::Lost
            | Flow::Stolen
            | Flow::Missing => return,
        };
        let units = units.unsigned_abs();
        let way = self.0.entry(route).or_default();
        if leaves {
            let (day, source, told) = (fact.day, fact.source, false);
            way.push_back(Shipment {
                day,
                units,
                source,
                told,
            });
        } else {
            arrive(way, units);
        }
        if way.is_empty() {
            self.0.remove(&route);
        }
    }

    fn end_of_day(&mut self, day: Day, _: bool, context: &Context<'_>, alerts: &mut Alerts) {
        let days = context.thresholds.late_receipt.days;
        for ((from, to, clave), way) in &mut self.0 {
            let due = |shipment: &&mut Shipment| day.since(shipment.day) >= i64::from(days);
            for shipment in way.iter_mut().take_while(due).filter(|one| !one.told) {
                shipment.told = true;
                let (from, to, clave, units) = (*from, *to, *clave, shipment.units);
                let seen = Seen::LateReceipt {
                    from,
                    to,
                    clave,
                    units,
                    shipped: shipment.day,
                };
                alerts.push(day, seen, [shipment.source]);
            }
        }
    }
}

/// Takes `units` from the oldest shipments.
fn arrive(way: &mut VecDeque<Shipment>, mut units: u64) {
    while let Some(oldest) = way.front_mut() {
        let part = oldest.units.min(units);
        oldest.units -= part;
        units -= part;
        if oldest.units > 0 {
            return;
        }
        way.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::alerts::Thresholds;

    const THERE: &str = "HGFAR000004";

    fn between(n: u64, on: &str, flow: Flow, units: i64) -> Fact {
        let sender = matches!(flow, Flow::Shipped | Flow::TakenBack);
        let (here, other) = if sender {
            (PHARMACY, THERE)
        } else {
            (THERE, PHARMACY)
        };
        let (clave, other) = (clave(MORPHINE), Some(clues(other)));
        fact_at(
            n,
            on,
            here,
            Act::Moved {
                clave,
                flow,
                units,
                other,
            },
        )
    }

    /// Facts with something that happened on `on`, so that the day is looked at.
    fn on(on: &str, facts: &[Fact]) -> Vec<Fact> {
        let another = fact(99, on, moved(CLONAZEPAM, Flow::Bought, 1));
        [facts, &[another]].concat()
    }

    #[test]
    fn after_seven_days_and_not_six() {
        let shipped = between(0, "2026-06-01", Flow::Shipped, 60);
        let code = "late-receipt";
        let late = fires(
            &on("2026-06-08", &[shipped]),
            &Thresholds::default(),
            code,
            1,
        );
        assert_eq!(late[0].evidence.listed, [Source::Ledger(0)]);
        fires(
            &on("2026-06-07", &[shipped]),
            &Thresholds::default(),
            code,
            0,
        );
        fires(
            &on("2026-08-07", &[shipped]),
            &Thresholds::default(),
            code,
            1,
        );
    }

    #[test]
    fn what_arrived_is_not_late() {
        let code = "late-receipt";
        let shipped = between(0, "2026-06-01", Flow::Shipped, 60);
        let second = between(1, "2026-06-05", Flow::Shipped, 10);
        let received = |units| between(2, "2026-06-06", Flow::Received, units);
        let after = |units| on("2026-06-11", &[shipped, second, received(units)]);
        fires(&after(60), &Thresholds::default(), code, 0);
        let late = fires(&after(59), &Thresholds::default(), code, 1);
        let Seen::LateReceipt { units, .. } = late[0].seen else {
            panic!()
        };
        assert_eq!(units, 1);
    }

    #[test]
    fn what_was_taken_back_corrected_or_lost_is_not_under_way() {
        let shipped = between(0, "2026-06-01", Flow::Shipped, 60);
        for (flow, units) in [
            (Flow::TakenBack, 60),
            (Flow::Shipped, -60),
            (Flow::LostOnTheWay, 60),
        ] {
            let end = between(1, "2026-06-03", flow, units);
            let facts = on("2026-06-20", &[shipped, end]);
            fires(&facts, &Thresholds::default(), "late-receipt", 0);
        }
        // A receipt that was corrected leaves the units under way.
        let received = between(1, "2026-06-03", Flow::Received, 60);
        let corrected = between(2, "2026-06-04", Flow::Received, -60);
        let facts = on("2026-06-20", &[shipped, received, corrected]);
        fires(&facts, &Thresholds::default(), "late-receipt", 1);
    }
}
