//! The command line. Help is Spanish: whoever runs a witness reads it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// Un testigo: da fe de que un registro público sólo crece.
#[derive(Debug, Parser)]
#[command(
    name = "witness",
    about,
    long_about = LONG_ABOUT,
    next_help_heading = "Opciones",
    subcommand_help_heading = "Órdenes",
    subcommand_value_name = "ORDEN",
    disable_help_flag = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Muestra esta ayuda.
    #[arg(long, short, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Qué hacer.
    #[command(subcommand)]
    pub command: Command,
}

const LONG_ABOUT: &str = "Un testigo: da fe de que un registro público sólo crece.

El registro de recetas publica cada segundo un estado firmado («checkpoint»). El testigo recuerda
el último que vio de cada registro y cofirma el siguiente sólo si le demuestran que no se borró ni
se cambió nada. Si el registro mostrara dos historias, el testigo se niega y guarda la prueba en
DIRECTORIO/evidence/.

Para empezar:
  witness init --name testigo.example/unam --dir /var/lib/witness
      hace la llave e imprime la parte pública (vkey), que se da a quien opera el registro
  witness serve --dir /var/lib/witness --listen 127.0.0.1:8080 --log registro.vkey
      atiende; --log se repite, y acepta también una política (C2SP tlog-policy)
  witness status --dir /var/lib/witness
      qué se ha cofirmado

Habla HTTP sin cifrar (C2SP tlog-witness): ponga delante un proxy con TLS, que publique sólo
POST /add-checkpoint. GET /health dice si el testigo trabaja.

Respalde la llave si quiere, pero nunca restaure el directorio de un respaldo: un testigo que olvida
puede contradecirse. Si lo pierde, haga otro con otra llave.

Termina con 0 si todo salió bien, 1 si algo falló, 2 si la orden está mal escrita.";

/// clap's own template has English headings.
const HELP: &str = "{about-with-newline}\nUso: {usage}\n\n{all-args}";

impl Cli {
    /// Reads the command line of this process; on a mistake, or when help is asked for, prints it
    /// and ends the process.
    #[must_use]
    pub fn of_process() -> Self {
        let matches = spanish_command().get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

fn spanish_command() -> clap::Command {
    let command = Cli::command().help_template(HELP);
    command.mut_subcommands(|subcommand| subcommand.help_template(HELP))
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Hace la llave del testigo e imprime su parte pública (vkey).
    Init {
        /// Nombre del testigo, como una dirección de Internet sin protocolo: testigo.example/unam.
        #[arg(long, value_name = "NOMBRE")]
        name: String,
        /// Dónde.
        #[command(flatten)]
        directory: Directory,
    },
    /// Imprime la parte pública de la llave (vkey).
    Key(Directory),
    /// Atiende hasta SIGTERM o Ctrl-C.
    Serve(ServeArgs),
    /// Muestra, por registro, lo último que se cofirmó.
    Status(Directory),
}

/// The witness's directory.
#[derive(Debug, Args)]
#[command(next_help_heading = "Opciones")]
pub struct Directory {
    /// Directorio del testigo: llave, memoria y pruebas.
    #[arg(long, value_name = "DIRECTORIO")]
    pub dir: PathBuf,
}

/// What is served, and where.
#[derive(Debug, Args)]
#[command(next_help_heading = "Opciones")]
pub struct ServeArgs {
    /// El directorio.
    #[command(flatten)]
    pub directory: Directory,
    /// Dirección en que escucha; el puerto 0 toma uno libre.
    #[arg(long, value_name = "DIRECCIÓN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Archivo con la vkey de un registro, o con una política; se puede repetir.
    #[arg(long = "log", required = true, value_name = "ARCHIVO")]
    pub logs: Vec<PathBuf>,
    /// Qué escribir en la bitácora (inglés, a stderr): error, warn, info, debug.
    #[arg(long, value_name = "NIVEL", default_value = "info")]
    pub verbosity: tracing::Level,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        spanish_command().debug_assert();
    }

    #[test]
    fn help_is_spanish_and_speaks_of_the_proxy() {
        let help = spanish_command().render_long_help().to_string();
        for part in [
            "Uso: ",
            "Órdenes:",
            "Para empezar:",
            "proxy con TLS",
            "Muestra esta ayuda",
        ] {
            assert!(help.contains(part), "{part}: {help}");
        }
        assert!(!help.contains("Usage") && !help.contains("Print"), "{help}");
    }
}
