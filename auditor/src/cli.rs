//! The command line: reads the files that it names, runs, prints.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{ArgAction, Args, Parser, Subcommand};
use data_encoding::HEXLOWER_PERMISSIVE;
use ledger::{Hash, TileDirectory, VerifierKey, leaf_hash};
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustStore};

use crate::receipt;
use crate::verify::{
    self, EarlierCheckpoint, Inputs, PharmacyAuthority, PharmacyCertificateError, Progress, Signers,
};

mod argument_error;
mod progress;

/// Nothing wrong was found.
pub const CLEAN: u8 = 0;
/// Something is wrong with what was examined.
pub const FINDINGS: u8 = 1;
/// The arguments are wrong or a file is missing; nothing was examined.
pub const UNUSABLE: u8 = 2;

/// Largest file read whole (keys, certificates, checkpoints, receipts), in bytes.
const MAX_FILE: u64 = 16 << 20;
const TEMPLATE: &str = "{about}\n\nUso: {usage}\n\n{all-args}";

/// Audita el registro de recetas. Sólo cree en las llaves que usted fija aquí; lee archivos y no
/// usa red ni base de datos.
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
    /// Verifica un registro completo: árbol, hojas, actos y firmas
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor verify --ledger <DIRECTORIO> --key <ARCHIVO> [OPCIONES]"
    )]
    Verify(VerifyArgs),
    /// Verifica el comprobante de una sola entrada
    #[command(
        help_template = TEMPLATE,
        next_help_heading = "Opciones",
        override_usage = "auditor receipt --receipt <ARCHIVO> --key <ARCHIVO> \
                          (--entry <ARCHIVO> | --leaf-hash <HEX>)"
    )]
    Receipt(ReceiptArgs),
}

#[derive(Debug, Args)]
struct VerifyArgs {
    /// Directorio publicado del registro (checkpoint y tile/)
    #[arg(long, value_name = "DIRECTORIO")]
    ledger: PathBuf,
    /// Llave pública del registro (vkey)
    #[arg(long, value_name = "ARCHIVO")]
    key: PathBuf,
    /// Cuerpos de los actos con su sal, un JSON por línea
    #[arg(long, value_name = "ARCHIVO")]
    bodies: Option<PathBuf>,
    /// Autoridad raíz de los certificados de profesionales (se puede repetir)
    #[arg(long, value_name = "ARCHIVO")]
    professionals_root: Vec<PathBuf>,
    /// Autoridad intermedia de los certificados de profesionales (se puede repetir)
    #[arg(long, value_name = "ARCHIVO", requires = "professionals_root")]
    professionals_issuer: Vec<PathBuf>,
    /// Lista de revocación de los certificados de profesionales (se puede repetir)
    #[arg(long, value_name = "ARCHIVO", requires = "professionals_root")]
    professionals_crl: Vec<PathBuf>,
    /// Autoridad de los certificados de farmacias
    #[arg(long, value_name = "ARCHIVO")]
    pharmacy_ca: Option<PathBuf>,
    /// Checkpoint guardado antes, que el registro debe continuar (se puede repetir)
    #[arg(long, value_name = "ARCHIVO")]
    checkpoint: Vec<PathBuf>,
    /// Imprime el resultado en JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct ReceiptArgs {
    /// Comprobante (c2sp.org/tlog-proof)
    #[arg(long, value_name = "ARCHIVO")]
    receipt: PathBuf,
    /// Llave pública del registro (vkey)
    #[arg(long, value_name = "ARCHIVO")]
    key: PathBuf,
    /// La entrada, tal como está en el registro
    #[arg(long, value_name = "ARCHIVO", required_unless_present = "leaf_hash")]
    entry: Option<PathBuf>,
    /// Huella de la entrada: SHA-256 de un byte cero y la entrada, en hexadecimal
    #[arg(long, value_name = "HEX", conflicts_with = "entry")]
    leaf_hash: Option<String>,
    /// Imprime el resultado en JSON
    #[arg(long)]
    json: bool,
}

