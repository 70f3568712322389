//! What a compromised key does to what it signed before: the ledger's time decides. Up to the instant
//! since which somebody else may have used the key, its prescriptions stand; from then on nobody
//! knows who wrote them, and nothing is handed over on them.

use prescription::Prescription;
use prescription::body::Evidence;
use signing::cose::{Kid, Sign1};

use super::FlowError;
use crate::office::Office;
use crate::store::StoredPrescription;

/// Refuses a prescription that was issued since its key may have been in other hands.
///
/// # Errors
/// [`FlowError::KeyCompromised`]; the database failed.
pub(super) async fn check(office: &Office, stored: &StoredPrescription) -> Result<(), FlowError> {
    let Some(kid) = kid_of(stored) else {
        return Ok(());
    };
    let Prescription { issued, .. } = &stored.state;
    let Some(prescriber) = office.store.prescriber(&issued.prescriber).await? else {
        return Ok(());
    };
    let mut keys = prescriber.keys.iter();
    let key = keys.find(|key| Kid::of_spki(&key.spki) == kid);
    let since = key.and_then(|key| key.times.revoked_since);
    if since.is_some_and(|since| since <= issued.at) {
        return Err(FlowError::KeyCompromised);
    }
    Ok(())
}

/// Which key signed the QR of a prescription.
fn kid_of(stored: &StoredPrescription) -> Option<Kid> {
    let Evidence::Cades { qr, .. } = &stored.bodies.first()?.evidence else {
        return None;
    };
    Sign1::parse(qr).ok()?.kid()
}
