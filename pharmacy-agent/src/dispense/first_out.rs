//! First expired, first out: which lot goes where the pharmacist named none.

use jiff::civil::Date;
use prescription::Clave;
use prescription::dispense::HandedOver;

use crate::stock::{Balance, Measure, OnHand};

/// The first lot to expire that has enough of `clave` for `units`.
#[must_use]
pub fn lot_for<'s>(
    stock: &'s OnHand,
    clave: &Clave,
    units: u64,
    today: Date,
) -> Option<&'s Balance> {
    let lots = stock.to_hand_over(clave, today);
    lots.into_iter().find(|lot| lot.units >= units)
}

/// Names lot and expiry where `line` has neither. Where no lot has enough, it stays without: the
/// rules say what is missing.
pub fn fill(line: &mut HandedOver, clave: &Clave, measure: &Measure, stock: &OnHand, today: Date) {
    if line.lot.is_some() || line.expiry.is_some() {
        return;
    }
    let units = measure.units(u64::from(line.packages.count()), 0);
    let found = units.and_then(|units| lot_for(stock, clave, units, today));
    if let Some(found) = found {
        line.lot = Some(found.lot.clone());
        line.expiry = Some(found.expiry);
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::dispense::parse_line;
    use crate::fixture::CONTROLLED;
    use crate::stock::on_hand::tests::{balance, on_hand};

    #[test]
    fn the_first_to_expire_that_has_enough_goes() {
        let catalog = cofepris::Catalog::embedded().unwrap();
        let clave: Clave = CONTROLLED.parse().unwrap();
        let measure = Measure::of(catalog.medicine(&clave));
        let today = date(2026, 11, 23);
        let stock = on_hand(vec![
            balance(CONTROLLED, "late", date(2028, 1, 31), 90),
            balance(CONTROLLED, "few", date(2027, 1, 31), 29),
            balance(CONTROLLED, "soon", date(2027, 2, 28), 30),
            balance(CONTROLLED, "old", date(2026, 11, 22), 300),
        ]);
        for (typed, lot) in [
            ("1=1", Some("soon")),
            ("1=3", Some("late")),
            ("1=4", None),
            ("1=1:MINE:2027-06", Some("MINE")),
        ] {
            let mut line = parse_line(typed).unwrap();
            fill(&mut line, &clave, &measure, &stock, today);
            assert_eq!(line.lot.as_deref(), lot, "{typed}");
            assert_eq!(line.expiry.is_some(), lot.is_some());
        }
    }
}
