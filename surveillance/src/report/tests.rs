use super::*;
use crate::alerts::{Licences, Thresholds};
use crate::balance::Tolerance;
use crate::fixture::*;
use crate::{Act, Fact, Flow};

fn report(facts: &[Fact]) -> MonthlyReport {
    let (products, places) = (products(), places());
    let (licences, thresholds) = (Licences::default(), Thresholds::default());
    let on = day("2026-07-15");
    let mut gathering = Gathering::new(&products, &places, &licences, &thresholds, on);
    for fact in facts {
        gathering.push(fact);
    }
    gathering.finish(Tolerance::default())
}

fn july() -> MonthlyReport {
    report(&[
        fact(0, "2026-06-10", moved(MORPHINE, Flow::Bought, 100)),
        fact(1, "2026-06-11", dispensed(MORPHINE, 10, 1)),
        fact(2, "2026-07-01", prescribed(MORPHINE, 60, 1, 1, 1)),
        fact(2, "2026-07-01", prescribed(MORPHINE, 60, 1, 1, 1)),
        fact(3, "2026-07-11", dispensed(MORPHINE, 20, 1)),
        fact(4, "2026-07-12", dispensed(CLONAZEPAM, 30, 1)),
        fact(5, "2026-07-13", dispensed(CODEINE_MIX, 4, 2)),
        fact(6, "2026-07-20", moved(MORPHINE, Flow::Missing, 3)),
        fact(7, "2026-08-01", dispensed(MORPHINE, 40, 1)),
    ])
}

#[test]
fn classes_and_substances_beside_the_month_before() {
    let found = july();
    let first = found.classes[0];
    assert_eq!(
        (first.class, first.recetas, first.dispensings),
        (Class::I, 1, 2)
    );
    assert_eq!((first.units, first.establishments), (24, 1));
    assert_eq!(found.classes[1].units, 30);
    let morphine = found.substances[0];
    assert_eq!(
        (morphine.base_ng, morphine.before_ng),
        (452_000_000, 226_000_000)
    );
    assert_eq!(morphine.units, 20);
    assert_eq!(found.largest[0], (clues(PHARMACY), Class::II, 30));
    assert_eq!(found.unconverted, [clave(CODEINE_MIX)]);
    assert_eq!(found.municipalities.len(), 1);
    assert_eq!(found.municipalities[0].1, 3);
}

#[test]
fn three_ways_and_what_does_not_add_up() {
    let found = july();
    let morphine = found.balances[0];
    assert_eq!(morphine.bought_ng, 0);
    assert_eq!(morphine.prescribed_ng, 120 * 22_600_000);
    assert_eq!(morphine.dispensed_ng, 20 * 22_600_000);
    let mut codes: Vec<_> = found
        .exceptions
        .iter()
        .map(|(_, _, one)| one.code())
        .collect();
    codes.sort_unstable();
    let more = "dispensed-more-than-held";
    assert_eq!(codes, [more, more, "missing"]);
    let kinds: Vec<_> = found.alerts.iter().map(|alert| alert.seen.code()).collect();
    assert_eq!(kinds, ["opioid-benzodiazepine", "unexplained-difference"]);
}

#[test]
fn twelve_months_of_every_class() {
    let found = report(&[
        fact(0, "2025-08-01", dispensed(MORPHINE, 7, 1)),
        fact(1, "2025-07-31", dispensed(MORPHINE, 9, 1)),
        fact(
            2,
            "2026-07-31",
            Act::Dispensed(handed(CLONAZEPAM, 2, 1, 1, 1)),
        ),
    ]);
    assert_eq!(found.trend.len(), 12);
    assert_eq!(found.trend[0].1, [1, 0, 0, 0]);
    assert_eq!(found.trend[11].1, [0, 1, 0, 0]);
}
