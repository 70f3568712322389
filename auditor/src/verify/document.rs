//! Signed FHIR documents against events: what the signer saw is what the ledger recorded.
//!
//! Only the elements that the event repeats are read; the document's own validity was the
//! service's to check.

use jiff::Timestamp;
use prescription::event::TransferBasis;
use prescription::{
    Cancelled, Cedula, Clave, Dispensed, DispensedLine, Folio, Issued, IssuedLine, Returned,
    Transferred,
};
use serde_json::Value;

const CURP: [&str; 2] = [
    "http://sistema.salud.gob.mx/curp",
    "urn:oid:2.16.840.1.113883.4.629",
];
const CEDULA: &str = "urn:oid:2.16.840.1.113883.3.215.12.18";
const CLUES: &str = "urn:oid:2.16.840.1.113883.4.631";
const CLAVE: &str = "urn:oid:2.16.840.1.113883.3.215.12.8";
const FOLIO: &str = "urn:receta:folio";
const SPECIAL_FOLIO: &str = "urn:receta:recetario-especial";
const QR_DIGEST: &str = "urn:receta:qr-digest";

/// What a document and its event can disagree about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentField {
    /// Not canonical JSON (RFC 8785), or not the resource that such an act signs.
    Form,
    /// The prescription.
    Folio,
    /// How many lines there are.
    Lines,
    /// A medicine.
    Clave,
    /// Packages.
    Packages,
    /// Fills.
    Fills,
    /// Who prescribes or cancels.
    Prescriber,
    /// The date written.
    WrittenOn,
    /// The authority's folio.
    SpecialFolio,
    /// The patient.
    Patient,
    /// When it was issued or handed over.
    Time,
    /// Lot or expiry of the lot.
    Lot,
    /// Which QR was read.
    QrDigest,
    /// Why it was cancelled, suspended or taken back.
    Reason,
    /// Where what came back goes, or to whom the rest is released.
    Destination,
}

impl DocumentField {
    pub(super) fn in_spanish(self) -> &'static str {
        match self {
            Self::Form => "la forma (JSON canónico del recurso FHIR que corresponde)",
            Self::Folio => "el folio",
            Self::Lines => "el número de renglones",
            Self::Clave => "la clave del medicamento",
            Self::Packages => "los envases",
            Self::Fills => "el número de surtidos",
            Self::Prescriber => "la cédula de quien prescribe",
            Self::WrittenOn => "la fecha de elaboración",
            Self::SpecialFolio => "el folio del recetario especial",
            Self::Patient => "el paciente",
            Self::Time => "la hora",
            Self::Lot => "el lote o su caducidad",
            Self::QrDigest => "el código QR leído",
            Self::Reason => "el motivo",
            Self::Destination => "el destino de lo devuelto o de lo traspasado",
        }
    }
}

/// The first thing on which document and event disagree.
type Comparison = Result<(), DocumentField>;

fn same(holds: bool, field: DocumentField) -> Comparison {
    if holds { Ok(()) } else { Err(field) }
}

/// Reads canonical JSON. Writing it again and comparing also refuses duplicate names.
fn read(document: &[u8]) -> Result<Value, DocumentField> {
    let value: Value = serde_json::from_slice(document).map_err(|_| DocumentField::Form)?;
    let canonical = serde_json_canonicalizer::to_vec(&value).map_err(|_| DocumentField::Form)?;
    same(canonical == document, DocumentField::Form)?;
    Ok(value)
}

fn is_resource(value: &Value, kind: &str) -> bool {
    value["resourceType"] == kind
}

fn entries(bundle: &Value) -> impl Iterator<Item = &Value> {
    array(bundle, "entry")
        .iter()
        .map(|entry| &entry["resource"])
}

fn array<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

/// The only identifier of this system.
fn identifier<'v>(value: &'v Value, system: &str) -> Option<&'v str> {
    let mut found = array(value, "identifier")
        .iter()
        .filter(|one| one["system"] == system);
    found.next().filter(|_| found.next().is_none())?["value"].as_str()
}

/// Whether the only coding of claves is this one.
fn has_clave(concept: &Value, clave: &Clave) -> bool {
    let mut codings = array(concept, "coding")
        .iter()
        .filter(|one| one["system"] == CLAVE);
    codings
        .next()
        .is_some_and(|one| one["code"] == clave.as_str())
        && codings.next().is_none()
}

