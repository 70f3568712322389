//! One `MedicationRequest` → one line of a prescription, with what it says of the whole.

use prescription::event::Setting;
use prescription::issue::RequestedLine;
use prescription::{Cedula, SpecialFolio};

use super::concept::{self, BusinessIdentifier};
use super::dosage::{self, Counted};
use super::node::Node;
use super::patient::{self, PatientInput};
use super::primitive::{self, DateTime};
use super::shape::{Errors, IdentifierKind, ShapeProblem};
use super::{order, systems};

/// One `MedicationRequest`, read.
pub(super) struct Line {
    pub(super) requested: RequestedLine,
    pub(super) subject: PatientInput,
    pub(super) requester: Cedula,
    pub(super) authored_on: DateTime,
    pub(super) special_folio: Option<SpecialFolio>,
    pub(super) business_identifier: Option<BusinessIdentifier>,
    pub(super) has_diagnosis: bool,
    pub(super) diagnoses: Vec<String>,
    pub(super) setting: Setting,
    pub(super) path: String,
}

/// The `Patient` entry that the lines of a Bundle may refer to.
pub(super) struct PatientEntry<'a> {
    pub(super) full_url: &'a str,
    /// `None` where it was wrong, which has been reported.
    pub(super) patient: Option<PatientInput>,
}

/// Longest brand name.
const MAX_BRAND: u16 = 100;

/// Reads a `MedicationRequest`. `entry` is the Bundle's Patient, if there is one.
pub(super) fn read(
    node: &Node<'_>,
    entry: Option<&PatientEntry<'_>>,
    errors: &mut Errors,
) -> Option<Line> {
    node.check_resource(errors);
    node.fixed("status", "active", errors);
    node.fixed("intent", "order", errors);
    if node.flag("doNotPerform", errors) {
        errors.push(node.path_of("doNotPerform"), ShapeProblem::Fixed("false"));
    }
    node.forbid(
        &["groupIdentifier"],
        ShapeProblem::AssignedByService,
        errors,
    );
    let subject = read_subject(node, entry, errors);
    let requester = concept::cedula(node, "requester", errors);
    let authored_on = node.text("authoredOn", errors, primitive::date_time);
    let (special_folio, business_identifier) = read_identifiers(node, errors);
    let setting = order::setting(node, errors);
    let order = read_requested(node, setting.unwrap_or_default(), errors);
    let diagnoses = order::diagnoses(node, errors);
    let reasons = node.optional_list("reasonCode", errors);
    let has_diagnosis = reasons
        .iter()
        .any(|r| r.get("coding").or(r.get("text")).is_some());
    Some(Line {
        requested: order?,
        subject: subject?,
        requester: requester?,
        authored_on: authored_on?,
        special_folio,
        business_identifier,
        has_diagnosis,
        diagnoses,
        setting: setting?,
        path: node.path.clone(),
    })
}

fn read_requested(node: &Node<'_>, setting: Setting, errors: &mut Errors) -> Option<RequestedLine> {
    let medicine = node.object("medicationCodeableConcept", errors);
    let clave = medicine.and_then(|concept| concept::clave(&concept, errors));
    let dosage = dosage::read(node, errors);
    let dispense = node.object("dispenseRequest", errors);
    let counted = match setting {
        Setting::Outpatient => Counted::Packages,
        Setting::Inpatient => Counted::UnitDoses,
    };
    let (packages, fills, refill_interval) = match &dispense {
        Some(dispense) => (
            dosage::quantity_of(dispense, counted, errors),
            dosage::fills(dispense, errors),
            order::refill_interval(dispense, errors).ok(),
        ),
        None => (None, None, None),
    };
    let brand = read_brand(node, errors);
    let no_substitution = order::no_substitution(node, errors);
    let overlap = order::overlap(node, errors).ok();
    Some(RequestedLine {
        clave: clave?,
        packages: packages?,
        fills: fills?,
        dosage: dosage?,
        brand,
        no_substitution: no_substitution?,
        refill_interval: refill_interval?,
        overlap: overlap?,
    })
}

pub(super) fn read_brand(node: &Node<'_>, errors: &mut Errors) -> Option<String> {
    let extensions = node.optional_list("extension", errors);
    let mut brands = extensions
        .iter()
        .filter(|e| e.value.get("url").is_some_and(|url| url == systems::BRAND));
    let brand = brands.next()?.text("valueString", errors, |text| {
        if text.chars().count() > usize::from(MAX_BRAND) {
            return Err(ShapeProblem::TooLong(MAX_BRAND));
        }
        Ok(text.trim().to_owned())
    });
    if let Some(second) = brands.next() {
        errors.push(&second.path, ShapeProblem::TooMany(1));
    }
    brand
}

/// The special folio, and the first of the others: the EHR's own number of this order.
fn read_identifiers(
    node: &Node<'_>,
    errors: &mut Errors,
) -> (Option<SpecialFolio>, Option<BusinessIdentifier>) {
    let (mut special, mut business) = (None, None);
    for node in node.optional_list("identifier", errors) {
        let Some(identifier) = concept::identifier(&node, errors) else {
            continue;
        };
        match identifier.system.as_str() {
            systems::SPECIAL_FOLIO if special.is_some() => {
                errors.push(&node.path, ShapeProblem::TooMany(1));
            }
            systems::SPECIAL_FOLIO => {
                special = node.text("value", errors, |text| {
                    concept::parse(text, IdentifierKind::SpecialFolio)
                });
            }
            systems::FOLIO => errors.push(&node.path, ShapeProblem::AssignedByService),
            _ => {
                business.get_or_insert(identifier);
            }
        }
    }
    (special, business)
}

/// The patient: contained (`#id`), the Bundle's entry (its fullUrl), or a CURP alone.
fn read_subject(
    node: &Node<'_>,
    entry: Option<&PatientEntry<'_>>,
    errors: &mut Errors,
) -> Option<PatientInput> {
    let subject = node.object("subject", errors)?;
    let Some(reference) = subject.get("reference") else {
        return patient::read_reference_identifier(&subject, errors);
    };
    let target = reference.as_text(errors)?;
    let patient = match (target.strip_prefix('#'), entry) {
        (Some(id), _) => {
            let contained = contained(node, id, &reference.path, errors)?;
            if !contained.has_type("Patient", errors) {
                return None;
            }
            patient::read(&contained, errors)?
        }
        (None, Some(entry)) if entry.full_url == target => entry.patient.clone()?,
        (None, _) => {
            errors.push(reference.path, ShapeProblem::Unresolved);
            return None;
        }
    };
    if subject.get("identifier").is_some() {
        let named = patient::read_reference_identifier(&subject, errors)?;
        if named.curp != patient.curp {
            errors.push(subject.path_of("identifier"), ShapeProblem::Contradiction);
        }
    }
    Some(patient)
}

/// The contained resource with this id.
pub(super) fn contained<'a>(
    node: &Node<'a>,
    id: &str,
    reference: &str,
    errors: &mut Errors,
) -> Option<Node<'a>> {
    let mut found = node
        .optional_list("contained", errors)
        .into_iter()
        .filter(|resource| resource.value.get("id").is_some_and(|other| other == id));
    let Some(first) = found.next() else {
        errors.push(reference, ShapeProblem::Unresolved);
        return None;
    };
    if let Some(second) = found.next() {
        errors.push(second.path_of("id"), ShapeProblem::NotUnique);
    }
    Some(first)
}

#[cfg(test)]
#[path = "medication_request_tests.rs"]
mod tests;
