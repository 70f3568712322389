//! The command line: arguments, files, passwords, questions.

use std::io::{BufRead, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Parser, Subcommand};
use jiff::Timestamp;
use receta_sign::key::TokenKey;
use receta_sign::{Order, OwnCertificate, OwnKey, SignError};
use zeroize::Zeroizing;

/// Firma una receta preparada con la e.firma de quien prescribe.
///
/// 1. El expediente envía la receta y el certificado a `POST …/MedicationRequest/$prepare`.
/// 2. `receta-sign sign` muestra qué se firma, pide la contraseña y escribe el cuerpo de `$complete`.
/// 3. El expediente lo envía a `POST …/MedicationRequest/$complete`.
#[derive(Parser)]
#[command(version, about)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Firma la respuesta de `$prepare`; escribe en la salida el cuerpo de `$complete`.
    Sign(Box<Sign>),
    /// Muestra qué dice un certificado: de quién es, si es e.firma o sello, y hasta cuándo vale.
    Inspect {
        /// El certificado (.cer), en DER o PEM.
        certificate: PathBuf,
    },
}

#[derive(Args)]
struct Sign {
    /// Respuesta de `$prepare`; `-` o nada: la entrada estándar.
    #[arg(default_value = "-")]
    prepared: PathBuf,
    /// El certificado (.cer) con el que se preparó, en DER o PEM.
    #[arg(long, value_name = "CER")]
    certificate: PathBuf,
    /// La llave (.key): PKCS#8 cifrado, como lo entrega el SAT.
    #[arg(long, value_name = "KEY", required_unless_present = "module")]
    key: Option<PathBuf>,
    /// Archivo con la contraseña de la llave o el PIN del token, en una línea; sin él se pregunta.
    /// La contraseña nunca se da como argumento: cualquiera la vería.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Módulo PKCS#11 de un token con la llave (sólo P-256).
    #[arg(long, value_name = "SO", requires_all = ["token", "label"], conflicts_with = "key")]
    module: Option<PathBuf>,
    /// Etiqueta del token.
    #[arg(long)]
    token: Option<String>,
    /// Etiqueta de la llave en el token.
    #[arg(long)]
    label: Option<String>,
    /// No preguntar antes de firmar. Lo que se firma se muestra de todos modos.
    #[arg(long)]
    yes: bool,
}

pub(crate) fn run(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Inspect { certificate } => {
            let certificate = OwnCertificate::read(&read(&certificate)?)?;
            let mut out = std::io::stdout().lock();
            out.write_all(certificate.describe().as_bytes())?;
            Ok(out.flush()?)
        }
        Command::Sign(sign) => run_sign(&sign),
    }
}

fn run_sign(sign: &Sign) -> Result<()> {
    let now = now();
    let certificate = OwnCertificate::read(&read(&sign.certificate)?)?;
    certificate.check(now)?;
    let from_stdin = sign.prepared.as_os_str() == "-";
    let answer = if from_stdin {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        bytes
    } else {
        read(&sign.prepared)?
    };
    let order = Order::read(&answer, &certificate, now)?;
    // What is signed goes where people look; what is sent goes to the standard output.
    eprint!("{}", order.in_spanish());
    if !sign.yes {
        confirm(from_stdin)?;
    }
    let key = open_key(sign, &certificate)?;
    let body = order.sign(&key)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{body}")?;
    Ok(out.flush()?)
}

fn open_key(sign: &Sign, certificate: &OwnCertificate) -> Result<OwnKey> {
    let password = password(sign)?;
    if let (Some(module), Some(token), Some(label)) = (&sign.module, &sign.token, &sign.label) {
        let key = TokenKey {
            module: module.clone(),
            token: token.clone(),
            label: label.clone(),
        };
        return Ok(OwnKey::from_token(&key, password.to_string(), certificate)?);
    }
    let path = sign.key.as_deref().context("falta --key o --module")?;
    let file = Zeroizing::new(read(path)?);
    Ok(OwnKey::from_file(&file, password.as_bytes(), certificate)?)
}

fn password(sign: &Sign) -> Result<Zeroizing<String>> {
    let Some(path) = &sign.password_file else {
        let typed = rpassword::prompt_password("Contraseña: ");
        return Ok(Zeroizing::new(
            typed.context("no se puede leer la contraseña de la terminal")?,
        ));
    };
    let file = Zeroizing::new(read(path)?);
    let text = std::str::from_utf8(&file).context("la contraseña no es texto UTF-8")?;
    Ok(Zeroizing::new(
        text.trim_end_matches(['\r', '\n']).to_owned(),
    ))
}

/// Asks at the terminal, which is not where the answer of `$prepare` came from.
fn confirm(stdin_is_taken: bool) -> Result<()> {
    eprint!("¿Firmar? Escriba sí: ");
    let mut answer = String::new();
    if stdin_is_taken {
        let terminal = std::fs::File::open("/dev/tty");
        let terminal = terminal.context("no hay terminal donde preguntar; use --yes")?;
        std::io::BufReader::new(terminal).read_line(&mut answer)?;
    } else {
        std::io::stdin().lock().read_line(&mut answer)?;
    }
    let answer = answer.trim().to_lowercase();
    if ["sí", "si", "s"].contains(&answer.as_str()) {
        Ok(())
    } else {
        Err(SignError::Declined.into())
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("no se puede leer {}", path.display()))
}

/// The one place of this program that reads the clock: whether certificate and transaction are in
/// time.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the wall clock"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
