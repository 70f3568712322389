//! What an order says beside medicine and dosage: where it is taken, what may take its place, how
//! often it is filled, and why it may overlap with another.

use prescription::event::{Overlap, OverlapReason, Setting};

use super::concept;
use super::medication_request::contained;
use super::node::Node;
use super::primitive;
use super::shape::{Errors, IdentifierKind, Reported, ShapeProblem};
use super::systems;

/// The setting in `category`: `inpatient` is unit doses (LGS art. 226 Bis), everything else is taken
/// along.
pub(super) fn setting(node: &Node<'_>, errors: &mut Errors) -> Option<Setting> {
    let known = "inpatient, outpatient, community, discharge";
    let mut setting = None;
    for category in node.optional_list("category", errors) {
        for coding in category.optional_list("coding", errors) {
            let ours = coding.value.get("system");
            if ours.is_none_or(|system| system != systems::REQUEST_CATEGORY) {
                continue;
            }
            let read = coding.text("code", errors, |code| match code {
                "inpatient" => Ok(Setting::Inpatient),
                "outpatient" | "community" | "discharge" => Ok(Setting::Outpatient),
                _ => Err(ShapeProblem::UnknownCode(known)),
            })?;
            if *setting.get_or_insert(read) != read {
                errors.push(&coding.path, ShapeProblem::Contradiction);
            }
        }
    }
    Some(setting.unwrap_or_default())
}

/// Whether only the brand named may be handed over: `substitution.allowedBoolean` is `false`.
pub(super) fn no_substitution(node: &Node<'_>, errors: &mut Errors) -> Option<bool> {
    if node.get("substitution").is_none() {
        return Some(false);
    }
    let substitution = node.object("substitution", errors)?;
    // A code for "which kind of substitution" would say more than the counter acts on.
    substitution.forbid(
        &["allowedCodeableConcept"],
        ShapeProblem::Unsupported,
        errors,
    );
    substitution.required("allowedBoolean", errors)?;
    Some(!substitution.flag("allowedBoolean", errors))
}

/// Days from one fill to the next, in `dispenseRequest.dispenseInterval`.
pub(super) fn refill_interval(
    dispense: &Node<'_>,
    errors: &mut Errors,
) -> Result<Option<u16>, Reported> {
    if dispense.get("dispenseInterval").is_none() {
        return Ok(None);
    }
    let days = read_interval(dispense, errors);
    days.map(Some).ok_or(Reported)
}

fn read_interval(dispense: &Node<'_>, errors: &mut Errors) -> Option<u16> {
    let interval = dispense.object("dispenseInterval", errors)?;
    interval.forbid(&["comparator"], ShapeProblem::Unsupported, errors);
    interval.optional_fixed("system", systems::UCUM, errors);
    interval.fixed("code", "d", errors);
    interval.number("value", errors, |number| {
        let most = u32::from(u16::MAX);
        u16::try_from(primitive::count(number)?)
            .map_err(|_| ShapeProblem::OutOfRange { least: 0, most })
    })
}

/// Codes of CIE-10 in `reasonCode`, as written.
pub(super) fn diagnoses(node: &Node<'_>, errors: &mut Errors) -> Vec<String> {
    let mut codes = Vec::new();
    for reason in node.optional_list("reasonCode", errors) {
        for coding in reason.optional_list("coding", errors) {
            let system = coding
                .value
                .get("system")
                .and_then(|system| system.as_str());
            if system.is_some_and(systems::is_cie10) {
                codes.extend(coding.text("code", errors, |code| Ok(code.to_owned())));
            }
        }
    }
    codes
}

/// The prescriber saw that this overlaps with other prescriptions, and says why it is right: a
/// contained `DetectedIssue` of duplicate therapy that names them, with a coded mitigation. That is
/// FHIR's own place for an alert that was seen and overridden.
pub(super) fn overlap(node: &Node<'_>, errors: &mut Errors) -> Result<Option<Overlap>, Reported> {
    let references = node.optional_list("detectedIssue", errors);
    if let Some(second) = references.get(1) {
        errors.push(&second.path, ShapeProblem::TooMany(1));
        return Err(Reported);
    }
    let Some(reference) = references.first() else {
        return Ok(None);
    };
    let overlap = read_overlap(node, reference, errors);
    overlap.map(Some).ok_or(Reported)
}

fn read_overlap(node: &Node<'_>, reference: &Node<'_>, errors: &mut Errors) -> Option<Overlap> {
    let target = reference.text("reference", errors, |text| {
        text.strip_prefix('#').ok_or(ShapeProblem::Unresolved)
    })?;
    let issue = contained(node, target, &reference.path_of("reference"), errors)?;
    if !issue.has_type("DetectedIssue", errors) {
        return None;
    }
    issue.fixed("status", "final", errors);
    let code = issue.object("code", errors);
    let is_duplicate = code.and_then(|code| code_of(&code, systems::ACT_CODE, errors, duplicate));
    let folios = implicated(&issue, errors);
    let reason = mitigation(&issue, errors);
    is_duplicate?;
    Some(Overlap {
        reason: reason?,
        folios: folios?,
    })
}

fn duplicate(code: &str) -> Result<(), ShapeProblem> {
    match code {
        "DUPTHPY" => Ok(()),
        _ => Err(ShapeProblem::Fixed("DUPTHPY")),
    }
}

/// The prescriptions that the issue names.
fn implicated(issue: &Node<'_>, errors: &mut Errors) -> Option<Vec<prescription::Folio>> {
    let mut folios = Vec::new();
    for named in issue.list("implicated", errors)? {
        let identifier = named.object("identifier", errors)?;
        identifier.fixed("system", systems::FOLIO, errors);
        let folio = identifier.text("value", errors, |text| {
            concept::parse(text, IdentifierKind::Folio)
        })?;
        if folios.contains(&folio) {
            errors.push(&named.path, ShapeProblem::NotUnique);
        }
        folios.push(folio);
    }
    Some(folios)
}

fn mitigation(issue: &Node<'_>, errors: &mut Errors) -> Option<OverlapReason> {
    let mitigation = issue.only("mitigation", errors)?;
    let action = mitigation.object("action", errors)?;
    code_of(&action, systems::OVERLAP_REASON, errors, |code| {
        OverlapReason::from_code(code).ok_or(ShapeProblem::UnknownCode(OVERLAP_REASONS))
    })
}

/// Codes of [`OverlapReason`].
const OVERLAP_REASONS: &str = "dose-adjustment, combined-therapy, switching, lost-or-destroyed, earlier-stopped, \
     another-subject, travel";

/// The code of `system` in a `CodeableConcept`, of which it needs one.
fn code_of<T>(
    concept: &Node<'_>,
    system: &'static str,
    errors: &mut Errors,
    read: impl FnOnce(&str) -> Result<T, ShapeProblem>,
) -> Option<T> {
    let codings = concept.list("coding", errors)?;
    let ours = codings
        .iter()
        .find(|coding| coding.value.get("system").is_some_and(|s| s == system));
    let Some(coding) = ours else {
        let missing = ShapeProblem::SystemMissing(system);
        errors.push(concept.path_of("coding"), missing);
        return None;
    };
    coding.text("code", errors, read)
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
