//! What an establishment wants to record.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::Clave;
use serde::{Deserialize, Serialize};

use crate::movement::{Counterpart, ShipmentRef};
use crate::{CountReason, Lot, MovementKind, Units};

/// An order to record a movement. Its fields are those of [`crate::Movement`]; which of them a kind
/// needs is what [`crate::decide()`] checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovementOrder {
    /// Instant at which it happened.
    pub at: Timestamp,
    /// The day of `at` in the time zone of the establishment.
    pub on: Date,
    /// What happened.
    pub kind: MovementKind,
    /// What moved, each (clave, lot) once.
    pub lines: Vec<OrderLine>,
    /// Invoice, acta, or the number of the note that came with it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// Permit to acquire or transfer fraction I (LGS art. 236), or permit of import (375-IX).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub permit: Option<String>,
    /// Who is at the other end.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterpart: Option<Counterpart>,
    /// The shipment that was received, or lost or stolen on its way.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipment: Option<ShipmentRef>,
    /// Who saw it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub witnesses: Vec<String>,
    /// Folio of the notice to COFEPRIS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice: Option<String>,
    /// Number of the own movement that this one takes back, or gives notice of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub corrects: Option<u64>,
}

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// The medicine.
    pub clave: Clave,
    /// The lot.
    pub lot: Lot,
    /// How many units moved; of a count, how many were there.
    pub units: Units,
    /// Of a count: why it differs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<CountReason>,
}

impl MovementOrder {
    /// An order of `kind` without papers: the caller fills in those that the kind needs.
    #[must_use]
    pub fn new(kind: MovementKind, at: Timestamp, on: Date, lines: Vec<OrderLine>) -> Self {
        Self {
            at,
            on,
            kind,
            lines,
            document: None,
            permit: None,
            counterpart: None,
            shipment: None,
            witnesses: Vec::new(),
            notice: None,
            corrects: None,
        }
    }
}
