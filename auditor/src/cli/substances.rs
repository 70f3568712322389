//! `auditor substances …`: one file per question.

mod alerts;
mod balance;
mod book;
mod consumption;
mod incb;
mod report;

use std::fs::{self, File};
use std::io::{BufReader, Write};
use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};
use cofepris::Catalog;
use jiff::civil::Date;
use ledger::TileDirectory;
use surveillance::{Area, Fact, Places, Products, Span, Table};

use super::files::{Unusable, catalog};
use super::pins::{LogArgs, SignerArgs};
use super::{CLEAN, FINDINGS, TEMPLATE, progress};
use crate::substances::output;
use crate::verify::{Inputs, Progress, Report};

/// Arguments of `auditor substances`.
#[derive(Debug, Args)]
#[command(
    subcommand_help_heading = "Preguntas",
    after_help = "Todo se calcula sólo con lo que se verifica: sin --professionals-root y --pharmacy-ca \
                  las firmas quedan sin verificar, y el resultado lo dice. Los pacientes aparecen por \
                  seudónimo. Los umbrales no son de la ley; una alerta informa y no califica a nadie.\n\n\
                  Ejemplo:\n  auditor substances balance --ledger espejo --policy politica \
                  --bodies espejo/bodies.jsonl --area municipality --span month --format xlsx \
                  --out balance.xlsx"
)]
pub(super) struct SubstancesArgs {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// Balance de tres vías: comprado, recetado y surtido, con lo que no cuadra
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor substances balance --ledger <DIRECTORIO> --bodies <ARCHIVO> \
                          (--key <ARCHIVO> | --policy <ARCHIVO>) [OPCIONES]"
    )]
    Balance(balance::BalanceArgs),
    /// Consumo por substancia, clase o clave, lugar, prescriptor y periodo
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor substances consumption --ledger <DIRECTORIO> --bodies <ARCHIVO> \
                          (--key <ARCHIVO> | --policy <ARCHIVO>) [OPCIONES]"
    )]
    Consumption(consumption::ConsumptionArgs),
    /// Formularios A, B y C (1961) y P (1971) de la JIFE, en base anhidra
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor substances incb --form <FORMULARIO> --year <AÑO> \
                          --ledger <DIRECTORIO> --bodies <ARCHIVO> (--key <ARCHIVO> | --policy <ARCHIVO>) \
                          [OPCIONES]"
    )]
    Incb(incb::IncbArgs),
    /// Lo que conviene que una persona revise, con su evidencia
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor substances alerts --ledger <DIRECTORIO> --bodies <ARCHIVO> \
                          (--key <ARCHIVO> | --policy <ARCHIVO>) [OPCIONES]"
    )]
    Alerts(alerts::AlertsArgs),
    /// Informe de un mes (PDF)
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor substances report --month <AAAA-MM> --out <ARCHIVO> \
                          --ledger <DIRECTORIO> --bodies <ARCHIVO> (--key <ARCHIVO> | --policy <ARCHIVO>) \
                          [OPCIONES]"
    )]
    Report(report::ReportArgs),
    /// Coteja renglón por renglón un libro de control exportado en CSV
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor substances book --clues <CLUES> --class <CLASE> --book <ARCHIVO> \
                          --ledger <DIRECTORIO> --bodies <ARCHIVO> (--key <ARCHIVO> | --policy <ARCHIVO>) \
                          [OPCIONES]"
    )]
    Book(book::BookArgs),
}

/// Answers the question.
pub(super) fn run(args: &SubstancesArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    match &args.question {
        Question::Balance(args) => balance::run(args, out),
        Question::Consumption(args) => consumption::run(args, out),
        Question::Incb(args) => incb::run(args, out),
        Question::Alerts(args) => alerts::run(args, out),
        Question::Report(args) => report::run(args, out),
        Question::Book(args) => book::run(args, out),
    }
}

/// The ledger that is examined, with its bodies.
#[derive(Debug, Args)]
struct MirrorArgs {
    /// Espejo del registro (checkpoint y tile/)
    #[arg(long, value_name = "DIRECTORIO")]
    ledger: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// Cuerpos de los actos con su sal, un JSON por línea
    #[arg(long, value_name = "ARCHIVO")]
    bodies: PathBuf,
    #[command(flatten)]
    signers: SignerArgs,
}

/// What the catalog of the program says, for every question.
struct Known {
    catalog: Arc<Catalog>,
    products: Products,
    places: Places,
}

impl Known {
    fn read() -> Result<Self, Unusable> {
        let catalog = catalog()?;
        Ok(Self {
            products: surveillance::catalog::products(&catalog),
            places: surveillance::catalog::places(&catalog),
            catalog,
        })
    }
}

