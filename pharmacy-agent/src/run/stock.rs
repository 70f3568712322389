//! Commands of the stock.

use std::process::ExitCode;

use jiff::Timestamp;
use serde_json::json;

use super::{CommandError, Output, count, success_if};
use crate::cli::{Goods, StockCommand};
use crate::config::read_bytes;
use crate::counter::Counter;
use crate::entropy::token;
use crate::show::{DeclaredView, StatementRow, in_transit_text, lots, lots_text};
use crate::stock::follow_up::{FollowUpError, follow_up, of_number};
use crate::stock::submit::{against, stock_if_reachable, submit};
use crate::stock::{Checked, Draft, Kind, MovementOrder, Problems, TypedLine, csv_file};

/// How far back the log goes.
const LOG: jiff::SignedDuration = jiff::SignedDuration::from_hours(24 * 31);

pub(super) fn run(
    counter: &Counter,
    command: &StockCommand,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    match command {
        StockCommand::List => {
            let stock = counter.service.on_hand()?;
            let lots = lots(counter, &stock, counter.day(now));
            output.show(&lots, || lots_text(&lots))?;
        }
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
        StockCommand::Count(command) => return count::run(counter, command, now, output),
        StockCommand::Correct { number, lines } => {
            return run_correct(counter, *number, lines, now, output);
        }
        StockCommand::Notice { number, notice } => {
            let order = of_number(counter, *number)?.notice(notice, now);
            return run_follow_up(counter, &order, output);
        }
        StockCommand::Arrive(_)
        | StockCommand::Receive(_)
        | StockCommand::Ship(_)
        | StockCommand::GiveBack(_)
        | StockCommand::Destroy(_)
        | StockCommand::Lost(_)
        | StockCommand::Stolen(_)
        | StockCommand::Opening(_) => {
            if let Some((draft, goods)) = command.draft() {
                return run_movement(counter, draft, goods, now, output);
            }
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
    draft.lines.clone_from(&goods.lines);
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
pub(super) fn refuse(
    problems: &Problems,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
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
