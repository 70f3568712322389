//! `fuzz_seeds DIR`: writes the first corpus of each fuzz target, `DIR/<target>/seed-<n>`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Parser;
use receta_tests::fuzz::TARGETS;

/// Writes the first corpus of each fuzz target.
#[derive(Parser)]
struct Cli {
    /// Where to.
    #[arg(default_value = "fuzz/corpus")]
    folder: PathBuf,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    for target in TARGETS {
        let folder = cli.folder.join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)()?.into_iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
