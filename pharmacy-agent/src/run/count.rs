//! The steps of a physical count, at the command line.

use std::collections::BTreeMap;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use super::stock::refuse;
use super::{CommandError, Output, success_if};
use crate::cli::{CountCommand, LotReason};
use crate::counter::Counter;
use crate::declare::deliver_id;
use crate::show::{CountView, DeclaredView};
use crate::stock::submit::against;
use crate::stock::{Draft, Kind, TypedLine, counting, typed_line};
use crate::store::{Book, StockCount};

pub(super) fn run(
    counter: &Counter,
    command: &CountCommand,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    match command {
        CountCommand::Begin { book } => begin(counter, book.as_deref(), now, output),
        CountCommand::Show => show(counter, &counting::under_way(counter)?, output),
        CountCommand::Enter { lines } => enter(counter, lines, now, output),
        CountCommand::Close { reasons } => close(counter, reasons, now, output),
        CountCommand::Abandon => {
            counting::abandon(counter, &counting::under_way(counter)?, now)?;
            output.show(&json!({ "state": "abandoned" }), || {
                "Conteo abandonado: no se registró nada.\n".to_owned()
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn begin(
    counter: &Counter,
    book: Option<&str>,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let book = book.map(|word| Book::of_wire(word).ok_or(CommandError::NoSuchBook));
    let (book, today) = (book.transpose()?, counter.day(now));
    let stock = counter.service.on_hand()?;
    let of_book =
        |clave: &_| book.is_none() || typed_line::book_on(&counter.catalog, clave, today) == book;
    let count = counting::begin(counter, &stock, of_book, now)?;
    show(counter, &count, output)
}

fn enter(
    counter: &Counter,
    lines: &[TypedLine],
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let count = counting::under_way(counter)?;
    let mut draft = Draft::blank(Kind::Count);
    draft.lines = lines.to_vec();
    draft.complete_from(|clave, lot| counting::expiry_of(&count, clave, lot));
    let checked = match draft.check(&against(counter, None, now)) {
        Ok(checked) => checked,
        Err(problems) => return refuse(&problems, output),
    };
    let lines = checked.lines.into_iter().map(|(_, line)| line);
    let lots: Vec<_> = lines
        .map(|line| counting::counted(&count, &(line.clave, line.lot), line.expiry, line.units))
        .collect();
    counter.store().enter_counted(&count.id, &lots)?;
    show(counter, &counting::under_way(counter)?, output)
}

fn close(
    counter: &Counter,
    reasons: &[LotReason],
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let count = counting::under_way(counter)?;
    counting::differences(&count)?;
    counting::hold_against(counter, &count, &counter.service.on_hand()?)?;
    let reasons: BTreeMap<_, _> = reasons
        .iter()
        .map(|it| ((it.clave.clone(), it.lot.clone()), it.reason))
        .collect();
    let mut views = Vec::new();
    for statement in counting::close(counter, &count, &reasons, now)? {
        let declared = deliver_id(counter, &statement.id, now)?;
        views.push(DeclaredView::of(counter, &declared));
    }
    output.show(&views, || views.iter().map(DeclaredView::text).collect())?;
    Ok(success_if(views.iter().all(DeclaredView::is_confirmed)))
}

fn show(
    counter: &Counter,
    count: &StockCount,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let view = CountView::of(counter, count);
    output.show(&view, || view.text())?;
    Ok(ExitCode::SUCCESS)
}
