//! The end of a key: revoked, it does not sign any more; destroyed, it does not exist any more.

use jiff::Timestamp;
use prescription::Cedula;
use prescription::key::{Digest, KeyAct, KeyProblem, KeyVerb, RevocationReason};

use super::{Decision, act, find};
use crate::flow::FlowError;
use crate::flow::activation::Activated;
use crate::office::Office;
use crate::store::{KeyChange, StoredPrescriber};

/// What an officer orders.
#[derive(Debug, Clone)]
pub struct RevokeOrder {
    /// Whose key.
    pub cedula: Cedula,
    /// Its number; none: the one that signs.
    pub key: Option<u32>,
    /// Why.
    pub reason: RevocationReason,
    /// Since when somebody else may have used it, where that is known.
    pub since: Option<Timestamp>,
}

/// Revokes a key: nothing that it signs is accepted from the commit on, on any replica. The officer
/// `by` signs the act; without one the operator records it, for an emergency does not wait.
///
/// # Errors
/// [`FlowError::Key`], [`FlowError::NotEnrolled`].
pub async fn revoke(
    office: &Office,
    order: &RevokeOrder,
    by: Option<&Activated>,
) -> Result<KeyAct, FlowError> {
    let decide = |stored: &StoredPrescriber| {
        let key = match order.key {
            Some(number) => find(stored, number)?,
            None => stored.current_key().ok_or(KeyProblem::NoneSigns)?,
        };
        Ok(Decision {
            number: key.number,
            spki: Digest::of(&key.spki),
            verb: KeyVerb::Revoke {
                reason: order.reason,
                since: order.since,
            },
            change: KeyChange::Revoke { since: order.since },
        })
    };
    act(office, &order.cedula, by, decide).await
}

/// Destroys the wrapped bytes of a key that does not sign any more, by order of the officer `by`.
/// Copies in backups become useless when the wrapping key is retired and destroyed.
///
/// # Errors
/// [`FlowError::Key`], [`FlowError::NotEnrolled`].
pub async fn destroy(
    office: &Office,
    cedula: &Cedula,
    number: u32,
    by: &Activated,
) -> Result<KeyAct, FlowError> {
    let decide = |stored: &StoredPrescriber| {
        let key = find(stored, number)?;
        let wrapped = key.wrapped.clone();
        let wrapped = wrapped.ok_or(KeyProblem::AlreadyDestroyed(number))?;
        Ok(Decision {
            number,
            spki: Digest::of(&key.spki),
            verb: KeyVerb::Destroy {
                wrapped: Digest::of(&wrapped),
            },
            change: KeyChange::Destroy(wrapped),
        })
    };
    let act = act(office, cedula, Some(by), decide).await?;
    // The act is committed: what is left over in the database's log goes now, or with the next one.
    match office.store.scrub_keys().await {
        Ok(true) => {}
        Ok(false) => tracing::warn!("the database's log still holds the destroyed bytes: a reader"),
        Err(error) => tracing::warn!(%error, "the database's log still holds the destroyed bytes"),
    }
    Ok(act)
}
