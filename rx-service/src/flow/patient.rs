//! Who the patient is: the master patient index at work.

use mpi::registry::{Identity, Patient, RegisterDecision, register};
use mpi::{Demographics, PersonName, Sex};
use prescription::{MapSecret, PatientId};

use super::FlowError;
use crate::app::App;
use crate::fhir::{Gender, PatientInput};
use crate::store::PatientRecord;

/// A patient who is in the register, or will be with the prescription.
pub(super) struct KnownPatient {
    /// Pseudonym.
    pub(super) id: PatientId,
    /// CURP.
    pub(super) curp: String,
    /// Full name.
    pub(super) name: String,
    /// The secret that blinds the patient's substances in the ledger's map.
    pub(super) map_secret: MapSecret,
    /// What to register, for a patient whom the document introduces.
    pub(super) new: Option<PatientRecord>,
}

/// Finds the patient, or prepares the registration of one that the document introduces: it is
/// committed with the prescription, so that a refused request leaves nothing behind.
///
/// # Errors
/// [`FlowError::UnknownPatient`] for a CURP alone that nobody registered; [`FlowError::Patient`]
/// where the document contradicts CURP or register.
pub(super) async fn identify(app: &App, input: &PatientInput) -> Result<KnownPatient, FlowError> {
    let curp = input.curp.as_str();
    let id = app.store.pseudonym(curp)?;
    let stored = app.store.patient(&id).await?;
    let known = stored
        .as_ref()
        .map(|record| to_patient(record, input))
        .transpose()?;
    let curp = curp.to_owned();
    let Some(candidate) = candidate(input) else {
        let stored = stored.ok_or(FlowError::UnknownPatient)?;
        return Ok(KnownPatient {
            id,
            curp,
            name: stored.full_name(),
            map_secret: stored.map_secret,
            new: None,
        });
    };
    // One secret for a patient, for ever: it is drawn once, when nobody has registered the patient.
    let map_secret = match stored {
        Some(stored) => stored.map_secret,
        None => app.entropy.map_secret()?,
    };
    let record = to_record(&candidate, &curp, map_secret.clone());
    let name = record.full_name();
    let new = match register(known.as_ref(), &candidate) {
        RegisterDecision::Refuse(refusal) => return Err(FlowError::Patient(refusal.in_spanish())),
        RegisterDecision::New { .. } => Some(record),
        RegisterDecision::Same { .. } | RegisterDecision::Identify { .. } => None,
    };
    Ok(KnownPatient {
        id,
        curp,
        name,
        map_secret,
        new,
    })
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
    Some(Patient {
        identity: Identity::Curp(input.curp.clone()),
        demographics,
    })
}

fn sex(gender: Gender) -> Option<Sex> {
    match gender {
        Gender::Male => Some(Sex::Man),
        Gender::Female => Some(Sex::Woman),
        Gender::Other => Some(Sex::NonBinary),
        Gender::Unknown => None,
    }
}

fn to_record(patient: &Patient, curp: &str, map_secret: MapSecret) -> PatientRecord {
    let demographics = &patient.demographics;
    PatientRecord {
        identifier: curp.to_owned(),
        given: demographics.name.given().to_owned(),
        first_surname: demographics.name.first_surname().to_owned(),
        second_surname: demographics.name.second_surname().map(str::to_owned),
        birth_date: demographics.birth_date,
        sex: demographics.sex.map(Sex::letter),
        map_secret,
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
    Ok(Patient {
        identity: Identity::Curp(input.curp.clone()),
        demographics,
    })
}
