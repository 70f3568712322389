//! What a decision on a movement needs to know.

use std::collections::BTreeSet;

use jiff::civil::Date;
use prescription::Clave;
use prescription::Clues;
use prescription::register::{Register, RegisterBody};
use substances::facts::EarlierFacts;
use substances::{
    Account, Balances, Book, Counterpart, EstablishmentFacts, Lot, MedicineFacts, Movement,
    MovementFacts, MovementOrder, OrderLine, Party, Units,
};

use super::keeper;
use crate::app::App;
use crate::fhir::{Amount, MovementRequest};
use crate::flow::FlowError;
use crate::store::{LotBalance, StoreError};

/// What the catalog says of a medicine on `on`; `None` where it does not know it.
pub(super) fn medicine(app: &App, clave: &Clave, on: Date) -> Option<MedicineFacts> {
    let class = app.catalog.fraction_on(clave, on)?;
    Some(MedicineFacts {
        book: Book::of(class.fraction, class.antibiotic),
        units_per_package: units_per_package(app, clave, on),
        left: None,
    })
}

/// Units of a package by the catalog of `on`: 1 where it has no figure.
pub(super) fn units_per_package(app: &App, clave: &Clave, on: Date) -> u32 {
    app.catalog.on(on).units_per_package(clave)
}

/// The order: the day of the act, and packages turned into units.
pub(super) fn order(app: &App, clues: &Clues, request: &MovementRequest) -> MovementOrder {
    let on = app.day_at(clues, request.at);
    let line = |line: &crate::fhir::RequestLine| OrderLine {
        clave: line.clave.clone(),
        lot: Lot {
            number: line.lot.clone(),
            expiry: line.expiry,
        },
        units: match line.amount {
            Amount::Units(units) => Units::new(u64::from(units)),
            Amount::Packages(packages) => Units::new(
                u64::from(packages) * u64::from(units_per_package(app, &line.clave, on).max(1)),
            ),
        },
        reason: line.reason,
    };
    MovementOrder {
        document: request.document.clone(),
        permit: request.permit.clone(),
        counterpart: request.counterpart.clone(),
        shipment: request.shipment.clone(),
        witnesses: request.witnesses.clone(),
        notice: request.notice.clone(),
        corrects: request.corrects,
        ..MovementOrder::new(
            request.kind,
            request.at,
            on,
            request.lines.iter().map(line).collect(),
        )
    }
}

/// Facts and balances for `order` of `establishment`.
pub(super) async fn gather(
    app: &App,
    establishment: EstablishmentFacts,
    order: &MovementOrder,
) -> Result<(MovementFacts, Balances), FlowError> {
    let clues = establishment.clues.clone();
    let (now, _) = app.now();
    // First of all: a movement that comes between takes this number, and whoever lost it decides
    // again on what is true then.
    let next_number = app
        .store
        .next_number(Register::Movement, clues.as_str())
        .await?;
    let counterpart = match &order.counterpart {
        Some(Counterpart::Establishment(other)) => keeper::other(app, other).await?,
        Some(Counterpart::Supplier { .. }) | None => None,
    };
    let shipment = match &order.shipment {
        Some(shipment) => earlier(app, &shipment.from, shipment.number).await?,
        None => None,
    };
    let corrected = match order.corrects {
        Some(number) => earlier(app, &clues, number).await?,
        None => None,
    };
    let corrected_way = corrected.as_ref().map(|facts| &facts.movement);
    let balances = balances(app, &clues, order, corrected_way).await?;
    let facts = MovementFacts {
        today: app.day_at(&clues, now),
        next_number,
        medicines: medicines(app, &clues, order).await?,
        last_entries: last_entries(app, &clues).await?,
        establishment,
        counterpart,
        shipment,
        corrected,
        parameters: app.stock_law,
    };
    Ok((facts, balances))
}

