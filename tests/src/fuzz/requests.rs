//! FHIR JSON from whoever has a client certificate.

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::civil::date;
use prescription::Folio;
use rx_service::fhir::{
    self, IssueRequest, OperationOutcome, RequestPaths, Submission, document, json,
};
use sandbox::cast::{Person, SPECIAL_FOLIOS, prescribers};
use sandbox::seed::{HandOver, Line, Prescription, cancellation};

/// Every reader of a body reads it; one at most accepts.
pub(super) fn fhir_json(data: &[u8]) -> bool {
    strict_pass(data);
    let accepted = [
        told(fhir::read_medication_request(data)).map(|request| issue(&request)),
        told(fhir::read_transaction(data)).map(|submission| match submission {
            Submission::Issue(request) => issue(&request),
            Submission::Dispense(request) => dispense(&request),
        }),
        told(fhir::read_medication_dispense(data)).map(|request| dispense(&request)),
        told(fhir::read_cancel(data)).map(drop),
    ];
    let accepted = accepted.iter().flatten().count();
    assert!(accepted <= 1, "{accepted} readers accept the same bytes");
    accepted == 1
}

/// What is accepted as JSON is the same JSON when it is written and read again.
fn strict_pass(data: &[u8]) {
    if let Ok(value) = json::parse(data) {
        let written = serde_json::to_vec(&value);
        assert!(written.is_ok_and(|bytes| json::parse(&bytes).as_ref() == Ok(&value)));
    }
}

/// A refusal says something.
fn told<T>(read: Result<T, OperationOutcome>) -> Option<T> {
    if let Err(outcome) = &read {
        assert!(!outcome.issues.is_empty(), "refused without a reason");
        assert_eq!(outcome.to_value()["resourceType"], "OperationOutcome");
    }
    read.ok()
}

/// What can be issued can be signed: its document has one canonical form.
fn issue(request: &IssueRequest) {
    assert!(
        (1..=6).contains(&request.lines.len()),
        "{} lines",
        request.lines.len()
    );
    let document = document::build(request, Folio::from_random([7; 10]), Timestamp::UNIX_EPOCH);
    let canonical = document.is_ok_and(|document| {
        let read = serde_json::from_slice(&document.bytes);
        read.is_ok_and(|value| {
            document::canonical_bytes(&value).is_ok_and(|again| again == document.bytes)
        })
    });
    assert!(canonical, "the document changes when it is written again");
}

fn dispense(request: &fhir::DispenseRequest) {
    assert!(!request.lines.is_empty() && request.resources.len() == request.lines.len());
    assert!(document::canonical_bytes(&request.document).is_ok());
    drop(RequestPaths::from(request));
}

pub(super) fn seeds() -> Result<Vec<Vec<u8>>> {
    let [doctor, _] = prescribers()?;
    let patient = Person::numbered(77)?;
    let written = |lines| Prescription::new(&patient, &doctor, date(2026, 11, 20), lines);
    let three = written(vec![
        Line::amoxicillin(),
        Line::metformin(),
        Line::losartan(),
    ]);
    let morphine = written(vec![Line::morphine()]).on_special_recetario(SPECIAL_FOLIOS[0]);
    let folio = Folio::from_random([7; 10]);
    let act = HandOver {
        request_id: &format!("{}-1", folio.compact()),
        clave: "040.000.2612.00",
        packages: 1,
        lot: ("L2611A", "2028-06"),
        qr_digest: [9; 32],
        at: "2026-11-20T16:00:00Z".parse()?,
    };
    let act = act.to_resource();
    let acts = serde_json::json!({
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [{"resource": act, "request": {"method": "POST", "url": "MedicationDispense"}}],
    });
    let values = [
        three.identified("ORD-1").to_bundle(),
        written(vec![Line::clonazepam()]).to_single(),
        morphine.to_single(),
        act,
        acts,
        cancellation("entered-in-error", doctor.cedula),
    ];
    values
        .iter()
        .map(|value| serde_json::to_vec(value).context("a seed"))
        .collect()
}
