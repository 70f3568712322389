//! Whether the legal signature of a prescription still counts: verified again, as of the time at
//! which the ledger took it, with what is known of revocations now.
//!
//! Ledger time decides, not the signer's clock. A certificate that was revoked afterwards takes
//! nothing back; one that turns out to have been revoked, or its key stolen (`invalidityDate`),
//! before the issue takes the prescription with it: whoever holds it would hold a thief's.

use prescription::body::Evidence;
use signing::cms::{CmsError, cades};
use signing::trust::{Trust, TrustError};

use super::FlowError;
use crate::office::Office;
use crate::store::StoredPrescription;

/// Checks the signature of the issue.
///
/// # Errors
/// [`FlowError::SignatureDistrusted`], [`FlowError::RevocationUnknown`]; [`FlowError::Internal`]
/// where what we stored does not verify at all.
pub(super) fn check(office: &Office, stored: &StoredPrescription) -> Result<(), FlowError> {
    let issue = stored.bodies.first().map(|body| &body.evidence);
    let Some(Evidence::Cades { document, cms, .. }) = issue else {
        return Err(FlowError::internal("a prescription without its signature"));
    };
    let trust = office.trust.current();
    let at = stored.state.issued.at;
    match cades::verify(document, cms, &Trust::Store(&trust), at) {
        Ok(_) => Ok(()),
        Err(CmsError::Trust(error)) if is_unknown(&error) => {
            Err(FlowError::RevocationUnknown(error))
        }
        Err(CmsError::Trust(error)) => Err(FlowError::SignatureDistrusted(error)),
        Err(error) => Err(FlowError::internal(error)),
    }
}

/// Whether an error says that nobody knows, not that something is wrong.
pub(super) fn is_unknown(error: &TrustError) -> bool {
    matches!(
        error,
        TrustError::StaleCrl | TrustError::StaleOcsp | TrustError::RevocationUnknown
    )
}