async fn medicines(
    app: &App,
    clues: &Clues,
    order: &MovementOrder,
) -> Result<Vec<Option<MedicineFacts>>, FlowError> {
    let mut medicines = Vec::with_capacity(order.lines.len());
    for line in &order.lines {
        let mut facts = medicine(app, &line.clave, order.on);
        if let Some(facts) = facts.as_mut().filter(|facts| facts.book.is_none()) {
            let class = app.store.book_with_stock(clues, &line.clave).await?;
            facts.left = class.as_deref().and_then(Book::from_code);
        }
        medicines.push(facts);
    }
    Ok(medicines)
}

pub(super) async fn last_entries(app: &App, clues: &Clues) -> Result<Vec<(Book, Date)>, FlowError> {
    let entries = app.store.last_entries(clues).await?;
    let known = |(class, day): (String, Date)| Some((Book::from_code(&class)?, day));
    Ok(entries.into_iter().filter_map(known).collect())
}

/// An earlier movement and what was taken of it.
async fn earlier(app: &App, from: &Clues, number: u64) -> Result<Option<EarlierFacts>, FlowError> {
    let Some(movement) = movement(app, from, number).await? else {
        return Ok(None);
    };
    let taken = app.store.taken_of(from, number).await?;
    let taken = taken.into_iter().map(units).collect::<Result<_, _>>()?;
    Ok(Some(EarlierFacts { movement, taken }))
}

/// A movement as it was recorded.
pub(super) async fn movement(
    app: &App,
    from: &Clues,
    number: u64,
) -> Result<Option<Movement>, FlowError> {
    let Some(body) = app.store.movement_body(from, number).await? else {
        return Ok(None);
    };
    let body = RegisterBody::<Movement>::from_canonical(&body).map_err(FlowError::internal)?;
    Ok(Some(body.act))
}

/// What the accounts hold that the order may touch.
async fn balances(
    app: &App,
    clues: &Clues,
    order: &MovementOrder,
    corrected: Option<&Movement>,
) -> Result<Balances, FlowError> {
    let claves: BTreeSet<_> = order.lines.iter().map(|line| line.clave.clone()).collect();
    let mut stocks = Vec::new();
    let here = || Party::Establishment(clues.clone());
    for lot in app.store.lots_of_claves(clues, &claves).await? {
        stocks.push(account(here(), lot)?);
    }
    for (from, to) in ways(clues, order, corrected) {
        for clave in &claves {
            for lot in app.store.lots_under_way(&from, &to, clave).await? {
                let (from, to) = (from.clone(), to.clone());
                stocks.push(account(Party::Transit { from, to }, lot)?);
            }
        }
    }
    Balances::of_stocks(stocks).map_err(FlowError::internal)
}

/// On which ways units go or come.
fn ways(
    clues: &Clues,
    order: &MovementOrder,
    corrected: Option<&Movement>,
) -> BTreeSet<(Clues, Clues)> {
    let mut ways = BTreeSet::new();
    let shipments = [
        order.shipment.as_ref(),
        corrected.and_then(|movement| movement.shipment.as_ref()),
    ];
    for shipment in shipments.into_iter().flatten() {
        ways.insert((shipment.from.clone(), shipment.to.clone()));
    }
    let counterparts = [
        order.counterpart.as_ref(),
        corrected.and_then(|movement| movement.counterpart.as_ref()),
    ];
    for counterpart in counterparts.into_iter().flatten() {
        if let Counterpart::Establishment(to) = counterpart {
            ways.insert((clues.clone(), to.clone()));
        }
    }
    ways
}

fn account(party: Party, lot: LotBalance) -> Result<(Account, Units), FlowError> {
    let units = units(lot.units)?;
    let account = Account {
        party,
        clave: lot.clave,
        lot: Lot {
            number: lot.lot,
            expiry: lot.expiry,
        },
    };
    Ok((account, units))
}

/// A balance that the database never lets go below zero.
pub(super) fn units(count: i64) -> Result<Units, FlowError> {
    let count = u64::try_from(count)
        .map_err(|_| StoreError::Unusable(format!("a stock of {count} units")))?;
    Ok(Units::new(count))
}
