//! What an officer orders is signed with the officer's own key, and written only while that key
//! still signs.

use jiff::Timestamp;
use prescription::Refusal;
use prescription::body::Evidence;
use serde::Serialize;

use super::activation::Activated;
use super::sign::sign;
use super::{FlowError, prescriber};
use crate::office::Office;
use crate::store::KeyRef;

/// Who says so, and the key of ours that signed it.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    /// Who says so.
    pub(super) evidence: Evidence,
    /// The key that must still sign when it is written; none where none of ours signed.
    pub(super) key: Option<KeyRef>,
}

impl From<Evidence> for Proof {
    /// What none of our keys signed: a pharmacy's, an own e.firma's, or nobody's.
    fn from(evidence: Evidence) -> Self {
        Self {
            evidence,
            key: None,
        }
    }
}

/// The signature of the officer who authorised `by` over the canonical act; `OfLaw` where nobody
/// signs.
///
/// # Errors
/// [`FlowError::NotEnrolled`], [`FlowError::Certificate`], [`Refusal::PrescriberNotActive`], or the
/// token refuses.
pub(super) async fn sign_act<T: Serialize>(
    office: &Office,
    by: Option<&Activated>,
    at: Timestamp,
    act: &T,
) -> Result<Proof, FlowError> {
    let Some(by) = by else {
        return Ok(Evidence::OfLaw.into());
    };
    let officer = prescriber::ready(office, by.cedula(), at).await?;
    if !officer.stored.active {
        return Err(FlowError::Refused(vec![Refusal::PrescriberNotActive]));
    }
    let document = serde_json_canonicalizer::to_vec(act).map_err(FlowError::internal)?;
    Ok(sign(office, (officer, by), at, document, None)
        .await?
        .into())
}
