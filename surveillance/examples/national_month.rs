//! Measures the monthly balance of the nation and its consumption over synthetic facts.
//!
//! `cargo run --release -p surveillance --example national_month -- [facts] [establishments]`
//!
//! The facts are made in batches of a million before the clock runs, so that what is measured is
//! the summing; two workers share each batch.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use surveillance::aggregate::{Aggregate, in_parallel};
use surveillance::alerts::{Licences, Thresholds, Watch};
use surveillance::balance::{Balance, Tolerance};
use surveillance::consumption::{By, Consumption, Grouping};
use surveillance::synthetic::{Size, Synthetic};
use surveillance::{Area, Day, Fact, Span};

const BATCH: u64 = 1_000_000;
const WORKERS: usize = 2;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args()
        .skip(1)
        .filter_map(|number| number.parse().ok());
    let total: u64 = arguments.next().unwrap_or(10_000_000);
    let establishments = arguments.next().and_then(|n| u32::try_from(n).ok());
    let country = Synthetic::new(
        1,
        Size {
            establishments: establishments.unwrap_or(20_000),
            claves: 60,
            prescribers: 100_000,
            patients: 2_000_000,
            days: 30,
            first: Day::from_number(20_605),
        },
    );
    let (products, places) = (country.products(), country.places());
    let balance = |area| Balance::new(&products, &places, area, Span::Month);
    let grouping = Grouping {
        area: Area::Country,
        by: By::Substance,
        prescriber: false,
        span: Span::Month,
    };
    let consumption = || Consumption::new(&products, &places, grouping);
    let (licences, thresholds) = (Licences::default(), Thresholds::default());
    let mut watch = Watch::new(&products, &places, &licences, &thresholds);
    let mut times = [Duration::ZERO; 4];
    let (mut national, mut detailed) = (balance(Area::Country), balance(Area::Establishment));
    let mut consumed = consumption();
    let mut first = 0;
    while first < total {
        let last = total.min(first + BATCH);
        let batch: Vec<Fact> = country.facts(first..last, total).collect();
        let part = batch.len().div_ceil(WORKERS);
        let parts = || batch.chunks(part).map(|part| part.iter().copied());
        times[0] += clocked(|| {
            national = in_parallel(parts(), || balance(Area::Country)).merge(national.clone());
        });
        times[1] += clocked(|| {
            consumed = in_parallel(parts(), consumption).merge(consumed.clone());
        });
        times[2] += clocked(|| batch.iter().for_each(|fact| detailed.add(fact)));
        times[3] += clocked(|| batch.iter().for_each(|fact| watch.push(*fact)));
        first = last;
    }
    let mut rows = (0, 0);
    times[0] += clocked(|| rows.0 = national.rows(Tolerance::default()).len());
    times[2] += clocked(|| rows.1 = detailed.rows(Tolerance::default()).len());
    let mut alerts = 0;
    let watching = clocked(|| alerts = watch.finish().alerts.len());
    let mut out = io::stdout().lock();
    writeln!(out, "facts {total}")?;
    writeln!(
        out,
        "national monthly balance, 2 workers: {:?}, {} rows",
        times[0], rows.0
    )?;
    writeln!(out, "national consumption, 2 workers: {:?}", times[1])?;
    writeln!(
        out,
        "balance by establishment, 1 worker: {:?}, {} rows",
        times[2], rows.1
    )?;
    writeln!(
        out,
        "alerts, 1 worker: {:?}, {alerts} alerts",
        times[3] + watching
    )
}

fn clocked(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}
