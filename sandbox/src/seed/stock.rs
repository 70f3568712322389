//! What pharmacies record of their stock.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Line;

/// Lot and expiry of what the pharmacies of the sandbox have on the shelf.
pub const LOT: (&str, &str) = ("L2611A", "2028-06");

/// The opening inventory of a pharmacy: so many packages of each controlled medicine and of the
/// antibiotic of the story, all of one lot.
#[must_use]
pub fn opening(packages: u32, at: Timestamp) -> Value {
    let medicines = [Line::clonazepam(), Line::morphine(), Line::amoxicillin()];
    let line = |medicine: &Line| {
        json!({
            "clave": medicine.clave,
            "lot": LOT.0,
            "expiry": LOT.1,
            "packages": packages,
        })
    };
    json!({
        "kind": "opening",
        "at": at.to_string(),
        "document": "ACTA-INV-1",
        "lines": medicines.iter().map(line).collect::<Vec<_>>(),
    })
}
