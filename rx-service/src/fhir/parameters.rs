//! `Parameters`: the input of an operation, each parameter by its name, once.

use std::collections::BTreeMap;

use serde_json::Value;

use super::node::Node;
use super::shape::{Errors, ShapeError, ShapeProblem};

/// The parameters of an operation.
pub(super) struct Parameters<'a> {
    node: Node<'a>,
    found: BTreeMap<&'a str, Node<'a>>,
}

/// The names that an operation has.
pub(super) struct Names {
    /// Those that it needs.
    pub(super) required: &'static [&'static str],
    /// Those that it takes.
    pub(super) optional: &'static [&'static str],
    /// All of them, for messages.
    pub(super) listed: &'static str,
}

/// Reads a `Parameters` resource with `read`.
///
/// # Errors
/// Every problem found.
pub(super) fn read<'a, T>(
    value: &'a Value,
    names: &Names,
    read: impl FnOnce(&Parameters<'a>, &mut Errors) -> Option<T>,
) -> Result<T, Vec<ShapeError>> {
    let mut errors = Errors::default();
    let request = Node::root(value, "Parameters", &mut errors)
        .and_then(|node| Parameters::of(node, names, &mut errors))
        .and_then(|parameters| read(&parameters, &mut errors));
    errors.finish(request)
}

impl<'a> Parameters<'a> {
    fn of(node: Node<'a>, names: &Names, errors: &mut Errors) -> Option<Self> {
        node.check_resource(errors);
        let mut found = BTreeMap::new();
        for parameter in node.list("parameter", errors)? {
            let Some(name) = parameter.text("name", errors, Ok) else {
                continue;
            };
            if !names.required.contains(&name) && !names.optional.contains(&name) {
                let problem = ShapeProblem::UnknownParameter(names.listed);
                errors.push(parameter.path_of("name"), problem);
            } else if found.contains_key(name) {
                errors.push(&parameter.path, ShapeProblem::TooMany(1));
            } else {
                found.insert(name, parameter);
            }
        }
        for name in names.required {
            if !found.contains_key(name) {
                let problem = ShapeProblem::ParameterMissing(name);
                errors.push(node.path_of("parameter"), problem);
            }
        }
        Some(Self { node, found })
    }

    /// The parameter with this name. A required one that is missing has been reported.
    pub(super) fn get(&self, name: &str) -> Option<&Node<'a>> {
        self.found.get(name)
    }

    /// The coded value of `name`.
    pub(super) fn code<T>(
        &self,
        name: &str,
        errors: &mut Errors,
        read: impl FnOnce(&str) -> Option<T>,
        known: &'static str,
    ) -> Option<T> {
        self.get(name)?.text("valueCode", errors, |code| {
            read(code).ok_or(ShapeProblem::UnknownCode(known))
        })
    }

    /// `FHIRPath` of the value of `name`; of the whole where it is not there.
    pub(super) fn path_of(&self, name: &str, value: &str) -> String {
        match self.get(name) {
            Some(parameter) => parameter.path_of(value),
            None => self.node.path.clone(),
        }
    }
}
