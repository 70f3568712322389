//! The body of `POST /stock/movements` → what is to be recorded.
//!
//! Not a FHIR resource: FHIR R4 has none for a count, a destruction or a theft. It is read as
//! strictly as the resources are.

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::{Clave, Clues};
use serde_json::Value;
use substances::{CountReason, Counterpart, MovementKind, ShipmentRef};

use super::concept::parse;
use super::node::Node;
use super::primitive;
use super::shape::{Errors, IdentifierKind, ShapeError, ShapeProblem};

/// A movement as it was asked for: an order before the catalog turned packages into units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovementRequest {
    /// What happened.
    pub kind: MovementKind,
    /// When.
    pub at: Timestamp,
    /// Invoice, acta, or the number of the note that came with it.
    pub document: Option<String>,
    /// Permit of acquisition, transfer or import.
    pub permit: Option<String>,
    /// Who is at the other end.
    pub counterpart: Option<Counterpart>,
    /// The shipment that was received, or lost or stolen on its way.
    pub shipment: Option<ShipmentRef>,
    /// Who saw it.
    pub witnesses: Vec<String>,
    /// Folio of the notice to COFEPRIS.
    pub notice: Option<String>,
    /// Number of the own movement that this one takes back.
    pub corrects: Option<u64>,
    /// What moved.
    pub lines: Vec<RequestLine>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestLine {
    /// The medicine.
    pub clave: Clave,
    /// Manufacturer's lot.
    pub lot: String,
    /// Its last day.
    pub expiry: Date,
    /// How much.
    pub amount: Amount,
    /// Of a count: why it differs.
    pub reason: Option<CountReason>,
}

/// How much, as the counter counted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Packages.
    Packages(u32),
    /// Units of the presentation.
    Units(u32),
}

/// What JSON paths of such a document begin with.
pub(super) const ROOT: &str = "MovementOrder";
/// Most lines of one movement.
pub(super) const MAX_LINES: u8 = 250;
/// Longest lot number and other text, in characters.
const MAX_TEXT: u16 = 120;

const MEMBERS: &str = "kind, at, document, permit, counterpart, shipment, witnesses, notice, \
                       corrects, lines";
const LINE_MEMBERS: &str = "clave, lot, expiry, packages, units, reason";
const KINDS: &str = "opening, manufacture, import, export, purchase, shipment, receipt, return, \
                     destruction, loss, theft, count, release, notice";
pub(super) const REASONS: &str =
    "counting-error, not-recorded, measurement, breakage, theft, unknown";

/// Reads the document.
///
/// # Errors
/// Every problem found.
pub(super) fn read(value: &Value) -> Result<MovementRequest, Vec<ShapeError>> {
    let mut errors = Errors::default();
    let node = Node {
        value,
        path: ROOT.to_owned(),
    };
    let request = read_node(&node, &mut errors);
    errors.finish(request)
}

fn read_node(node: &Node<'_>, errors: &mut Errors) -> Option<MovementRequest> {
    only_members(node, MEMBERS, errors);
    let kind = node.text("kind", errors, |code| {
        // What a patient takes or brings back is recorded with the prescription.
        MovementKind::from_code(code)
            .filter(|kind| *kind != MovementKind::Dispensing)
            .ok_or(ShapeProblem::UnknownCode(KINDS))
    });
    let at = node.text("at", errors, primitive::instant);
    let paper = |name, errors: &mut Errors| node.optional_text(name, errors, text);
    let (document, permit) = (paper("document", errors), paper("permit", errors));
    let notice = paper("notice", errors);
    let counterpart = node
        .get("counterpart")
        .and_then(|_| node.object("counterpart", errors))
        .and_then(|counterpart| read_counterpart(&counterpart, errors));
    let shipment = node
        .get("shipment")
        .and_then(|_| node.object("shipment", errors))
        .and_then(|shipment| read_shipment(&shipment, errors));
    let witnesses = read_witnesses(node, errors);
    let corrects = node
        .get("corrects")
        .and_then(|_| number(node, "corrects", errors));
    // A notice is about lines that were recorded before.
    let lines = match (kind, node.get("lines")) {
        (Some(MovementKind::Notice), None) => Some(Vec::new()),
        _ => read_lines(node, errors),
    };
    Some(MovementRequest {
        kind: kind?,
        at: at?,
        document,
        permit,
        counterpart,
        shipment,
        witnesses,
        notice,
        corrects,
        lines: lines?,
    })
}

