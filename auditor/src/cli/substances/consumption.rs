//! `auditor substances consumption`.

use std::io::Write;

use clap::{Args, ValueEnum};
use jiff::civil::Date;
use surveillance::aggregate::Aggregate;
use surveillance::consumption::{By, Consumption, Grouping};

use super::{AreaArg, Known, MirrorArgs, OutputArgs, SpanArg, year_of};
use crate::cli::files::Unusable;

#[derive(Debug, Args)]
pub(super) struct ConsumptionArgs {
    #[command(flatten)]
    mirror: MirrorArgs,
    /// Por lugar: country, entity, municipality o establishment
    #[arg(long, value_name = "LUGAR", value_enum, default_value_t = AreaArg::Country, hide_possible_values = true)]
    area: AreaArg,
    /// Por substance (substancia), class (clase) o clave
    #[arg(long, value_name = "QUÉ", value_enum, default_value_t = ByArg::Substance, hide_possible_values = true)]
    by: ByArg,
    /// También por prescriptor
    #[arg(long)]
    prescriber: bool,
    /// Por periodo: day, month, quarter o year
    #[arg(long, value_name = "PERIODO", value_enum, default_value_t = SpanArg::Month, hide_possible_values = true)]
    span: SpanArg,
    /// Primer día (AAAA-MM-DD)
    #[arg(long, value_name = "DÍA", default_value_t = Date::MIN, hide_default_value = true)]
    from: Date,
    /// Último día (AAAA-MM-DD)
    #[arg(long, value_name = "DÍA", default_value_t = Date::MAX, hide_default_value = true)]
    to: Date,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ByArg {
    Substance,
    Class,
    Clave,
}

pub(super) fn run(args: &ConsumptionArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let known = Known::read()?;
    let grouping = Grouping {
        area: args.area.into(),
        by: match args.by {
            ByArg::Substance => By::Substance,
            ByArg::Class => By::Class,
            ByArg::Clave => By::Clave,
        },
        prescriber: args.prescriber,
        span: args.span.into(),
    };
    let consumption = Consumption::new(&known.products, &known.places, grouping);
    let mut consumption = consumption.between(args.from.into(), args.to.into());
    let mut last = None;
    let audit = args.mirror.facts(&known, &mut |fact| {
        last = last.max(Some(fact.day));
        consumption.add(&fact);
    })?;
    args.output
        .write(consumption.table(), &audit, year_of(last), out)
}
