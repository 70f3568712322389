//! What a patient has at hand, by what was handed over and how it is taken: what the check of
//! overlap asks ([`crate::issue::Holding`]).

use jiff::Span;
use jiff::civil::Date;

use crate::issue::Holding;
use crate::state::HandedLine;
use crate::{IssuedLine, LineState, Packages, Prescription};

impl IssuedLine {
    /// Days for which so many packages are enough, rounded up. Where the catalog did not tell what
    /// is in a package, the treatment is spread evenly over its fills.
    #[must_use]
    pub fn days_of(&self, packages: Packages) -> u16 {
        let spread = || self.dosage.days.div_ceil(u16::from(self.fills.max(1)));
        let of_fill = u64::from(self.supply_days.unwrap_or_else(spread));
        let fill = u64::from(self.packages.count().max(1));
        let days = (of_fill * u64::from(packages.count())).div_ceil(fill);
        u16::try_from(days).unwrap_or(u16::MAX)
    }
}

impl Prescription {
    /// The last day for which the patient has some of line `number`; `None` where nothing was handed
    /// over, or all of it came back. What is fetched before the earlier is used up adds to it.
    #[must_use]
    pub fn supply_until(&self, number: u8) -> Option<Date> {
        let (line, _) = self.line(number)?;
        let mut until: Option<Date> = None;
        for dispensing in &self.dispensings {
            let mut lines = dispensing.lines.iter();
            let handed = lines.find(|handed| handed.line == number);
            let kept = handed.map_or(Packages::ZERO, HandedLine::returnable);
            let days = line.days_of(kept);
            if days == 0 {
                continue;
            }
            let begins = match until.map(|until| until.saturating_add(Span::new().days(1))) {
                Some(next) => next.max(dispensing.on),
                None => dispensing.on,
            };
            until = Some(begins.saturating_add(Span::new().days(days - 1)));
        }
        until
    }

    /// What the patient has by each line: the facts for the next issue. Lines of which there is
    /// nothing, at hand or to be filled, are left out.
    #[must_use]
    pub fn holdings(&self) -> Vec<Holding> {
        let ended = self.status.ended_at().is_some();
        let lines = (1_u8..).zip(self.issued.lines.iter().zip(&self.lines));
        let holdings = lines.filter_map(|(number, (line, state))| {
            let open = !ended && matches!(state, LineState::Open { .. });
            let all = line.packages.times(line.fills).unwrap_or(line.packages);
            let remainder = all.minus(state.dispensed()).filter(|_| open);
            let remainder = remainder.unwrap_or_default();
            let supply_until = self.supply_until(number);
            (supply_until.is_some() || !remainder.is_zero()).then(|| Holding {
                folio: self.issued.folio,
                clave: Some(line.clave.clone()),
                substance: line.substance.clone(),
                group: line.group.clone(),
                fraction: line.fraction,
                remainder,
                supply_until,
            })
        });
        holdings.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fraction;
    use crate::tests::fixture::{TODAY, date, issue, prescription_of, visited};

    /// Two packages a fill, six days a fill.
    fn active(fills: u8) -> Prescription {
        let issued = issue(&[Fraction::IV], |command, facts| {
            command.lines[0].fills = fills;
            // One every eight hours: nine in a package are three days.
            facts.medicines[0].units_per_package = Some(9);
        });
        Prescription::new(issued.unwrap())
    }

    #[test]
    fn each_package_is_enough_for_its_days() {
        let active = visited(active(2), TODAY, &[(1, 1)]);
        assert_eq!(active.supply_until(1), Some(date("2026-06-03")));
        // Fetched while there is some: it adds up. Fetched later: it begins then.
        let early = visited(active.clone(), "2026-06-02", &[(1, 1)]);
        assert_eq!(early.supply_until(1), Some(date("2026-06-06")));
        let late = visited(active, "2026-06-07", &[(1, 1)]);
        assert_eq!(late.supply_until(1), Some(date("2026-06-09")));
    }

    #[test]
    fn without_a_figure_the_treatment_is_spread_over_the_fills() {
        // Seven days, two packages each of two fills: four days a fill, two a package.
        let active = prescription_of(Fraction::IV, Packages::new(2), 2);
        let active = visited(active, TODAY, &[(1, 1)]);
        assert_eq!(active.supply_until(1), Some(date("2026-06-02")));
    }

    #[test]
    fn what_came_back_is_not_at_hand() {
        let mut active = visited(active(1), TODAY, &[(1, 2)]);
        assert_eq!(active.supply_until(1), Some(date("2026-06-06")));
        active.dispensings[0].lines[0].returned = Packages::new(1);
        assert_eq!(active.supply_until(1), Some(date("2026-06-03")));
        active.dispensings[0].lines[0].returned = Packages::new(2);
        assert_eq!(active.supply_until(1), None);
        assert!(active.holdings().is_empty());
    }

    #[test]
    fn holdings_tell_what_is_to_be_filled_and_what_is_at_hand() {
        let untouched = active(2);
        let [held] = &untouched.holdings()[..] else {
            panic!("one line")
        };
        assert_eq!(
            (held.remainder, held.supply_until),
            (Packages::new(4), None)
        );
        let begun = visited(untouched, TODAY, &[(1, 2)]);
        let [held] = &begun.holdings()[..] else {
            panic!("one line")
        };
        assert_eq!(held.remainder, Packages::new(2));
        let filled = visited(begun, "2026-06-06", &[(1, 2)]);
        let [held] = &filled.holdings()[..] else {
            panic!("one line")
        };
        assert_eq!(held.remainder, Packages::ZERO);
        assert_eq!(held.supply_until, Some(date("2026-06-12")));
    }
}
