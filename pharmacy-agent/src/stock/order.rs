//! `MovementOrder`: what the pharmacy signs and posts to `/stock/movements`.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::Clave;
use serde::{Deserialize, Serialize};
use substances::{CountReason, Counterpart, ShipmentRef};

use super::kind::Kind;

/// Most lines of one movement, as the service takes them.
pub const MAX_LINES: usize = 250;

/// A movement of stock, as the service reads it. Its canonical JSON (RFC 8785) is what is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MovementOrder {
    /// What happened.
    pub kind: Kind,
    /// When, to the second.
    pub at: Timestamp,
    /// Invoice, remisión, acta.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// Permit to acquire or transfer fraction I (LGS art. 236).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub permit: Option<String>,
    /// Who is on the other side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterpart: Option<Counterpart>,
    /// The shipment that is received.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub shipment: Option<ShipmentRef>,
    /// Who saw a destruction.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub witnesses: Vec<String>,
    /// Folio of the notice to COFEPRIS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice: Option<String>,
    /// Number of the own movement that this one takes back.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub corrects: Option<u64>,
    /// What moved; of a count, what was counted. A notice has none.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lines: Vec<OrderLine>,
}

/// One lot of one medicine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderLine {
    /// The medicine.
    pub clave: Clave,
    /// Manufacturer's lot.
    pub lot: String,
    /// Last day on which it is good.
    pub expiry: Date,
    /// Units of the presentation: what the pharmacist saw, whatever another catalog says of the
    /// package.
    pub units: u64,
    /// Of a count: why it differs from the books.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<CountReason>,
}

impl MovementOrder {
    /// An order of `kind` with lines and without papers.
    #[must_use]
    pub fn new(kind: Kind, at: Timestamp, lines: Vec<OrderLine>) -> Self {
        Self {
            kind,
            at,
            document: None,
            permit: None,
            counterpart: None,
            shipment: None,
            witnesses: Vec::new(),
            notice: None,
            corrects: None,
            lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_apply_is_left_out() {
        let line = OrderLine {
            clave: "040.000.2612.00".parse().unwrap(),
            lot: "CZ2409A".to_owned(),
            expiry: jiff::civil::date(2027, 9, 30),
            units: 300,
            reason: None,
        };
        let at = "2026-03-02T15:00:00Z".parse().unwrap();
        let order = MovementOrder {
            document: Some("F-2026-001234".to_owned()),
            counterpart: Some(Counterpart::Supplier {
                rfc: "ALM010101AAA".parse().unwrap(),
                licence: Some("LS-99".to_owned()),
            }),
            ..MovementOrder::new(Kind::Purchase, at, vec![line])
        };
        let expected = concat!(
            r#"{"at":"2026-03-02T15:00:00Z","counterpart":{"supplier":{"licence":"LS-99","#,
            r#""rfc":"ALM010101AAA"}},"document":"F-2026-001234","kind":"purchase","lines":"#,
            r#"[{"clave":"040.000.2612.00","expiry":"2027-09-30","lot":"CZ2409A","units":300}]}"#
        );
        let written = serde_json_canonicalizer::to_string(&order).unwrap();
        assert_eq!(written, expected);
        assert_eq!(
            serde_json::from_str::<MovementOrder>(expected).unwrap(),
            order
        );
    }
}
