//! The sealed QR of a prescription.

use std::sync::Arc;

use jiff::Timestamp;
use prescription::body::Evidence;
use signing::cose::Sign1;
use signing::qr::{Seal, seal, text};

use super::FlowError;
use crate::app::App;
use crate::store::StoredPrescription;

/// The text of a prescription's QR: the prescriber's `COSE_Sign1` with the ledger's seal. The seal
/// is Ed25519, which is deterministic: it is the same text each time, until the ledger's key changes.
///
/// # Errors
/// The entry has no index yet, or the token refuses.
pub async fn sealed_qr(app: &App, stored: &StoredPrescription) -> Result<String, FlowError> {
    let message = issued_qr(stored)?;
    let index = stored
        .indices
        .first()
        .copied()
        .flatten()
        .ok_or(FlowError::NotFound)?;
    let at =
        Timestamp::from_second(stored.state.issued.at.as_second()).map_err(FlowError::internal)?;
    let to_sign = seal::seal_message(&seal::digest(&message), index, at);
    let signer = app.seals.of_index(index).ok_or(FlowError::NotFound)?;
    let signer = Arc::clone(signer);
    let signature = tokio::task::spawn_blocking(move || signer.sign_raw(&to_sign))
        .await
        .map_err(FlowError::internal)??;
    let sealed = seal::attach(
        &message,
        &Seal {
            index,
            at,
            signature,
        },
    );
    text::encode(&sealed.map_err(FlowError::internal)?.encode()).map_err(FlowError::internal)
}

/// The prescriber's `COSE_Sign1`, without seal.
pub(super) fn issued_qr(stored: &StoredPrescription) -> Result<Sign1, FlowError> {
    match stored.bodies.first().map(|body| &body.evidence) {
        Some(Evidence::Cades { qr, .. }) => Sign1::parse(qr).map_err(FlowError::internal),
        Some(Evidence::Cose { .. } | Evidence::OfLaw) | None => {
            Err(FlowError::internal("an issue without a QR"))
        }
    }
}

/// The digest that names the QR of a prescription: whoever knows it has read the QR.
pub(super) fn qr_digest(stored: &StoredPrescription) -> Result<[u8; 32], FlowError> {
    Ok(seal::digest(&issued_qr(stored)?))
}
