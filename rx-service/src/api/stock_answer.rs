//! Stock and lines of books as JSON.

use serde_json::{Value, json};

use crate::app::App;
use crate::flow::stock::Held;
use crate::store::{BookEntry, LotBalance};

/// How much is said of a medicine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// Medicine, lot and units.
    Lot,
    /// And how many units a package has.
    WithPackage,
}

/// A lot with its units.
pub(super) fn lot_json(app: &App, lot: &LotBalance, shown: Shown) -> Value {
    let mut value = json!({
        "clave": lot.clave,
        "medicine": name(app, &lot.clave),
        "lot": lot.lot,
        "expiry": lot.expiry,
        "units": lot.units,
    });
    let package = app
        .catalog
        .medicine(&lot.clave)
        .and_then(|medicine| medicine.package.as_ref());
    if let (Shown::WithPackage, Some(package)) = (shown, package) {
        value["unit"] = json!(package.unit);
        value["units_per_package"] = json!(package.units);
    }
    value
}

/// A lot in the own stock.
pub(super) fn held(app: &App, held: &Held) -> Value {
    let mut value = lot_json(app, &held.lot, Shown::WithPackage);
    let medicine = app.catalog.medicine(&held.lot.clave);
    value["presentation"] = json!(medicine.map(|medicine| &medicine.presentation));
    value["book"] = json!(held.book);
    value["expired"] = json!(held.expired);
    without_nulls(value)
}

/// What each lot holds after the lines that a movement wrote.
pub(super) fn balances(app: &App, entries: &[BookEntry]) -> Vec<Value> {
    let mut lots: Vec<LotBalance> = Vec::new();
    for entry in entries {
        let Some((lot, expiry)) = &entry.lot else {
            continue;
        };
        let balance = LotBalance {
            clave: entry.clave.clone(),
            lot: lot.clone(),
            expiry: *expiry,
            units: entry.lot_balance,
        };
        let same = |other: &&mut LotBalance| {
            (&other.clave, &other.lot, other.expiry) == (&balance.clave, lot, *expiry)
        };
        match lots.iter_mut().find(same) {
            Some(other) => other.units = balance.units,
            None => lots.push(balance),
        }
    }
    lots.iter()
        .map(|lot| lot_json(app, lot, Shown::Lot))
        .collect()
}

/// The lines of the books, shortly: the whole ones are in the book.
pub(super) fn entries(entries: &[BookEntry]) -> Vec<Value> {
    entries
        .iter()
        .map(|entry| {
            without_nulls(json!({
                "book": entry.class,
                "number": entry.number,
                "what": entry.what,
                "clave": entry.clave,
                "lot": entry.lot.as_ref().map(|(lot, _)| lot),
                "in": entry.units_in,
                "out": entry.units_out,
                "balance": entry.balance,
            }))
        })
        .collect()
}

/// Generic name and strength, as people say it; the clave where the catalog does not know it.
pub(super) fn name(app: &App, clave: &prescription::Clave) -> String {
    match app.catalog.medicine(clave) {
        None => clave.to_string(),
        Some(medicine) => match &medicine.strength {
            Some(strength) => format!("{} {strength}", medicine.generic_name),
            None => medicine.generic_name.clone(),
        },
    }
}

/// The object without the members that have nothing to say.
pub(super) fn without_nulls(mut value: Value) -> Value {
    if let Some(members) = value.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    value
}
