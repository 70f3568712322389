//! The command line. Help is Spanish: the pharmacist reads it.

mod stock;
mod stock_text;

use std::net::SocketAddr;
use std::path::PathBuf;

pub use self::stock::{CountCommand, Goods, StockCommand};
pub use self::stock_text::LotReason;
use self::stock_text::parse_day;
use crate::store::{ActId, Book};
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use jiff::civil::Date;
use prescription::Clues;
use prescription::dispense::HandedOver;
use prescription::event::{Destination, ReturnReason};

use crate::dispense::{parse_brand, parse_line};

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
  pharmacy-agent stock list                          las existencias, por lote
  pharmacy-agent stock arrive --invoice F-12 --supplier ABC010101AB1 --csv factura.csv
  pharmacy-agent book II --from 2026-11-01           el libro de control, con su saldo
  pharmacy-agent serve                               la pantalla del mostrador, en el navegador

Termina con 0 si todo salió bien, 1 si algo se rechazó o falló, 2 si la orden está mal escrita.";

const STOCK_HELP: &str =
    "Cada movimiento se revisa entero antes de firmarse: si algo está mal, se \
dice renglón por renglón y no
se envía nada. --check revisa y tampoco envía.

  stock arrive --invoice F-12 --supplier ABC010101AB1 --licence LS-9 \\
               --line 040.000.2612.00=10:A12:2027-09      10 envases del lote A12
               --line 040.000.2612.00=2+15:B3:2027-10     2 envases y 15 tabletas sueltas
  stock arrive … --csv factura.csv --check                columnas clave,lote,caducidad,envases
  stock pending                                           lo que viene en camino
  stock receive --from HGFAR000002                        recibe todo lo que envió
  stock ship --to HGFAR000002 --document R-7 --line 040.000.2612.00=3:A12
  stock destroy --acta A-1 --witness 'Ana Ruiz, químico' --witness 'Luis Soto, gerente' --line …
  stock stolen --acta D-1 --line …                        después: stock notice N --notice FOLIO
  stock count begin --book II                             cuente sin ver el saldo
  stock count enter --line 040.000.2612.00=9+29:A12
  stock count close --reason 040.000.2612.00:A12=breakage
  stock correct 12 --line 040.000.2612.00=1:A12           quita 1 envase del movimiento 12";

/// clap's own template has English headings.
const HELP: &str = "{about-with-newline}\nUso: {usage}\n\n{all-args}{after-help}";

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
    in_spanish(Cli::command())
}

/// Headings in Spanish, of the command and of those below it.
fn in_spanish(command: clap::Command) -> clap::Command {
    command
        .help_template(HELP)
        .subcommand_help_heading("Órdenes")
        .subcommand_value_name("ORDEN")
        .mut_args(|argument| argument.help_heading("Opciones"))
        .mut_subcommands(in_spanish)
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
    /// Devuelve o corrige un renglón de un surtido de este mostrador.
    Return(ReturnArgs),
    /// Pasa a otra farmacia lo que se debe de una receta, o lo toma aquí si el paciente lo pide.
    Transfer(TransferArgs),
    /// Muestra los surtidos pendientes de confirmar y los conflictos.
    Queue,
    /// Existencias: llegadas, envíos, bajas, conteos.
    #[command(subcommand, disable_help_subcommand = true, after_help = STOCK_HELP)]
    Stock(StockCommand),
    /// Muestra los libros de control y el registro de antibióticos, con su saldo.
    Book(BookArgs),
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
    /// Renglón y envases. Sin lote, de un controlado o antibiótico se toma el que caduca antes.
    #[arg(
        long = "line",
        required = true,
        value_name = "RENGLÓN=ENVASES[:LOTE:CADUCIDAD]",
        value_parser = parse_line
    )]
    pub lines: Vec<HandedOver>,
    /// La marca entregada de un renglón, si no es el genérico; se repite.
    #[arg(long = "brand", value_name = "RENGLÓN=MARCA", value_parser = parse_line_brand)]
    pub brands: Vec<(u8, String)>,
    /// Surte sin preguntar al servicio (sólo fracción IV o menor, dentro de los límites).
    #[arg(long)]
    pub offline: bool,
}

/// What comes back.
#[derive(Debug, Args)]
pub struct ReturnArgs {
    /// Número del acto, como lo muestran el surtido y la pantalla.
    #[arg(value_name = "ACTO")]
    pub act: ActId,
    /// Renglón y cuánto vuelve.
    #[arg(long, value_name = "RENGLÓN=CANTIDAD", value_parser = parse_quantity)]
    pub line: (u8, u32),
    /// entered-in-error (se registró mal), wrong-medicine, recalled-lot, damaged o patient-return.
    #[arg(long, value_name = "RAZÓN", value_parser = parse_return_reason)]
    pub reason: ReturnReason,
    /// shelf (sólo si nunca salió), quarantine o destruction.
    #[arg(long, value_name = "DESTINO", value_parser = parse_destination)]
    pub destination: Destination,
}

/// What is owed, and to whom it goes.
#[derive(Debug, Args)]
pub struct TransferArgs {
    /// La receta.
    #[command(flatten)]
    pub qr: QrInput,
    /// CLUES de la farmacia que lo surtirá; sin ella, lo toma ésta a petición del paciente.
    #[arg(long, value_name = "CLUES")]
    pub to: Option<Clues>,
}

