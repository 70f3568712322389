//! `auditor follow`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use ledger::VerifiedCosignature;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::files::{self, Unusable};
use super::pins::LogArgs;
use super::progress::Bar;
use super::{CLEAN, FINDINGS, UNUSABLE};
use crate::clock;
use crate::follow::{
    Connection, FetchError, Follower, Following, Lie, Options, Round, RoundError, pause,
};
use crate::trust::TrustedCheckpoint;

/// Exit code of a process that was interrupted twice (128 and the number of SIGINT).
const INTERRUPTED: i32 = 130;

#[derive(Debug, Args)]
pub(super) struct FollowArgs {
    /// Dirección del registro, por ejemplo https://servidor/ledger
    #[arg(long, value_name = "URL")]
    url: String,
    /// Directorio del espejo; se crea si no existe
    #[arg(long, value_name = "DIRECTORIO")]
    mirror: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// Autoridad del certificado del servidor (PEM), para https
    #[arg(long, value_name = "ARCHIVO")]
    ca: Option<PathBuf>,
    /// Certificado con que usted se identifica (PEM)
    #[arg(long, value_name = "ARCHIVO", requires = "client_key")]
    cert: Option<PathBuf>,
    /// Llave privada de ese certificado (PEM)
    #[arg(long, value_name = "ARCHIVO", requires = "cert")]
    client_key: Option<PathBuf>,
    /// Termina al ponerse al día, en vez de seguir el registro
    #[arg(long, conflicts_with = "every")]
    once: bool,
    /// Segundos entre una consulta y la siguiente
    #[arg(long, value_name = "SEGUNDOS", default_value = "10", value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
    /// Baja también los cuerpos de los actos, a bodies.jsonl (para quien tiene acceso)
    #[arg(long)]
    bodies: bool,
    /// Revisa todo el espejo y vuelve a bajar los archivos dañados
    #[arg(long)]
    repair: bool,
    /// Segundos de espera por respuesta
    #[arg(long, value_name = "SEGUNDOS", default_value = "60", value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Antigüedad máxima, en segundos, de lo que los testigos cofirmaron
    #[arg(long, value_name = "SEGUNDOS", requires = "policy")]
    max_age: Option<u64>,
    /// Intentos por archivo
    #[arg(long, value_name = "NÚMERO", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=20))]
    attempts: u32,
    /// Conexiones simultáneas
    #[arg(long, value_name = "NÚMERO", default_value = "4", value_parser = clap::value_parser!(u8).range(1..=4))]
    connections: u8,
}

pub(super) fn run(args: &FollowArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let trust = args.log.read()?;
    let pem = |path: &Option<PathBuf>| path.as_deref().map(files::read).transpose();
    let (ca, cert, key) = (pem(&args.ca)?, pem(&args.cert)?, pem(&args.client_key)?);
    let options = Options {
        connection: Connection {
            url: &args.url,
            authorities: ca.as_deref(),
            client: cert.as_deref().zip(key.as_deref()),
            timeout: Duration::from_secs(args.timeout),
            connections: usize::from(args.connections),
        },
        attempts: args.attempts,
        repair: args.repair,
        max_age: args.max_age,
        jitter: clock::jitter_seed(),
    };
    let stop = stop_on_interrupt()?;
    let follower = Follower::open(&args.mirror, &trust, &options, &stop)?;
    let rounds = Rounds {
        args,
        follower: &follower,
        stop: &stop,
    };
    rounds.run(out)
}

/// The first Ctrl-C ends the run between two files; the second one ends the process.
fn stop_on_interrupt() -> Result<Arc<AtomicBool>, Unusable> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register_conditional_shutdown(signal, INTERRUPTED, Arc::clone(&stop))?;
        flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(stop)
}

/// The rounds of one run.
struct Rounds<'r> {
    args: &'r FollowArgs,
    follower: &'r Follower<'r>,
    stop: &'r AtomicBool,
}

