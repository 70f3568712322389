//! `SupplyDelivery` → a movement of one lot: what arrives, or leaves for another establishment.
//!
//! | `status` | caller | `supplier` | becomes |
//! |---|---|---|---|
//! | `completed` | `destination` | an RFC | a purchase |
//! | `completed` | `destination` | a CLUES | the receipt of its shipment (`identifier` says which) |
//! | `in-progress` | `supplier` | – | a shipment to `destination` |

use prescription::Clues;
use serde_json::Value;
use substances::{Counterpart, MovementKind, Rfc, ShipmentRef};

use super::concept::{self, BusinessIdentifier};
use super::medication_request::contained;
use super::movement_order::{Amount, MovementRequest, RequestLine, text};
use super::node::Node;
use super::shape::{Errors, IdentifierKind, ShapeError, ShapeProblem};
use super::{dosage, primitive, systems};

const STATUSES: &str = "completed, in-progress";
/// Elements that say something else than that units went from one establishment to another.
const UNSUPPORTED: [&str; 5] = [
    "patient",
    "basedOn",
    "partOf",
    "occurrencePeriod",
    "occurrenceTiming",
];

/// One end of a delivery.
enum End {
    Establishment(Clues),
    Supplier(Rfc),
}

/// Reads the resource that `caller` sends.
///
/// # Errors
/// Every problem found.
pub(super) fn read(value: &Value, caller: &Clues) -> Result<MovementRequest, Vec<ShapeError>> {
    let mut errors = Errors::default();
    let request = Node::root(value, "SupplyDelivery", &mut errors)
        .and_then(|node| read_node(&node, caller, &mut errors));
    errors.finish(request)
}

fn read_node(node: &Node<'_>, caller: &Clues, errors: &mut Errors) -> Option<MovementRequest> {
    node.check_resource(errors);
    node.forbid(&UNSUPPORTED, ShapeProblem::Unsupported, errors);
    let arrived = node.text("status", errors, |status| match status {
        "completed" => Ok(true),
        "in-progress" => Ok(false),
        _ => Err(ShapeProblem::UnknownCode(STATUSES)),
    });
    let at = node.text("occurrenceDateTime", errors, primitive::instant);
    let line = read_item(node, errors);
    let papers = Papers::read(node, errors);
    let supplier = read_end(node, "supplier", errors);
    let destination = read_end(node, "destination", errors);
    let (arrived, destination) = (arrived?, destination?);
    let ends = Ends {
        node,
        caller,
        papers: &papers,
    };
    let (kind, counterpart, shipment) = if arrived {
        ends.arrival(supplier?, &destination, errors)?
    } else {
        ends.departure(&supplier?, destination, errors)?
    };
    Some(MovementRequest {
        kind,
        at: at?,
        document: papers.document,
        permit: papers.permit,
        counterpart,
        shipment,
        witnesses: Vec::new(),
        notice: None,
        corrects: None,
        lines: vec![line?],
    })
}

/// What `identifier` says, by system.
#[derive(Default)]
struct Papers {
    document: Option<String>,
    permit: Option<String>,
    licence: Option<String>,
    shipment: Option<(Clues, u64)>,
}

impl Papers {
    fn read(node: &Node<'_>, errors: &mut Errors) -> Self {
        let mut papers = Self::default();
        for identifier in node.optional_list("identifier", errors) {
            let Some(read) = concept::identifier(&identifier, errors) else {
                continue;
            };
            if !papers.take(&read, &identifier, errors) {
                errors.push(&identifier.path, ShapeProblem::TooMany(1));
            }
        }
        papers
    }

    /// `false` where the same was said before.
    fn take(&mut self, read: &BusinessIdentifier, at: &Node<'_>, errors: &mut Errors) -> bool {
        let value = match text(&read.value) {
            Ok(value) => value,
            Err(problem) => {
                errors.push(at.path_of("value"), problem);
                return true;
            }
        };
        match read.system.as_str() {
            systems::DOCUMENT => self.document.replace(value).is_none(),
            systems::PERMIT => self.permit.replace(value).is_none(),
            systems::LICENCE => self.licence.replace(value).is_none(),
            systems::SHIPMENT => {
                let Some(shipment) = shipment(&value) else {
                    let problem = ShapeProblem::Identifier(IdentifierKind::Shipment);
                    errors.push(at.path_of("value"), problem);
                    return true;
                };
                self.shipment.replace(shipment).is_none()
            }
            _ => {
                let known = ShapeProblem::UnknownCode(
                    "urn:receta:documento, urn:receta:permiso, urn:receta:licencia-sanitaria, \
                     urn:receta:envio",
                );
                errors.push(at.path_of("system"), known);
                true
            }
        }
    }
}

