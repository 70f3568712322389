//! A place in a FHIR document: a JSON value and the `FHIRPath` that leads to it.

use serde_json::{Number, Value};

use super::primitive;
use super::shape::{Errors, JsonType, ShapeProblem};

/// A value and where it stands. Readers take what they need from it and report the rest to
/// [`Errors`].
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pub(super) path: String,
}

impl<'a> Node<'a> {
    /// The document itself, if it is a resource of this type.
    pub(super) fn root(
        value: &'a Value,
        resource_type: &'static str,
        errors: &mut Errors,
    ) -> Option<Self> {
        let node = Self {
            value,
            path: resource_type.to_owned(),
        };
        node.has_type(resource_type, errors).then_some(node)
    }

    /// The resource type, if it is one.
    pub(super) fn resource_type(&self) -> Option<&'a str> {
        self.value.get("resourceType")?.as_str()
    }

    /// Whether this is a resource of this type.
    pub(super) fn has_type(&self, expected: &'static str, errors: &mut Errors) -> bool {
        let holds = self.resource_type() == Some(expected);
        if !holds {
            let path = format!("{}.resourceType", self.path);
            errors.push(path, ShapeProblem::WrongResource(expected));
        }
        holds
    }

    /// The member `name`, if there.
    pub(super) fn get(&self, name: &str) -> Option<Self> {
        let value = self.value.get(name)?;
        Some(Self {
            value,
            path: self.path_of(name),
        })
    }

    /// The path that the member `name` has or would have.
    pub(super) fn path_of(&self, name: &str) -> String {
        format!("{}.{name}", self.path)
    }

    /// The member `name`, which must be there.
    pub(super) fn required(&self, name: &str, errors: &mut Errors) -> Option<Self> {
        let found = self.get(name);
        if found.is_none() {
            errors.push(self.path_of(name), ShapeProblem::Missing);
        }
        found
    }

    /// The member `name`, which must be an object.
    pub(super) fn object(&self, name: &str, errors: &mut Errors) -> Option<Self> {
        self.required(name, errors)?
            .expect(JsonType::Object, Value::is_object, errors)
    }

    /// The member `name`, which must be a list, and its length at least one.
    pub(super) fn list(&self, name: &str, errors: &mut Errors) -> Option<Vec<Self>> {
        self.required(name, errors)?.items(errors)
    }

    /// The objects of the list `name`; none where it is absent.
    pub(super) fn optional_list(&self, name: &str, errors: &mut Errors) -> Vec<Self> {
        self.get(name)
            .and_then(|list| list.items(errors))
            .unwrap_or_default()
    }

    fn items(self, errors: &mut Errors) -> Option<Vec<Self>> {
        let Some(items) = self.value.as_array() else {
            errors.push(self.path, ShapeProblem::WrongType(JsonType::List));
            return None;
        };
        let place = |(index, value)| Self {
            value,
            path: format!("{}[{index}]", self.path),
        };
        let nodes = items.iter().enumerate().map(place);
        nodes
            .map(|node| node.expect(JsonType::Object, Value::is_object, errors))
            .collect()
    }

    /// The only object of the list `name`, which must have exactly one.
    pub(super) fn only(&self, name: &str, errors: &mut Errors) -> Option<Self> {
        let mut items = self.list(name, errors)?;
        if items.len() > 1 {
            errors.push(self.path_of(name), ShapeProblem::TooMany(1));
            return None;
        }
        items.pop()
    }

    fn expect(self, kind: JsonType, is: fn(&Value) -> bool, errors: &mut Errors) -> Option<Self> {
        if is(self.value) {
            return Some(self);
        }
        errors.push(self.path, ShapeProblem::WrongType(kind));
        None
    }

    /// This value as text.
    pub(super) fn as_text(&self, errors: &mut Errors) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            errors.push(&self.path, ShapeProblem::WrongType(JsonType::Text));
        }
        text
    }

    /// The required text `name`, read by `read`.
    pub(super) fn text<T>(
        &self,
        name: &str,
        errors: &mut Errors,
        read: impl FnOnce(&'a str) -> Result<T, ShapeProblem>,
    ) -> Option<T> {
        self.required(name, errors)?.read_text(errors, read)
    }

    /// The optional text `name`, read by `read`.
    pub(super) fn optional_text<T>(
        &self,
        name: &str,
        errors: &mut Errors,
        read: impl FnOnce(&'a str) -> Result<T, ShapeProblem>,
    ) -> Option<T> {
        self.get(name)?.read_text(errors, read)
    }

    fn read_text<T>(
        &self,
        errors: &mut Errors,
        read: impl FnOnce(&'a str) -> Result<T, ShapeProblem>,
    ) -> Option<T> {
        let text = self.as_text(errors)?;
        read(text)
            .map_err(|problem| errors.push(&self.path, problem))
            .ok()
    }

    /// The required number `name`, read by `read`.
    pub(super) fn number<T>(
        &self,
        name: &str,
        errors: &mut Errors,
        read: impl FnOnce(&'a Number) -> Result<T, ShapeProblem>,
    ) -> Option<T> {
        let node = self.required(name, errors)?;
        let Value::Number(number) = node.value else {
            errors.push(node.path, ShapeProblem::WrongType(JsonType::Number));
            return None;
        };
        read(number)
            .map_err(|problem| errors.push(node.path, problem))
            .ok()
    }

    /// The boolean `name`; `false` where it is absent.
    pub(super) fn flag(&self, name: &str, errors: &mut Errors) -> bool {
        let Some(node) = self.get(name) else {
            return false;
        };
        node.value.as_bool().unwrap_or_else(|| {
            errors.push(node.path, ShapeProblem::WrongType(JsonType::Boolean));
            false
        })
    }

    /// Checks that the text `name` is exactly `expected`.
    pub(super) fn fixed(&self, name: &str, expected: &'static str, errors: &mut Errors) {
        self.text(name, errors, |text| is_exactly(text, expected));
    }

    /// Checks that the text `name`, if there, is exactly `expected`.
    pub(super) fn optional_fixed(&self, name: &str, expected: &'static str, errors: &mut Errors) {
        self.optional_text(name, errors, |text| is_exactly(text, expected));
    }

    /// Reports each of `names` that is there.
    pub(super) fn forbid(&self, names: &[&str], problem: ShapeProblem, errors: &mut Errors) {
        for name in names {
            if let Some(node) = self.get(name) {
                errors.push(node.path, problem);
            }
        }
    }

    /// Reports what a resource may not carry anywhere: `modifierExtension` and `implicitRules`
    /// (they change the meaning in ways that only their author knows), and resource ids that are
    /// none.
    pub(super) fn check_resource(&self, errors: &mut Errors) {
        match self.value {
            Value::Object(members) => {
                for (name, value) in members {
                    let member = Node {
                        value,
                        path: self.path_of(name),
                    };
                    match name.as_str() {
                        "modifierExtension" | "implicitRules" => {
                            errors.push(member.path, ShapeProblem::Modifier);
                        }
                        "id" if members.contains_key("resourceType") => {
                            member.read_text(errors, primitive::id);
                        }
                        _ => member.check_resource(errors),
                    }
                }
            }
            Value::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    Node {
                        value,
                        path: format!("{}[{index}]", self.path),
                    }
                    .check_resource(errors);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

fn is_exactly(text: &str, expected: &'static str) -> Result<(), ShapeProblem> {
    if text == expected {
        Ok(())
    } else {
        Err(ShapeProblem::Fixed(expected))
    }
}
