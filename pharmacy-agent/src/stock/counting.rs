//! A physical count: blind until every lot is counted, closed when every difference has its reason.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::Clave;
use substances::CountReason;

use super::kind::Kind;
use super::on_hand::OnHand;
use super::order::{MAX_LINES, MovementOrder, OrderLine};
use super::submit::statement;
use crate::counter::Counter;
use crate::entropy::{NoEntropy, token};
use crate::identity::IdentityError;
use crate::store::{ActIdError, CountedLot, Statement, StockCount, StoreError};

/// Why a count cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// None is under way.
    #[error("No hay ningún conteo abierto; empiece uno.")]
    NoneUnderWay,
    /// One is.
    #[error("Ya hay un conteo abierto; ciérrelo o abandónelo primero.")]
    UnderWay,
    /// There is nothing to count.
    #[error("No hay existencias que contar.")]
    NothingToCount,
    /// Not every lot is counted.
    #[error("Faltan {0} lotes por contar; las diferencias se muestran cuando no falte ninguno.")]
    Incomplete(usize),
    /// The books moved since the count began.
    #[error(
        "Mientras contaba se movieron {0} lotes (un surtido, una llegada): se borró lo contado de \
         ellos. Cuéntelos de nuevo."
    )]
    Moved(usize),
    /// A difference without a reason.
    #[error("Falta la razón de {0} diferencias.")]
    Unexplained(usize),
    /// No random number.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// A random number that is none of an act.
    #[error(transparent)]
    ActId(#[from] ActIdError),
    /// It cannot be signed.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A lot of a count.
pub type LotKey = (Clave, String);

/// The reasons that can explain a difference of this sign.
pub fn that_explain(units: i64) -> impl Iterator<Item = CountReason> {
    let fits = move |reason: &CountReason| units < 0 || reason.explains_surplus();
    CountReason::ALL.into_iter().filter(fits)
}

/// A lot whose count is not what the books say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The lot.
    pub lot: CountedLot,
    /// What was counted less what the books say.
    pub units: i64,
}

/// Begins a count of `stock`: of all of it, or of the claves that `chosen` picks.
///
/// # Errors
/// [`CountError`].
pub fn begin(
    counter: &Counter,
    stock: &OnHand,
    chosen: impl Fn(&Clave) -> bool,
    now: Timestamp,
) -> Result<StockCount, CountError> {
    let mut store = counter.store();
    if store.count_under_way()?.is_some() {
        return Err(CountError::UnderWay);
    }
    let chosen = stock
        .balances
        .iter()
        .filter(|balance| chosen(&balance.clave));
    let lots: Vec<_> = chosen
        .map(|balance| CountedLot {
            clave: balance.clave.clone(),
            lot: balance.lot.clone(),
            expiry: balance.expiry,
            book_units: balance.units,
            counted: None,
        })
        .collect();
    if lots.is_empty() {
        return Err(CountError::NothingToCount);
    }
    let count = StockCount {
        id: token()?.parse()?,
        begun_at: now,
        lots,
    };
    store.begin_count(&count)?;
    Ok(count)
}

/// The count under way.
///
/// # Errors
/// [`CountError::NoneUnderWay`], [`StoreError`].
pub fn under_way(counter: &Counter) -> Result<StockCount, CountError> {
    let count = counter.store().count_under_way()?;
    count.ok_or(CountError::NoneUnderWay)
}

/// Enters what was counted of a lot of the count, or of one that the books do not have.
#[must_use]
pub fn counted(count: &StockCount, key: &LotKey, expiry: Date, units: u64) -> CountedLot {
    let known = count.lots.iter().find(|lot| key_of(lot) == *key);
    CountedLot {
        clave: key.0.clone(),
        lot: key.1.clone(),
        expiry: known.map_or(expiry, |lot| lot.expiry),
        book_units: known.map_or(0, |lot| lot.book_units),
        counted: Some(units),
    }
}

/// The expiry of a lot of the count.
#[must_use]
pub fn expiry_of(count: &StockCount, clave: &Clave, lot: &str) -> Option<Date> {
    let mut lots = count.lots.iter();
    let found = lots.find(|known| known.clave == *clave && known.lot == lot);
    found.map(|known| known.expiry)
}

