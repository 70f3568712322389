//! The document that an establishment signed, against the movement that was recorded: our own
//! order, as `docs/FORMATS.md` describes it.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use substances::{Movement, MovementLine};

/// What comparing found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// Both say the same.
    Same,
    /// They do not.
    Differs,
    /// Not such an order, but another document.
    OtherForm,
}

/// Compares kind, time, correction, and every line.
pub(super) fn compare(document: &[u8], movement: &Movement) -> Compared {
    let Ok(order) = serde_json::from_slice::<Value>(document) else {
        return Compared::Differs;
    };
    let canonical = serde_json_canonicalizer::to_vec(&order);
    if !canonical.is_ok_and(|canonical| canonical == document) {
        return Compared::Differs;
    }
    if order.get("resourceType").is_some() {
        return Compared::OtherForm;
    }
    let instant = order["at"]
        .as_str()
        .and_then(|at| at.parse::<Timestamp>().ok());
    let none = Vec::new();
    let lines = order["lines"].as_array().unwrap_or(&none);
    let same = order["kind"] == movement.kind.code()
        && instant == Some(movement.at)
        && order["corrects"].as_u64() == movement.corrects
        && lines.len() == movement.lines.len()
        && lines
            .iter()
            .zip(&movement.lines)
            .all(|(said, line)| is_line(said, line));
    if same {
        Compared::Same
    } else {
        Compared::Differs
    }
}

fn is_line(said: &Value, line: &MovementLine) -> bool {
    said["clave"] == line.clave.as_str()
        && said["lot"].as_str().map(str::trim) == Some(&line.lot.number)
        && is_expiry(&said["expiry"], line.lot.expiry)
        && is_amount(said, line.units.count())
}

/// A package may print the month alone, which is recorded as its last day.
fn is_expiry(said: &Value, expiry: Date) -> bool {
    let text = said.as_str().unwrap_or_default();
    text.len() >= 7 && expiry.to_string().starts_with(text)
}

/// Units as they are, or packages, which are a whole number of units each.
fn is_amount(said: &Value, units: u64) -> bool {
    match (said["units"].as_u64(), said["packages"].as_u64()) {
        (Some(said), None) => said == units,
        (None, Some(0)) => units == 0,
        (None, Some(packages)) => units > 0 && units.is_multiple_of(packages),
        _ => false,
    }
}
