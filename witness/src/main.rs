//! `witness`: the program of whoever vouches for a log.

use std::io::Write as _;
use std::process::ExitCode;

use witness::cli::Cli;
use witness::commands::run;

fn main() -> ExitCode {
    match run(Cli::of_process().command, &mut std::io::stdout()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody listens any more: the exit code still says it.
            drop(writeln!(std::io::stderr(), "{error}"));
            ExitCode::FAILURE
        }
    }
}
