//! Whose keys a clinical record may ask for.

use prescription::Cedula;

use super::{Activated, ActivationUse, redeem};
use crate::auth::Role;
use crate::flow::{Consent, FlowError, Visitor};
use crate::office::Office;
use crate::store::StoredPrescriber;

/// The prescriber whose cédula is the credential's identifier, if the caller is the record of an
/// establishment where they work. Of others it is not even told whether they are enrolled.
///
/// # Errors
/// [`FlowError::Forbidden`], [`FlowError::NotEnrolled`].
pub async fn credential(
    office: &Office,
    visitor: &Visitor,
    credential: &str,
) -> Result<StoredPrescriber, FlowError> {
    if visitor.caller.role != Role::Ehr {
        return Err(FlowError::Forbidden(
            "Sólo un expediente clínico pide activaciones.",
        ));
    }
    let cedula: Cedula = credential.parse().map_err(|_| FlowError::NotEnrolled)?;
    let stored = office.store.prescriber(&cedula).await?;
    stored
        .filter(|stored| stored.establishments.contains(&visitor.caller.clues))
        .ok_or(FlowError::NotEnrolled)
}

/// Redeems the activation of a request about `cedula`'s own factors, which stands alone.
///
/// # Errors
/// [`FlowError::Activation`].
pub async fn redeem_request(
    office: &Office,
    visitor: &Visitor,
    cedula: &Cedula,
    consent: &Consent,
) -> Result<Activated, FlowError> {
    let act = ActivationUse {
        client: &visitor.caller.fingerprint,
        digests: &[consent.digest],
        per_prescription: true,
    };
    let (now, _) = office.now();
    redeem(office, cedula, consent.activation.as_deref(), act, now).await
}
