//! The command line of `sandbox`, which `cargo xtask` runs.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::processes::interrupted;
use crate::{bench, interrupt, story, up};

/// Un mundo entero en una máquina, para ver Receta funcionar.
#[derive(Parser)]
#[command(name = "sandbox", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Cuenta la historia completa y deja los resultados en una carpeta
    Demo {
        /// Un recurso o Bundle FHIR propio, en lugar de la historia
        #[arg(long, value_name = "ARCHIVO")]
        input: Option<PathBuf>,
        /// Carpeta de los resultados
        #[arg(long, value_name = "CARPETA", default_value = "demo-out")]
        out: PathBuf,
    },
    /// Deja el servicio, sus testigos y un mostrador en marcha hasta Ctrl-C
    Up {
        /// Puerto del servicio; los tres siguientes son del libro público y de los testigos
        #[arg(long, value_name = "PUERTO")]
        port: Option<u16>,
        /// Carpeta del mundo, que se conserva
        #[arg(long, value_name = "CARPETA", default_value = ".receta")]
        dir: PathBuf,
    },
    /// Pide a quien prescribe, en el mundo de `up`, la activación de una solicitud (un archivo), y
    /// la escribe: va en el encabezado Receta-Activation
    Activation {
        /// Carpeta del mundo
        #[arg(long, value_name = "CARPETA", default_value = ".receta")]
        dir: PathBuf,
        /// La solicitud, byte por byte como se enviará
        #[arg(value_name = "ARCHIVO")]
        file: PathBuf,
    },
    /// Firma otra historia del libro con la llave del token: lo llama la historia
    #[command(hide = true)]
    Forge(story::ForgeArguments),
    /// Mide, junto a los límites de la misma máquina (en inglés)
    Bench {
        #[command(subcommand)]
        which: bench::Benchmark,
    },
}

/// Runs the command line; 130 where Ctrl-C cut it short.
#[must_use]
pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if interrupted() => ExitCode::from(130),
        Err(error) => {
            eprintln!("\nsandbox: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    interrupt::listen()?;
    match cli.command {
        Command::Demo { input, out } => story::demo(&story::Options { input, out }),
        Command::Up { port, dir } => up::up(&dir, port),
        Command::Activation { dir, file } => up::activation(&dir, &file),
        Command::Forge(arguments) => story::forge(&arguments),
        Command::Bench { which } => bench::main(&which),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