impl Rounds<'_> {
    fn run(&self, out: &mut dyn Write) -> Result<u8, Unusable> {
        let mut code = CLEAN;
        let mut shown = None;
        loop {
            let wait = match self.round() {
                Ok(round) => {
                    let size = round.checkpoint.head().size;
                    // A registry at rest says so once.
                    if shown.replace(size) != Some(size) {
                        tell(&round, out)?;
                    }
                    match self.bodies(&round, out)? {
                        Ok(()) => Duration::ZERO,
                        Err(RoundError::Fetch(FetchError::Stopped)) => break,
                        Err(error) => {
                            code = code.max(code_of(&error));
                            writeln!(out, "{}", in_spanish(&error))?;
                            wish_of(&error)
                        }
                    }
                }
                Err(RoundError::Fetch(FetchError::Stopped)) => break,
                Err(error) => {
                    code = code.max(code_of(&error));
                    writeln!(out, "{}", in_spanish(&error))?;
                    if is_final(&error) {
                        return Ok(code);
                    }
                    wish_of(&error)
                }
            };
            out.flush()?;
            if self.args.once {
                return Ok(code);
            }
            pause(wait.max(Duration::from_secs(self.args.every)), self.stop);
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        writeln!(
            out,
            "Interrumpido. Lo verificado está guardado; la próxima vez se continúa desde ahí."
        )?;
        Ok(code)
    }

    fn bodies(
        &self,
        round: &Round,
        out: &mut dyn Write,
    ) -> Result<Result<(), RoundError>, Unusable> {
        if !self.args.bodies {
            return Ok(Ok(()));
        }
        let added = match self.follower.bodies(round) {
            Ok(added) => added,
            Err(error) => return Ok(Err(error)),
        };
        if added > 0 {
            writeln!(out, "Cuerpos verificados contra sus hojas: {added} nuevos.")?;
        }
        Ok(Ok(()))
    }

    fn round(&self) -> Result<Round, RoundError> {
        let bar = Bar::new();
        let progress = |now: Following| bar.advance("Espejo", now.entries, now.of);
        let round = self.follower.round(clock::now(), &progress);
        bar.clear();
        round
    }
}

fn tell(round: &Round, out: &mut dyn Write) -> io::Result<()> {
    let (checkpoint, head) = (round.checkpoint.checkpoint(), round.checkpoint.head());
    writeln!(
        out,
        "Espejo verificado: registro {}, {} entradas ({} nuevas; {} archivos, {} bytes), raíz {}{}",
        checkpoint.origin(),
        head.size,
        head.size - round.from,
        round.files,
        round.bytes,
        head.root.to_base64(),
        cosigned(&round.checkpoint),
    )
}

fn cosigned(checkpoint: &TrustedCheckpoint) -> String {
    let names = checkpoint.cosignatures().iter();
    let names: Vec<_> = names.map(VerifiedCosignature::name).collect();
    if names.is_empty() {
        String::new()
    } else {
        format!(", con cofirma de {}", names.join(", "))
    }
}

fn in_spanish(error: &RoundError) -> String {
    match error {
        RoundError::Lie(Lie::Contradiction(contradiction)) => format!(
            "HALLAZGO: {}. La evidencia está en la carpeta evidence del espejo; la comprueba \
             auditor evidence.",
            contradiction.in_spanish()
        ),
        RoundError::Lie(lie) => format!(
            "HALLAZGO: {}. Nada de eso entró al espejo.",
            lie.in_spanish()
        ),
        RoundError::Fetch(_) | RoundError::NoCheckpoint | RoundError::Mirror(_) => {
            format!("No se pudo poner al día: {error}.")
        }
    }
}

fn code_of(error: &RoundError) -> u8 {
    match error {
        RoundError::Lie(_) => FINDINGS,
        RoundError::Fetch(_) | RoundError::NoCheckpoint | RoundError::Mirror(_) => UNUSABLE,
    }
}

/// Whether waiting cannot help: the log is convicted, or this computer's disk fails.
fn is_final(error: &RoundError) -> bool {
    match error {
        RoundError::Lie(Lie::Contradiction(contradiction)) => contradiction.convicts_the_log(),
        RoundError::Mirror(_) => true,
        RoundError::Lie(_) | RoundError::Fetch(_) | RoundError::NoCheckpoint => false,
    }
}

fn wish_of(error: &RoundError) -> Duration {
    match error {
        RoundError::Fetch(FetchError::Busy { retry_after, .. }) => {
            retry_after.unwrap_or(Duration::ZERO)
        }
        RoundError::Lie(_)
        | RoundError::Fetch(_)
        | RoundError::NoCheckpoint
        | RoundError::Mirror(_) => Duration::ZERO,
    }
}
