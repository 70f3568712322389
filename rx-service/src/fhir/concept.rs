//! Readers of FHIR's `Identifier` and `CodeableConcept`.

use std::str::FromStr;

use prescription::{Cedula, Clave};

use super::node::Node;
use super::shape::{Errors, IdentifierKind, ShapeProblem};
use super::systems;

/// An identifier as received: whose system it is, and the value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusinessIdentifier {
    /// URI of the system.
    pub system: String,
    /// The value, unique in the system.
    pub value: String,
}

/// Longest system or value of an identifier that is kept.
const MAX_IDENTIFIER: u16 = 200;

/// Reads an `Identifier`. `use` = `old` is a modifier: such an identifier no longer holds.
pub(super) fn identifier(node: &Node<'_>, errors: &mut Errors) -> Option<BusinessIdentifier> {
    let bounded = |text: &str| {
        if text.len() > usize::from(MAX_IDENTIFIER) {
            return Err(ShapeProblem::TooLong(MAX_IDENTIFIER));
        }
        Ok(text.to_owned())
    };
    if node.value.get("use").is_some_and(|code| code == "old") {
        errors.push(node.path_of("use"), ShapeProblem::Unsupported);
    }
    let system = node.text("system", errors, bounded);
    let value = node.text("value", errors, bounded);
    Some(BusinessIdentifier {
        system: system?,
        value: value?,
    })
}

/// The cédula in `<name>.identifier` of a Reference to a practitioner.
pub(super) fn cedula(parent: &Node<'_>, name: &str, errors: &mut Errors) -> Option<Cedula> {
    let node = parent.object(name, errors)?.object("identifier", errors)?;
    let system = node.text("system", errors, |text| match text {
        systems::CEDULA => Ok(()),
        _ => Err(ShapeProblem::Fixed(systems::CEDULA)),
    });
    let cedula = node.text("value", errors, |text| parse(text, IdentifierKind::Cedula));
    system.and(cedula)
}

/// The clave in a `CodeableConcept`: exactly one coding of its system; others may stand beside it.
pub(super) fn clave(concept: &Node<'_>, errors: &mut Errors) -> Option<Clave> {
    let codings = concept.list("coding", errors)?;
    let mut of_system = codings.iter().filter(|coding| {
        coding
            .value
            .get("system")
            .is_some_and(|s| s == systems::CLAVE)
    });
    let Some(coding) = of_system.next() else {
        errors.push(
            concept.path_of("coding"),
            ShapeProblem::SystemMissing(systems::CLAVE),
        );
        return None;
    };
    if let Some(second) = of_system.next() {
        errors.push(&second.path, ShapeProblem::TooMany(1));
    }
    coding.text("code", errors, |text| parse(text, IdentifierKind::Clave))
}

/// Parses an identifier with its own type.
pub(super) fn parse<T: FromStr>(text: &str, kind: IdentifierKind) -> Result<T, ShapeProblem> {
    text.parse().map_err(|_| ShapeProblem::Identifier(kind))
}