fn is_identifier(value: &Value, system: &str, expected: &str) -> bool {
    value["system"] == system && value["value"] == expected
}

/// Id of the `MedicationRequest` of a line.
fn line_id(folio: Folio, line: usize) -> String {
    format!("{}-{line}", folio.compact())
}

/// A Bundle `collection` with one `MedicationRequest` for each line of `issued`. `curp` is the
/// patient's according to the QR: whoever the document names must be the same.
pub(super) fn compare_issue(document: &[u8], issued: &Issued, curp: Option<&str>) -> Comparison {
    let bundle = read(document)?;
    let form = is_resource(&bundle, "Bundle") && bundle["type"] == "collection";
    same(form, DocumentField::Form)?;
    let folio = issued.folio.to_string();
    same(
        is_identifier(&bundle["identifier"], FOLIO, &folio),
        DocumentField::Folio,
    )?;
    let instant = bundle["timestamp"]
        .as_str()
        .and_then(|text| text.parse().ok());
    same(instant == Some(issued.at), DocumentField::Time)?;
    let known = |one: &&Value| is_resource(one, "MedicationRequest") || is_resource(one, "Patient");
    same(entries(&bundle).all(|one| known(&one)), DocumentField::Form)?;
    let requests: Vec<&Value> = entries(&bundle)
        .filter(|one| is_resource(one, "MedicationRequest"))
        .collect();
    same(requests.len() == issued.lines.len(), DocumentField::Lines)?;
    for (number, line) in (1..).zip(&issued.lines) {
        let id = line_id(issued.folio, number);
        let request = requests.iter().find(|one| one["id"] == id.as_str());
        compare_line(request.ok_or(DocumentField::Lines)?, issued, line)?;
    }
    let patients = entries(&bundle).filter(|one| is_resource(one, "Patient"));
    let contained = requests.iter().flat_map(|one| array(one, "contained"));
    let people = patients.chain(contained.filter(|one| is_resource(one, "Patient")));
    let mut named = people
        .flat_map(|person| array(person, "identifier"))
        .chain(requests.iter().map(|one| &one["subject"]["identifier"]))
        .filter(|one| one["use"] != "old" && CURP.iter().any(|system| one["system"] == *system));
    let same_person = |one: &Value| curp.is_none_or(|curp| one["value"] == curp);
    same(named.all(same_person), DocumentField::Patient)
}

fn compare_line(request: &Value, issued: &Issued, line: &IssuedLine) -> Comparison {
    let form = request["status"] == "active" && request["intent"] == "order";
    same(form && request["doNotPerform"] != true, DocumentField::Form)?;
    let folio = issued.folio.to_string();
    same(
        is_identifier(&request["groupIdentifier"], FOLIO, &folio),
        DocumentField::Folio,
    )?;
    same(
        has_clave(&request["medicationCodeableConcept"], &line.clave),
        DocumentField::Clave,
    )?;
    let dispense = &request["dispenseRequest"];
    same(
        is_count(&dispense["quantity"], line.packages.count()),
        DocumentField::Packages,
    )?;
    let repeats = dispense.get("numberOfRepeatsAllowed");
    let repeats = repeats.map_or(Some(0), Value::as_u64);
    let fills = repeats.and_then(|repeats| repeats.checked_add(1));
    same(fills == Some(u64::from(line.fills)), DocumentField::Fills)?;
    let requester = &request["requester"]["identifier"];
    same(
        is_identifier(requester, CEDULA, issued.prescriber.as_str()),
        DocumentField::Prescriber,
    )?;
    let written = request["authoredOn"]
        .as_str()
        .and_then(|text| text.get(..10));
    same(
        written == Some(issued.written_on.to_string().as_str()),
        DocumentField::WrittenOn,
    )?;
    let special = issued
        .special_folio
        .as_ref()
        .map(prescription::SpecialFolio::as_str);
    same(
        identifier(request, SPECIAL_FOLIO) == special,
        DocumentField::SpecialFolio,
    )
}

/// Whether a Quantity of packages is this many.
fn is_count(quantity: &Value, count: u32) -> bool {
    quantity["value"].as_u64() == Some(u64::from(count)) && quantity["comparator"].is_null()
}

