//! `auditor substances balance`.

use std::io::Write;

use clap::Args;
use surveillance::aggregate::Aggregate;
use surveillance::balance::{Balance, Tolerance};

use super::{AreaArg, Known, MirrorArgs, OutputArgs, SpanArg, year_of};
use crate::cli::files::Unusable;

#[derive(Debug, Args)]
pub(super) struct BalanceArgs {
    #[command(flatten)]
    mirror: MirrorArgs,
    /// Por lugar: country, entity, municipality o establishment
    #[arg(long, value_name = "LUGAR", value_enum, default_value_t = AreaArg::Country, hide_possible_values = true)]
    area: AreaArg,
    /// Por periodo: day, month, quarter o year
    #[arg(long, value_name = "PERIODO", value_enum, default_value_t = SpanArg::Month, hide_possible_values = true)]
    span: SpanArg,
    /// Sólo lo que no cuadra
    #[arg(long)]
    exceptions: bool,
    /// Milésimas de lo recetado que pueden quedar sin surtir
    #[arg(long, value_name = "MILÉSIMAS", default_value_t = 500)]
    lapsed_permille: u16,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) fn run(args: &BalanceArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let known = Known::read()?;
    let mut balance = Balance::new(
        &known.products,
        &known.places,
        args.area.into(),
        args.span.into(),
    );
    let mut last = None;
    let audit = args.mirror.facts(&known, &mut |fact| {
        last = last.max(Some(fact.day));
        balance.add(&fact);
    })?;
    let tolerance = Tolerance {
        lapsed_permille: args.lapsed_permille,
    };
    let table = if args.exceptions {
        balance.exceptions(tolerance)
    } else {
        balance.table(tolerance)
    };
    args.output.write(table, &audit, year_of(last), out)
}
