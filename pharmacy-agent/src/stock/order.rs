//! `MovementOrder`: what the pharmacy signs and posts to `/stock/movements`.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::Clave;
use serde::{Deserialize, Serialize};
use substances::CountReason;

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
    /// RFC or CLUES of the other side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterparty: Option<String>,
    /// Who saw a destruction.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub witnesses: Vec<String>,
    /// Folio of the notice to COFEPRIS.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice: Option<String>,
    /// Why a count differs from the books.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<CountReason>,
    /// What moved; of a count, what was counted.
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_apply_is_left_out() {
        let order = MovementOrder {
            kind: Kind::Purchase,
            at: "2026-03-02T15:00:00Z".parse().unwrap(),
            document: Some("F-2026-001234".to_owned()),
            counterparty: Some("ALM010101AAA".to_owned()),
            witnesses: vec![],
            notice: None,
            reason: None,
            lines: vec![OrderLine {
                clave: "040.000.2612.00".parse().unwrap(),
                lot: "CZ2409A".to_owned(),
                expiry: jiff::civil::date(2027, 9, 30),
                units: 300,
            }],
        };
        let expected = concat!(
            r#"{"at":"2026-03-02T15:00:00Z","counterparty":"ALM010101AAA","#,
            r#""document":"F-2026-001234","kind":"purchase","lines":[{"clave":"040.000.2612.00","#,
            r#""expiry":"2027-09-30","lot":"CZ2409A","units":300}]}"#
        );
        let written = serde_json_canonicalizer::to_string(&order).unwrap();
        assert_eq!(written, expected);
        assert_eq!(
            serde_json::from_str::<MovementOrder>(expected).unwrap(),
            order
        );
    }
}
