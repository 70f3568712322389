//! Benchmarks: figures with the limits of the same machine in the same run beside them.
//!
//! ```text
//! issue, dispense   the service as a process, callers over mutual TLS   load ─▶ measured
//! law, substances, ledger, map, qr, trust   in this process
//! sign              in this process, the token in one of its own
//! limits            token (a process of its own), disk, bare round trip
//! report            one table, or JSON
//! ```
//!
//! A benchmark is bounded in count and time, listens on loopback only, checks what it was answered
//! and leaves nothing behind. Figures are integers, rounded down.

mod append;
mod bare;
mod dispense;
mod durable;
mod figure;
mod issue;
mod keys;
mod law;
mod ledger;
mod limits;
mod load;
mod machine;
mod map;
mod measured;
mod orders;
mod part;
mod percentiles;
mod process;
mod professional;
mod qr;
mod qr_fixture;
mod qr_pictures;
mod receipts;
mod report;
mod sign;
mod substances;
mod token;
mod tree;
mod trust;

use anyhow::Result;
use clap::{Args, Subcommand};
use tempfile::TempDir;

pub use keys::KeysArguments;
pub use law::LawArguments;
pub use substances::SubstancesArguments;
pub use token::TokenArguments;

/// Which benchmark.
#[derive(Debug, Subcommand)]
pub enum Benchmark {
    /// Prescriptions per second: durable, signed, with receipt
    Issue(ServiceArguments),
    /// Dispensings per second
    Dispense(ServiceArguments),
    /// The tree: appending, proving, verifying
    Ledger(LedgerArguments),
    /// The map: updates, proofs, memory
    Map(MapArguments),
    /// The law: the decision of an issue, and the duplicate check behind ten million prescriptions
    Law(LawArguments),
    /// Controlled substances: the nation's monthly balance, one establishment's answer
    Substances(SubstancesArguments),
    /// The QR: from text to a verified prescription, and back
    Qr(Output),
    /// The token's signatures, wrapped keys, the legal signature
    Sign(Output),
    /// Verifying the legal signature: path, revocation, long-term
    Trust(Output),
    /// Keys of prescribers: enrolment, lookup behind 300,000, re-wrapping all of them
    Keys(KeysArguments),
    /// What the token can do at most (the other benchmarks call this)
    #[command(hide = true)]
    Token(TokenArguments),
    /// What `sign` measures on its token
    #[command(hide = true)]
    SignToken(TokenArguments),
}

/// Of a benchmark that loads the service.
#[derive(Debug, Args)]
pub struct ServiceArguments {
    /// Requests at most
    #[arg(long)]
    requests: Option<usize>,
    /// Callers, each a thread with a connection of its own
    #[arg(long, default_value_t = 32, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=512))]
    threads: usize,
    /// Seconds of load at most
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    #[command(flatten)]
    output: Output,
}

/// Of the benchmark of the tree.
#[derive(Debug, Args)]
pub struct LedgerArguments {
    /// Entries at most
    #[arg(long, default_value_t = 200_000)]
    entries: u64,
    /// Seconds of appending at most
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Fill the tree to this many entries and measure again: 10000000 takes some minutes and 8 GB
    #[arg(long, default_value_t = 0)]
    grow: u64,
    /// Keys of the map
    #[arg(long, default_value_t = 1_000_000)]
    keys: u64,
    #[command(flatten)]
    output: Output,
}

/// Of the benchmark of the map.
#[derive(Debug, Args)]
pub struct MapArguments {
    /// Keys
    #[arg(long, default_value_t = 1_000_000)]
    keys: u64,
    #[command(flatten)]
    output: Output,
}

/// How figures are printed.
#[derive(Debug, Clone, Copy, Args)]
pub struct Output {
    /// As JSON
    #[arg(long)]
    json: bool,
}

impl ServiceArguments {
    /// Number of callers.
    fn callers(&self) -> u64 {
        u64::try_from(self.threads).unwrap_or(u64::MAX)
    }
}

/// Runs a benchmark and prints what it found.
///
/// # Errors
/// The service, the token or the disk refuses, or an answer is not true.
pub fn main(benchmark: &Benchmark) -> Result<()> {
    let (report, output) = match benchmark {
        Benchmark::Issue(arguments) => (issue::main(arguments)?, arguments.output),
        Benchmark::Dispense(arguments) => (dispense::main(arguments)?, arguments.output),
        Benchmark::Ledger(arguments) => (ledger::main(arguments)?, arguments.output),
        Benchmark::Map(arguments) => (map::main(arguments)?, arguments.output),
        Benchmark::Law(arguments) => (law::main(arguments)?, arguments.output),
        Benchmark::Substances(arguments) => (substances::main(arguments)?, arguments.output),
        Benchmark::Qr(output) => (qr::main()?, *output),
        Benchmark::Sign(output) => (sign::main()?, *output),
        Benchmark::Trust(output) => (trust::main()?, *output),
        Benchmark::SignToken(arguments) => return sign::token(arguments),
        Benchmark::Keys(arguments) => match keys::main(arguments)? {
            Some(report) => (report, arguments.output),
            None => return Ok(()),
        },
        Benchmark::Token(arguments) => return token::main(arguments),
    };
    report.print(output.json)
}

/// A folder that is removed with all that a benchmark leaves in it.
fn scratch() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("receta-bench-").tempdir()?)
}
