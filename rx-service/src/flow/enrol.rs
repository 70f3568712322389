//! Enrolment: a prescriber's key is born in the HSM, and the authority certifies it.

use mpi::Curp;
use prescription::key::KeyState;
use prescription::special_folio::{FolioRange, FolioVerb};
use prescription::{Cedula, Clues, SpecialFolio};

use super::special_folio::{FolioOrder, act_on_folios};
use super::{FlowError, profession};
use crate::app::App;
use crate::store::{BornKey, Conflict, Enrolment, StoreError, StoredKey};

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

/// Makes the key of a prescriber and returns its `SubjectPublicKeyInfo` (DER) for the authority.
///
/// # Errors
/// [`FlowError`]: unknown profession, already enrolled, or the token refuses.
pub async fn enrol(app: &App, new: NewPrescriber) -> Result<Vec<u8>, FlowError> {
    check_profession(&new)?;
    let wrapping = app.keys.wrapping.clone();
    let (key, spki) = tokio::task::spawn_blocking(move || wrapping.generate_p256())
        .await
        .map_err(FlowError::internal)??;
    let born = BornKey {
        wrapped: key.as_bytes().to_vec(),
        wrapping_label: app.keys.wrapping_label().to_owned(),
        spki: spki.clone(),
        at: app.now().0,
    };
    store(app, new, Some(born)).await?;
    Ok(spki)
}

/// Enrols a prescriber without a key here, who signs with their own e.firma.
///
/// # Errors
/// [`FlowError`]: unknown profession, or already enrolled.
pub async fn enrol_without_key(app: &App, new: NewPrescriber) -> Result<(), FlowError> {
    check_profession(&new)?;
    store(app, new, None).await
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

async fn store(app: &App, new: NewPrescriber, key: Option<BornKey>) -> Result<(), FlowError> {
    let enrolment = Enrolment {
        cedula: new.cedula,
        profession: new.profession,
        establishments: new.establishments,
        curp: new.curp,
        key,
    };
    match app.store.enrol(enrolment).await {
        Ok(()) => Ok(()),
        Err(StoreError::Conflict(Conflict::Taken)) => Err(FlowError::Internal(
            "this cédula is enrolled already".to_owned(),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Installs the certificate of the key that waits for it, after validating it. Where another key
/// signed until now, it is retired.
///
/// # Errors
/// [`FlowError::Certificate`] for a certificate that may not sign, or of another key.
pub async fn install_certificate(
    app: &App,
    cedula: Cedula,
    certificate: &[u8],
) -> Result<(), FlowError> {
    let (now, _) = app.now();
    let stored = app
        .store
        .prescriber(&cedula)
        .await?
        .ok_or(FlowError::NotEnrolled)?;
    let waits = |key: &&StoredKey| key.state == KeyState::Born;
    let key = stored.keys.iter().find(waits).ok_or_else(|| {
        FlowError::Certificate("no key of this cédula waits for a certificate".to_owned())
    })?;
    let der = crate::certificate::to_der(certificate);
    let trusted = app
        .trust
        .current()
        .validate(&der, &[], now)
        .map_err(|error| FlowError::Certificate(error.to_string()))?;
    if trusted.spki() != key.spki {
        return Err(FlowError::Certificate(
            "it certifies another key".to_owned(),
        ));
    }
    if trusted.identity().cedula.as_deref() != Some(cedula.as_str()) {
        return Err(FlowError::Certificate("it names another cédula".to_owned()));
    }
    Ok(app
        .store
        .install_certificate(cedula, key.number, der, now)
        .await?)
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
        };
        act_on_folios(app, &order, false).await?;
    }
    Ok(())
}
