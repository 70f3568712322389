//! What a patient has at hand, by what was handed over and how it is taken: what the check of
//! overlap asks ([`crate::issue::Holding`]).

use jiff::Span;
use jiff::civil::Date;

use crate::state::HandedLine;
use crate::{IssuedLine, Packages, Prescription};

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
        assert_eq!(remainder(&active), Packages::ZERO);
    }

    /// What can still be handed over of the one line.
    fn remainder(of: &Prescription) -> Packages {
        of.lines[0].remainder(&of.issued.lines[0])
    }

    #[test]
    fn it_is_known_what_is_to_be_filled_and_what_is_at_hand() {
        let untouched = active(2);
        assert_eq!(
            (remainder(&untouched), untouched.supply_until(1)),
            (Packages::new(4), None)
        );
        let begun = visited(untouched, TODAY, &[(1, 2)]);
        assert_eq!(remainder(&begun), Packages::new(2));
        let filled = visited(begun, "2026-06-06", &[(1, 2)]);
        assert_eq!(remainder(&filled), Packages::ZERO);
        assert_eq!(filled.supply_until(1), Some(date("2026-06-12")));
    }

    #[test]
    fn where_each_visit_is_a_fill_the_rest_of_one_is_not_to_be_filled_any_more() {
        let active = prescription_of(Fraction::III, Packages::new(2), 3);
        assert_eq!(remainder(&active), Packages::new(6));
        let active = visited(active, TODAY, &[(1, 1)]);
        assert_eq!(remainder(&active), Packages::new(4));
    }
}
