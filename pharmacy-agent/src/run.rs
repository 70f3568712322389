//! Runs one command and writes what it found.

use std::io::Write;
use std::process::ExitCode;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use crate::book::{BookError, book, write_csv};
use crate::cli::{Cli, Command, DispenseArgs};
use crate::config::{Config, ConfigError};
use crate::counter::{Counter, OpenError};
use crate::dispense::{DispenseError, Order, dispense};
use crate::entropy::{NoEntropy, token};
use crate::queue::queue;
use crate::scan::{ScanError, scan};
use crate::show::{ActView, BookView, Card, OutcomeView, StateView, SyncView, book_text};
use crate::status::{StatusError, status};
use crate::store::{ActIdError, StoreError};
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
    /// The books.
    #[error(transparent)]
    Book(#[from] BookError),
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
        Command::Verify(qr) => run_verify(&counter, &scan(&qr.input)?, now, &mut output),
        Command::Status(qr) => run_status(&counter, &scan(&qr.input)?, now, &mut output),
        Command::Dispense(order) => run_dispense(&counter, order, now, &mut output),
        Command::Queue => run_queue(&counter, &mut output),
        Command::Book { csv } => run_book(&counter, csv, &mut output),
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
    let order = Order {
        id: token()?.parse()?,
        qr: scan(&args.qr.input)?,
        lines: args.lines,
        offline: args.offline,
    };
    let view = OutcomeView::of(&dispense(counter, &order, now)?);
    output.show(&view, || view.text())?;
    Ok(success_if(view.hand_over))
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
    csv: bool,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let entries = book(counter)?;
    if csv {
        write_csv(&entries, output.out)?;
    } else {
        let views: Vec<_> = entries.iter().map(BookView::from).collect();
        output.show(&views, || book_text(&entries, &counter.zone))?;
    }
    Ok(ExitCode::SUCCESS)
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
