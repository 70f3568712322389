//! A transaction Bundle: one prescription to issue, or one act of dispensing.

use std::collections::HashSet;

use serde_json::Value;

use super::issue::{self, IssueRequest, IssueResources, PatientResource};
use super::medication_dispense::{self, DispenseRequest};
use super::medication_request::PatientEntry;
use super::node::Node;
use super::patient;
use super::shape::{Errors, ShapeError, ShapeProblem};

/// What a transaction asks for.
pub enum Submission {
    /// To issue a prescription.
    Issue(Box<IssueRequest>),
    /// To record a dispensing.
    Dispense(Box<DispenseRequest>),
}

/// Most entries of a transaction. A prescription has at most six lines and a patient; the rest is
/// slack for a clearer refusal by the rules.
const MAX_ENTRIES: u8 = 32;

/// An entry, its resource and its type.
struct Entry<'a> {
    index: usize,
    node: Node<'a>,
    resource: Node<'a>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Patient,
    MedicationRequest,
    MedicationDispense,
}

/// Reads a transaction.
///
/// # Errors
/// Every problem found.
pub(super) fn read(value: &Value) -> Result<Submission, Vec<ShapeError>> {
    let mut errors = Errors::default();
    let submission =
        Node::root(value, "Bundle", &mut errors).and_then(|node| read_bundle(&node, &mut errors));
    errors.finish(submission)
}

fn read_bundle(bundle: &Node<'_>, errors: &mut Errors) -> Option<Submission> {
    bundle.fixed("type", "transaction", errors);
    let list = bundle.list("entry", errors)?;
    if list.len() > usize::from(MAX_ENTRIES) {
        errors.push(bundle.path_of("entry"), ShapeProblem::TooMany(MAX_ENTRIES));
        return None;
    }
    bundle.forbid(
        &["modifierExtension", "implicitRules"],
        ShapeProblem::Modifier,
        errors,
    );
    check_full_urls(&list, errors);
    let entries: Vec<Option<Entry<'_>>> = list
        .iter()
        .enumerate()
        .map(|(index, node)| read_entry(index, node, errors))
        .collect();
    let entries: Vec<Entry<'_>> = entries.into_iter().collect::<Option<_>>()?;
    let of = |kind: Kind| entries.iter().filter(move |entry| entry.kind == kind);
    let dispenses = of(Kind::MedicationDispense).count() > 0;
    if !dispenses && of(Kind::MedicationRequest).count() == 0 {
        errors.push(bundle.path_of("entry"), ShapeProblem::NothingToDo);
        return None;
    }
    if dispenses {
        for other in entries
            .iter()
            .filter(|entry| entry.kind != Kind::MedicationDispense)
        {
            let path = other.resource.path_of("resourceType");
            errors.push(path, ShapeProblem::WrongResource("MedicationDispense"));
        }
        let request = read_dispense(bundle, &entries, errors)?;
        return Some(Submission::Dispense(Box::new(request)));
    }
    read_issue(&entries, errors).map(|request| Submission::Issue(Box::new(request)))
}

fn read_entry<'a>(index: usize, node: &Node<'a>, errors: &mut Errors) -> Option<Entry<'a>> {
    node.forbid(&["modifierExtension"], ShapeProblem::Modifier, errors);
    let resource = node.object("resource", errors)?;
    let kinds = [
        ("Patient", Kind::Patient),
        ("MedicationRequest", Kind::MedicationRequest),
        ("MedicationDispense", Kind::MedicationDispense),
    ];
    let found = kinds
        .into_iter()
        .find(|(name, _)| resource.resource_type() == Some(name));
    if let Some(request) = node.object("request", errors) {
        request.forbid(&["modifierExtension"], ShapeProblem::Modifier, errors);
        request.fixed("method", "POST", errors);
        match found {
            Some((name, _)) => request.fixed("url", name, errors),
            None => drop(request.text("url", errors, Ok)),
        }
        // Conditional requests: idempotency is by identifier, for every client alike.
        let conditional = ["ifNoneExist", "ifMatch", "ifNoneMatch", "ifModifiedSince"];
        request.forbid(&conditional, ShapeProblem::Unsupported, errors);
    }
    let Some((_, kind)) = found else {
        let expected = "MedicationRequest, MedicationDispense o Patient";
        errors.push(
            resource.path_of("resourceType"),
            ShapeProblem::WrongResource(expected),
        );
        return None;
    };
    Some(Entry {
        index,
        node: node.clone(),
        resource,
        kind,
    })
}

fn check_full_urls(list: &[Node<'_>], errors: &mut Errors) {
    let mut seen = HashSet::new();
    for node in list {
        let full_url = node.optional_text("fullUrl", errors, Ok);
        if full_url.is_some_and(|url| !seen.insert(url)) {
            errors.push(node.path_of("fullUrl"), ShapeProblem::NotUnique);
        }
    }
}

fn read_issue(entries: &[Entry<'_>], errors: &mut Errors) -> Option<IssueRequest> {
    let mut patients = entries.iter().filter(|entry| entry.kind == Kind::Patient);
    let patient = patients.next();
    for second in patients {
        errors.push(&second.node.path, ShapeProblem::TooMany(1));
    }
    let requests: Vec<_> = entries
        .iter()
        .filter(|entry| entry.kind == Kind::MedicationRequest)
        .collect();
    let patient_entry = patient.and_then(|entry| read_patient_entry(entry, &requests, errors));
    let patient_resource = patient.zip(patient_entry.as_ref());
    let resources = IssueResources {
        in_bundle: true,
        patient: patient_resource.map(|(entry, read)| PatientResource {
            index: entry.index,
            full_url: read.full_url.to_owned(),
            resource: entry.resource.value.clone(),
        }),
        medication_requests: requests.iter().map(|e| e.resource.value.clone()).collect(),
    };
    let nodes: Vec<_> = requests
        .iter()
        .map(|entry| entry.resource.clone())
        .collect();
    issue::read(&nodes, patient_entry.as_ref(), resources, errors)
}

/// Reads the Patient once, however many lines refer to it.
fn read_patient_entry<'a>(
    entry: &Entry<'a>,
    requests: &[&Entry<'_>],
    errors: &mut Errors,
) -> Option<PatientEntry<'a>> {
    entry.resource.check_resource(errors);
    let patient = patient::read(&entry.resource, errors);
    let full_url = entry.node.text("fullUrl", errors, Ok)?;
    let refers = |request: &&Entry<'_>| {
        request.resource.value["subject"]["reference"].as_str() == Some(full_url)
    };
    if !requests.iter().any(refers) {
        errors.push(&entry.node.path, ShapeProblem::Unreferenced);
    }
    Some(PatientEntry { full_url, patient })
}

fn read_dispense(
    bundle: &Node<'_>,
    entries: &[Entry<'_>],
    errors: &mut Errors,
) -> Option<DispenseRequest> {
    let entries: Vec<_> = entries
        .iter()
        .filter(|entry| entry.kind == Kind::MedicationDispense)
        .collect();
    let handed: Vec<_> = entries
        .iter()
        .map(|entry| medication_dispense::read(&entry.resource, errors))
        .collect();
    let handed: Vec<_> = handed.into_iter().collect::<Option<_>>()?;
    let resources = entries
        .iter()
        .map(|entry| entry.resource.value.clone())
        .collect();
    medication_dispense::assemble(handed, resources, bundle.value.clone(), errors)
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;
