//! What each command does.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use ledger::{NoteSigner as _, WitnessKey};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Command, ServeArgs};
use crate::clock;
use crate::key_file::{self, KeyFileError};
use crate::log_keys::{self, LogKeysError};
use crate::router::{Witness, router};
use crate::server;
use crate::state::{self, State, StateError};

/// Why a command failed, in Spanish.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// What is remembered.
    #[error(transparent)]
    State(#[from] StateError),
    /// The logs to watch.
    #[error(transparent)]
    LogKeys(#[from] LogKeysError),
    /// The address.
    #[error("No se puede escuchar en {address}: {source}")]
    Listen {
        /// As given.
        address: SocketAddr,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Output, threads or signals.
    #[error("El sistema operativo se negó: {0}")]
    Io(#[from] io::Error),
}

/// Runs a command; what it tells goes to `out`.
///
/// # Errors
/// One variant per part that failed.
pub fn run(command: Command, out: &mut dyn Write) -> Result<(), CommandError> {
    match command {
        Command::Init { name, directory } => {
            let signer = key_file::create(&directory.dir, &name)?;
            writeln!(out, "{}", WitnessKey::of(signer.verifier_key()))?;
        }
        Command::Key(directory) => writeln!(out, "{}", public_key(&directory.dir)?)?,
        Command::Status(directory) => status(&directory.dir, out)?,
        Command::Serve(args) => serve(&args, out)?,
    }
    Ok(())
}

fn public_key(directory: &Path) -> Result<WitnessKey, KeyFileError> {
    let signer = key_file::load(directory)?;
    Ok(WitnessKey::of(signer.verifier_key()))
}

fn status(directory: &Path, out: &mut dyn Write) -> Result<(), CommandError> {
    let logs = state::read(directory, &public_key(directory)?)?;
    if logs.is_empty() {
        writeln!(out, "Aún no se ha cofirmado nada.")?;
    }
    for (origin, cosigned) in logs {
        let head = cosigned.checkpoint.claimed().head();
        writeln!(out, "{origin}")?;
        writeln!(out, "  asientos:  {}", head.size)?;
        writeln!(out, "  raíz:      {}", head.root.to_base64())?;
        writeln!(out, "  cofirmado: {}", clock::shown(cosigned.time))?;
    }
    Ok(())
}

fn serve(args: &ServeArgs, out: &mut dyn Write) -> Result<(), CommandError> {
    tracing_subscriber::fmt()
        .with_max_level(args.verbosity)
        .with_writer(io::stderr)
        .json()
        .init();
    let signer = key_file::load(&args.directory.dir)?;
    let key = WitnessKey::of(signer.verifier_key());
    let witness = Witness {
        state: State::open(&args.directory.dir, &key)?,
        log_keys: log_keys::read_all(&args.logs)?,
        signer,
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(listen(args.listen, witness, out))
}

async fn listen(
    address: SocketAddr,
    witness: Witness,
    out: &mut dyn Write,
) -> Result<(), CommandError> {
    let failed = |source| CommandError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let (mut term, mut interrupt) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    writeln!(out, "escuchando en http://{}", listener.local_addr()?)?;
    out.flush()?;
    let logs = witness.log_keys.len();
    tracing::info!(logs, "serving");
    let shutdown = async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server::serve(listener, router(Arc::new(witness)), shutdown).await;
    tracing::info!("stopped");
    Ok(())
}
