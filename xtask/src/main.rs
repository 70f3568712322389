//! The two commands of the README, and their siblings. No dependencies, so that it builds in a
//! second; what it starts lives in `sandbox`.

mod packages;

use std::process::{Command, ExitCode};

use packages::Need;

const HELP: &str = "\
Receta: recetas electrónicas y libro de substancias controladas

USAGE
  cargo xtask demo [--input FILE.json] [--out DIR]   the whole story, on real input; writes demo-out/
  cargo xtask up [--port PORT]                       service, two witnesses and a counter, left running
  cargo xtask test [ARGS…]                           installs what is missing, passes every test
  cargo xtask bench issue|dispense|law|substances|ledger|map|qr|sign|trust|keys
                                                     figures, as ratios to limits of the same run
  cargo xtask soak [--kills N]                       the crash loop, for as long as you like
  cargo xtask soak --fuzz [--minutes N]              every fuzz target in turn, for as long as you like
  cargo xtask ci                                     what .ci/run runs

Each command installs the Debian packages that it needs (softhsm2; for tests also postgresql,
openssl, zbar-tools, python3-cryptography, strace, oathtool). Without root it prints the line to run instead.
";

/// Programs that the story and the tests start as processes of their own.
const PROGRAMS: [&str; 10] = [
    "-p",
    "rx-service",
    "-p",
    "pharmacy-agent",
    "-p",
    "auditor",
    "-p",
    "witness",
    "-p",
    "sandbox",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.split_first() {
        Some((command, rest)) => run(command, rest),
        None => Err(HELP.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, rest: &[String]) -> Result<(), String> {
    match command {
        "demo" | "up" => {
            packages::ensure(&[Need::SoftHsm])?;
            build("dev", &PROGRAMS)?;
            start(
                "debug",
                "sandbox",
                &[&[command], &strings(rest)[..]].concat(),
            )
        }
        "bench" => {
            packages::ensure(&[Need::SoftHsm])?;
            build("release", &PROGRAMS)?;
            start(
                "release",
                "sandbox",
                &[&[command], &strings(rest)[..]].concat(),
            )
        }
        "soak" if rest.iter().any(|argument| argument == "--fuzz") => {
            build("dev", &["-p", "receta-tests"])?;
            let rest: Vec<_> = strings(rest)
                .into_iter()
                .filter(|a| *a != "--fuzz")
                .collect();
            start("debug", "fuzz_soak", &rest)
        }
        "soak" => {
            packages::ensure(&[Need::SoftHsm])?;
            build("dev", &[&PROGRAMS[..], &["-p", "receta-tests"]].concat())?;
            start("debug", "soak", &strings(rest))
        }
        "test" => {
            packages::ensure(&Need::ALL)?;
            build("dev", &PROGRAMS)?;
            cargo(&[&["test", "--workspace"], &strings(rest)[..]].concat())
        }
        "ci" => {
            cargo(&["fmt", "--all", "--check"])?;
            cargo(&[
                "clippy",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ])?;
            run("test", &[])
        }
        "help" | "--help" | "-h" => {
            eprintln!("{HELP}");
            Ok(())
        }
        other => Err(format!("unknown command `{other}`\n\n{HELP}")),
    }
}

fn strings(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

fn build(profile: &str, packages: &[&str]) -> Result<(), String> {
    cargo(&[&["build", "--profile", profile, "--bins"], packages].concat())
}

fn start(folder: &str, program: &str, arguments: &[&str]) -> Result<(), String> {
    let path = target_folder().join(folder).join(program);
    finish(Command::new(path).args(arguments), program)
}

/// The folder that cargo builds into: this program lies in `<target>/<profile>/`.
fn target_folder() -> std::path::PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    own.parent()
        .and_then(std::path::Path::parent)
        .unwrap_or(&own)
        .to_owned()
}

fn cargo(arguments: &[&str]) -> Result<(), String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    eprintln!("▶ cargo {}", arguments.join(" "));
    finish(
        Command::new(cargo).args(arguments),
        &format!("cargo {}", arguments.join(" ")),
    )
}

fn finish(command: &mut Command, name: &str) -> Result<(), String> {
    let status = command
        .status()
        .map_err(|error| format!("cannot start {name}: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{name} failed ({status})"))
    }
}
