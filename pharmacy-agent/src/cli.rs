//! The command line. Help is Spanish: the pharmacist reads it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use prescription::dispense::HandedOver;

use crate::dispense::parse_line;

/// El mostrador de la farmacia: lee, verifica y surte recetas electrónicas.
#[derive(Debug, Parser)]
#[command(
    name = "pharmacy-agent",
    about,
    long_about = LONG_ABOUT,
    next_help_heading = "Opciones",
    subcommand_help_heading = "Órdenes",
    subcommand_value_name = "ORDEN",
    disable_help_flag = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Archivo de configuración.
    #[arg(
        long,
        global = true,
        value_name = "ARCHIVO",
        default_value = "counter.toml"
    )]
    pub config: PathBuf,
    /// Salida en JSON, para programas.
    #[arg(long, global = true)]
    pub json: bool,
    /// Muestra esta ayuda.
    #[arg(long, short, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Qué hacer.
    #[command(subcommand)]
    pub command: Command,
}

const LONG_ABOUT: &str = "El mostrador de la farmacia: lee, verifica y surte recetas electrónicas.

La receta se da como el texto de su QR (RX1…, lo que escribe el lector), como una imagen PNG o
JPEG, o como - para leer cualquiera de las dos de la entrada estándar.

Un día normal:
  pharmacy-agent sync                                baja los certificados, sube lo pendiente
  pharmacy-agent status receta.png                   ¿es auténtica?, ¿qué se debe?
  pharmacy-agent dispense receta.png --line 1=2      surte 2 envases del renglón 1
  pharmacy-agent dispense receta.png --line 2=1:A123:2027-06
  pharmacy-agent queue                               lo pendiente y los conflictos
  pharmacy-agent serve                               la pantalla del mostrador, en el navegador

Termina con 0 si todo salió bien, 1 si algo se rechazó o falló, 2 si la orden está mal escrita.";

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
    /// Baja los certificados de los prescriptores y sube los surtidos pendientes.
    Sync,
    /// Lee un QR y muestra su texto, sin verificarlo.
    Scan(QrInput),
    /// Verifica una receta sin conexión: quién la firmó, para quién y qué dice.
    Verify(QrInput),
    /// Verifica una receta y pregunta al servicio qué se ha surtido de ella.
    Status(QrInput),
    /// Surte uno o más renglones de una receta.
    Dispense(DispenseArgs),
    /// Muestra los surtidos pendientes de confirmar y los conflictos.
    Queue,
    /// Muestra los libros de control y el registro de antibióticos.
    Book {
        /// En CSV, para una hoja de cálculo.
        #[arg(long, conflicts_with = "json")]
        csv: bool,
    },
    /// Abre la pantalla del mostrador en este equipo.
    Serve {
        /// Dirección local; el puerto 0 toma uno libre.
        #[arg(long, value_name = "DIRECCIÓN", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
}

/// A QR.
#[derive(Debug, Args)]
#[command(next_help_heading = "Opciones")]
pub struct QrInput {
    /// Imagen PNG o JPEG, texto RX1…, o - para la entrada estándar.
    #[arg(value_name = "RECETA")]
    pub input: String,
}

/// What is to be handed over.
#[derive(Debug, Args)]
#[command(next_help_heading = "Opciones")]
pub struct DispenseArgs {
    /// La receta.
    #[command(flatten)]
    pub qr: QrInput,
    /// Renglón y envases; con lote y caducidad si es controlado o antibiótico.
    #[arg(
        long = "line",
        required = true,
        value_name = "RENGLÓN=ENVASES[:LOTE:CADUCIDAD]",
        value_parser = parse_line
    )]
    pub lines: Vec<HandedOver>,
    /// Surte sin preguntar al servicio (sólo fracción IV o menor, dentro de los límites).
    #[arg(long)]
    pub offline: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        spanish_command().debug_assert();
    }

    #[test]
    fn help_is_spanish() {
        let help = spanish_command().render_long_help().to_string();
        for part in [
            "Uso: ",
            "Órdenes:",
            "Opciones:",
            "Un día normal:",
            "Muestra esta ayuda",
        ] {
            assert!(help.contains(part), "{part}: {help}");
        }
        assert!(!help.contains("Usage") && !help.contains("Print"), "{help}");
    }

    #[test]
    fn an_order_is_read() {
        let words =
            "pharmacy-agent dispense RX1A --line 1=2 --line 2=1:A1:2027-06 --offline --json";
        let cli = Cli::try_parse_from(words.split(' ')).unwrap();
        assert!(cli.json);
        let Command::Dispense(order) = cli.command else {
            panic!("a dispense command")
        };
        assert_eq!((order.lines.len(), order.offline), (2, true));
        assert_eq!(order.lines[1].lot.as_deref(), Some("A1"));
    }

    #[test]
    fn a_mistake_is_explained() {
        let words = ["pharmacy-agent", "dispense", "RX1A", "--line", "1"];
        let error = Cli::try_parse_from(words).unwrap_err().to_string();
        assert!(error.contains("RENGLÓN=ENVASES"), "{error}");
    }
}
