//! `simulators tsa`: simulated authorities as programs.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use simulators::http::{Handler, Response, Server};
use simulators::tsa::Tsa;

/// Simulated authorities for tests and sandboxes. Their keys are public: nothing that they sign
/// proves anything.
#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A timestamp authority (RFC 3161 over HTTP); prints the policy it stamps under
    Tsa {
        /// Where to listen; port 0 takes a free one
        #[arg(long, default_value = "127.0.0.1:3161")]
        listen: String,
        /// Writes the anchor that a verifier pins, DER
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Tsa { listen, anchor } => tsa(&listen, anchor),
    }
}

fn tsa(listen: &str, anchor: Option<PathBuf>) -> Result<()> {
    let tsa = Tsa::new()?;
    if let Some(path) = anchor {
        std::fs::write(&path, tsa.root().der())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let server = Server::start(listen, timestamps(tsa))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{} {}", server.url(), simulators::tsa::POLICY)?;
    out.flush()?;
    drop(out);
    server.wait();
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "an authority that says what time it is reads a clock"
)]
fn timestamps(tsa: Tsa) -> Handler {
    let serial = AtomicU64::new(jiff::Timestamp::now().as_second().unsigned_abs() << 16);
    Arc::new(move |request| {
        if request.header("content-type") != Some("application/timestamp-query") {
            return Response::empty(415);
        }
        let serial = serial.fetch_add(1, Ordering::Relaxed);
        match tsa.answer(&request.body, jiff::Timestamp::now(), serial) {
            Ok(answer) => Response::ok("application/timestamp-reply", answer),
            Err(_) => Response::empty(500),
        }
    })
}
