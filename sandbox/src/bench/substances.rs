//! Controlled substances: the nation's monthly balance over many movements, and one establishment's
//! answer behind few and behind many.

mod establishment;
mod nation;

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::figure::{Figure, nanos, per_second, share};
use super::measured::reached;
use super::report::Report;
use super::{Output, scratch};

/// Most time of the nation's balance (issue 4), for ten million movements.
const NATION_AIM: Duration = Duration::from_secs(10);
/// The movements that the aim is about.
const NATION: u64 = 10_000_000;

/// Of the benchmark of controlled substances.
#[derive(Debug, Args)]
pub struct SubstancesArguments {
    /// Movements
    #[arg(long, default_value_t = NATION, value_parser = clap::value_parser!(u64).range(10_000..=100_000_000))]
    movements: u64,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Measures and reports.
///
/// # Errors
/// Two ways of counting disagree, or the database fails.
pub(super) fn main(arguments: &SubstancesArguments) -> Result<Report> {
    let mut report = Report::new("substances");
    national(&mut report, arguments.movements)?;
    one_establishment(&mut report, arguments.movements)?;
    Ok(report)
}

fn one_establishment(report: &mut Report, movements: u64) -> Result<()> {
    let folder = scratch()?;
    let few = establishment::measure(folder.path(), movements / 10)?;
    let many = establishment::measure(folder.path(), movements)?;
    for (lines, found) in [(movements / 10, &few), (movements, &many)] {
        report.section("one establishment's month, from the service's tables");
        report.row("lines of books in the country", Figure::Count(lines));
        report.row("bytes of the database", Figure::Bytes(found.bytes));
        report.row("sums, p50", Figure::Time(found.sums.p50));
        report.row("sums, p99", Figure::Time(found.sums.p99));
        report.row(
            "control book of 200 lines, p50",
            Figure::Time(found.book.p50),
        );
        report.row(
            "control book of 200 lines, p99",
            Figure::Time(found.book.p99),
        );
    }
    let of_sums = share(many.sums.p50, few.sums.p50, 100);
    let of_book = share(many.book.p50, few.book.p50, 100);
    report.row(
        "sums behind 10 times the movements",
        Figure::Percent(of_sums),
    );
    report.row(
        "book behind 10 times the movements",
        Figure::Percent(of_book),
    );
    report.words(
        "aim: at most 200 %",
        reached(of_sums <= 200 && of_book <= 200),
    );
    Ok(())
}

fn national(report: &mut Report, movements: u64) -> Result<()> {
    let found = nation::measure(movements)?;
    report.section("the nation's monthly balance, from facts in memory");
    report.row("movements", Figure::Count(movements));
    report.row("establishments", Figure::Count(found.establishments));
    report.row(
        "rows: establishment, clave, month",
        Figure::Count(found.rows),
    );
    report.row(
        "of which with an exception",
        Figure::Count(found.exceptions),
    );
    report.row("two cores", Figure::Time(nanos(found.two_cores)));
    report.row(
        "movements, two cores",
        Figure::PerSecond(per_second(movements, found.two_cores)),
    );
    let aim = NATION_AIM.as_nanos() * u128::from(movements) / u128::from(NATION);
    report.words(
        "aim: 10 s for ten million",
        reached(found.two_cores.as_nanos() <= aim),
    );
    report.row("one core", Figure::Time(nanos(found.one_core)));
    report.row(
        "consumption by substance and month",
        Figure::Time(nanos(found.consumption)),
    );
    report.section("limit, measured in the same run");
    let rate = per_second(movements, found.bare);
    let measured = per_second(movements, found.one_core);
    report.row(
        "summing the units alone, one core",
        Figure::Limit { rate, measured },
    );
    Ok(())
}
