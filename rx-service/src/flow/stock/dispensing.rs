//! What a dispensing posts: the boxes that leave the shelf, in the books of their class.

use jiff::civil::Date;
use prescription::{Dispensed, Issued};
use substances::dispensing::{DispensingFacts, decide, of_dispensing};
use substances::{Account, Balances, Book, Lot, Movement, Party, Refusal, Units};

use super::{facts, keeper, posting};
use crate::app::App;
use crate::flow::{FlowError, Visitor};
use crate::store::Posting;

/// What `dispensed` does to stock and books; `None` where no book has any of it. Everything is
/// expected to be there: whether it is, the committing transaction finds out, so that a lawful
/// dispensing costs no reading of stock.
///
/// # Errors
/// [`FlowError::Movement`], with the lines of the prescription.
pub(in crate::flow) fn posting_of(
    app: &App,
    visitor: &Visitor,
    issued: &Issued,
    dispensed: &Dispensed,
) -> Result<Option<Posting>, FlowError> {
    let Some(movement) = movement(app, issued, dispensed)? else {
        return Ok(None);
    };
    let lines = movement.lines.iter();
    let all_there = lines.map(|line| {
        (
            account(&movement, line.clave.clone(), &line.lot),
            line.units,
        )
    });
    let balances = Balances::of_stocks(all_there).map_err(FlowError::internal)?;
    decided(visitor, movement, dispensed, &balances, Vec::new())
}

/// The same after the transaction found that stock or books do not allow it: decided on what is
/// really there, which is then covered where the law lets it be, or refused.
///
/// # Errors
/// [`FlowError::Movement`], with the lines of the prescription.
pub(in crate::flow) async fn on_shortage(
    app: &App,
    visitor: &Visitor,
    issued: &Issued,
    dispensed: &Dispensed,
) -> Result<Option<Posting>, FlowError> {
    let Some(movement) = movement(app, issued, dispensed)? else {
        return Ok(None);
    };
    let establishment = &movement.establishment;
    let mut stocks: Vec<(Account, Units)> = Vec::new();
    for line in &movement.lines {
        let held = app.store.lots(establishment, Some(&line.clave)).await?;
        for lot in held {
            let number = Lot {
                number: lot.lot,
                expiry: lot.expiry,
            };
            if number == line.lot {
                let account = account(&movement, lot.clave, &number);
                stocks.push((account, facts::units(lot.units)?));
            }
        }
    }
    let balances = Balances::of_stocks(stocks).map_err(FlowError::internal)?;
    let last = facts::last_entries(app, establishment).await?;
    decided(visitor, movement, dispensed, &balances, last)
}

fn movement(
    app: &App,
    issued: &Issued,
    dispensed: &Dispensed,
) -> Result<Option<Movement>, FlowError> {
    let medicine = |clave: &_| facts::medicine(app, clave, dispensed.on);
    of_dispensing(issued, dispensed, medicine).map_err(|refusal| FlowError::Movement(vec![refusal]))
}

fn account(movement: &Movement, clave: prescription::Clave, lot: &Lot) -> Account {
    Account {
        party: Party::Establishment(movement.establishment.clone()),
        clave,
        lot: lot.clone(),
    }
}

fn decided(
    visitor: &Visitor,
    movement: Movement,
    dispensed: &Dispensed,
    balances: &Balances,
    last_entries: Vec<(Book, Date)>,
) -> Result<Option<Posting>, FlowError> {
    let facts = DispensingFacts {
        establishment: keeper::facts_of(visitor)?,
        last_entries,
    };
    let lots: Vec<_> = movement.lines.iter().map(|line| line.lot.clone()).collect();
    let refused = |refusals: Vec<Refusal>| {
        let refusals = refusals.into_iter();
        let refusals = refusals.map(|refusal| of_prescription(refusal, &lots, dispensed));
        FlowError::Movement(refusals.collect())
    };
    let movement = decide(movement, &facts, balances).map_err(refused)?;
    posting::of(&movement).map(Some)
}

/// The same refusal with the line of the prescription instead of the movement's.
fn of_prescription(refusal: Refusal, lots: &[Lot], dispensed: &Dispensed) -> Refusal {
    let Refusal::NotEnoughStock { line, held } = refusal else {
        return refusal;
    };
    let lot = line.checked_sub(1).and_then(|index| lots.get(index));
    let of_lot = |part: &&prescription::DispensedLine| {
        lot.is_some_and(|lot| {
            part.lot.as_deref() == Some(lot.number.as_str()) && part.expiry == Some(lot.expiry)
        })
    };
    let part = dispensed.lines.iter().find(of_lot);
    let line = part.map_or(line, |part| usize::from(part.line));
    Refusal::NotEnoughStock { line, held }
}