impl MirrorArgs {
    fn inputs(&self, known: &Known) -> Result<Inputs, Unusable> {
        let missing = || Unusable::NotADirectory(self.ledger.clone());
        let directory = TileDirectory::open(&self.ledger).map_err(|_| missing())?;
        let unreadable = |error| Unusable::File(self.bodies.clone(), error);
        let file = File::open(&self.bodies).map_err(unreadable)?;
        Ok(Inputs {
            directory,
            trust: self.log.read()?,
            earlier: Vec::new(),
            bodies: Some(Box::new(BufReader::with_capacity(1 << 20, file))),
            signers: self.signers.read()?,
            catalog: Some(Arc::clone(&known.catalog)),
        })
    }

    /// Hands every fact of verified entries to `take`.
    fn facts(&self, known: &Known, take: &mut dyn FnMut(Fact)) -> Result<Report, Unusable> {
        let inputs = self.inputs(known)?;
        let bar = progress::Bar::new();
        let mut show = |progress: Progress| bar.show(progress);
        let read = crate::substances::facts(inputs, &known.products, &mut show, take);
        bar.clear();
        read.map_err(|error| Unusable::File(self.bodies.clone(), error))
    }
}

/// How the answer is written.
#[derive(Debug, Args)]
struct OutputArgs {
    /// Forma del resultado
    #[arg(long, value_name = "FORMA", value_enum, default_value_t = Format::Text, hide_possible_values = true, long_help = "Forma del resultado: text, csv, json o xlsx")]
    format: Format,
    /// Archivo del resultado; sin él se imprime
    #[arg(long, value_name = "ARCHIVO", required_if_eq("format", "xlsx"))]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Csv,
    Json,
    Xlsx,
}

impl OutputArgs {
    /// Writes a table, and what its numbers do not have.
    fn write(
        &self,
        mut table: Table,
        audit: &Report,
        year: i16,
        out: &mut dyn Write,
    ) -> Result<u8, Unusable> {
        table.notes.extend(what_is_missing(audit));
        let bytes = match self.format {
            Format::Text => output::text(&table).into_bytes(),
            Format::Csv => table.to_csv().map_err(Unusable::table)?.into_bytes(),
            Format::Json => format!("{}\n", output::json(&table)).into_bytes(),
            Format::Xlsx => {
                let period = format!("año {year}");
                output::xlsx(&table, year, &period).map_err(Unusable::table)?
            }
        };
        write_to(self.out.as_ref(), &bytes, out)?;
        Ok(verdict(audit))
    }
}

/// Writes to a file, or prints.
fn write_to(path: Option<&PathBuf>, bytes: &[u8], out: &mut dyn Write) -> Result<(), Unusable> {
    match path {
        Some(path) => {
            fs::write(path, bytes).map_err(|error| Unusable::Written(path.clone(), error))
        }
        None => Ok(out.write_all(bytes)?),
    }
}

/// The exit code: an answer from a ledger with findings is not the whole answer.
fn verdict(audit: &Report) -> u8 {
    if audit.is_clean() { CLEAN } else { FINDINGS }
}

/// What a reader of the numbers must know of the audit.
fn what_is_missing(audit: &Report) -> Vec<String> {
    let mut notes = Vec::new();
    if !audit.is_clean() {
        notes.push(format!(
            "La auditoría del registro tiene {} hallazgos (vea auditor verify): lo que no se verificó no \
             está en ninguna cifra.",
            audit.findings.total()
        ));
    }
    let missing = audit.summary.bodies.map_or(0, |bodies| bodies.missing);
    if missing > 0 {
        notes.push(format!(
            "Faltan {missing} cuerpos: sus actos no están en ninguna cifra."
        ));
    }
    let unverified = audit.summary.signatures.unverified;
    if unverified > 0 {
        notes.push(format!(
            "{unverified} firmas no se verificaron: no se fijó quién las respalda."
        ));
    }
    notes
}

/// Areas, as they are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AreaArg {
    Country,
    Entity,
    Municipality,
    Establishment,
}

impl From<AreaArg> for Area {
    fn from(area: AreaArg) -> Self {
        match area {
            AreaArg::Country => Self::Country,
            AreaArg::Entity => Self::Entity,
            AreaArg::Municipality => Self::Municipality,
            AreaArg::Establishment => Self::Establishment,
        }
    }
}

/// Periods, as they are typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SpanArg {
    Day,
    Month,
    Quarter,
    Year,
}

impl From<SpanArg> for Span {
    fn from(span: SpanArg) -> Self {
        match span {
            SpanArg::Day => Self::Day,
            SpanArg::Month => Self::Month,
            SpanArg::Quarter => Self::Quarter,
            SpanArg::Year => Self::Year,
        }
    }
}

/// The year of a file's properties: that of the last day with a fact.
fn year_of(last: Option<surveillance::Day>) -> i16 {
    last.map_or(1970, |day| Date::from(day).year())
}
