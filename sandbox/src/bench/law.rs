//! The law: what the decision of one issue costs without I/O, and what the question "what does
//! this patient have already?" costs behind many active prescriptions.

mod decision;
mod holdings;

use std::time::Duration;

use anyhow::Result;
use clap::Args;

use super::figure::{Figure, share};
use super::measured::reached;
use super::report::Report;
use super::{Output, scratch};

/// Most CPU of one decision (issue 4).
const DECISION_AIM: Duration = Duration::from_micros(50);
/// Most time of one duplicate check (issue 4).
const DUPLICATE_AIM: Duration = Duration::from_millis(1);

/// Of the benchmark of the law.
#[derive(Debug, Args)]
pub struct LawArguments {
    /// Active lines of prescriptions in the database of the duplicate check
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1_000..=50_000_000))]
    active: u64,
    #[command(flatten)]
    pub(super) output: Output,
}

/// Measures and reports.
///
/// # Errors
/// A lawful order is refused, an unlawful one is issued, or the database fails.
pub(super) fn main(arguments: &LawArguments) -> Result<Report> {
    let mut report = Report::new("law");
    decisions(&mut report)?;
    duplicates(&mut report, arguments.active)?;
    Ok(report)
}

fn decisions(report: &mut Report) -> Result<()> {
    let bare = decision::bare_digest()?;
    for case in decision::CASES {
        let measured = decision::measure(case)?;
        report.section(case.title());
        report.row("CPU of a decision", Figure::Time(measured.cpu));
        measured.times.rows(report);
        let met = u128::from(measured.cpu) <= DECISION_AIM.as_nanos();
        report.words("aim: 50 µs of CPU", reached(met));
        let of_limit = share(measured.cpu, bare, 100);
        report.row(
            "measured / limit (one SHA-256 of the document)",
            Figure::Percent(of_limit),
        );
    }
    report.section("limit, measured in the same run");
    report.row("SHA-256 of a document of 4,096 bytes", Figure::Time(bare));
    Ok(())
}

fn duplicates(report: &mut Report, active: u64) -> Result<()> {
    let folder = scratch()?;
    let small = holdings::measure(folder.path(), active / 100)?;
    let large = holdings::measure(folder.path(), active)?;
    for (rows, found) in [(active / 100, &small), (active, &large)] {
        report.section("the duplicate check: the patient's holdings, and the rules over them");
        report.row("active lines in the database", Figure::Count(rows));
        report.row("bytes of the database", Figure::Bytes(found.bytes));
        found.times.rows(report);
        let met = u128::from(found.times.p99) <= DUPLICATE_AIM.as_nanos();
        report.words("aim: 1 ms", reached(met));
        report.row(
            "limit: one row by its primary key, p50",
            Figure::Time(found.bare.p50),
        );
        let of_limit = share(found.times.p50, found.bare.p50, 100);
        report.row("measured / limit, by p50", Figure::Percent(of_limit));
    }
    let growth = share(large.times.p50, small.times.p50, 100);
    report.row("p50 behind 100 times the rows", Figure::Percent(growth));
    Ok(())
}
