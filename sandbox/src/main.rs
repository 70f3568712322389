//! The program `sandbox`: see `sandbox::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sandbox::cli::main()
}
