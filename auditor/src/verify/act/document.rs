//! The document that an establishment signed, against the movement that was recorded: our own
//! order, as `docs/FORMATS.md` describes it, or a FHIR `SupplyDelivery`.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use substances::{Movement, MovementKind, MovementLine};

const CLAVE: &str = "urn:oid:2.16.840.1.113883.3.215.12.8";
const RFC: &str = "urn:receta:rfc";

/// What comparing found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// Both say the same.
    Same,
    /// They do not.
    Differs,
    /// Neither of the two, but another document.
    OtherForm,
}

/// Compares kind, time, correction, papers, and every line.
pub(super) fn compare(document: &[u8], movement: &Movement) -> Compared {
    let Ok(order) = serde_json::from_slice::<Value>(document) else {
        return Compared::Differs;
    };
    let canonical = serde_json_canonicalizer::to_vec(&order);
    if !canonical.is_ok_and(|canonical| canonical == document) {
        return Compared::Differs;
    }
    let same = match order.get("resourceType") {
        None => is_order(&order, movement),
        Some(kind) if kind == "SupplyDelivery" => is_delivery(&order, movement),
        Some(_) => return Compared::OtherForm,
    };
    if same {
        Compared::Same
    } else {
        Compared::Differs
    }
}

fn is_order(order: &Value, movement: &Movement) -> bool {
    let lines = order["lines"].as_array().map_or(&[][..], Vec::as_slice);
    let pairs = || lines.iter().zip(&movement.lines);
    order["kind"] == movement.kind.code()
        && is_instant(&order["at"], movement.at)
        && order["corrects"].as_u64() == movement.corrects
        && is_text(&order["document"], movement.document.as_deref())
        && is_text(&order["permit"], movement.permit.as_deref())
        && is_text(&order["notice"], movement.notice.as_deref())
        && are_witnesses(&order["witnesses"], &movement.witnesses)
        && lines.len() == movement.lines.len()
        && pairs().all(|(said, line)| is_line(said, line))
}

/// One lot that arrived, or leaves; quantities are packages.
fn is_delivery(delivery: &Value, movement: &Movement) -> bool {
    let [line] = movement.lines.as_slice() else {
        return false;
    };
    let from_supplier = delivery["supplier"]["identifier"]["system"] == RFC;
    let kind = match delivery["status"].as_str() {
        Some("completed") if from_supplier => MovementKind::Purchase,
        Some("completed") => MovementKind::Receipt,
        _ => MovementKind::Shipment,
    };
    let item = &delivery["suppliedItem"];
    let reference = item["itemReference"]["reference"].as_str();
    let id = reference.and_then(|reference| reference.strip_prefix('#'));
    let contained = delivery["contained"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let medication = contained.iter().find(|one| one["id"].as_str() == id);
    let Some(medication) = medication.filter(|_| id.is_some()) else {
        return false;
    };
    let codings = medication["code"]["coding"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let claves = codings.iter().filter(|one| one["system"] == CLAVE);
    let claves: Vec<_> = claves.map(|one| &one["code"]).collect();
    let batch = &medication["batch"];
    movement.kind == kind
        && movement.corrects.is_none()
        && is_instant(&delivery["occurrenceDateTime"], movement.at)
        && matches!(claves.as_slice(), [clave] if **clave == line.clave.as_str())
        && batch["lotNumber"].as_str().map(str::trim) == Some(&line.lot.number)
        && is_expiry(&batch["expirationDate"], line.lot.expiry)
        && is_packages(item["quantity"]["value"].as_u64(), line.units.count())
}

fn is_instant(said: &Value, at: Timestamp) -> bool {
    let said = said
        .as_str()
        .and_then(|text| text.parse::<Timestamp>().ok());
    said == Some(at)
}

fn is_text(said: &Value, recorded: Option<&str>) -> bool {
    said.as_str().map(str::trim) == recorded.map(str::trim)
}

fn are_witnesses(said: &Value, recorded: &[String]) -> bool {
    let said = said.as_array().map_or(&[][..], Vec::as_slice);
    let pairs = || said.iter().zip(recorded);
    said.len() == recorded.len() && pairs().all(|(said, name)| is_text(said, Some(name)))
}

fn is_line(said: &Value, line: &MovementLine) -> bool {
    // A reason that explains no difference is not recorded.
    let reason = line.counted.and_then(|counted| counted.reason);
    if reason.is_some_and(|reason| said["reason"] != reason.code()) {
        return false;
    }
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
        (None, packages) => is_packages(packages, units),
        (Some(_), Some(_)) => false,
    }
}

/// Whole packages of some size.
fn is_packages(said: Option<u64>, units: u64) -> bool {
    match said {
        None => false,
        Some(0) => units == 0,
        Some(packages) => units > 0 && units.is_multiple_of(packages),
    }
}
