//! Commands of the stock.

use std::collections::BTreeMap;
use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use super::{CommandError, Output, success_if};
use crate::cli::{CountCommand, Goods, StockCommand};
use crate::config::read_bytes;
use crate::counter::Counter;
use crate::declare::deliver_id;
use crate::entropy::token;
use crate::show::{DeclaredView, StatementRow, in_transit_text, lots, lots_text};
use crate::stock::counting;
use crate::stock::follow_up::{FollowUpError, follow_up, of_number};
use crate::stock::submit::{against, stock_if_reachable, submit};
use crate::stock::{
    Checked, Draft, Kind, MovementOrder, Problems, TypedLine, csv_file, typed_line,
};
use crate::store::{Book, StockCount};

/// How far back the log goes.
const LOG: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 31);

pub(super) fn run(
    counter: &Counter,
    command: &StockCommand,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    if let Some((draft, goods)) = command.draft() {
        return run_movement(counter, draft, goods, now, output);
    }
    match command {
        StockCommand::Pending => {
            let transit = counter.service.in_transit()?;
            output.show(&transit, || in_transit_text(counter, &transit))?;
        }
        StockCommand::Log => {
            let recorded = counter.store().statements_since(now - LOG)?;
            let zone = &counter.zone;
            let rows: Vec<_> = recorded
                .iter()
                .map(|it| StatementRow::of(it, zone))
                .collect();
            output.show(&rows, || {
                let texts: Vec<_> = rows.iter().map(|row| row.text() + "\n").collect();
                texts.concat()
            })?;
        }
        StockCommand::Count(command) => return run_count(counter, command, now, output),
        StockCommand::Correct { number, lines } => {
            return run_correct(counter, *number, lines, now, output);
        }
        StockCommand::Notice { number, notice } => {
            let order = of_number(counter, *number)?.notice(notice, now);
            return run_follow_up(counter, &order, output);
        }
        _ => {
            let stock = counter.service.on_hand()?;
            let lots = lots(counter, &stock, counter.day(now));
            output.show(&lots, || lots_text(&lots))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn run_movement(
    counter: &Counter,
    mut draft: Draft,
    goods: &Goods,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    draft.lines = goods.lines.clone();
    if let Some(path) = &goods.csv {
        draft.lines = csv_file::read(&read_bytes(path)?)?;
    }
    if draft.kind == Kind::Receipt {
        draft.take_from(&counter.service.in_transit()?, &counter.catalog);
    }
    let stock = stock_if_reachable(counter)?;
    if let Some(stock) = &stock {
        draft.complete(stock);
    }
    let checked = match draft.check(&against(counter, stock.as_ref(), now)) {
        Ok(checked) => checked,
        Err(problems) => return refuse(&problems, output),
    };
    if goods.check {
        output.show(&checked.order, || checked_text(&checked))?;
        return Ok(ExitCode::SUCCESS);
    }
    let declared = submit(counter, &token()?.parse()?, &draft, &checked)?;
    let view = DeclaredView::of(counter, &declared);
    output.show(&view, || view.text())?;
    Ok(success_if(view.is_confirmed()))
}

fn run_correct(
    counter: &Counter,
    number: u64,
    lines: &[TypedLine],
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let found = of_number(counter, number)?;
    let mut draft = Draft::blank(found.order.kind);
    draft.lines = lines.to_vec();
    draft.complete_from(|clave, lot| {
        let mut moved = found.order.lines.iter();
        let moved = moved.find(|line| line.clave == *clave && line.lot == lot);
        moved.map(|line| line.expiry)
    });
    let mut back = Vec::new();
    for line in &draft.lines {
        let read = line.read(&counter.catalog);
        let read = read.map_err(|_| FollowUpError::NotInMovement)?;
        back.push((read.clave, read.lot, read.units));
    }
    run_follow_up(counter, &found.correction(&back, now)?, output)
}

fn run_follow_up(
    counter: &Counter,
    order: &MovementOrder,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let declared = follow_up(counter, &token()?.parse()?, order)?;
    let view = DeclaredView::of(counter, &declared);
    output.show(&view, || view.text())?;
    Ok(success_if(view.is_confirmed()))
}

/// Everything that is wrong, line by line; nothing was sent.
fn refuse(problems: &Problems, output: &mut Output<'_>) -> Result<ExitCode, CommandError> {
    let sentences = problems.sentences();
    output.show(
        &json!({ "state": "not-sent", "problems": sentences }),
        || {
            let mut text = "NO SE ENVIÓ NADA. Corrija:\n".to_owned();
            for (line, candidates) in problems.candidates() {
                text = format!("{text}  Renglón {}: elija una clave:\n", line + 1);
                for (clave, name) in candidates {
                    text = format!("{text}    {clave}  {name}\n");
                }
            }
            let lines: Vec<_> = sentences.iter().map(|it| format!("  {it}\n")).collect();
            text + &lines.concat()
        },
    )?;
    Ok(ExitCode::FAILURE)
}

fn checked_text(checked: &Checked) -> String {
    let mut text = "Todo está en orden. No se envió nada (--check).\n".to_owned();
    for (index, line) in &checked.lines {
        let words = line.measure.words(line.units);
        let (number, name, lot, expiry) = (index + 1, &line.name, &line.lot, line.expiry);
        text = format!("{text}  {number}. {name}, lote {lot}, caduca {expiry}: {words}\n");
    }
    text
}

fn run_count(
    counter: &Counter,
    command: &CountCommand,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    match command {
        CountCommand::Begin { book } => {
            let book = book.as_deref().map(|word| {
                let book = Book::of_wire(word);
                book.ok_or(CommandError::NoSuchBook)
            });
            let (book, today) = (book.transpose()?, counter.day(now));
            let stock = counter.service.on_hand()?;
            let of_book = |clave: &_| {
                book.is_none() || typed_line::book_on(&counter.catalog, clave, today) == book
            };
            let count = counting::begin(counter, &stock, of_book, now)?;
            show_count(counter, &count, output)
        }
        CountCommand::Show => show_count(counter, &counting::under_way(counter)?, output),
        CountCommand::Enter { lines } => {
            let mut draft = Draft::blank(Kind::Count);
            draft.lines.clone_from(lines);
            let count = counting::under_way(counter)?;
            draft.complete_from(|clave, lot| counting::expiry_of(&count, clave, lot));
            let checked = match draft.check(&against(counter, None, now)) {
                Ok(checked) => checked,
                Err(problems) => return refuse(&problems, output),
            };
            let lots: Vec<_> = checked
                .lines
                .into_iter()
                .map(|(_, line)| {
                    counting::counted(&count, &(line.clave, line.lot), line.expiry, line.units)
                })
                .collect();
            counter.store().enter_counted(&count.id, &lots)?;
            show_count(counter, &counting::under_way(counter)?, output)
        }
        CountCommand::Close { reasons } => {
            let count = counting::under_way(counter)?;
            counting::differences(&count)?;
            counting::hold_against(counter, &count, &counter.service.on_hand()?)?;
            let reasons: BTreeMap<_, _> = reasons
                .iter()
                .map(|it| ((it.clave.clone(), it.lot.clone()), it.reason))
                .collect();
            let statements = counting::close(counter, &count, &reasons, now)?;
            let mut views = Vec::new();
            for statement in &statements {
                let declared = deliver_id(counter, &statement.id, now)?;
                views.push(DeclaredView::of(counter, &declared));
            }
            output.show(&views, || views.iter().map(DeclaredView::text).collect())?;
            Ok(success_if(views.iter().all(DeclaredView::is_confirmed)))
        }
        CountCommand::Abandon => {
            counting::abandon(counter, &counting::under_way(counter)?, now)?;
            output.show(&json!({ "state": "abandoned" }), || {
                "Conteo abandonado: no se registró nada.\n".to_owned()
            })?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn show_count(
    counter: &Counter,
    count: &StockCount,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let view = crate::show::CountView::of(counter, count);
    output.show(&view, || view.text())?;
    Ok(ExitCode::SUCCESS)
}
