//! `receta-sign`: signs what `$prepare` answered with the prescriber's own e.firma.

mod cli;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::run(cli::Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("receta-sign: {error:#}");
            ExitCode::FAILURE
        }
    }
}
