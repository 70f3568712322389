//! Folios presented again: a special folio that was used, or the folio of another QR.

use std::collections::{HashMap, VecDeque};

use super::watch::{Alerts, Context, Detector};
use super::{Seen, thresholds};
use crate::code::RecetaCode;
use crate::day::Day;
use crate::fact::{Act, Fact, Refused, Source};

/// Of each folio, the refused attempts of the window.
#[derive(Default)]
pub(super) struct FolioReuse(HashMap<RecetaCode, Attempts>);

#[derive(Default)]
struct Attempts {
    refused: VecDeque<(Day, Source)>,
    told: bool,
}

impl Attempts {
    fn forget(&mut self, days: u16, today: Day) {
        while self
            .refused
            .front()
            .is_some_and(|(day, _)| !day.is_within(days.into(), today))
        {
            self.refused.pop_front();
        }
    }
}

impl Detector for FolioReuse {
    fn take(&mut self, fact: &Fact, context: &Context<'_>, alerts: &mut Alerts) {
        let Act::Refused {
            receta,
            refusal: Refused::FolioUsed | Refused::OtherQr,
        } = fact.act
        else {
            return;
        };
        let thresholds::FolioReuse {
            attempts: many,
            days,
        } = context.thresholds.folio_reuse;
        let known = self.0.entry(receta).or_default();
        known.forget(days, fact.day);
        known.refused.push_back((fact.day, fact.source));
        let attempts = u32::try_from(known.refused.len()).unwrap_or(u32::MAX);
        let reached = attempts >= many;
        if reached && !known.told {
            let seen = Seen::FolioReuse {
                folio: receta,
                attempts,
                days,
            };
            alerts.push(
                fact.day,
                seen,
                known.refused.iter().map(|(_, source)| *source),
            );
        }
        known.told = reached;
    }

    fn end_of_day(&mut self, day: Day, sweep: bool, context: &Context<'_>, _: &mut Alerts) {
        if sweep {
            let days = context.thresholds.folio_reuse.days;
            self.0.retain(|_, known| {
                known.forget(days, day);
                !known.refused.is_empty()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::*;
    use super::*;
    use crate::alerts::Thresholds;

    fn attempts(refused: &[(Refused, u32, &str)]) -> Vec<Fact> {
        let each = (0..).zip(refused).map(|(n, (refusal, of, on))| {
            let act = Act::Refused {
                receta: receta(*of),
                refusal: *refusal,
            };
            Fact {
                source: Source::Access(n),
                ..fact(n, on, act)
            }
        });
        each.collect()
    }

    #[test]
    fn at_the_threshold_and_not_one_below() {
        use Refused::{FolioUsed, NothingOwed, OtherQr};
        for (refused, times) in [
            (
                &[(FolioUsed, 1, "2026-06-01"), (OtherQr, 1, "2026-06-30")][..],
                1,
            ),
            (
                &[(FolioUsed, 1, "2026-06-01"), (FolioUsed, 1, "2026-07-01")],
                0,
            ),
            (&[(FolioUsed, 1, "2026-06-01")], 0),
            (
                &[(FolioUsed, 1, "2026-06-01"), (FolioUsed, 2, "2026-06-01")],
                0,
            ),
            (
                &[(FolioUsed, 1, "2026-06-01"), (NothingOwed, 1, "2026-06-01")],
                0,
            ),
        ] {
            let facts = attempts(refused);
            let alerts = fires(&facts, &Thresholds::default(), "folio-reuse", times);
            let evidence = alerts
                .first()
                .map_or(&[][..], |alert| &alert.evidence.listed);
            assert!(evidence.iter().all(|one| matches!(one, Source::Access(_))));
        }
    }
}
