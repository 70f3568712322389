//! The command line of the service.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod catalog;
mod commands;
mod erase;
mod factor;
mod key;
mod officer;
mod revocation;
mod special_folios;

/// Servicio de recetas electrónicas: recibe FHIR, firma en el HSM y lleva el libro de
/// transparencia.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// Configuration file (TOML). `docs/OPERATIONS.md` explains each line.
    #[arg(
        long,
        value_name = "FILE",
        default_value = "receta.toml",
        global = true
    )]
    config: PathBuf,
    /// What to log: `info`, `debug`, `rx_service=debug`…
    #[arg(long, default_value = "info", global = true)]
    log: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until SIGTERM or Ctrl-C. Prints `listening on ADDRESS` once it is ready.
    Serve,
    /// Short for `key enrol`.
    Enrol(key::EnrolArguments),
    /// Keys of prescribers and the keys that wrap them: enrol, certify, rotate, revoke, destroy,
    /// rewrap, list, show. Each act is signed into the ledger.
    Key {
        #[command(subcommand)]
        verb: key::Verb,
    },
    /// Short for `key certify`.
    Certify {
        /// Cédula profesional.
        #[arg(long)]
        cedula: String,
        /// The certificate, PEM or DER.
        #[arg(long)]
        certificate: PathBuf,
    },
    /// Record folios of special recetarios that the authority delivered to a prescriber.
    DeliverFolios {
        /// Cédula profesional.
        #[arg(long)]
        cedula: String,
        /// A folio; may be repeated.
        #[arg(long, required = true)]
        folio: Vec<String>,
    },
    /// Special folios (LGS art. 241): assign, deliver, cancel, lost, stolen, return, reconcile, list.
    SpecialFolios {
        #[command(subcommand)]
        verb: special_folios::Verb,
    },
    /// Destroy the bodies of prescriptions whose retention is over, by order of an officer who
    /// signs it. Prints one line for each; fails if one of them was not erased.
    Erase {
        /// Folio of a prescription; may be repeated.
        #[arg(long, required_unless_present = "dry_run")]
        folio: Vec<String>,
        /// Cédula of the officer, who is enrolled like a prescriber.
        #[arg(long, required_unless_present = "dry_run")]
        by: Option<String>,
        /// retention-over, person-request or authority-order.
        #[arg(long, required_unless_present = "dry_run")]
        basis: Option<String>,
        #[command(flatten)]
        otp: officer::Otp,
        /// Destroy nothing: list what is due, of the folios given or of all.
        #[arg(long)]
        dry_run: bool,
    },
    /// Read a new version of a catalog from an official file, see what it changes, and apply it.
    Catalog {
        #[command(subcommand)]
        verb: catalog::Verb,
    },
    /// Second factors, without which no key of a prescriber or officer signs: enrol, list, remove.
    Factor {
        #[command(subcommand)]
        verb: factor::Verb,
    },
    /// What is known of revoked certificates, and until when: show it, or fetch it now. Runs beside
    /// the service.
    Revocation {
        #[command(subcommand)]
        verb: revocation::Verb,
    },
    /// Print the ledger's public keys, newest first, as verifiers pin them (C2SP vkey).
    LedgerKey {
        /// Of the log with this name (see `open-shard`), not of the first. Its keys are made where
        /// they are not there yet, so that they can be pinned before it is opened.
        #[arg(long)]
        shard: Option<String>,
    },
    /// Make the institution's key in the token, or find it; prints its public key (PEM). Its
    /// certificate must represent a legal person: subject 2.5.4.45 with the pair `RFC of the
    /// institution / RFC of its representative`.
    InstitutionKey,
    /// End the ledger's open log and begin the next one, as at the turn of a year. Run it while
    /// the service is stopped; the next `serve` goes on in the new log.
    OpenShard {
        /// What the new log is called: it becomes the last part of its origin, such as 2027.
        #[arg(long)]
        name: String,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(&cli.log))
        .with_writer(std::io::stderr)
        .json()
        .init();
    match commands::run(&cli.config, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // One line, with what led to it.
            eprintln!("rx-service: {error:#}");
            ExitCode::FAILURE
        }
    }
}
