//! `MedicationDispense` → what a pharmacy hands over.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use prescription::dispense::HandedOver;
use prescription::{Clave, Folio};
use serde_json::Value;

use super::concept;
use super::dosage::{self, Counted};
use super::medication_request::{contained, read_brand};
use super::node::Node;
use super::resource_id::LineId;
use super::shape::{Errors, Format, Reported, ShapeProblem};
use super::{primitive, systems};

/// One act of dispensing: one or more lines of one prescription, handed over together. The
/// resources may name the patient: no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct DispenseRequest {
    /// The prescription.
    pub folio: Folio,
    /// What is handed over, in the order received.
    pub lines: Vec<DispenseLine>,
    /// When, as the pharmacy says.
    pub when_handed_over: Timestamp,
    /// SHA-256 of the QR's COSE bytes without its seal: who dispenses has read the QR.
    pub qr_digest: [u8; 32],
    /// The resources as received, in the order of `lines`.
    pub resources: Vec<Value>,
    /// The whole document as received: what the pharmacy signs.
    pub document: Value,
}

/// One line handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispenseLine {
    /// What.
    pub handed_over: HandedOver,
    /// The clave that the pharmacy names: to be compared with the line's.
    pub clave: Clave,
    /// Whether the quantity counts unit doses.
    pub unit_doses: bool,
    /// Whether another brand than the one prescribed was handed over, if the pharmacy says so.
    pub substituted: Option<bool>,
    /// `FHIRPath` of the `MedicationDispense`.
    pub path: String,
    /// `FHIRPath` of its contained `Medication`.
    pub medication_path: String,
}

/// One `MedicationDispense`, read.
pub(super) struct Handed {
    folio: Folio,
    line: DispenseLine,
    when: Timestamp,
    qr_digest: [u8; 32],
}

/// Longest lot number.
const MAX_LOT: u16 = 40;

/// Reads a single `MedicationDispense`.
///
/// # Errors
/// Every problem found.
pub(super) fn read_single(value: &Value) -> Result<DispenseRequest, Vec<super::ShapeError>> {
    let mut errors = Errors::default();
    let handed = Node::root(value, "MedicationDispense", &mut errors)
        .and_then(|node| read(&node, &mut errors));
    let request = handed.and_then(|handed| {
        assemble(
            vec![handed],
            vec![value.clone()],
            value.clone(),
            &mut errors,
        )
    });
    errors.finish(request)
}

/// Reads one `MedicationDispense`.
pub(super) fn read(node: &Node<'_>, errors: &mut Errors) -> Option<Handed> {
    node.check_resource(errors);
    node.fixed("status", "completed", errors);
    let id = read_prescription(node, errors);
    let quantity = dosage::quantity(node, errors);
    let brand = read_brand(node, errors);
    let substituted = read_substitution(node, errors).ok();
    let when = node.text("whenHandedOver", errors, primitive::instant);
    let qr_digest = read_qr_digest(node, errors);
    let medication = read_medication(node, errors);
    let (id, medication) = (id?, medication?);
    let (packages, counted) = quantity?;
    let handed_over = HandedOver {
        line: id.line,
        packages,
        clave: Some(medication.clave.clone()),
        brand,
        retained_number: None,
        lot: medication.lot,
        expiry: medication.expiry,
    };
    let line = DispenseLine {
        handed_over,
        clave: medication.clave,
        unit_doses: counted == Counted::UnitDoses,
        substituted: substituted?,
        path: node.path.clone(),
        medication_path: medication.path,
    };
    Some(Handed {
        folio: id.folio,
        line,
        when: when?,
        qr_digest: qr_digest?,
    })
}

/// `substitution.wasSubstituted`, if there.
fn read_substitution(node: &Node<'_>, errors: &mut Errors) -> Result<Option<bool>, Reported> {
    if node.get("substitution").is_none() {
        return Ok(None);
    }
    let substitution = node.object("substitution", errors).ok_or(Reported)?;
    let said = substitution.required("wasSubstituted", errors);
    said.ok_or(Reported)?;
    Ok(Some(substitution.flag("wasSubstituted", errors)))
}

/// Joins the lines of one act, which must agree on the prescription, the moment and the QR.
pub(super) fn assemble(
    handed: Vec<Handed>,
    resources: Vec<Value>,
    document: Value,
    errors: &mut Errors,
) -> Option<DispenseRequest> {
    let first = handed.first()?;
    let (folio, when_handed_over, qr_digest) = (first.folio, first.when, first.qr_digest);
    for other in &handed {
        let differing = [
            (other.folio != folio, "authorizingPrescription[0].reference"),
            (other.when != when_handed_over, "whenHandedOver"),
            (other.qr_digest != qr_digest, "identifier"),
        ];
        for (_, element) in differing.into_iter().filter(|(differs, _)| *differs) {
            errors.push(
                format!("{}.{element}", other.line.path),
                ShapeProblem::DiffersFromFirst,
            );
        }
    }
    let lines = handed.into_iter().map(|handed| handed.line).collect();
    Some(DispenseRequest {
        folio,
        lines,
        when_handed_over,
        qr_digest,
        resources,
        document,
    })
}

fn read_prescription(node: &Node<'_>, errors: &mut Errors) -> Option<LineId> {
    let reference = node.only("authorizingPrescription", errors)?;
    reference.text("reference", errors, |text| {
        text.strip_prefix("MedicationRequest/")
            .and_then(|id| id.parse().ok())
            .ok_or(ShapeProblem::Format(Format::LineId))
    })
}

fn read_qr_digest(node: &Node<'_>, errors: &mut Errors) -> Option<[u8; 32]> {
    let identifiers = node.list("identifier", errors)?;
    let mut of_system = identifiers.iter().filter(|identifier| {
        identifier
            .value
            .get("system")
            .is_some_and(|s| s == systems::QR_DIGEST)
    });
    let Some(identifier) = of_system.next() else {
        errors.push(
            node.path_of("identifier"),
            ShapeProblem::SystemMissing(systems::QR_DIGEST),
        );
        return None;
    };
    if let Some(second) = of_system.next() {
        errors.push(&second.path, ShapeProblem::TooMany(1));
    }
    identifier.text("value", errors, digest)
}

/// The digest of a QR, base64url.
pub(super) fn digest(text: &str) -> Result<[u8; 32], ShapeProblem> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let digest = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    digest.ok_or(ShapeProblem::Format(Format::Digest))
}

/// The contained `Medication`.
struct Medication {
    clave: Clave,
    lot: Option<String>,
    expiry: Option<jiff::civil::Date>,
    path: String,
}

fn read_medication(node: &Node<'_>, errors: &mut Errors) -> Option<Medication> {
    let reference = node.object("medicationReference", errors)?;
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
    let batch = medication
        .get("batch")
        .and_then(|_| medication.object("batch", errors));
    let lot = batch.as_ref().and_then(|batch| {
        batch.optional_text("lotNumber", errors, |text| {
            if text.chars().count() > usize::from(MAX_LOT) {
                return Err(ShapeProblem::TooLong(MAX_LOT));
            }
            Ok(text.trim().to_owned())
        })
    });
    let expiry =
        batch.and_then(|batch| batch.optional_text("expirationDate", errors, primitive::expiry));
    Some(Medication {
        clave: clave?,
        lot,
        expiry,
        path: medication.path,
    })
}

#[cfg(test)]
#[path = "medication_dispense_tests.rs"]
mod tests;