/// One `MedicationDispense`, or a Bundle of them: one for each line of `dispensed`. `issued` and
/// `qr_digest` are of the prescription, where its body is known.
pub(super) fn compare_dispense(
    document: &[u8],
    dispensed: &Dispensed,
    issued: Option<&Issued>,
    qr_digest: Option<&[u8; 32]>,
) -> Comparison {
    let document = read(document)?;
    let resources: Vec<&Value> = if is_resource(&document, "Bundle") {
        same(document["type"] == "transaction", DocumentField::Form)?;
        entries(&document).collect()
    } else {
        vec![&document]
    };
    same(
        resources.len() == dispensed.lines.len(),
        DocumentField::Lines,
    )?;
    let qr_digest = qr_digest.map(|digest| data_encoding::BASE64URL_NOPAD.encode(digest));
    for (resource, line) in resources.into_iter().zip(&dispensed.lines) {
        let form = is_resource(resource, "MedicationDispense") && resource["status"] == "completed";
        same(form, DocumentField::Form)?;
        let id = line_id(dispensed.folio, usize::from(line.line));
        let reference = format!("MedicationRequest/{id}");
        let prescriptions = array(resource, "authorizingPrescription");
        let authorized = matches!(prescriptions, [one] if one["reference"] == reference.as_str());
        same(authorized, DocumentField::Folio)?;
        same(
            is_count(&resource["quantity"], line.packages.count()),
            DocumentField::Packages,
        )?;
        let when = resource["whenHandedOver"].as_str();
        let when = when.and_then(|text| text.parse::<Timestamp>().ok());
        same(when == Some(dispensed.at), DocumentField::Time)?;
        let read = identifier(resource, QR_DIGEST);
        same(
            qr_digest.is_none() || read == qr_digest.as_deref(),
            DocumentField::QrDigest,
        )?;
        let index = usize::from(line.line).checked_sub(1);
        let prescribed = issued.and_then(|issued| issued.lines.get(index?));
        compare_medication(resource, line, prescribed.map(|line| &line.clave))?;
    }
    Ok(())
}

fn compare_medication(resource: &Value, line: &DispensedLine, clave: Option<&Clave>) -> Comparison {
    let reference = resource["medicationReference"]["reference"].as_str();
    let id = reference.and_then(|reference| reference.strip_prefix('#'));
    let mut contained = array(resource, "contained").iter();
    let medication =
        contained.find(|one| is_resource(one, "Medication") && one["id"].as_str() == id);
    let medication = medication.ok_or(DocumentField::Clave)?;
    let right = clave.is_none_or(|clave| has_clave(&medication["code"], clave));
    same(right, DocumentField::Clave)?;
    let batch = &medication["batch"];
    let lot = batch["lotNumber"].as_str().map(str::trim);
    same(lot == line.lot.as_deref(), DocumentField::Lot)?;
    // A package may print the month alone, which the event records as its last day.
    let expiry = batch["expirationDate"].as_str();
    let same_expiry = match (expiry, line.expiry) {
        (None, None) => true,
        (Some(text), Some(date)) => {
            let printed = text.get(..10).unwrap_or(text);
            printed.len() >= 7 && date.to_string().starts_with(printed)
        }
        (None, Some(_)) | (Some(_), None) => false,
    };
    same(same_expiry, DocumentField::Lot)
}

/// The `Parameters` of a cancellation. The service adds the folio before the prescriber's key
/// signs, or the signature could stand for the cancellation of another prescription.
pub(super) fn compare_cancel(document: &[u8], event: &Cancelled) -> Comparison {
    let reason = Some(event.reason.code());
    compare_order(document, event.folio, &event.by, (None, reason))
}

/// The `Parameters` of any step of the prescriber's after the issue: which prescription, by whom
/// and, where the step has them, which operation it is and why.
pub(super) fn compare_order(
    document: &[u8],
    folio: Folio,
    by: &Cedula,
    (operation, reason): (Option<&str>, Option<&str>),
) -> Comparison {
    let document = read(document)?;
    let said = only(&document, "operation").map(|said| &said["valueCode"]);
    let same_operation = match (operation, said) {
        (Some(operation), Some(said)) => *said == operation,
        (None, None) => true,
        (None, Some(_)) | (Some(_), None) => false,
    };
    same(same_operation, DocumentField::Form)?;
    compare_parameters(&document, folio, reason)?;
    let requester = only(&document, "requester").ok_or(DocumentField::Prescriber)?;
    let requester = &requester["valueReference"]["identifier"];
    same(
        is_identifier(requester, CEDULA, by.as_str()),
        DocumentField::Prescriber,
    )
}

