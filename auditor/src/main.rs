//! The program `auditor`.

use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut out = io::stdout().lock();
    let code = auditor::cli::run(std::env::args_os(), &mut out, &mut io::stderr());
    // A full disk or a closed pipe behind the report must not look like a clean ledger.
    match out.flush() {
        Ok(()) => ExitCode::from(code),
        Err(_) => ExitCode::from(auditor::cli::UNUSABLE),
    }
}
