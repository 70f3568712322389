//! `auditor substances report`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use surveillance::balance::Tolerance;
use surveillance::report::Gathering;

use super::alerts::{WatchArgs, merged};
use super::{Known, MirrorArgs, verdict, write_to};
use crate::cli::files::Unusable;
use crate::substances::monthly::Printed;

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// El mes (AAAA-MM)
    #[arg(long, value_name = "AAAA-MM", value_parser = month)]
    month: Date,
    /// Archivo del informe (PDF)
    #[arg(long, value_name = "ARCHIVO")]
    out: PathBuf,
    /// Quién lo emite
    #[arg(long, value_name = "OFICINA", default_value = "COFEPRIS")]
    office: String,
    #[command(flatten)]
    mirror: MirrorArgs,
    #[command(flatten)]
    watch: WatchArgs,
}

fn month(text: &str) -> Result<Date, String> {
    let date = format!("{text}-01").parse::<Date>();
    date.map_err(|_| "un mes se escribe AAAA-MM".to_owned())
}

pub(super) fn run(args: &ReportArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let known = Known::read()?;
    let watched = args.watch.read()?;
    let mut facts = Vec::new();
    let audit = args.mirror.facts(&known, &mut |fact| facts.push(fact))?;
    let mut gathering = Gathering::new(
        &known.products,
        &known.places,
        &watched.licences,
        &watched.thresholds,
        args.month.into(),
    );
    for fact in merged(facts, watched.refusals) {
        gathering.push(&fact);
    }
    let report = gathering.finish(Tolerance::default());
    let printed = Printed {
        products: &known.products,
        places: &known.places,
        thresholds: &watched.thresholds,
        office: args.office.clone(),
        audit: &audit,
    };
    let pdf = printed.of(&report).pdf().map_err(Unusable::table)?;
    write_to(Some(&args.out), &pdf, out)?;
    writeln!(
        out,
        "Informe de {}: {} alertas, {} excepciones; {} bytes en {}",
        report.month,
        report.alerts.len(),
        report.exceptions.len(),
        pdf.len(),
        args.out.display()
    )?;
    Ok(verdict(&audit))
}
