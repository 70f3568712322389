//! Making a legal signature last: a timestamp (CAdES-B-T), then the revocation data of both paths
//! (CAdES-B-LT).
//!
//! The second waits until there is data made after the timestamp: a list from before it could not
//! know of a key that was stolen an hour earlier.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use prescription::body::Evidence;
use sha2::{Digest, Sha256};
use signing::cms::CmsError;
use signing::cms::cades::{Level, LongTermCades, LongTermTrust, Moment, extend, verify_long_term};
use signing::cms::extend::ExtendError;
use signing::timestamp::TimestampTrust;
use signing::trust::{RevocationEvidence, TrustStore};

use crate::app::App;
use crate::entropy::NoEntropy;
use crate::store::{DueExtension, StoreError, StoredExtension, StoredPrescription};
use crate::timestamp::{StampError, Stamper};

/// How long to wait for revocation data that is newer than the timestamp.
const WAIT_FOR_EVIDENCE: Duration = Duration::from_mins(10);
/// First pause after a failure; each next one is twice as long, up to the last.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LAST_PAUSE: Duration = Duration::from_hours(6);

/// Why a signature was not extended. None of them is the prescription's fault.
#[derive(Debug, thiserror::Error)]
pub enum NotExtended {
    /// No authority is configured any more.
    #[error("no timestamp authority is configured")]
    NoAuthority,
    /// The authority gave no timestamp.
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// The signature could not be extended.
    #[error(transparent)]
    Extend(#[from] ExtendError),
    /// What came out does not verify; it was not kept.
    #[error("the extended signature does not verify: {0}")]
    Cms(#[from] CmsError),
    /// The prescription is gone, or is not of this kind.
    #[error("there is no legal signature to extend")]
    NoSignature,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// A defect of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

/// How far a signature got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extended {
    /// It reached this level.
    To(Level),
    /// It has a timestamp and waits for revocation data that is newer.
    Waits,
    /// Another replica was first.
    Elsewhere,
}

/// The document of an issue and its signature as it was made.
#[must_use]
pub fn issue_evidence(stored: &StoredPrescription) -> Option<(&[u8], &[u8])> {
    match &stored.bodies.first()?.evidence {
        Evidence::Cades { document, cms, .. } => Some((document, cms)),
        Evidence::Cose { .. } | Evidence::OfLaw => None,
    }
}

/// Takes one signature one step further. Whatever happens, its next attempt is set.
///
/// # Errors
/// [`NotExtended`]; the signature is tried again later, after a pause that grows.
pub async fn extend_signature(app: &App, due: DueExtension) -> Result<Extended, NotExtended> {
    let outcome = attempt(app, due).await;
    let now = app.clock.now();
    match &outcome {
        Ok(Extended::Waits) => {
            let next = after(now, WAIT_FOR_EVIDENCE);
            app.store.postpone_extension(due, next, false).await?;
        }
        Err(_) => {
            let next = after(now, pause(due.attempts));
            app.store.postpone_extension(due, next, true).await?;
        }
        Ok(Extended::To(_) | Extended::Elsewhere) => {}
    }
    outcome
}

async fn attempt(app: &App, due: DueExtension) -> Result<Extended, NotExtended> {
    if app.stamper.is_none() {
        return Err(NotExtended::NoAuthority);
    }
    let stored = app.store.prescription(due.folio).await?;
    let stored = stored.ok_or(NotExtended::NoSignature)?;
    let (document, cms) = issue_evidence(&stored).ok_or(NotExtended::NoSignature)?;
    let so_far = app.store.extension(due.folio).await?;
    let so_far = so_far.map_or_else(|| cms.to_vec(), |extension| extension.p7s);
    let step = Step {
        document: document.to_vec(),
        p7s: so_far,
        level: due.level,
        signers: app.trust.current(),
        nonce: app.entropy.secret()?,
        now: app.clock.now(),
    };
    let copy = app.clone();
    let taken = tokio::task::spawn_blocking(move || {
        let stamper = copy.stamper.as_ref().ok_or(NotExtended::NoAuthority)?;
        step.take(stamper)
    });
    let taken = taken
        .await
        .map_err(|error| NotExtended::Internal(error.to_string()))??;
    let Some(reached) = taken else {
        return Ok(Extended::Waits);
    };
    let level = reached.level;
    // The next step may begin at once.
    let written = app
        .store
        .extend_signature(due, reached, app.clock.now())
        .await?;
    Ok(if written {
        Extended::To(level)
    } else {
        Extended::Elsewhere
    })
}

/// What one step needs, away from the database.
struct Step {
    document: Vec<u8>,
    p7s: Vec<u8>,
    level: Level,
    signers: Arc<TrustStore>,
    nonce: [u8; 16],
    now: Timestamp,
}

impl Step {
    fn take(self, stamper: &Stamper) -> Result<Option<StoredExtension>, NotExtended> {
        let trust = stamper.trust();
        match self.level {
            Level::BaselineB => self.add_timestamp(stamper, &trust).map(Some),
            Level::BaselineT => self.add_evidence(&trust),
            Level::BaselineLt => Ok(None),
        }
    }

    fn add_timestamp(
        &self,
        stamper: &Stamper,
        trust: &TimestampTrust,
    ) -> Result<StoredExtension, NotExtended> {
        let value = extend::signature_value(&self.p7s)?;
        let digest = Sha256::digest(&value).into();
        let stamp = stamper.stamp(digest, self.nonce, trust, self.now)?;
        let p7s = extend::add_timestamp(&self.p7s, stamp.token())?;
        self.judge(&p7s, trust)?;
        Ok(StoredExtension {
            level: Level::BaselineT,
            p7s,
        })
    }

    /// `None` while the revocation data that is held is older than the timestamp, or incomplete.
    fn add_evidence(&self, trust: &TimestampTrust) -> Result<Option<StoredExtension>, NotExtended> {
        let judged = self.judge(&self.p7s, trust)?;
        let stamp = judged.timestamp().ok_or(NotExtended::NoSignature)?;
        let at = judged.existence().at();
        let signer = judged.cades().signer();
        let authority = stamp.authority();
        let mut evidence = self.signers.evidence(signer, at);
        let theirs = trust
            .authorities
            .evidence_of(authority.der(), authority.issuers(), at);
        evidence.crls.extend(theirs.crls);
        evidence.ocsps.extend(theirs.ocsps);
        if !is_newer(&evidence, stamp.gen_time()) {
            return Ok(None);
        }
        let below_anchor = authority.issuers().split_last();
        let below_anchor = below_anchor.map(|(_, below)| below).unwrap_or_default();
        let certificates: Vec<_> = below_anchor.iter().map(Vec::as_slice).collect();
        let p7s = extend::add_evidence(&self.p7s, &certificates, &evidence)?;
        let judged = self.judge(&p7s, trust)?;
        Ok(
            (judged.level() == Level::BaselineLt).then_some(StoredExtension {
                level: Level::BaselineLt,
                p7s,
            }),
        )
    }

    /// What is kept verifies, by what is believed now.
    fn judge(&self, p7s: &[u8], trust: &TimestampTrust) -> Result<LongTermCades, CmsError> {
        let trust = LongTermTrust {
            signers: &self.signers,
            timestamps: Some(trust),
        };
        let when = Moment {
            ledger: None,
            now: self.now,
        };
        verify_long_term(&self.document, p7s, &trust, when)
    }
}

fn is_newer(evidence: &RevocationEvidence, stamped: Timestamp) -> bool {
    extend::made_at(evidence).is_some_and(|made| made >= stamped)
}

fn pause(attempts: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(1 << attempts.min(16));
    doubled.min(LAST_PAUSE)
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    now.checked_add(pause).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!(pause(0), Duration::from_secs(10));
        assert_eq!(pause(1), Duration::from_secs(20));
        assert_eq!(pause(6), Duration::from_secs(640));
        assert_eq!(pause(40), LAST_PAUSE);
    }
}
