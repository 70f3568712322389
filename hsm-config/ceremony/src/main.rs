//! `ceremony`: the key ceremony for the wrapping key, in dialogue.
//!
//! ```text
//! main ─▶ make    SO's PIN ─▶ draft ─▶ user's PIN ─▶ seal ─▶ the other keys ─▶ proof ─▶ minutes
//!      └▶ check   user's PIN ─▶ inventory ─▶ proof ─▶ against the minutes
//! ```
//!
//! What this program does not do: initialise the token, clone it (the vendor's tools do), or know
//! the time: the witness dictates the date, since a machine that was never on a network has none
//! to be trusted.

mod check;
mod dialogue;
mod error;
mod keys;
mod make;
mod minutes;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::dialogue::Dialogue;

/// Ceremonia de llaves: hace la llave de envoltura entre dos personas
///
/// La llave de envoltura protege las llaves de firma de todos los prescriptores. Nadie debe poder
/// hacerla solo: la hace el oficial de seguridad (PIN de SO), que la marca como confiable, y la
/// pone en uso el custodio (PIN de usuario). Cada quien teclea su PIN sin que se vea y sin que el
/// otro mire. Un testigo dicta la fecha, cuenta las llaves y firma el acta.
///
/// Antes: una máquina sin red, el token recién inicializado con la herramienta del fabricante, y
/// ningún servicio abierto sobre el token. Con SoftHSM, la variable `SOFTHSM2_CONF` debe nombrar su
/// archivo softhsm2.conf.
///
/// Después: el acta impresa y firmada; la copia del token (hsm-config/README.md); y
/// `ceremony check` sobre la copia.
#[derive(Debug, Parser)]
#[command(name = "ceremony", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hace la llave de envoltura y, si se piden, las demás; escribe el acta
    ///
    /// Si algo la interrumpe antes del paso 3, se repite igual. Después del paso 2 la llave de
    /// envoltura ya existe: se repite con --sealed, que omite el paso del oficial.
    Make(Make),
    /// Comprueba un token contra el acta: las mismas llaves, ni una más, y el token cumple
    ///
    /// Sirve para la copia del token, para una revisión y antes de abrir el servicio. No escribe.
    Check(Check),
}

/// Which token.
#[derive(Debug, Args)]
struct Token {
    /// Módulo PKCS#11 del fabricante (una biblioteca .so)
    #[arg(long)]
    module: PathBuf,
    /// Etiqueta del token
    #[arg(long)]
    token: String,
}

/// Of [`Command::Make`].
#[derive(Debug, Args)]
struct Make {
    #[command(flatten)]
    token: Token,
    /// Etiqueta de la llave de envoltura, con su año: receta-wrapping-2026
    #[arg(long)]
    wrapping_key: String,
    /// Etiqueta de la llave que sella la clave de datos (receta-data)
    #[arg(long)]
    data_key: Option<String>,
    /// Etiqueta de la llave de la institución, P-256
    #[arg(long)]
    institution_key: Option<String>,
    /// Etiqueta de la llave del registro, Ed25519 (receta-ledger)
    #[arg(long)]
    ledger_key: Option<String>,
    /// La llave de envoltura ya se puso en uso en una ceremonia que se interrumpió: omite el paso
    /// del oficial y destruye un borrador que haya quedado
    #[arg(long)]
    sealed: bool,
    /// Nombre del oficial de seguridad, que tiene el PIN de SO
    #[arg(long)]
    officer: String,
    /// Nombre del custodio, que tiene el PIN de usuario
    #[arg(long)]
    custodian: String,
    /// Nombre del testigo, que no tiene PIN
    #[arg(long)]
    witness: String,
    /// Fecha y hora que dicta el testigo, como texto
    #[arg(long)]
    date: String,
    /// Dónde escribir el acta; el archivo no debe existir
    #[arg(long)]
    minutes: PathBuf,
}

/// Of [`Command::Check`].
#[derive(Debug, Args)]
struct Check {
    #[command(flatten)]
    token: Token,
    /// El acta que escribió `ceremony make`
    #[arg(long)]
    minutes: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut dialogue = Dialogue::with_the_terminal();
    let done = match &arguments.command {
        Command::Make(arguments) => make::run(arguments, &mut dialogue),
        Command::Check(arguments) => check::run(arguments, &mut dialogue),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            Dialogue::complain(&error);
            ExitCode::FAILURE
        }
    }
}
