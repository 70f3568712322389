//! Commands of what may follow a dispensing.

use std::process::ExitCode;

use jiff::Timestamp;
use prescription::Packages;

use super::{CommandError, Output, success_if};
use crate::cli::{ReturnArgs, TransferArgs};
use crate::counter::Counter;
use crate::declare::Declared;
use crate::entropy::token;
use crate::scan::scan;
use crate::show::DeclaredView;
use crate::take_back::{DispensedId, TakeBack, take_back};
use crate::transfer::transfer;

pub(super) fn run_return(
    counter: &Counter,
    args: &ReturnArgs,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let recorded = counter
        .store()
        .act(&args.act)?
        .ok_or(CommandError::NoSuchAct)?;
    let (line, packages) = args.line;
    let of = DispensedId::of(&recorded, line).ok_or(CommandError::NoSuchAct)?;
    let mut lines = recorded.act.lines.iter();
    let what = TakeBack {
        id: token()?.parse()?,
        of,
        packages: Packages::new(packages),
        unit_doses: lines.any(|done| done.line == line && done.unit_doses),
        reason: args.reason,
        destination: args.destination,
    };
    show(counter, &take_back(counter, &what, now)?, output)
}

pub(super) fn run_transfer(
    counter: &Counter,
    args: &TransferArgs,
    now: Timestamp,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let authentic = counter.verify(&counter.settle(scan(&args.qr.input)?))?;
    let id = token()?.parse()?;
    let declared = transfer(counter, &id, &authentic, args.to.as_ref(), now)?;
    show(counter, &declared, output)
}

fn show(
    counter: &Counter,
    declared: &Declared,
    output: &mut Output<'_>,
) -> Result<ExitCode, CommandError> {
    let view = DeclaredView::of(counter, declared);
    output.show(&view, || view.text())?;
    Ok(success_if(view.is_confirmed()))
}