/// Why nothing was examined: one line for whoever typed the command.
#[derive(Debug, thiserror::Error)]
enum Unusable {
    #[error("no se puede leer {}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    #[error("{} es demasiado grande para lo que debe contener", .0.display())]
    TooLarge(PathBuf),
    #[error("{} no es un directorio", .0.display())]
    NotADirectory(PathBuf),
    #[error("{} no es una llave de registro (vkey): {}", .0.display(), .1)]
    Key(PathBuf, String),
    #[error("{} no sirve como autoridad o lista de revocación: {}", .0.display(), .1)]
    Trust(PathBuf, signing::trust::TrustError),
    #[error("{} no sirve como autoridad de farmacias: {}", .0.display(), .1)]
    Pharmacy(PathBuf, PharmacyCertificateError),
    #[error("--leaf-hash debe tener 64 dígitos hexadecimales")]
    LeafHash,
    #[error("no se puede escribir el resultado: {0}")]
    Output(#[from] io::Error),
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
        Command::Verify(args) => verify_ledger(args, out),
        Command::Receipt(args) => verify_receipt(args, out),
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

fn verify_ledger(args: &VerifyArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let directory = TileDirectory::open(&args.ledger)
        .map_err(|_| Unusable::NotADirectory(args.ledger.clone()))?;
    let mut earlier = Vec::new();
    for path in args
        .checkpoint
        .iter()
        .chain(&checkpoints_beside(&args.ledger)?)
    {
        earlier.push(EarlierCheckpoint {
            file: path.display().to_string(),
            bytes: read(path)?,
        });
    }
    let bodies = match &args.bodies {
        Some(path) => {
            let file = File::open(path).map_err(|error| Unusable::File(path.clone(), error))?;
            Some(Box::new(BufReader::with_capacity(1 << 20, file)) as Box<dyn BufRead>)
        }
        None => None,
    };
    let key = read_key(&args.key)?;
    let signers = read_signers(args)?;
    let inputs = Inputs {
        directory,
        key,
        earlier,
        bodies,
        signers,
    };
    let bar = progress::Bar::new();
    let report = verify::verify(inputs, &mut |progress: Progress| bar.show(progress));
    bar.clear();
    let report =
        report.map_err(|error| Unusable::File(args.bodies.clone().unwrap_or_default(), error))?;
    if args.json {
        writeln!(out, "{}", report.to_json())?;
    } else {
        out.write_all(report.in_spanish().as_bytes())?;
    }
    Ok(if report.is_clean() { CLEAN } else { FINDINGS })
}

/// Checkpoints kept in the directory as `checkpoint.<anything>`. The log itself writes
/// `checkpoint.tmp` before it renames it.
fn checkpoints_beside(directory: &Path) -> Result<Vec<PathBuf>, Unusable> {
    let failed = |error| Unusable::File(directory.to_owned(), error);
    let mut found = Vec::new();
    for entry in directory.read_dir().map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let kept = name
            .to_str()
            .and_then(|name| name.strip_prefix("checkpoint."));
        if kept.is_some_and(|suffix| suffix != "tmp") {
            found.push(directory.join(name));
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn read_signers(args: &VerifyArgs) -> Result<Signers, Unusable> {
    let refused = |path: &PathBuf| {
        let path = path.clone();
        move |error| Unusable::Trust(path, error)
    };
    let mut store = TrustStore::new(RevocationPolicy::WhenListed);
    for path in &args.professionals_root {
        store
            .add_anchor(&read(path)?, AnchorPolicy::Professional)
            .map_err(refused(path))?;
    }
    for path in &args.professionals_issuer {
        store.add_issuer(&read(path)?).map_err(refused(path))?;
    }
    for path in &args.professionals_crl {
        store.add_crl(&read(path)?).map_err(refused(path))?;
    }
    let pharmacies = match &args.pharmacy_ca {
        Some(path) => {
            let authority = PharmacyAuthority::from_pem(&read(path)?);
            Some(authority.map_err(|error| Unusable::Pharmacy(path.clone(), error))?)
        }
        None => None,
    };
    let professionals = (!args.professionals_root.is_empty()).then_some(store);
    Ok(Signers {
        professionals,
        pharmacies,
    })
}

fn verify_receipt(args: &ReceiptArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let leaf = match (&args.entry, &args.leaf_hash) {
        (Some(path), _) => leaf_hash(&read(path)?),
        (None, Some(hex)) => parse_hash(hex).ok_or(Unusable::LeafHash)?,
        (None, None) => return Err(Unusable::LeafHash),
    };
    let key = read_key(&args.key)?;
    let verified = receipt::verify(&read(&args.receipt)?, leaf, &key);
    let (text, json, code) = match verified {
        Ok(receipt) => {
            let (index, size) = (receipt.index(), receipt.head().size);
            let text = format!(
                "Comprobante válido: es la entrada {index} del registro {} (árbol firmado de \
                 {size} entradas).",
                key.name()
            );
            let json = serde_json::json!({
                "clean": true, "origin": key.name(), "entry": index, "size": size,
            });
            (text, json, CLEAN)
        }
        Err(reason) => {
            let reason = reason.in_spanish();
            let json = serde_json::json!({"clean": false, "message": reason});
            (format!("Comprobante NO válido: {reason}."), json, FINDINGS)
        }
    };
    let text = if args.json { json.to_string() } else { text };
    writeln!(out, "{text}")?;
    Ok(code)
}

fn parse_hash(hex: &str) -> Option<Hash> {
    let bytes = HEXLOWER_PERMISSIVE.decode(hex.as_bytes()).ok()?;
    bytes.try_into().ok().map(Hash)
}

fn read_key(path: &Path) -> Result<VerifierKey, Unusable> {
    let bytes = read(path)?;
    let text = String::from_utf8_lossy(&bytes);
    text.trim()
        .parse()
        .map_err(|error: ledger::VerifierKeyError| {
            Unusable::Key(path.to_owned(), error.to_string())
        })
}

fn read(path: &Path) -> Result<Vec<u8>, Unusable> {
    let failed = |error| Unusable::File(path.to_owned(), error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(Unusable::TooLarge(path.to_owned()));
    }
    Ok(bytes)
}
