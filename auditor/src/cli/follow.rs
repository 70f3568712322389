//! `auditor follow`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use clap::Args;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::files::{self, Unusable};
use super::pins::LogArgs;
use crate::clock;
use crate::follow::{Connection, Follower, Options};

mod rounds;
mod tell;

use self::rounds::Rounds;
use self::tell::Teller;

/// Exit code of a process that was interrupted twice (128 and the number of SIGINT).
const INTERRUPTED: i32 = 130;

#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of the command line"
)]
pub(super) struct FollowArgs {
    /// Dirección del registro: la que termina en /ledger
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
    /// Imprime un JSON por renglón
    #[arg(long)]
    json: bool,
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
    let follower = Follower::open(&args.mirror, &options, &stop)?;
    let mut teller = Teller {
        out,
        json: args.json,
    };
    let rounds = Rounds {
        follower: &follower,
        pinned: &trust,
        stop: &stop,
        bodies: args.bodies,
        options,
        every: (!args.once).then(|| Duration::from_secs(args.every)),
    };
    Ok(rounds.run(&mut teller)?)
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