/// The `Parameters` of a return, which the pharmacy signs: one line of one of its dispensings, which
/// it names by the number that the service gave it.
pub(super) fn compare_return(document: &[u8], event: &Returned) -> Comparison {
    let document = read(document)?;
    same(is_resource(&document, "Parameters"), DocumentField::Form)?;
    let [line] = event.lines.as_slice() else {
        return Err(DocumentField::Lines);
    };
    let of =
        &only(&document, "dispense").ok_or(DocumentField::Folio)?["valueReference"]["reference"];
    let of = of
        .as_str()
        .and_then(|text| text.strip_prefix("MedicationDispense/"));
    let of = of.and_then(|text| text.strip_prefix(event.folio.compact()));
    let number = of.and_then(|text| text.strip_suffix(&format!("-{}", line.line)));
    let number = number.and_then(|text| text.strip_prefix('-'));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|c| c.is_ascii_digit());
    same(number.is_some_and(is_number), DocumentField::Folio)?;
    let code = |name: &str| Some(&only(&document, name)?["valueCode"]);
    let is = |name: &str, expected: &str| code(name).is_some_and(|said| *said == expected);
    same(is("reason", event.reason.code()), DocumentField::Reason)?;
    same(
        is("destination", line.destination.code()),
        DocumentField::Destination,
    )?;
    let quantity = only(&document, "quantity").map(|quantity| &quantity["valueQuantity"]);
    same(
        quantity.is_some_and(|quantity| is_count(quantity, line.packages.count())),
        DocumentField::Packages,
    )?;
    same(is_at(&document, event.at), DocumentField::Time)
}

/// The `Parameters` of a transfer, which the pharmacy signs that releases the rest to another one
/// (`to`), or that the patient asks for it.
pub(super) fn compare_transfer(
    document: &[u8],
    event: &Transferred,
    qr_digest: Option<&[u8; 32]>,
) -> Comparison {
    let document = read(document)?;
    same(is_resource(&document, "Parameters"), DocumentField::Form)?;
    let of = only(&document, "prescription").ok_or(DocumentField::Folio)?;
    let of = &of["valueReference"]["reference"];
    let is_of = |line: &u8| {
        let id = line_id(event.folio, usize::from(*line));
        *of == format!("MedicationRequest/{id}").as_str()
    };
    same(event.lines.iter().any(is_of), DocumentField::Folio)?;
    let to = only(&document, "to").map(|to| &to["valueReference"]["identifier"]);
    same(
        match event.basis {
            TransferBasis::Released => {
                to.is_some_and(|to| is_identifier(to, CLUES, event.to.as_str()))
            }
            TransferBasis::PatientRequest => to.is_none(),
        },
        DocumentField::Destination,
    )?;
    let read = only(&document, "qr-digest").map(|read| &read["valueIdentifier"]["value"]);
    let due = qr_digest.map(|digest| data_encoding::BASE64URL_NOPAD.encode(digest));
    same(
        due.is_none_or(|due| read.is_some_and(|read| *read == due.as_str())),
        DocumentField::QrDigest,
    )?;
    same(is_at(&document, event.at), DocumentField::Time)
}

/// Whether the parameter `at` of a pharmacy's act is this instant.
fn is_at(document: &Value, at: Timestamp) -> bool {
    let said = only(document, "at").and_then(|said| said["valueDateTime"].as_str());
    said.and_then(|text| text.parse::<Timestamp>().ok()) == Some(at)
}

fn compare_parameters(document: &Value, folio: Folio, reason: Option<&str>) -> Comparison {
    same(is_resource(document, "Parameters"), DocumentField::Form)?;
    let named = &only(document, "folio").ok_or(DocumentField::Folio)?["valueIdentifier"];
    same(
        is_identifier(named, FOLIO, &folio.to_string()),
        DocumentField::Folio,
    )?;
    let Some(reason) = reason else { return Ok(()) };
    let said = &only(document, "reason").ok_or(DocumentField::Reason)?["valueCode"];
    same(*said == reason, DocumentField::Reason)
}

/// The parameter of this name, if there is exactly one.
fn only<'d>(document: &'d Value, name: &str) -> Option<&'d Value> {
    let mut found = array(document, "parameter")
        .iter()
        .filter(|one| one["name"] == name);
    found.next().filter(|_| found.next().is_none())
}