/// `<CLUES>-<number>`.
fn shipment(text: &str) -> Option<(Clues, u64)> {
    let (clues, number) = text.split_once('-')?;
    let number = Some(number).filter(|n| n.bytes().all(|c| c.is_ascii_digit()))?;
    Some((clues.parse().ok()?, number.parse().ok()?))
}

/// A movement's kind, who is at the other end, and which shipment.
type Way = (MovementKind, Option<Counterpart>, Option<ShipmentRef>);

/// What the ends of a delivery make of it.
struct Ends<'n> {
    node: &'n Node<'n>,
    caller: &'n Clues,
    papers: &'n Papers,
}

impl Ends<'_> {
    fn arrival(&self, supplier: End, destination: &End, errors: &mut Errors) -> Option<Way> {
        if !matches!(destination, End::Establishment(clues) if clues == self.caller) {
            errors.push(self.node.path_of("destination"), ShapeProblem::NotTheCaller);
            return None;
        }
        let from = match supplier {
            End::Supplier(rfc) => {
                let licence = self.papers.licence.clone();
                let supplier = Counterpart::Supplier { rfc, licence };
                return Some((MovementKind::Purchase, Some(supplier), None));
            }
            End::Establishment(from) => from,
        };
        let Some((shipper, number)) = &self.papers.shipment else {
            let problem = ShapeProblem::SystemMissing(systems::SHIPMENT);
            errors.push(self.node.path_of("identifier"), problem);
            return None;
        };
        if *shipper != from {
            errors.push(self.node.path_of("identifier"), ShapeProblem::Contradiction);
        }
        let shipment = ShipmentRef {
            from,
            to: self.caller.clone(),
            number: *number,
        };
        Some((MovementKind::Receipt, None, Some(shipment)))
    }

    fn departure(&self, supplier: &End, destination: End, errors: &mut Errors) -> Option<Way> {
        if !matches!(supplier, End::Establishment(clues) if clues == self.caller) {
            errors.push(self.node.path_of("supplier"), ShapeProblem::NotTheCaller);
            return None;
        }
        match destination {
            End::Establishment(to) => Some((
                MovementKind::Shipment,
                Some(Counterpart::Establishment(to)),
                None,
            )),
            End::Supplier(_) => {
                let problem = ShapeProblem::Fixed(systems::CLUES);
                let system = "destination.identifier.system";
                errors.push(self.node.path_of(system), problem);
                None
            }
        }
    }
}

fn read_end(node: &Node<'_>, name: &str, errors: &mut Errors) -> Option<End> {
    let identifier = node.object(name, errors)?.object("identifier", errors)?;
    let is_rfc = identifier.text("system", errors, |system| match system {
        systems::CLUES => Ok(false),
        systems::RFC => Ok(true),
        _ => Err(ShapeProblem::UnknownCode(
            "urn:oid:2.16.840.1.113883.4.631, urn:receta:rfc",
        )),
    })?;
    identifier.text("value", errors, |value| {
        if is_rfc {
            concept::parse(value, IdentifierKind::Rfc).map(End::Supplier)
        } else {
            concept::parse(value, IdentifierKind::Clues).map(End::Establishment)
        }
    })
}

fn read_item(node: &Node<'_>, errors: &mut Errors) -> Option<RequestLine> {
    let item = node.object("suppliedItem", errors)?;
    // Tablets taken for packages would be a thirtyfold error: the unit is always said.
    let packages = dosage::quantity_of(&item, dosage::Counted::Packages, errors);
    let reference = item.object("itemReference", errors)?;
    let target = reference.text("reference", errors, |text| {
        text.strip_prefix('#').ok_or(ShapeProblem::Unresolved)
    })?;
    let medication = contained(node, target, &reference.path_of("reference"), errors)?;
    if !medication.has_type("Medication", errors) {
        return None;
    }
    medication.optional_fixed("status", "active", errors);
    let code = medication.object("code", errors);
    let clave = code.and_then(|code| concept::clave(&code, errors));
    let batch = medication.object("batch", errors)?;
    let lot = batch.text("lotNumber", errors, text);
    let expiry = batch.text("expirationDate", errors, primitive::expiry);
    Some(RequestLine {
        clave: clave?,
        lot: lot?,
        expiry: expiry?,
        amount: Amount::Packages(packages?.count()),
        reason: None,
    })
}

#[cfg(test)]
#[path = "supply_delivery_tests.rs"]
mod tests;
