//! Enrolment: who prescribes, where, and the key that is born in the HSM for it. What becomes of
//! keys afterwards is `flow::key`.

use mpi::Curp;
use prescription::special_folio::{FolioRange, FolioVerb};
use prescription::{Cedula, Clues, SpecialFolio};

use super::activation::Activated;
use super::special_folio::{FolioOrder, act_on_folios};
use super::{FlowError, key, profession};
use crate::app::App;
use crate::office::Office;
use crate::store::{Conflict, Enrolment, NewKey, StoreError};

/// Who is enrolled.
pub struct NewPrescriber {
    /// Cédula profesional.
    pub cedula: Cedula,
    /// Profession code.
    pub profession: String,
    /// Where the prescriber works.
    pub establishments: Vec<Clues>,
    /// The CURP that the prescriber's own e.firma names; kept sealed.
    pub curp: Option<Curp>,
}

/// Enrols a prescriber with a key and returns its `SubjectPublicKeyInfo` (DER) for the authority. The
/// operator records it.
///
/// # Errors
/// [`FlowError`]: unknown profession, already enrolled, or the token refuses.
pub async fn enrol(office: &Office, new: NewPrescriber) -> Result<Vec<u8>, FlowError> {
    enrol_by(office, new, None).await
}

/// The same by order of the officer `by`, who signs the act on the key.
///
/// # Errors
/// As [`enrol`]; [`FlowError::NotEnrolled`] and [`FlowError::Certificate`] of the officer.
pub async fn enrol_by(
    office: &Office,
    new: NewPrescriber,
    by: Option<&Activated>,
) -> Result<Vec<u8>, FlowError> {
    check_profession(&new)?;
    let key = key::first(office, &new.cedula, by).await?;
    let spki = key.born.spki.clone();
    store(office, new, Some(key)).await?;
    Ok(spki)
}

/// Enrols a prescriber without a key here, who signs with their own e.firma.
///
/// # Errors
/// [`FlowError`]: unknown profession, or already enrolled.
pub async fn enrol_without_key(office: &Office, new: NewPrescriber) -> Result<(), FlowError> {
    check_profession(&new)?;
    store(office, new, None).await
}

fn check_profession(new: &NewPrescriber) -> Result<(), FlowError> {
    if profession::from_code(&new.profession).is_some() {
        return Ok(());
    }
    Err(FlowError::Internal(format!(
        "unknown profession; known: {}",
        profession::codes()
    )))
}

async fn store(office: &Office, new: NewPrescriber, key: Option<NewKey>) -> Result<(), FlowError> {
    let enrolment = Enrolment {
        cedula: new.cedula,
        profession: new.profession,
        establishments: new.establishments,
        curp: new.curp,
        key,
    };
    match office.store.enrol(enrolment).await {
        Ok(()) => Ok(()),
        Err(StoreError::Conflict(Conflict::Taken)) => Err(FlowError::Internal(
            "this cédula is enrolled already".to_owned(),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Installs the certificate of the key that waits for it, as the operator; see [`key::certify`].
///
/// # Errors
/// As there.
pub async fn install_certificate(
    office: &Office,
    cedula: Cedula,
    certificate: &[u8],
) -> Result<(), FlowError> {
    key::certify(office, &cedula, certificate, None)
        .await
        .map(drop)
}

/// Records folios of special recetarios that the authority assigned and delivered to a prescriber,
/// both at once.
///
/// # Errors
/// A folio is recorded already.
pub async fn deliver_special_folios(
    app: &App,
    cedula: Cedula,
    folios: Vec<SpecialFolio>,
) -> Result<(), FlowError> {
    let ranges = FolioRange::of_folios(folios);
    for verb in [FolioVerb::Assign, FolioVerb::Deliver] {
        let order = FolioOrder {
            verb,
            cedula: cedula.clone(),
            ranges: ranges.clone(),
            document: None,
            by: None,
            activation: None,
        };
        act_on_folios(app, &order, false).await?;
    }
    Ok(())
}
