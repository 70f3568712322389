//! The nation's balance by establishment, clave and month over synthetic facts in memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use jiff::civil::date;
use surveillance::aggregate::in_parallel;
use surveillance::balance::{Balance, Tolerance};
use surveillance::consumption::{By, Consumption, Grouping};
use surveillance::place::Area;
use surveillance::synthetic::{Size, Synthetic};
use surveillance::{Act, Day, Fact, Places, Products, Span};

/// The same country at every run.
const SEED: u64 = 2026;
/// A pharmacy of the nation's 60,000 in ten keeps substances of fractions I to III.
const SIZE: Size = Size {
    establishments: 6_000,
    claves: 250,
    prescribers: 300_000,
    patients: 5_000_000,
    days: 31,
    first: Day::MIN,
};

/// What was found.
pub(super) struct Found {
    pub(super) establishments: u64,
    pub(super) rows: u64,
    pub(super) exceptions: u64,
    pub(super) two_cores: Duration,
    pub(super) one_core: Duration,
    pub(super) consumption: Duration,
    /// Adding up the units of the same facts, and nothing else.
    pub(super) bare: Duration,
}

/// Makes `movements` facts and balances them.
///
/// # Errors
/// One core and two cores count differently.
pub(super) fn measure(movements: u64) -> Result<Found> {
    let size = Size {
        first: Day::from(date(2026, 10, 1)),
        ..SIZE
    };
    let country = Synthetic::new(SEED, size);
    let (products, places) = (country.products(), country.places());
    let facts: Vec<Fact> = country.facts(0..movements, movements).collect();

    let begun = Instant::now();
    let rows = balance(&facts, 2, &products, &places).rows(Tolerance::default());
    let two_cores = begun.elapsed();
    let begun = Instant::now();
    let alone = balance(&facts, 1, &products, &places).rows(Tolerance::default());
    let one_core = begun.elapsed();
    ensure!(rows == alone, "one core and two cores disagree");

    let begun = Instant::now();
    black_box(consumption(&facts, &products, &places).rows());
    let consumption = begun.elapsed();
    let begun = Instant::now();
    black_box(
        facts
            .iter()
            .fold(0_u64, |sum, fact| sum.wrapping_add(units(fact))),
    );
    Ok(Found {
        bare: begun.elapsed(),
        establishments: u64::from(SIZE.establishments),
        rows: u64::try_from(rows.len())?,
        exceptions: u64::try_from(rows.iter().filter(|row| !row.exceptions.is_empty()).count())?,
        two_cores,
        one_core,
        consumption,
    })
}

fn balance<'b>(
    facts: &[Fact],
    workers: usize,
    products: &'b Products,
    places: &'b Places,
) -> Balance<'b> {
    let begin = || Balance::new(products, places, Area::Establishment, Span::Month);
    in_parallel(parts(facts, workers), begin)
}

fn consumption<'c>(facts: &[Fact], products: &'c Products, places: &'c Places) -> Consumption<'c> {
    let grouping = Grouping {
        area: Area::Country,
        by: By::Substance,
        prescriber: false,
        span: Span::Month,
    };
    in_parallel(parts(facts, 2), || {
        Consumption::new(products, places, grouping)
    })
}

/// As many parts as there are workers.
fn parts(
    facts: &[Fact],
    workers: usize,
) -> impl Iterator<Item = impl Iterator<Item = Fact> + Send> {
    let each = facts.len().div_ceil(workers).max(1);
    facts.chunks(each).map(|part| part.iter().copied())
}

fn units(fact: &Fact) -> u64 {
    if let Act::Dispensed(handed) = fact.act {
        handed.units
    } else {
        0
    }
}
