//! Strict pre-pass over the received bytes: what JSON parsers tolerate and FHIR forbids.
//!
//! The received bytes are what gets signed, so nothing in them may be read in two ways: duplicate
//! keys, numbers that lose digits, text that is not UTF-8. FHIR R4 also forbids empty values
//! ("Objects are never empty", <https://hl7.org/fhir/R4/json.html>). `null`, which R4 allows only
//! as a place-holder beside extensions of primitive lists, is refused as well.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

use super::number_literal::{NumberLiterals, NumberProblem};

/// Largest accepted document, in bytes. A receta of six lines with its patient takes some 15 kB.
pub const MAX_BYTES: usize = 256 * 1024;
/// Deepest accepted nesting of objects and lists.
pub const MAX_DEPTH: usize = 64;
/// Errors reported of one document; the rest would be noise.
const MAX_ERRORS: usize = 50;

/// One thing wrong with the JSON text, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct JsonError {
    /// `FHIRPath` of the element: `Bundle.entry[1].resource.subject`.
    pub path: String,
    /// What is wrong there.
    pub problem: JsonProblem,
}

/// What can be wrong with a JSON text. Nothing of the text itself is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonProblem {
    /// More than [`MAX_BYTES`].
    #[error("the body has {bytes} bytes; at most {MAX_BYTES} are accepted")]
    TooLarge {
        /// Size received.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error("not UTF-8 at byte {offset}")]
    NotUtf8 {
        /// Bytes before the first wrong one.
        offset: usize,
    },
    /// Not JSON.
    #[error("not JSON at line {line}, column {column}")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// A FHIR resource is an object.
    #[error("a resource is a JSON object")]
    NotAnObject,
    /// More than [`MAX_DEPTH`] levels.
    #[error("nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// The same key twice in one object.
    #[error("the element appears twice in the same object")]
    DuplicateKey,
    /// A key that cannot be an element of FHIR.
    #[error("element names have letters, digits and _, at most 64")]
    ElementName,
    /// `null`.
    #[error("null is not accepted: leave the element out")]
    Null,
    /// `{}`.
    #[error("empty object: leave the element out")]
    EmptyObject,
    /// `[]`.
    #[error("empty list: leave the element out")]
    EmptyArray,
    /// `""`, or blanks alone.
    #[error("empty text: leave the element out")]
    EmptyText,
    /// A control character other than tab and line ends.
    #[error("control character in a text")]
    ControlCharacter,
    /// A number whose literal would be read differently by different parsers.
    #[error("{0}")]
    Number(NumberProblem),
}

impl JsonProblem {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "json-too-large",
            Self::NotUtf8 { .. } => "json-not-utf8",
            Self::Syntax { .. } => "json-syntax",
            Self::NotAnObject => "json-not-an-object",
            Self::TooDeep => "json-too-deep",
            Self::DuplicateKey => "json-duplicate-key",
            Self::ElementName => "json-element-name",
            Self::Null => "json-null",
            Self::EmptyObject => "json-empty-object",
            Self::EmptyArray => "json-empty-array",
            Self::EmptyText => "json-empty-text",
            Self::ControlCharacter => "json-control-character",
            Self::Number(NumberProblem::Exponent) => "json-number-exponent",
            Self::Number(NumberProblem::TooManyDigits) => "json-number-digits",
        }
    }

    /// What the person at the screen reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "El documento es demasiado grande.",
            Self::NotUtf8 { .. } => "El documento no está en UTF-8.",
            Self::Syntax { .. } => "El documento no es JSON válido.",
            Self::NotAnObject => "El documento debe ser un recurso FHIR (un objeto JSON).",
            Self::TooDeep => "El documento tiene demasiados niveles.",
            Self::DuplicateKey => "El elemento aparece dos veces en el mismo objeto.",
            Self::ElementName => "El nombre del elemento no es válido en FHIR.",
            Self::Null => "No se admite null: omita el elemento.",
            Self::EmptyObject => "El elemento está vacío: omítalo.",
            Self::EmptyArray => "La lista está vacía: omítala.",
            Self::EmptyText => "El texto está vacío: omita el elemento.",
            Self::ControlCharacter => "El texto contiene un carácter de control.",
            Self::Number(NumberProblem::Exponent) => "Escriba el número sin exponente.",
            Self::Number(NumberProblem::TooManyDigits) => {
                "El número tiene más de 15 cifras significativas."
            }
        }
    }
}

