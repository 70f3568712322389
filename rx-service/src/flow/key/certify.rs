//! The authority's certificate makes a key sign, and retires the one that signed until now.

use prescription::Cedula;
use prescription::key::{Digest, KeyAct, KeyVerb};

use super::{Decision, act, waiting};
use crate::flow::FlowError;
use crate::flow::activation::Activated;
use crate::office::Office;
use crate::store::{KeyChange, StoredPrescriber};

/// Installs the certificate (PEM or DER) of the key that waits for it, after validating it.
///
/// # Errors
/// [`FlowError::Certificate`] for a certificate that may not sign, is of another key, or names
/// another cédula; [`FlowError::Key`], [`FlowError::NotEnrolled`].
pub async fn certify(
    office: &Office,
    cedula: &Cedula,
    certificate: &[u8],
    by: Option<&Activated>,
) -> Result<KeyAct, FlowError> {
    let der = crate::certificate::to_der(certificate);
    let decide = |stored: &StoredPrescriber| {
        let key = waiting(stored).ok_or_else(|| {
            FlowError::Certificate("no key of this cédula waits for a certificate".to_owned())
        })?;
        let trust = office.trust.current();
        let trusted = trust
            .validate(&der, &[], office.now().0)
            .map_err(|error| FlowError::Certificate(error.to_string()))?;
        if trusted.spki() != key.spki {
            return Err(FlowError::Certificate(
                "it certifies another key".to_owned(),
            ));
        }
        if trusted.identity().cedula.as_deref() != Some(cedula.as_str()) {
            return Err(FlowError::Certificate("it names another cédula".to_owned()));
        }
        let curp = stored.curp.as_ref().map(mpi::Curp::as_str);
        if curp.is_some_and(|curp| curp != trusted.identity().curp) {
            return Err(FlowError::Certificate("it names another CURP".to_owned()));
        }
        Ok(Decision {
            number: key.number,
            spki: Digest::of(&key.spki),
            verb: KeyVerb::Certify {
                certificate: Digest::of(&der),
            },
            change: KeyChange::Certify(der.clone()),
        })
    };
    act(office, cedula, by, decide).await
}
