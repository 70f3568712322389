//! Who the patient is: the master patient index at work.

use jiff::Timestamp;
use mpi::registry::{Identity, Patient, RegisterDecision, register};
use mpi::{Demographics, PersonName, Sex};
use prescription::PatientId;

use super::FlowError;
use crate::app::App;
use crate::fhir::{Gender, PatientInput};
use crate::store::PatientRecord;

/// A patient who is in the register.
pub(super) struct KnownPatient {
    /// Pseudonym.
    pub(super) id: PatientId,
    /// CURP.
    pub(super) curp: String,
    /// Full name.
    pub(super) name: String,
}

/// Finds the patient, or registers one that the document introduces.
///
/// # Errors
/// [`FlowError::UnknownPatient`] for a CURP alone that nobody registered; [`FlowError::Patient`]
/// where the document contradicts CURP or register.
pub(super) async fn find_or_register(
    app: &App,
    input: &PatientInput,
    at: Timestamp,
) -> Result<KnownPatient, FlowError> {
    let curp = input.curp.as_str();
    let id = app.store.pseudonym(curp)?;
    let stored = app.store.patient(&id).await?;
    let known = stored.as_ref().map(|record| to_patient(record, input)).transpose()?;
    let Some(candidate) = candidate(input) else {
        let record = stored.ok_or(FlowError::UnknownPatient)?;
        return Ok(KnownPatient { id, curp: curp.to_owned(), name: record.full_name() });
    };
    match register(known.as_ref(), &candidate) {
        RegisterDecision::Refuse(refusal) => return Err(FlowError::Patient(refusal.in_spanish())),
        RegisterDecision::New { .. } => {
            app.store.register_patient(&id, &to_record(&candidate, curp), at).await?;
        }
        RegisterDecision::Same { .. } | RegisterDecision::Identify { .. } => {}
    }
    let name = to_record(&candidate, curp).full_name();
    Ok(KnownPatient { id, curp: curp.to_owned(), name })
}

/// The person whom the document introduces; none where it gives the CURP alone.
fn candidate(input: &PatientInput) -> Option<Patient> {
    let demographics = Demographics {
        name: input.name.clone()?,
        birth_date: input.birth_date,
        sex: input.gender.and_then(sex),
        birth_state: None,
        postal_code: None,
    };
    Some(Patient { identity: Identity::Curp(input.curp.clone()), demographics })
}

fn sex(gender: Gender) -> Option<Sex> {
    match gender {
        Gender::Male => Some(Sex::Man),
        Gender::Female => Some(Sex::Woman),
        Gender::Other => Some(Sex::NonBinary),
        Gender::Unknown => None,
    }
}

fn to_record(patient: &Patient, curp: &str) -> PatientRecord {
    let demographics = &patient.demographics;
    PatientRecord {
        identifier: curp.to_owned(),
        given: demographics.name.given().to_owned(),
        first_surname: demographics.name.first_surname().to_owned(),
        second_surname: demographics.name.second_surname().map(str::to_owned),
        birth_date: demographics.birth_date,
        sex: demographics.sex.map(Sex::letter),
    }
}

fn to_patient(record: &PatientRecord, input: &PatientInput) -> Result<Patient, FlowError> {
    let name = PersonName::new(
        &record.given,
        &record.first_surname,
        record.second_surname.as_deref(),
    )
    .map_err(FlowError::internal)?;
    let demographics = Demographics {
        name,
        birth_date: record.birth_date,
        sex: record.sex.and_then(Sex::from_letter),
        birth_state: None,
        postal_code: None,
    };
    Ok(Patient { identity: Identity::Curp(input.curp.clone()), demographics })
}
