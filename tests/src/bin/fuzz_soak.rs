//! `cargo xtask soak --fuzz [--minutes N] [--seed S] [--target NAME]`: every fuzz target in turn,
//! on stable, for as long as one likes.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use clap::Parser;
use receta_tests::fuzz::TARGETS;
use receta_tests::fuzz::campaign::Campaign;

/// How long a target runs before it is the next one's turn.
const TURN: Duration = Duration::from_secs(2);

/// Da a cada lector de datos ajenos entradas dañadas, por turnos, y comprueba sus invariantes. La
/// entrada que rompe una se guarda en un archivo.
#[derive(Parser)]
struct Cli {
    /// How long in all, in minutes.
    #[arg(long, default_value_t = 60)]
    minutes: u64,
    /// What the damage is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// This target alone.
    #[arg(long)]
    target: Option<String>,
    /// Where the input of a broken invariant goes.
    #[arg(long, default_value = "fuzz/artifacts")]
    artifacts: PathBuf,
}

fn main() -> ExitCode {
    match soak(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak --fuzz: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn soak(cli: &Cli) -> Result<()> {
    let chosen = TARGETS
        .iter()
        .filter(|target| cli.target.as_ref().is_none_or(|name| name == target.name));
    let campaigns = chosen.map(|target| Campaign::new(*target, cli.seed));
    let mut campaigns = campaigns.collect::<Result<Vec<_>>>()?;
    ensure!(
        !campaigns.is_empty(),
        "no hay tal objetivo; vea fuzz/README.md"
    );
    let (started, whole) = (Instant::now(), Duration::from_mins(cli.minutes));
    let mut round = 0_u64;
    while started.elapsed() < whole {
        for campaign in &mut campaigns {
            let Err(input) = campaign.run_for(TURN) else {
                continue;
            };
            let name = campaign.target.name;
            let folder = cli.artifacts.join(name);
            std::fs::create_dir_all(&folder)?;
            let file = folder.join(format!("seed-{}-input-{}", cli.seed, campaign.inputs));
            std::fs::write(&file, input)?;
            bail!(
                "{name}: un invariante no se cumple; entrada en {}",
                file.display()
            );
        }
        round += 1;
        if round.is_multiple_of(10) {
            eprintln!(
                "{} de {} min",
                started.elapsed().as_secs() / 60,
                cli.minutes
            );
        }
    }
    let mut out = std::io::stdout().lock();
    for campaign in &campaigns {
        let (inputs, accepted) = (campaign.inputs, campaign.accepted);
        writeln!(
            out,
            "{:16} {inputs:>12} entradas, {accepted:>10} aceptadas",
            campaign.target.name
        )?;
    }
    Ok(())
}
