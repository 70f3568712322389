//! `auditor substances book`.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use prescription::Clues;
use substances::{Book, Logged, Shown};

use super::{Known, MirrorArgs, verdict};
use crate::cli::files::{Unusable, read};
use crate::cli::{FINDINGS, progress};
use crate::substances::book;
use crate::verify::{self, Progress, Verified};

#[derive(Debug, Args)]
pub(super) struct BookArgs {
    /// CLUES del establecimiento
    #[arg(long, value_name = "CLUES")]
    clues: Clues,
    /// El libro: i, ii, iii (la fracción) o antibiotics
    #[arg(long, value_name = "CLASE", value_enum, hide_possible_values = true)]
    class: ClassArg,
    /// El libro exportado (CSV)
    #[arg(long, value_name = "ARCHIVO")]
    book: PathBuf,
    #[command(flatten)]
    mirror: MirrorArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ClassArg {
    I,
    Ii,
    Iii,
    Antibiotics,
}

impl From<ClassArg> for Book {
    fn from(class: ClassArg) -> Self {
        match class {
            ClassArg::I => Self::I,
            ClassArg::Ii => Self::II,
            ClassArg::Iii => Self::III,
            ClassArg::Antibiotics => Self::Antibiotics,
        }
    }
}

pub(super) fn run(args: &BookArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let known = Known::read()?;
    let mut movements = Vec::new();
    let bar = progress::Bar::new();
    let audit = verify::verify_and_tell(
        args.mirror.inputs(&known)?,
        &mut |progress: Progress| bar.show(progress),
        &mut |verified| match verified {
            Verified::Movement { index, movement } | Verified::Derived { index, movement }
                if movement.establishment == args.clues =>
            {
                movements.push(Logged {
                    ledger: index,
                    movement: movement.clone(),
                });
            }
            Verified::Movement { .. } | Verified::Derived { .. } | Verified::Step { .. } => {}
        },
    );
    bar.clear();
    let audit = audit.map_err(|error| Unusable::File(args.mirror.bodies.clone(), error))?;
    let shown = Shown::whole(args.clues.clone(), args.class.into());
    let csv = read(&args.book)?;
    let compared = book::verify(&shown, &csv, &movements);
    let compared = compared.map_err(|error| Unusable::Input(args.book.clone(), error))?;
    writeln!(
        out,
        "{} de {}: {} asientos cotejados",
        shown.book.in_spanish(),
        args.clues,
        compared.lines
    )?;
    for finding in &compared.findings {
        writeln!(out, "  - {}", finding.in_spanish())?;
    }
    for note in super::what_is_missing(&audit) {
        writeln!(out, "{note}")?;
    }
    if compared.findings.is_empty() {
        writeln!(out, "El libro dice lo mismo que el registro.")?;
        return Ok(verdict(&audit));
    }
    writeln!(
        out,
        "El libro NO dice lo mismo que el registro: {} diferencias.",
        compared.findings.len()
    )?;
    Ok(FINDINGS)
}
