//! `MedicationRequest`s of one prescription → [`IssueRequest`].

use prescription::event::Setting;
use prescription::issue::RequestedLine;
use prescription::{Cedula, SpecialFolio};
use serde_json::Value;

use super::concept::BusinessIdentifier;
use super::medication_request::{self, Line, PatientEntry};
use super::node::Node;
use super::patient::PatientInput;
use super::primitive::DateTime;
use super::shape::{Errors, ShapeError, ShapeProblem};

/// A prescription, as an EHR asks for it. Personal data: no `Debug`.
pub struct IssueRequest {
    /// What is prescribed, in the order received.
    pub lines: Vec<IssueLine>,
    /// For whom.
    pub patient: PatientInput,
    /// By whom.
    pub requester: Cedula,
    /// Date written, and the instant where the EHR gave one.
    pub written_on: DateTime,
    /// The authority's folio, for fraction I.
    pub special_folio: Option<SpecialFolio>,
    /// Whether a diagnosis is given with any line.
    pub has_diagnosis: bool,
    /// The diagnoses that have a code of CIE-10, as written, of all lines.
    pub diagnoses: Vec<String>,
    /// Where the medicine is taken.
    pub setting: Setting,
    /// The EHR's own number of the order: the idempotency key, per client. Of several lines, the
    /// first that has one.
    pub business_identifier: Option<BusinessIdentifier>,
    /// The resources as received.
    pub resources: IssueResources,
}

/// One line of an [`IssueRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueLine {
    /// What is prescribed.
    pub requested: RequestedLine,
    /// `FHIRPath` of its `MedicationRequest`.
    pub path: String,
}

/// What was received, before anything was read from it.
pub struct IssueResources {
    /// Whether it came as a transaction Bundle.
    pub in_bundle: bool,
    /// Position of the Patient among the entries, its fullUrl and the resource, if there is one.
    pub patient: Option<PatientResource>,
    /// Each `MedicationRequest`, in order.
    pub medication_requests: Vec<Value>,
}

/// The Patient entry of a transaction.
pub struct PatientResource {
    /// Position in `Bundle.entry`.
    pub index: usize,
    /// Its fullUrl, which the `MedicationRequest`s refer to.
    pub full_url: String,
    /// The `Patient`.
    pub resource: Value,
}

/// Reads a single `MedicationRequest`: a prescription of one line.
///
/// # Errors
/// Every problem found.
pub(super) fn read_single(value: &Value) -> Result<IssueRequest, Vec<ShapeError>> {
    let mut errors = Errors::default();
    let resources = IssueResources {
        in_bundle: false,
        patient: None,
        medication_requests: vec![value.clone()],
    };
    let request = Node::root(value, "MedicationRequest", &mut errors)
        .and_then(|node| read(&[node], None, resources, &mut errors));
    errors.finish(request)
}

/// Reads the lines of a prescription. All must agree on patient, prescriber, date and special
/// folio: one signature and one QR stand for all of them.
pub(super) fn read(
    nodes: &[Node<'_>],
    entry: Option<&PatientEntry<'_>>,
    resources: IssueResources,
    errors: &mut Errors,
) -> Option<IssueRequest> {
    let lines: Vec<Option<Line>> = nodes
        .iter()
        .map(|node| medication_request::read(node, entry, errors))
        .collect();
    let lines: Vec<Line> = lines.into_iter().collect::<Option<_>>()?;
    let first = lines.first()?;
    for line in &lines {
        report_differences(first, line, errors);
    }
    Some(IssueRequest {
        patient: first.subject.clone(),
        requester: first.requester.clone(),
        written_on: first.authored_on,
        special_folio: lines.iter().find_map(|line| line.special_folio.clone()),
        has_diagnosis: lines.iter().any(|line| line.has_diagnosis),
        diagnoses: lines
            .iter()
            .flat_map(|line| line.diagnoses.iter().cloned())
            .collect(),
        setting: first.setting,
        business_identifier: lines
            .iter()
            .find_map(|line| line.business_identifier.clone()),
        resources,
        lines: lines
            .into_iter()
            .map(|line| IssueLine {
                requested: line.requested,
                path: line.path,
            })
            .collect(),
    })
}

fn report_differences(first: &Line, line: &Line, errors: &mut Errors) {
    let differing = [
        (!line.subject.agrees_with(&first.subject), "subject"),
        (line.requester != first.requester, "requester"),
        (line.authored_on != first.authored_on, "authoredOn"),
        (line.special_folio != first.special_folio, "identifier"),
        (line.setting != first.setting, "category"),
    ];
    for (_, element) in differing.into_iter().filter(|(differs, _)| *differs) {
        errors.push(
            format!("{}.{element}", line.path),
            ShapeProblem::DiffersFromFirst,
        );
    }
}
