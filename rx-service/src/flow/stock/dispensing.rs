//! What a dispensing posts: the boxes that leave the shelf, in the books of their class.

use prescription::{Dispensed, Issued};
use substances::dispensing::{cover, of_dispensing};
use substances::{Account, Balances, Lot, Party, Refusal};

use super::{facts, posting};
use crate::app::App;
use crate::flow::FlowError;
use crate::store::{Posting, StockProblem};

/// What `dispensed` does to stock and books; `None` where no book has any of it. Everything is
/// expected to be there: whether it is, the committing transaction finds out.
///
/// # Errors
/// [`FlowError::Movement`].
pub(in crate::flow) fn posting_of(
    app: &App,
    issued: &Issued,
    dispensed: &Dispensed,
) -> Result<Option<Posting>, FlowError> {
    let refused = |refusal| FlowError::Movement(vec![refusal]);
    let medicine = |clave: &_| facts::medicine(app, clave, dispensed.on);
    let movement = of_dispensing(issued, dispensed, medicine).map_err(refused)?;
    movement.as_ref().map(posting::of).transpose()
}

/// The same after the transaction found that stock or books do not allow it: with what is really
/// there, covered where the law lets it be, or refused.
///
/// # Errors
/// [`FlowError::Movement`], with the lines of the prescription.
pub(in crate::flow) async fn on_shortage(
    app: &App,
    issued: &Issued,
    dispensed: &Dispensed,
    problem: StockProblem,
) -> Result<Option<Posting>, FlowError> {
    let medicine = |clave: &_| facts::medicine(app, clave, dispensed.on);
    let movement = of_dispensing(issued, dispensed, medicine);
    let Some(movement) = movement.map_err(|refusal| FlowError::Movement(vec![refusal]))? else {
        return Ok(None);
    };
    if problem == StockProblem::BackDated {
        let last = app.store.last_entries(&movement.establishment).await?;
        let refusals = movement.lines.iter().filter_map(|line| {
            let (_, last) = last.iter().find(|(class, _)| class == line.book.code())?;
            (movement.on < *last).then_some(Refusal::BeforeLastEntry {
                book: line.book,
                last: *last,
            })
        });
        return Err(FlowError::Movement(refusals.take(1).collect()));
    }
    let mut stocks = Vec::new();
    for line in &movement.lines {
        let clave = Some(&line.clave);
        for lot in app.store.lots(&movement.establishment, clave).await? {
            let account = Account {
                party: Party::Establishment(movement.establishment.clone()),
                clave: lot.clave,
                lot: Lot {
                    number: lot.lot,
                    expiry: lot.expiry,
                },
            };
            if account.lot == line.lot {
                stocks.push((account, facts::units(lot.units)?));
            }
        }
    }
    let balances = Balances::of_stocks(stocks).map_err(FlowError::internal)?;
    let lines: Vec<_> = movement.lines.iter().map(|line| line.lot.clone()).collect();
    match cover(movement, &balances) {
        Ok(movement) => posting::of(&movement).map(Some),
        Err(refusals) => Err(FlowError::Movement(
            refusals
                .into_iter()
                .map(|refusal| of_prescription(refusal, &lines, dispensed))
                .collect(),
        )),
    }
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
