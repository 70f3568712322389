//! `pharmacy-agent`: the counter's program.

use std::io::Write as _;
use std::process::ExitCode;

use pharmacy_agent::cli::Cli;
use pharmacy_agent::clock;
use pharmacy_agent::run::run;

fn main() -> ExitCode {
    let cli = Cli::of_process();
    let json = cli.json;
    let mut out = std::io::stdout();
    let error = match run(cli, clock::now(), &mut out) {
        Ok(code) => return code,
        Err(error) => error,
    };
    let told = if json {
        let error = serde_json::json!({ "error": error.to_string() });
        writeln!(out, "{error}")
    } else {
        writeln!(std::io::stderr(), "{error}")
    };
    // Nobody listens any more: the exit code still says it.
    drop(told);
    ExitCode::FAILURE
}