/// Reads a document, or says everything that is wrong with it.
///
/// # Errors
/// Every problem found, at most 50, in the order of the text. A syntax error ends the search.
pub fn parse(bytes: &[u8]) -> Result<Value, Vec<JsonError>> {
    let whole = |problem| {
        vec![JsonError {
            path: "Resource".to_owned(),
            problem,
        }]
    };
    if bytes.len() > MAX_BYTES {
        return Err(whole(JsonProblem::TooLarge { bytes: bytes.len() }));
    }
    if let Err(error) = std::str::from_utf8(bytes) {
        return Err(whole(JsonProblem::NotUtf8 {
            offset: error.valid_up_to(),
        }));
    }
    let mut walk = Walk::new(bytes);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let parsed = Element {
        walk: &mut walk,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .and_then(|value| deserializer.end().map(|()| value));
    match parsed {
        Ok(value) if !value.is_object() => Err(whole(JsonProblem::NotAnObject)),
        Ok(value) if walk.errors.is_empty() => Ok(value),
        Ok(_) => Err(walk.finish()),
        Err(error) => {
            // `Data` is our own stop at MAX_DEPTH, which is recorded already.
            if error.classify() != Category::Data || walk.errors.is_empty() {
                walk.report(JsonProblem::Syntax {
                    line: error.line(),
                    column: error.column(),
                });
            }
            Err(walk.finish())
        }
    }
}

/// Where the reader stands, and what it found.
struct Walk<'t> {
    /// Path below the root: `.entry[1].resource`.
    path: String,
    /// Resource type of the root, once seen.
    root: Option<String>,
    numbers: NumberLiterals<'t>,
    errors: Vec<JsonError>,
}

impl<'t> Walk<'t> {
    fn new(text: &'t [u8]) -> Self {
        let numbers = NumberLiterals::new(text);
        Self {
            path: String::new(),
            root: None,
            numbers,
            errors: Vec::new(),
        }
    }

    fn report(&mut self, problem: JsonProblem) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(JsonError {
                path: self.path.clone(),
                problem,
            });
        }
    }

    /// The errors, with the root's type before each path.
    fn finish(self) -> Vec<JsonError> {
        let root = self.root.unwrap_or_else(|| "Resource".to_owned());
        let with_root = |e: JsonError| JsonError {
            path: format!("{root}{}", e.path),
            ..e
        };
        self.errors.into_iter().map(with_root).collect()
    }

    fn number(&mut self, number: Number) -> Value {
        if let Some(problem) = self.numbers.next().flatten() {
            self.report(JsonProblem::Number(problem));
        }
        Value::Number(number)
    }

    fn text(&mut self, text: String) -> Value {
        if text.trim().is_empty() {
            self.report(JsonProblem::EmptyText);
        } else if text
            .chars()
            .any(|c| c.is_control() && !matches!(c, '\t' | '\r' | '\n'))
        {
            self.report(JsonProblem::ControlCharacter);
        }
        Value::String(text)
    }
}

/// FHIR's element names, with the `_` of primitive extensions.
fn is_element_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
}

/// Reads one value at the walk's path.
struct Element<'w, 't> {
    walk: &'w mut Walk<'t>,
    depth: usize,
}

impl Element<'_, '_> {
    fn enter<E: serde::de::Error>(&mut self) -> Result<usize, E> {
        if self.depth == MAX_DEPTH {
            self.walk.report(JsonProblem::TooDeep);
            return Err(E::custom("too deep"));
        }
        Ok(self.depth + 1)
    }
}

impl<'de> DeserializeSeed<'de> for Element<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Element<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(self.walk.number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(self.walk.number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("not a finite number"))?;
        Ok(self.walk.number(number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(self.walk.text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(self.walk.text(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        self.walk.report(JsonProblem::Null);
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let depth = self.enter()?;
        let mut list = Vec::new();
        let here = self.walk.path.len();
        loop {
            self.walk
                .path
                .push_str(&["[", &list.len().to_string(), "]"].concat());
            let Some(item) = items.next_element_seed(Element {
                walk: self.walk,
                depth,
            })?
            else {
                break;
            };
            list.push(item);
            self.walk.path.truncate(here);
        }
        self.walk.path.truncate(here);
        if list.is_empty() {
            self.walk.report(JsonProblem::EmptyArray);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let depth = self.enter()?;
        let mut object = Map::new();
        let here = self.walk.path.len();
        while let Some(name) = members.next_key::<String>()? {
            let known = is_element_name(&name);
            // A strange name may hold anything, personal data included: it is not repeated.
            self.walk.path.push('.');
            self.walk.path.push_str(if known { &name } else { "?" });
            if !known {
                self.walk.report(JsonProblem::ElementName);
            }
            if object.contains_key(&name) {
                self.walk.report(JsonProblem::DuplicateKey);
            }
            let value = members.next_value_seed(Element {
                walk: self.walk,
                depth,
            })?;
            self.walk.path.truncate(here);
            if depth == 1 && name == "resourceType" && self.walk.root.is_none() {
                self.walk.root = value
                    .as_str()
                    .filter(|t| is_element_name(t))
                    .map(str::to_owned);
            }
            object.insert(name, value);
        }
        if object.is_empty() {
            self.walk.report(JsonProblem::EmptyObject);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
