//! `Patient` → who the prescription is for.

use jiff::civil::Date;
use mpi::{Curp, PersonName};
use serde_json::Value;

use super::node::Node;
use super::primitive;
use super::shape::{Errors, Reported, ShapeProblem};
use super::systems;

/// Who a prescription is for, as the document says. Personal data: no `Debug`, so that it cannot
/// end up in a log.
#[derive(Clone)]
pub struct PatientInput {
    /// CURP.
    pub curp: Curp,
    /// Name; `None` where the document gives the CURP alone, of somebody already known.
    pub name: Option<PersonName>,
    /// Birth date, if given.
    pub birth_date: Option<Date>,
    /// Administrative gender, if given.
    pub gender: Option<Gender>,
    /// Address on one line, if given.
    pub address: Option<String>,
    /// The species, where it is for an animal: the rest is its owner's.
    pub animal: Option<String>,
    /// `FHIRPath` of the `Patient`, or of the `subject` that names the CURP alone.
    pub path: String,
}

impl PatientInput {
    /// Whether both say the same of the same person, wherever they stand.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        self.curp == other.curp
            && self.name == other.name
            && self.birth_date == other.birth_date
            && self.gender == other.gender
            && self.address == other.address
            && self.animal == other.animal
    }
}

/// FHIR `AdministrativeGender`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gender {
    /// `male`.
    Male,
    /// `female`.
    Female,
    /// `other`.
    Other,
    /// `unknown`.
    Unknown,
}

impl Gender {
    /// The gender with this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "male" => Some(Self::Male),
            "female" => Some(Self::Female),
            "other" => Some(Self::Other),
            "unknown" => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// Extensions with the two surnames that a Mexican `family` joins.
const FATHERS_FAMILY: &str = "http://hl7.org/fhir/StructureDefinition/humanname-fathers-family";
const MOTHERS_FAMILY: &str = "http://hl7.org/fhir/StructureDefinition/humanname-mothers-family";

/// Longest name of a species.
const MAX_SPECIES: u16 = 60;
/// Longest address that is printed.
const MAX_ADDRESS: u16 = 400;

/// Reads a `Patient`, contained or an entry.
pub(super) fn read(node: &Node<'_>, errors: &mut Errors) -> Option<PatientInput> {
    // Modifier elements of Patient: no prescription is written for these.
    if node.get("active").is_some() && !node.flag("active", errors) {
        errors.push(node.path_of("active"), ShapeProblem::Fixed("true"));
    }
    let dead = ["deceasedDateTime", "link"];
    node.forbid(&dead, ShapeProblem::Unsupported, errors);
    if node.flag("deceasedBoolean", errors) {
        errors.push(
            node.path_of("deceasedBoolean"),
            ShapeProblem::Fixed("false"),
        );
    }
    let curp = read_curp(node, errors);
    let name = read_name(node, errors);
    let birth_date = node.optional_text("birthDate", errors, primitive::date);
    let gender = node.optional_text("gender", errors, |code| {
        Gender::from_code(code).ok_or(ShapeProblem::UnknownCode("male, female, other, unknown"))
    });
    let address = read_address(node, errors);
    let animal = read_animal(node, errors).ok();
    let path = node.path.clone();
    Some(PatientInput {
        curp: curp?,
        name: Some(name?),
        birth_date,
        gender,
        address,
        animal: animal?,
        path,
    })
}

/// The species in HL7's extension `patient-animal`. A blank one is left to the rules.
fn read_animal(node: &Node<'_>, errors: &mut Errors) -> Result<Option<String>, Reported> {
    let extensions = node.optional_list("extension", errors);
    let is = |node: &Node<'_>, url: &str| node.value.get("url").is_some_and(|u| u == url);
    let mut animals = extensions.iter().filter(|node| is(node, systems::ANIMAL));
    let Some(animal) = animals.next() else {
        return Ok(None);
    };
    if let Some(second) = animals.next() {
        errors.push(&second.path, ShapeProblem::TooMany(1));
    }
    read_species(animal, errors).map(Some).ok_or(Reported)
}

fn read_species(animal: &Node<'_>, errors: &mut Errors) -> Option<String> {
    let is = |node: &Node<'_>, url: &str| node.value.get("url").is_some_and(|u| u == url);
    let parts = animal.list("extension", errors)?;
    let Some(species) = parts.iter().find(|part| is(part, "species")) else {
        errors.push(animal.path_of("extension"), ShapeProblem::Missing);
        return None;
    };
    let concept = species.object("valueCodeableConcept", errors)?;
    let text = concept.optional_text("text", errors, bounded_species);
    let coding = concept.optional_list("coding", errors);
    let display = || {
        coding
            .first()?
            .optional_text("display", errors, bounded_species)
    };
    Some(text.or_else(display).unwrap_or_default())
}

fn bounded_species(text: &str) -> Result<String, ShapeProblem> {
    if text.chars().count() > usize::from(MAX_SPECIES) {
        return Err(ShapeProblem::TooLong(MAX_SPECIES));
    }
    Ok(text.trim().to_owned())
}

/// Reads a Reference's `identifier`, if it is a CURP: somebody already known.
pub(super) fn read_reference_identifier(
    subject: &Node<'_>,
    errors: &mut Errors,
) -> Option<PatientInput> {
    let identifier = subject.object("identifier", errors)?;
    let system = identifier.text("system", errors, |system| {
        if systems::is_curp(system) {
            Ok(())
        } else {
            Err(ShapeProblem::Fixed(systems::CURP))
        }
    });
    let curp = identifier.text("value", errors, parse_curp);
    let animal = read_animal(subject, errors).ok();
    system?;
    let path = subject.path.clone();
    let nothing_else = (None, None, None);
    let (birth_date, gender, address) = nothing_else;
    Some(PatientInput {
        curp: curp?,
        name: None,
        birth_date,
        gender,
        address,
        animal: animal?,
        path,
    })
}

fn parse_curp(text: &str) -> Result<Curp, ShapeProblem> {
    text.parse().map_err(ShapeProblem::Curp)
}

fn is_old(node: &Node<'_>) -> bool {
    node.value.get("use").is_some_and(|code| code == "old")
}

fn read_curp(node: &Node<'_>, errors: &mut Errors) -> Option<Curp> {
    let identifiers = node.list("identifier", errors)?;
    let mut of_system = identifiers.iter().filter(|identifier| {
        let system = identifier.value.get("system").and_then(Value::as_str);
        system.is_some_and(systems::is_curp) && !is_old(identifier)
    });
    let Some(first) = of_system.next() else {
        errors.push(
            node.path_of("identifier"),
            ShapeProblem::SystemMissing(systems::CURP),
        );
        return None;
    };
    let curp = first.text("value", errors, parse_curp)?;
    // The same CURP under its URI and its OID is one person; two CURPs are two.
    for other in of_system {
        if other
            .text("value", errors, parse_curp)
            .is_some_and(|other| other != curp)
        {
            errors.push(other.path_of("value"), ShapeProblem::Contradiction);
        }
    }
    Some(curp)
}

/// The official name, else the first that is not old.
fn read_name(node: &Node<'_>, errors: &mut Errors) -> Option<PersonName> {
    let names = node.list("name", errors)?;
    let official = names
        .iter()
        .find(|name| name.value.get("use").is_some_and(|u| u == "official"));
    let Some(name) = official.or_else(|| names.iter().find(|name| !is_old(name))) else {
        errors.push(node.path_of("name"), ShapeProblem::Missing);
        return None;
    };
    let family = name.text("family", errors, Ok);
    let given = read_texts(name, "given", errors);
    let (family, given) = (family?, given?);
    let (first, second) = surnames(name, family);
    PersonName::new(&given.join(" "), &first, second.as_deref())
        .map_err(|error| errors.push(&name.path, ShapeProblem::Name(error)))
        .ok()
}

/// The required list of texts `name`.
fn read_texts<'a>(node: &Node<'a>, name: &str, errors: &mut Errors) -> Option<Vec<&'a str>> {
    let list = node.required(name, errors)?;
    let texts: Option<Vec<&str>> = list
        .value
        .as_array()
        .and_then(|items| items.iter().map(Value::as_str).collect());
    if texts.is_none() {
        errors.push(
            list.path,
            ShapeProblem::WrongType(super::shape::JsonType::List),
        );
    }
    texts
}