fn key_of(lot: &CountedLot) -> LotKey {
    (lot.clave.clone(), lot.lot.clone())
}

/// What differs, once everything is counted: before, nothing is told.
///
/// # Errors
/// [`CountError::Incomplete`].
pub fn differences(count: &StockCount) -> Result<Vec<Difference>, CountError> {
    let missing = count
        .lots
        .iter()
        .filter(|lot| lot.counted.is_none())
        .count();
    if missing > 0 {
        return Err(CountError::Incomplete(missing));
    }
    let difference = |lot: &CountedLot| {
        let counted = lot.counted.unwrap_or_default().cast_signed();
        let units = counted - lot.book_units.cast_signed();
        (units != 0).then(|| Difference {
            lot: lot.clone(),
            units,
        })
    };
    Ok(count.lots.iter().filter_map(difference).collect())
}

/// Holds the count against the stock of now. What moved meanwhile is to be counted again: the shelf
/// that was counted is not the shelf that the books describe.
///
/// # Errors
/// [`CountError::Moved`]; the counts of those lots were taken back.
pub fn hold_against(
    counter: &Counter,
    count: &StockCount,
    stock: &OnHand,
) -> Result<(), CountError> {
    let moved: Vec<_> = count
        .lots
        .iter()
        .filter_map(|lot| {
            let there = stock
                .lot(&lot.clave, &lot.lot)
                .map_or(0, |there| there.units);
            (there != lot.book_units).then(|| CountedLot {
                book_units: there,
                counted: None,
                ..lot.clone()
            })
        })
        .collect();
    if moved.is_empty() {
        return Ok(());
    }
    counter.store().enter_counted(&count.id, &moved)?;
    Err(CountError::Moved(moved.len()))
}

/// Closes the count: it is signed and pending, each difference with its reason. One movement, or
/// several where it has more lines than one takes.
///
/// # Errors
/// [`CountError`]; the count stays open.
pub fn close(
    counter: &Counter,
    count: &StockCount,
    reasons: &BTreeMap<LotKey, CountReason>,
    now: Timestamp,
) -> Result<Vec<Statement>, CountError> {
    let differences = differences(count)?;
    let differ = |lot: &CountedLot| differences.iter().any(|d| d.lot == *lot);
    let unexplained = differences
        .iter()
        .filter(|d| !reasons.contains_key(&key_of(&d.lot)));
    match unexplained.count() {
        0 => {}
        unexplained => return Err(CountError::Unexplained(unexplained)),
    }
    let line = |lot: &CountedLot| OrderLine {
        clave: lot.clave.clone(),
        lot: lot.lot.clone(),
        expiry: lot.expiry,
        units: lot.counted.unwrap_or_default(),
        reason: reasons.get(&key_of(lot)).copied().filter(|_| differ(lot)),
    };
    let lines: Vec<_> = count.lots.iter().map(line).collect();
    let mut statements = Vec::new();
    for lines in lines.chunks(MAX_LINES) {
        statements.push(movement(counter, lines, now)?);
    }
    counter.store().end_count(&count.id, &statements, now)?;
    Ok(statements)
}

fn movement(
    counter: &Counter,
    lines: &[OrderLine],
    now: Timestamp,
) -> Result<Statement, CountError> {
    let lots = super::amount::counted(lines.len() as u64, "lote");
    let differ = lines.iter().filter(|line| line.reason.is_some()).count();
    let summary = format!("Conteo físico: {lots}, {differ} con diferencia.");
    let order = MovementOrder::new(Kind::Count, now, lines.to_vec());
    Ok(statement(counter, token()?.parse()?, &order, summary)?)
}

/// Gives the count up: nothing is stated.
///
/// # Errors
/// [`CountError`].
pub fn abandon(counter: &Counter, count: &StockCount, now: Timestamp) -> Result<(), CountError> {
    Ok(counter.store().end_count(&count.id, &[], now)?)
}

#[cfg(test)]
#[path = "counting_tests.rs"]
mod tests;
