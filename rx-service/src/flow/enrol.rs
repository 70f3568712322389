//! Enrolment: a prescriber's key is born in the HSM, and the authority certifies it.

use prescription::special_folio::{FolioRange, FolioVerb};
use prescription::{Cedula, Clues, SpecialFolio};

use super::special_folio::{FolioOrder, act_on_folios};
use super::{FlowError, profession};
use crate::app::App;
use crate::store::{Conflict, Enrolment, StoreError};

/// Who is enrolled.
pub struct NewPrescriber {
    /// Cédula profesional.
    pub cedula: Cedula,
    /// Profession code.
    pub profession: String,
    /// Where the prescriber works.
    pub establishments: Vec<Clues>,
}

/// Makes the key of a prescriber and returns its `SubjectPublicKeyInfo` (DER) for the authority.
///
/// # Errors
/// [`FlowError`]: unknown profession, already enrolled, or the token refuses.
pub async fn enrol(app: &App, new: NewPrescriber) -> Result<Vec<u8>, FlowError> {
    if profession::from_code(&new.profession).is_none() {
        return Err(FlowError::Internal(format!(
            "unknown profession; known: {}",
            profession::codes()
        )));
    }
    let wrapping = app.keys.wrapping.clone();
    let (key, spki) = tokio::task::spawn_blocking(move || wrapping.generate_p256())
        .await
        .map_err(FlowError::internal)??;
    let enrolment = Enrolment {
        cedula: new.cedula,
        profession: new.profession,
        establishments: new.establishments,
        wrapped_key: key.as_bytes().to_vec(),
        spki: spki.clone(),
    };
    match app.store.enrol(enrolment).await {
        Ok(()) => Ok(spki),
        Err(StoreError::Conflict(Conflict::Taken)) => Err(FlowError::Internal(
            "this cédula is enrolled already".to_owned(),
        )),
        Err(error) => Err(error.into()),
    }
}

/// Installs the certificate of an enrolled prescriber, after validating it.
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
    let der = crate::certificate::to_der(certificate);
    let trusted = app
        .trust
        .current()
        .validate(&der, &[], now)
        .map_err(|error| FlowError::Certificate(error.to_string()))?;
    if trusted.spki() != stored.spki {
        return Err(FlowError::Certificate(
            "it certifies another key".to_owned(),
        ));
    }
    if trusted.identity().cedula.as_deref() != Some(cedula.as_str()) {
        return Err(FlowError::Certificate("it names another cédula".to_owned()));
    }
    Ok(app.store.install_certificate(cedula, der).await?)
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