fn parse_line_brand(text: &str) -> Result<(u8, String), &'static str> {
    let shape = "escriba RENGLÓN=MARCA, como 1=Rivotril";
    let (line, brand) = text.split_once('=').ok_or(shape)?;
    let brand = parse_brand(brand).ok().flatten().ok_or(shape)?;
    Ok((line.parse().map_err(|_| shape)?, brand))
}

fn parse_quantity(text: &str) -> Result<(u8, u32), &'static str> {
    let shape = "escriba RENGLÓN=CANTIDAD, como 1=2";
    let (line, quantity) = text.split_once('=').ok_or(shape)?;
    let quantity = quantity.parse().ok().filter(|quantity| *quantity > 0);
    Ok((line.parse().map_err(|_| shape)?, quantity.ok_or(shape)?))
}

fn parse_return_reason(text: &str) -> Result<ReturnReason, &'static str> {
    ReturnReason::from_code(text).ok_or(
        "la razón es entered-in-error, wrong-medicine, recalled-lot, damaged o patient-return",
    )
}

fn parse_destination(text: &str) -> Result<Destination, &'static str> {
    Destination::from_code(text).ok_or("el destino es shelf, quarantine o destruction")
}

/// Which book, of which days, in which form.
#[derive(Debug, Args)]
pub struct BookArgs {
    /// I, II, III o antibiotics; sin él, los cuatro.
    #[arg(value_name = "LIBRO", value_parser = parse_book)]
    pub book: Option<Book>,
    /// Primer día (AAAA-MM-DD); sin él, el primero del mes.
    #[arg(long, value_name = "FECHA", value_parser = parse_day)]
    pub from: Option<Date>,
    /// Último día.
    #[arg(long, value_name = "FECHA", value_parser = parse_day)]
    pub to: Option<Date>,
    /// Las recetas retenidas, con su número consecutivo, en lugar de los asientos.
    #[arg(long, requires = "book")]
    pub retained: bool,
    /// En CSV, como lo pide un inspector.
    #[arg(long, conflicts_with_all = ["json", "retained"], requires = "book")]
    pub csv: bool,
    /// En PDF, como lo pide un inspector.
    #[arg(long, conflicts_with_all = ["json", "retained", "csv"], requires = "book")]
    pub pdf: bool,
}

fn parse_book(text: &str) -> Result<Book, &'static str> {
    Book::of_wire(text).ok_or("el libro es I, II, III o antibiotics")
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

    /// Every page of help, from the root to the leaves.
    fn pages(command: &mut clap::Command, found: &mut Vec<String>) {
        found.push(command.render_long_help().to_string());
        for subcommand in command.get_subcommands_mut() {
            pages(subcommand, found);
        }
    }

    #[test]
    fn every_page_of_help_is_spanish() {
        let mut found = Vec::new();
        pages(&mut spanish_command(), &mut found);
        assert!(found.len() > 20, "{}", found.len());
        for page in found {
            for english in [
                "Usage",
                "Options",
                "Commands",
                "Arguments",
                "Print",
                "help for",
            ] {
                assert!(!page.contains(english), "{english}: {page}");
            }
        }
    }

    #[test]
    fn an_arrival_is_read() {
        let words = [
            "pharmacy-agent",
            "stock",
            "arrive",
            "--invoice",
            "F-1",
            "--supplier",
            "ALM010101AAA",
            "--line",
            "clonazepam 2 mg=10+5:A12:2027-09",
            "--check",
        ];
        let Command::Stock(command) = Cli::try_parse_from(words).unwrap().command else {
            panic!("a command of the stock")
        };
        let (draft, goods) = command.draft().unwrap();
        assert_eq!((draft.document.as_str(), goods.check), ("F-1", true));
        assert_eq!(
            (
                goods.lines[0].packages.as_str(),
                goods.lines[0].units.as_str()
            ),
            ("10", "5")
        );
    }

    #[test]
    fn a_return_and_a_brand_are_read() {
        let act = "a".repeat(32);
        let words = format!(
            "pharmacy-agent return {act} --line 1=2 --reason damaged --destination quarantine"
        );
        let Command::Return(args) = Cli::try_parse_from(words.split(' ')).unwrap().command else {
            panic!("a return")
        };
        assert_eq!((args.line, args.reason), ((1, 2), ReturnReason::Damaged));
        for (from, to) in [("1=2", "1=0"), ("damaged", "tired"), ("quarantine", "home")] {
            let wrong = words.replace(from, to);
            assert!(Cli::try_parse_from(wrong.split(' ')).is_err(), "{wrong}");
        }
        let words = "pharmacy-agent dispense RX1A --line 1=2 --brand 1=Rivotril";
        let Command::Dispense(args) = Cli::try_parse_from(words.split(' ')).unwrap().command else {
            panic!("a dispensing")
        };
        assert_eq!(args.brands, [(1, "Rivotril".to_owned())]);
    }

    #[test]
    fn a_file_of_a_book_is_of_one_book() {
        let parsed = |words: &str| Cli::try_parse_from(words.split(' '));
        assert!(parsed("pharmacy-agent book --csv").is_err());
        assert!(parsed("pharmacy-agent book IV").is_err());
        let book = parsed("pharmacy-agent book antibiotics --csv --from 2026-11-01").unwrap();
        let Command::Book(book) = book.command else {
            panic!("a book")
        };
        assert_eq!((book.book, book.csv), (Some(Book::Antibiotics), true));
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
