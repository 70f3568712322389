//! `auditor substances incb`.

use std::io::Write;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use surveillance::aggregate::Aggregate;
use surveillance::incb::{Estimate, Statistics};
use surveillance::{Day, Period, Span};

use super::{Known, MirrorArgs, OutputArgs};
use crate::cli::files::Unusable;

#[derive(Debug, Args)]
pub(super) struct IncbArgs {
    /// Formulario: a (trimestral), b (previsiones), c (anual, 1961) o p (anual, 1971)
    #[arg(
        long,
        value_name = "FORMULARIO",
        value_enum,
        hide_possible_values = true
    )]
    form: Form,
    /// Año del formulario; de b, el año que se prevé
    #[arg(long, value_name = "AÑO", value_parser = clap::value_parser!(i16).range(1961..=9000))]
    year: i16,
    /// Trimestre (1 a 4), para el formulario a
    #[arg(long, value_name = "TRIMESTRE", value_parser = clap::value_parser!(i8).range(1..=4), required_if_eq("form", "a"))]
    quarter: Option<i8>,
    /// Años que promedia la previsión
    #[arg(long, value_name = "AÑOS", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    average: u8,
    /// Milésimas que se suman a la previsión
    #[arg(long, value_name = "MILÉSIMAS", default_value_t = 100)]
    margin_permille: u16,
    #[command(flatten)]
    mirror: MirrorArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    A,
    B,
    C,
    P,
}

pub(super) fn run(args: &IncbArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let known = Known::read()?;
    let mut statistics = Statistics::new(&known.products, &known.places);
    let audit = args
        .mirror
        .facts(&known, &mut |fact| statistics.add(&fact))?;
    let month = (args.quarter.unwrap_or(1) - 1) * 3 + 1;
    // Year and month are within their ranges.
    let first = Day::from(Date::new(args.year, month, 1).unwrap_or_default());
    let year = Period::of(first, Span::Year);
    let estimate = Estimate {
        years: args.average,
        margin_permille: args.margin_permille,
    };
    let table = match args.form {
        Form::A => statistics.form_a(first),
        Form::B => statistics.form_b(year, &estimate),
        Form::C => statistics.form_c(year),
        Form::P => statistics.form_p(year),
    };
    args.output.write(table, &audit, args.year, out)
}
