//! Days of supply: until when what was handed over is enough.
//!
//! No source of law: a pharmacist's arithmetic. A package lasts for its units over the units of a
//! day, where the catalog counts in the unit of the dose; otherwise what the prescriber ordered for
//! one fill lasts for the days of the treatment. Who has something left begins the next when it is
//! used up.

use jiff::Span;
use jiff::civil::Date;
use prescription::{Clave, DoseUnit, IssuedLine, Packages, Prescription};

use crate::app::App;
use crate::store::Held;

/// Longest supply that is believed, in days: a package of a rarely taken medicine may last longer,
/// and no rule asks beyond a year.
const LONGEST: u64 = 366;

/// Until when the patient has something, of each line of which something was handed over. What an
/// animal takes is nobody's supply.
pub(super) fn held(app: &App, after: &Prescription) -> Vec<Held> {
    held_by(after, |line| units_of_dose(app, line))
}

/// Units of the dose in one package; `None` where the catalog counts something else.
fn units_of_dose(app: &App, line: &IssuedLine) -> Option<u32> {
    let package = app.catalog.medicine(&line.clave)?.package.as_ref()?;
    counts_doses(app, &line.clave, line.dosage.unit).then_some(package.units)
}

/// Whether the catalog counts the medicine in `unit`.
pub(super) fn counts_doses(app: &App, clave: &Clave, unit: DoseUnit) -> bool {
    let package = app
        .catalog
        .medicine(clave)
        .and_then(|medicine| medicine.package.as_ref());
    package.is_some_and(|package| package.unit == unit.in_spanish(false))
}

fn held_by(
    after: &Prescription,
    units: impl Fn(&IssuedLine) -> Option<u32>,
) -> Vec<Held> {
    if after.issued.animal.is_some() {
        return Vec::new();
    }
    let unit_doses = !after.issued.setting.is_outpatient();
    let lines = (1_u8..).zip(&after.issued.lines);
    lines
        .filter_map(|(number, line)| {
            let mut handed = handed(after, number).peekable();
            handed.peek()?;
            let units = if unit_doses { Some(1) } else { units(line) };
            let until = handed.fold(None, |until, (on, packages)| {
                enough_until(until, on, days_of(line, packages, units))
            });
            Some(Held {
                line: number,
                until,
            })
        })
        .collect()
}

/// What was handed over of a line and did not come back, day by day.
fn handed(of: &Prescription, number: u8) -> impl Iterator<Item = (Date, Packages)> {
    of.dispensings.iter().filter_map(move |dispensing| {
        let mut lines = dispensing.lines.iter();
        let line = lines.find(|line| line.line == number)?;
        Some((dispensing.on, line.returnable()))
    })
}

/// The last day, where `days` more begin on `on` or when what is at hand is used up.
fn enough_until(until: Option<Date>, on: Date, days: u64) -> Option<Date> {
    if days == 0 {
        return until;
    }
    let before = until.filter(|until| *until >= on);
    let before = before.unwrap_or_else(|| on.saturating_sub(Span::new().days(1)));
    let days = i64::try_from(days.min(LONGEST)).unwrap_or(0);
    Some(before.saturating_add(Span::new().days(days)))
}

/// Days for which `packages` are enough, rounded up.
fn days_of(line: &IssuedLine, packages: Packages, units: Option<u32>) -> u64 {
    let count = u64::from(packages.count());
    let daily = line.dosage.daily_milli().filter(|daily| *daily > 0);
    if let (Some(units), Some(daily)) = (units, daily) {
        return (count * u64::from(units) * 1000).div_ceil(daily);
    }
    let of_a_fill = u64::from(line.packages.count()).max(1);
    (count * u64::from(line.dosage.days)).div_ceil(of_a_fill)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use prescription::{Dosage, DoseUnit, Fraction, MapSecret, Period, Route};

    use super::*;

    /// Two packages for seven days, a tablet each eight hours.
    fn line() -> IssuedLine {
        IssuedLine {
            clave: "010.000.0104.00".parse().unwrap(),
            substance: "PARACETAMOL".to_owned(),
            map_key: MapSecret::new([5; 32]).blind("PARACETAMOL"),
            fraction: Fraction::IV,
            antibiotic: false,
            packages: Packages::new(2),
            fills: 3,
            dosage: Dosage {
                dose_milli: 1000,
                unit: DoseUnit::Tablet,
                times: 1,
                every: 8,
                period: Period::Hour,
                days: 7,
                route: Route::Oral,
                as_needed: false,
            },
            brand: None,
            no_substitution: false,
            group: None,
            refill_interval: None,
            overlap: None,
            valid_until: date(2026, 12, 23),
        }
    }

    #[test]
    fn a_package_lasts_for_its_units_over_those_of_a_day() {
        let packages = Packages::new(1);
        for (units, days) in [(30, 10), (10, 4), (3, 1), (1, 1)] {
            assert_eq!(days_of(&line(), packages, Some(units)), days, "{units}");
        }
        // Half a package of a fill for half of its days, where nothing is counted.
        assert_eq!(days_of(&line(), packages, None), 4);
        assert_eq!(days_of(&line(), Packages::new(2), None), 7);
        assert_eq!(days_of(&line(), Packages::ZERO, Some(30)), 0);
    }

    #[test]
    fn the_next_begins_when_the_one_before_is_used_up() {
        let day = |day| date(2026, 3, day);
        let first = enough_until(None, day(1), 10);
        assert_eq!(first, Some(day(10)));
        assert_eq!(enough_until(first, day(8), 10), Some(day(20)));
        assert_eq!(enough_until(first, day(10), 10), Some(day(20)));
        assert_eq!(enough_until(first, day(11), 10), Some(day(20)));
        assert_eq!(enough_until(first, day(12), 10), Some(day(21)));
        // What came back is not there.
        assert_eq!(enough_until(first, day(8), 0), first);
        assert_eq!(enough_until(None, day(8), 0), None);
        assert_eq!(enough_until(None, day(1), u64::MAX), Some(date(2027, 3, 1)));
    }
}
