//! The command line: one file per command reads the files that it names, runs, prints.

use std::ffi::OsString;
use std::io::Write;

use clap::error::ErrorKind;
use clap::{ArgAction, Parser, Subcommand};

mod argument_error;
mod check;
mod evidence;
mod files;
mod follow;
mod pins;
mod progress;
mod prove;
mod receipt;
mod signature;
mod signature_text;
mod substances;
mod verify;

/// Nothing wrong was found.
pub const CLEAN: u8 = 0;
/// Something is wrong with what was examined.
pub const FINDINGS: u8 = 1;
/// The arguments are wrong or a file is missing; nothing was examined.
pub const UNUSABLE: u8 = 2;

const TEMPLATE: &str = "{about}\n\nUso: {usage}\n\n{all-args}{after-help}";

/// Audita el registro de recetas. Sólo cree en las llaves que usted fija aquí. Sólo «follow» usa la
/// red; las demás órdenes leen archivos.
#[derive(Debug, Parser)]
#[command(
    name = "auditor",
    version,
    help_template = TEMPLATE,
    override_usage = "auditor <ORDEN>",
    next_help_heading = "Opciones",
    disable_help_subcommand = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Muestra esta ayuda
    #[arg(short, long, global = true, display_order = 1000, action = ArgAction::Help)]
    help: Option<bool>,
    /// Muestra la versión
    #[arg(long, action = ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, Subcommand)]
#[command(subcommand_help_heading = "Órdenes")]
enum Command {
    /// Mantiene un espejo verificado del registro de un servidor en el que no se confía
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor follow --url <URL> --mirror <DIRECTORIO> \
                          (--key <ARCHIVO> | --policy <ARCHIVO>) [OPCIONES]"
    )]
    Follow(follow::FollowArgs),
    /// Comprueba la evidencia que guardó un espejo, un testigo o un mostrador
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor evidence <ARCHIVO|DIRECTORIO> (--key <ARCHIVO> | --policy <ARCHIVO>)"
    )]
    Evidence(evidence::EvidenceArgs),
    /// Verifica un registro completo: árbol, hojas, actos y firmas
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor verify --ledger <DIRECTORIO> (--key <ARCHIVO> | --policy <ARCHIVO>) \
                          [OPCIONES]"
    )]
    Verify(verify::VerifyArgs),
    /// Prueba todos los actos y el estado de una receta en un archivo que se basta solo
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor prove <FOLIO> --mirror <DIRECTORIO> --out <ARCHIVO> [OPCIONES]"
    )]
    Prove(prove::ProveArgs),
    /// Prueba que ninguna receta activa ocupa el lugar de una substancia para un paciente
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor absence --blinded-key <HEX> --mirror <DIRECTORIO> \
                          --out <ARCHIVO> [OPCIONES]"
    )]
    Absence(prove::AbsenceArgs),
    /// Verifica una prueba, sin red
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor check <ARCHIVO> (--key <ARCHIVO> | --policy <ARCHIVO>) [OPCIONES]"
    )]
    Check(check::CheckArgs),
    /// Explica a un tribunal qué se comprobó de una prueba y qué significa
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor explain <ARCHIVO> (--key <ARCHIVO> | --policy <ARCHIVO>) \
                          [OPCIONES]"
    )]
    Explain(check::ExplainArgs),
    /// Consumo, balances, formularios de la JIFE, alertas y libros de substancias controladas
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor substances <PREGUNTA>",
        disable_help_subcommand = true
    )]
    Substances(substances::SubstancesArgs),
    /// Verifica una firma legal, sin red, y dice qué prueba y hasta cuándo
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor signature <ARCHIVO> --document <ARCHIVO> --anchor <ARCHIVO> [OPCIONES]",
        after_help = signature::AFTER_HELP
    )]
    Signature(signature::SignatureArgs),
    /// Verifica una constancia NOM-151 (o un sello de tiempo RFC 3161) de un documento, sin red
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor constancia <ARCHIVO> --document <ARCHIVO> \
                          --timestamp-anchor <ARCHIVO> [OPCIONES]"
    )]
    Constancia(signature::ConstanciaArgs),
    /// Verifica el comprobante de una sola entrada
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor receipt --receipt <ARCHIVO> --key <ARCHIVO> \
                          (--entry <ARCHIVO> | --leaf-hash <HEX>)"
    )]
    Receipt(receipt::ReceiptArgs),
}

/// Runs one command and returns the exit code.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return refuse_arguments(&error, out, err),
    };
    let result = match &cli.command {
        Command::Follow(args) => follow::run(args, out),
        Command::Evidence(args) => evidence::run(args, out),
        Command::Verify(args) => verify::run(args, out),
        Command::Prove(args) => prove::folio(args, out),
        Command::Absence(args) => prove::absence(args, out),
        Command::Check(args) => check::run(args, out),
        Command::Explain(args) => check::run_explain(args, out),
        Command::Substances(args) => substances::run(args, out),
        Command::Receipt(args) => receipt::run(args, out),
        Command::Signature(args) => signature::run(args, out),
        Command::Constancia(args) => signature::run_constancia(args, out),
    };
    result.unwrap_or_else(|unusable| {
        // Where even this cannot be written, the exit code still tells.
        drop(writeln!(err, "auditor: {unusable}"));
        UNUSABLE
    })
}

/// Help and version are answers; everything else is one line.
fn refuse_arguments(error: &clap::Error, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        return if write!(out, "{error}").is_ok() {
            CLEAN
        } else {
            UNUSABLE
        };
    }
    let reason = argument_error::in_spanish(error);
    drop(writeln!(err, "auditor: {reason}; vea auditor --help"));
    UNUSABLE
}