/// Reports each member that is not in `known`, a list with commas.
fn only_members(node: &Node<'_>, known: &'static str, errors: &mut Errors) {
    let names = node.value.as_object().into_iter().flatten();
    for (name, _) in names.filter(|(name, _)| !known.split(", ").any(|one| one == *name)) {
        errors.push(node.path_of(name), ShapeProblem::UnknownMember(known));
    }
}

/// A text that can be printed in a book. Whether it may be as long as this is for the rules.
pub(super) fn text(text: &str) -> Result<String, ShapeProblem> {
    if text.chars().count() > usize::from(MAX_TEXT) {
        return Err(ShapeProblem::TooLong(MAX_TEXT));
    }
    Ok(text.to_owned())
}

fn number(node: &Node<'_>, name: &str, errors: &mut Errors) -> Option<u64> {
    node.number(name, errors, primitive::count).map(u64::from)
}

fn read_counterpart(node: &Node<'_>, errors: &mut Errors) -> Option<Counterpart> {
    let known = "establishment, supplier";
    only_members(node, known, errors);
    match (node.get("establishment"), node.get("supplier")) {
        (Some(_), None) => clues(node, "establishment", errors).map(Counterpart::Establishment),
        (None, Some(_)) => {
            let supplier = node.object("supplier", errors)?;
            only_members(&supplier, "rfc, licence", errors);
            let licence = supplier.optional_text("licence", errors, text);
            let rfc = supplier.text("rfc", errors, |rfc| parse(rfc, IdentifierKind::Rfc));
            rfc.map(|rfc| Counterpart::Supplier { rfc, licence })
        }
        _ => {
            errors.push(&node.path, ShapeProblem::ExactlyOne(known));
            None
        }
    }
}

fn clues(node: &Node<'_>, name: &str, errors: &mut Errors) -> Option<Clues> {
    node.text(name, errors, |clues| parse(clues, IdentifierKind::Clues))
}

fn read_shipment(node: &Node<'_>, errors: &mut Errors) -> Option<ShipmentRef> {
    only_members(node, "from, to, number", errors);
    let (from, to) = (clues(node, "from", errors), clues(node, "to", errors));
    Some(ShipmentRef {
        number: number(node, "number", errors)?,
        from: from?,
        to: to?,
    })
}

fn read_witnesses(node: &Node<'_>, errors: &mut Errors) -> Vec<String> {
    let Some(list) = node.get("witnesses") else {
        return Vec::new();
    };
    let Some(names) = list.value.as_array() else {
        let problem = ShapeProblem::WrongType(super::shape::JsonType::List);
        errors.push(list.path, problem);
        return Vec::new();
    };
    let mut witnesses = Vec::with_capacity(names.len());
    for (index, value) in names.iter().enumerate() {
        let name = Node {
            value,
            path: format!("{}[{index}]", list.path),
        };
        let read = name.as_text(errors).map(text);
        match read {
            Some(Ok(name)) => witnesses.push(name),
            Some(Err(problem)) => errors.push(name.path, problem),
            None => {}
        }
    }
    witnesses
}

fn read_lines(node: &Node<'_>, errors: &mut Errors) -> Option<Vec<RequestLine>> {
    let lines = node.list("lines", errors)?;
    if lines.len() > usize::from(MAX_LINES) {
        errors.push(node.path_of("lines"), ShapeProblem::TooMany(MAX_LINES));
        return None;
    }
    let read: Vec<_> = lines.iter().map(|line| read_line(line, errors)).collect();
    read.into_iter().collect()
}

fn read_line(node: &Node<'_>, errors: &mut Errors) -> Option<RequestLine> {
    only_members(node, LINE_MEMBERS, errors);
    let clave = node.text("clave", errors, |clave| parse(clave, IdentifierKind::Clave));
    let lot = node.text("lot", errors, text);
    let expiry = node.text("expiry", errors, primitive::expiry);
    let reason = node.optional_text("reason", errors, |code| {
        CountReason::from_code(code).ok_or(ShapeProblem::UnknownCode(REASONS))
    });
    let amount = match (node.get("packages"), node.get("units")) {
        (Some(_), None) => node
            .number("packages", errors, primitive::count)
            .map(Amount::Packages),
        (None, Some(_)) => node
            .number("units", errors, primitive::count)
            .map(Amount::Units),
        _ => {
            errors.push(&node.path, ShapeProblem::ExactlyOne("packages, units"));
            None
        }
    };
    Some(RequestLine {
        clave: clave?,
        lot: lot?,
        expiry: expiry?,
        amount: amount?,
        reason,
    })
}

#[cfg(test)]
#[path = "movement_order_tests.rs"]
mod tests;