/// The two surnames: from their extensions, else by splitting `family` where a Mexican reader
/// would. More than two words (particles aside) leave the first as the first surname.
fn surnames(name: &Node<'_>, family: &str) -> (String, Option<String>) {
    if let Some(first) = family_extension(name, FATHERS_FAMILY) {
        return (first, family_extension(name, MOTHERS_FAMILY));
    }
    let mut first = Vec::new();
    let mut words = family.split_whitespace();
    for word in words.by_ref() {
        first.push(word);
        if !is_particle(word) {
            break;
        }
    }
    let second = words.collect::<Vec<_>>().join(" ");
    (first.join(" "), (!second.is_empty()).then_some(second))
}

fn family_extension(name: &Node<'_>, url: &str) -> Option<String> {
    let extensions = name.value.get("_family")?.get("extension")?.as_array()?;
    let extension = extensions
        .iter()
        .find(|extension| extension["url"] == url)?;
    extension["valueString"].as_str().map(str::to_owned)
}

fn is_particle(word: &str) -> bool {
    let particles = [
        "de", "del", "la", "las", "los", "el", "y", "da", "di", "mac", "mc", "van", "von",
    ];
    particles.contains(&word.to_lowercase().trim_end_matches('.'))
}

/// The first address that is not old, on one line.
fn read_address(node: &Node<'_>, errors: &mut Errors) -> Option<String> {
    let addresses = node.optional_list("address", errors);
    let address = addresses.into_iter().find(|address| !is_old(address))?;
    let too_long = ShapeProblem::TooLong(MAX_ADDRESS);
    let text = address.optional_text("text", errors, |text| Ok(text.to_owned()));
    let line = text.or_else(|| {
        let street = read_texts(&address, "line", errors)?.join(", ");
        let rest = ["city", "district", "state", "postalCode"]
            .into_iter()
            .filter_map(|part| address.optional_text(part, errors, Ok));
        Some(
            std::iter::once(street.as_str())
                .chain(rest)
                .collect::<Vec<_>>()
                .join(", "),
        )
    })?;
    if line.chars().count() > usize::from(MAX_ADDRESS) {
        errors.push(&address.path, too_long);
        return None;
    }
    Some(line)
}

#[cfg(test)]
#[path = "patient_tests.rs"]
mod tests;
