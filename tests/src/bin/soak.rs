//! `soak --kills N [--seed S]`: the crash test for as long as one likes.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use receta_tests::crash::{self, Plan};
use sandbox::World;

/// Mata el servicio con SIGKILL en momentos al azar, bajo carga, y comprueba que nada de lo
/// confirmado se perdió, cambió o se duplicó.
#[derive(Parser)]
struct Cli {
    /// How often to kill.
    #[arg(long, default_value_t = 1000)]
    kills: u32,
    /// What the moments are drawn from; a run that failed is repeated with its seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Clients at once.
    #[arg(long, default_value_t = 4)]
    clerks: u64,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let plan = Plan {
        kills: cli.kills,
        seed: cli.seed,
        clerks: cli.clerks,
    };
    match soak(&plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: semilla {}: {error:#}", cli.seed);
            ExitCode::FAILURE
        }
    }
}

fn soak(plan: &Plan) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let world = World::create(&folder.path().join("world"))?;
    let outcome = crash::run(&world, plan, &mut |kill| {
        if kill % 10 == 0 {
            eprintln!("{kill} de {} cortes", plan.kills);
        }
    });
    if outcome.is_err() {
        eprintln!("el mundo se conserva en {}", folder.keep().display());
    }
    let outcome = outcome?;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{} cortes: {} recetas y {} surtidos confirmados, {} asientos, {} puntos de control; {} \
         respuestas perdidas, {} repetidas. Nada se perdió ni se duplicó.",
        plan.kills,
        outcome.issued,
        outcome.dispensed,
        outcome.entries,
        outcome.checkpoints,
        outcome.lost_answers,
        outcome.repeated,
    )?;
    Ok(())
}
