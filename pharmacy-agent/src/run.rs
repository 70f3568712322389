//! Runs one command and writes what it found.

mod count;
mod life;
mod stock;

use std::io::Write;
use std::process::ExitCode;

use jiff::Timestamp;
use prescription::dispense::HandedOver;
use serde::Serialize;
use serde_json::json;

use crate::book::book;
use crate::cli::{BookArgs, Cli, Command, DispenseArgs};
use crate::config::{Config, ConfigError};
use crate::counter::{Counter, OpenError};
use crate::declare::DeclareError;
use crate::dispense::{DispenseError, Order, dispense, first_out};
use crate::entropy::{NoEntropy, token};
use crate::queue::queue;
use crate::scan::{ScanError, scan};
use crate::service::{BookFile, Days, ServiceError};
use crate::show::{ActView, BookView, Card, OutcomeView, StateView, SyncView, retained_text};
use crate::status::{StatusError, status};
use crate::stock::Measure;
use crate::stock::counting::CountError;
use crate::stock::csv_file::CsvError;
use crate::stock::follow_up::FollowUpError;
use crate::store::{ActIdError, Book, StoreError};
use crate::sync::sync;
use crate::verify::VerifyError;
use crate::web::{ServeError, serve};

/// A command failed. One line, Spanish.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Files that the configuration names, or the database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No QR was read.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// Not authentic.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The state is not known.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// Nothing was dispensed.
    #[error(transparent)]
    Dispense(#[from] DispenseError),
    /// The service did not answer a question.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// No such act, or one that is not confirmed.
    #[error("Este mostrador no tiene un surtido confirmado con ese acto y renglón.")]
    NoSuchAct,
    /// No such book.
    #[error("El libro es I, II, III o antibiotics.")]
    NoSuchBook,
    /// A file of lines.
    #[error("No se leyó el CSV: {0}.")]
    Csv(#[from] CsvError),
    /// A count.
    #[error(transparent)]
    Count(#[from] CountError),
    /// Nothing follows a movement.
    #[error(transparent)]
    FollowUp(#[from] FollowUpError),
    /// Nothing was stated.
    #[error(transparent)]
    Declare(#[from] DeclareError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The screen.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// No random number.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// A random number that is none of an act.
    #[error(transparent)]
    ActId(#[from] ActIdError),
    /// The output is closed.
    #[error("No se puede escribir la salida: {0}.")]
    Output(#[from] std::io::Error),
    /// The output is no JSON.
    #[error("No se puede escribir la salida: {0}.")]
    Json(#[from] serde_json::Error),
}

/// Where the output goes, and in which form.
struct Output<'a> {
    json: bool,
    out: &'a mut dyn Write,
}

impl Output<'_> {
    fn show(
        &mut self,
        view: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), CommandError> {
        if self.json {
            serde_json::to_writer(&mut *self.out, view)?;
            writeln!(self.out)?;
        } else {
            self.out.write_all(text().as_bytes())?;
        }
        Ok(self.out.flush()?)
    }
}

/// Runs `cli` at the instant `now`.
///
/// # Errors
/// [`CommandError`]. A command that worked and found something wrong (a QR that is not authentic, a
/// conflict) writes it and returns [`ExitCode::FAILURE`].
pub fn run(cli: Cli, now: Timestamp, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let mut output = Output {
        json: cli.json,
        out,
    };
    if let Command::Scan(qr) = &cli.command {
        let text = scan(&qr.input)?;
        output.show(&json!({ "qr": text }), || format!("{text}\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    let counter = Counter::open(Config::load(&cli.config)?)?;
    match cli.command {
        Command::Scan(_) => Ok(ExitCode::SUCCESS),
        Command::Sync => run_sync(&counter, now, &mut output),
        Command::Verify(qr) => run_verify(
            &counter,
            &counter.settle(scan(&qr.input)?),
            now,
            &mut output,
        ),
        Command::Status(qr) => run_status(
            &counter,
            &counter.settle(scan(&qr.input)?),
            now,
            &mut output,
        ),
        Command::Dispense(order) => run_dispense(&counter, order, now, &mut output),
        Command::Return(args) => life::run_return(&counter, &args, now, &mut output),
        Command::Transfer(args) => life::run_transfer(&counter, &args, now, &mut output),
        Command::Queue => run_queue(&counter, &mut output),
        Command::Stock(command) => stock::run(&counter, &command, now, &mut output),
        Command::Book(args) => run_book(&counter, &args, &mut output),
        Command::Serve { listen } => {
            serve(counter, listen, output.out)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn run_sync(
    counter: &Counter,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let view = SyncView::from(&sync(counter, now)?);
    output.show(&view, || view.text())?;
    Ok(success_if(view.clean))
}

fn run_verify(
    counter: &Counter,
    text: &str,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    match counter.verify(text) {
        Ok(authentic) => {
            let card = Card::of(counter, &authentic, now);
            output.show(&card, || card.text())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(error @ (VerifyError::Qr(_) | VerifyError::Certificate(_))) if output.json => {
            let reason = error.to_string();
            output.show(
                &json!({ "authentic": false, "reason": reason }),
                String::new,
            )?;
            Ok(ExitCode::FAILURE)
        }
        Err(error) => Err(error.into()),
    }
}

fn run_status(
    counter: &Counter,
    text: &str,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let authentic = counter.verify(text)?;
    let known = status(counter, authentic.prescription(), text, now)?;
    let card = Card::of(counter, &authentic, now);
    let state = StateView::of(counter, known.answer);
    output.show(&json!({ "prescription": card, "state": state }), || {
        format!("{}{}", card.text(), state.text())
    })?;
    Ok(ExitCode::SUCCESS)
}

fn run_dispense(
    counter: &Counter,
    args: DispenseArgs,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let mut order = Order {
        id: token()?.parse()?,
        qr: counter.settle(scan(&args.qr.input)?),
        lines: args.lines,
        offline: args.offline,
    };
    for (line, brand) in args.brands {
        let named = order.lines.iter_mut().filter(|handed| handed.line == line);
        named.for_each(|handed| handed.brand = Some(brand.clone()));
    }
    choose_lots(counter, &mut order, now)?;
    let view = OutcomeView::of(&dispense(counter, &order, now)?);
    output.show(&view, || view.text())?;
    Ok(success_if(view.hand_over))
}

/// Where the pharmacist named no lot of what a book keeps, the first to expire goes, if the service
/// tells what there is.
fn choose_lots(counter: &Counter, order: &mut Order, now: Timestamp) -> Result<(), CommandError> {
    let authentic = counter.verify(&order.qr)?;
    let prescribed = &authentic.prescription().payload().lines;
    let today = counter.day(now);
    let booked = |line: u8| {
        let line = prescribed.get(usize::from(line).checked_sub(1)?)?;
        Book::of(line.fraction, line.antibiotic)?;
        Some(line.clave.clone())
    };
    let unnamed = |line: &HandedOver| line.lot.is_none() && booked(line.line).is_some();
    if order.offline || !order.lines.iter().any(unnamed) {
        return Ok(());
    }
    let Ok(stock) = counter.service.on_hand() else {
        return Ok(());
    };
    for line in &mut order.lines {
        if let Some(clave) = booked(line.line) {
            let measure = Measure::of_clave(counter, &clave);
            first_out::fill(line, &clave, &measure, &stock, today);
        }
    }
    Ok(())
}

fn run_queue(counter: &Counter, output: &mut Output<'_>) -> Result<ExitCode, CommandError> {
    let acts = queue(counter)?;
    let views: Vec<_> = acts
        .iter()
        .map(|act| ActView::of(act, &counter.zone))
        .collect();
    output.show(&views, || {
        if views.is_empty() {
            return "Nada pendiente, ningún conflicto.\n".to_owned();
        }
        let texts: Vec<_> = views.iter().map(ActView::text).collect();
        texts.join(
            "
",
        ) + "
"
    })?;
    Ok(success_if(
        !views.iter().any(|view| view.state == "conflict"),
    ))
}

fn run_book(
    counter: &Counter,
    args: &BookArgs,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let days = Days {
        from: args.from,
        to: args.to,
    };
    let file = match (args.csv, args.pdf) {
        (true, _) => Some(BookFile::Csv),
        (_, true) => Some(BookFile::Pdf),
        (false, false) => None,
    };
    if let (Some(which), Some(file)) = (args.book, file) {
        let bytes = counter.service.book_file(which, file, days)?;
        output.out.write_all(&bytes)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let (Some(which), true) = (args.book, args.retained) {
        let retained = counter.service.retained(which, days)?;
        output.show(&retained, || retained_text(&retained))?;
        return Ok(ExitCode::SUCCESS);
    }
    let books = args.book.map_or(Book::ALL.to_vec(), |book| vec![book]);
    let mut views = Vec::new();
    for which in books {
        views.push(BookView::from(book(counter, which, days)?));
    }
    output.show(&views, || views.iter().map(BookView::text).collect())?;
    Ok(success_if(views.iter().all(|view| view.not_told.is_none())))
}

fn success_if(good: bool) -> ExitCode {
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
