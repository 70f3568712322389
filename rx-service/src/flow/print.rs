//! The printable receta of a prescription.

use jiff::Timestamp;
use prescription::body::Evidence;
use prescription::{Issued, Status};
use signing::qr::QrSymbol;

use super::{FlowError, profession};
use crate::app::App;
use crate::fhir::{PaperFacts, paper_facts};
use crate::paper::{
    self, Establishment, LedgerEntry, Patient, Prescriber, QrModules, Receta, RecetaLine,
};
use crate::store::StoredPrescription;

/// The receta as a PDF, with the QR `symbol` on it.
///
/// # Errors
/// The prescription's facts are not all there: a defect or a damaged record.
pub async fn print(
    app: &App,
    stored: &StoredPrescription,
    symbol: &QrSymbol,
) -> Result<Vec<u8>, FlowError> {
    paper::render(&receta(app, stored, symbol).await?).map_err(FlowError::internal)
}

/// What paper says of a prescription: the receta's facts, for whichever paper.
///
/// # Errors
/// As [`print`].
pub async fn receta(
    app: &App,
    stored: &StoredPrescription,
    symbol: &QrSymbol,
) -> Result<Receta, FlowError> {
    let facts = signed_facts(stored)?;
    Ok(Receta {
        folio: stored.state.issued.folio.to_string(),
        special_folio: stored.state.issued.special_folio.clone().map(String::from),
        issued_at_local: local(app, stored, stored.state.issued.at),
        written_on: stored.state.issued.written_on,
        establishment: establishment(app, stored),
        prescriber: prescriber(app, stored).await?,
        patient: patient(app, stored, &facts).await?,
        diagnosis: facts.diagnosis,
        lines: lines(app, &stored.state.issued)?,
        qr: modules(symbol),
        ledger: ledger_entry(app, stored)?,
        status_note: status_note(app, stored),
    })
}

fn ledger_entry(app: &App, stored: &StoredPrescription) -> Result<LedgerEntry, FlowError> {
    let index = stored.indices.first().copied().flatten();
    let index = index.ok_or(FlowError::NotFound)?;
    let origin = app.seals.origin_of(index).unwrap_or_default().to_owned();
    Ok(LedgerEntry { origin, index })
}

fn signed_facts(stored: &StoredPrescription) -> Result<PaperFacts, FlowError> {
    let Some(Evidence::Cades { document, .. }) = stored.bodies.first().map(|body| &body.evidence)
    else {
        return Err(FlowError::internal("an issue without a document"));
    };
    let document = serde_json::from_slice(document).map_err(FlowError::internal)?;
    Ok(paper_facts(&document))
}

fn local(app: &App, stored: &StoredPrescription, at: Timestamp) -> String {
    at.to_zoned(app.zone_of(&stored.state.issued.establishment).clone())
        .strftime("%d/%m/%Y %H:%M h (UTC%:z)")
        .to_string()
}

fn establishment(app: &App, stored: &StoredPrescription) -> Establishment {
    let clues = &stored.state.issued.establishment;
    match app.catalog.establishment(clues) {
        Some(known) => Establishment {
            name: known.name.clone(),
            clues: clues.to_string(),
            place: format!("{}, {}", known.municipality, known.entity),
        },
        None => Establishment {
            name: format!("Establecimiento {clues}"),
            clues: clues.to_string(),
            place: String::new(),
        },
    }
}

async fn prescriber(app: &App, stored: &StoredPrescription) -> Result<Prescriber, FlowError> {
    let cedula = &stored.state.issued.prescriber;
    // The key that signed may have ended since: the name is what is printed.
    let (prescriber, name) = super::prescriber::named(app, cedula).await?;
    Ok(Prescriber {
        name,
        cedula: cedula.to_string(),
        profession: profession::in_spanish(&prescriber.profession).to_owned(),
    })
}

async fn patient(
    app: &App,
    stored: &StoredPrescription,
    facts: &PaperFacts,
) -> Result<Patient, FlowError> {
    let record = app
        .store
        .patient(&stored.state.issued.patient)
        .await?
        .ok_or_else(|| FlowError::internal("a prescription of nobody"))?;
    Ok(Patient {
        name: record.full_name(),
        birth_date: facts.birth_date.or(record.birth_date),
        curp: record.identifier,
        address: facts.address.clone(),
    })
}

fn lines(app: &App, issued: &Issued) -> Result<Vec<RecetaLine>, FlowError> {
    let unit_doses = !issued.setting.is_outpatient();
    (1..)
        .zip(&issued.lines)
        .map(|(number, line)| {
            let medicine = app
                .catalog
                .medicine(&line.clave)
                .ok_or_else(|| FlowError::internal("a clave that left the catalog"))?;
            Ok(RecetaLine {
                number,
                generic_name: medicine.generic_name.clone(),
                form: medicine.form.clone(),
                strength: medicine.strength.clone().unwrap_or_default(),
                presentation: medicine.presentation.clone(),
                clave: line.clave.to_string(),
                brand: line.brand.clone(),
                no_substitution: line.no_substitution,
                packages: line.packages.count(),
                unit_doses,
                refill_interval: line.refill_interval,
                fills: line.fills,
                fraction: line.fraction,
                antibiotic: line.antibiotic,
                dosage_text: line.dosage.in_spanish(),
                valid_until: line.valid_until,
            })
        })
        .collect()
}

fn modules(symbol: &QrSymbol) -> QrModules {
    let (width, dark) = symbol.modules();
    QrModules { width, dark }
}

/// What a reader of an old print must know first.
fn status_note(app: &App, stored: &StoredPrescription) -> Option<String> {
    match stored.state.status {
        Status::Active => None,
        Status::Completed { at } => Some(format!("SURTIDA el {}", local(app, stored, at))),
        Status::Cancelled { at, reason } => Some(format!(
            "CANCELADA el {}: {}",
            local(app, stored, at),
            reason.in_spanish()
        )),
        Status::Expired { at } => Some(format!("VENCIDA el {}", local(app, stored, at))),
        Status::Suspended { at, reason } => Some(format!(
            "SUSPENDIDA el {}: {}",
            local(app, stored, at),
            reason.in_spanish()
        )),
    }
}
