//! The ledger's public state: fetched at each synchronisation, held against the policy and against
//! what this counter saw before, and asked for before controlled medicines are dispensed.
//!
//! A service that showed this pharmacy a ledger of its own would have to fool the policy's witnesses
//! too, or fall silent: then what the counter has grows old, and controlled medicines stop.

use jiff::{SignedDuration, Timestamp};
use ledger::{
    CheckpointError, ForkEvidence, Policy, PolicyRefusal, SignedCheckpoint, VerifierKey,
    WitnessedCheckpoint,
};

use crate::clock::shown_in;
use crate::counter::Counter;
use crate::service::ServiceError;
use crate::store::{Store, StoreError};

/// The ledger's state is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// The service gave none.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Not a checkpoint.
    #[error("El estado del registro es ilegible ({0}). Repórtelo.")]
    Malformed(#[from] CheckpointError),
    /// The policy does not believe it.
    #[error("El estado del registro no cumple la política de testigos ({0}). Repórtelo.")]
    Policy(#[from] PolicyRefusal),
    /// The ledger lost entries.
    #[error(
        "El registro perdió asientos: muestra {offered} y antes tenía {kept}. Es una falta grave; \
         repórtela a la autoridad."
    )]
    Shrunk {
        /// Entries that this counter saw.
        kept: u64,
        /// Entries that the service shows now.
        offered: u64,
    },
    /// The ledger signed two histories.
    #[error(
        "El registro muestra dos historias distintas de {size} asientos. La prueba está en \
         {evidence}; entréguela a la autoridad."
    )]
    Fork {
        /// Entries of both.
        size: u64,
        /// The file with both.
        evidence: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Controlled medicines are not dispensed while the ledger's state is in doubt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unwitnessed {
    /// Nothing is known of the ledger that satisfies the policy.
    #[error(
        "Los medicamentos de las fracciones I a III requieren un registro atestiguado, y este \
         mostrador no tiene ninguno. Sincronice; si persiste, repórtelo."
    )]
    Unknown,
    /// What is known is too old.
    #[error(
        "Los testigos vieron el registro por última vez el {seen}, hace más de {hours} horas. \
         Sincronice antes de surtir fracciones I a III; si persiste, repórtelo."
    )]
    Old {
        /// When, where the pharmacy is.
        seen: String,
        /// How old it may be.
        hours: u32,
    },
    /// The witnesses are ahead of this computer.
    #[error(
        "Los testigos vieron el registro el {seen}, que para este equipo es el futuro. Corrija el \
         reloj del equipo y sincronice."
    )]
    Future {
        /// When, where the pharmacy is.
        seen: String,
    },
}

/// How far the clocks of witnesses and counter may differ.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(10);

/// Fetches the ledger's state, checks and keeps it. `None`: it has published none yet.
///
/// # Errors
/// [`HeadError`].
pub fn refresh(
    counter: &Counter,
    now: Timestamp,
) -> Result<Option<WitnessedCheckpoint>, HeadError> {
    match counter.service.checkpoint()? {
        Some(bytes) => accept(counter, &bytes, now).map(Some),
        None => Ok(None),
    }
}

/// Holds a state against the policy and against the last one, and keeps it.
///
/// # Errors
/// [`HeadError`]; the last one stays.
pub(crate) fn accept(
    counter: &Counter,
    bytes: &[u8],
    now: Timestamp,
) -> Result<WitnessedCheckpoint, HeadError> {
    let offered = SignedCheckpoint::parse(bytes)?;
    let head = offered.claimed().head();
    let mut store = counter.store();
    let kept = store.ledger_head(offered.claimed().origin())?;
    if let Some(kept) = &kept
        && let Ok(fork) = ForkEvidence::new(
            kept.checkpoint.clone(),
            offered.clone(),
            &keys(&counter.ledger),
        )
    {
        // Whatever the witnesses say: the log signed both.
        return Err(HeadError::Fork {
            size: head.size,
            evidence: keep_evidence(counter, &fork),
        });
    }
    let witnessed = counter.ledger.verify(&offered)?;
    let kept_size = kept.map_or(0, |kept| kept.checkpoint.claimed().size());
    if head.size < kept_size {
        return Err(HeadError::Shrunk {
            kept: kept_size,
            offered: head.size,
        });
    }
    store.put_ledger_head(&offered, now)?;
    Ok(witnessed)
}

fn keys(policy: &Policy) -> Vec<VerifierKey> {
    policy.logs().iter().map(|log| log.key.clone()).collect()
}

/// The last state stays, so that there is one such file for each size that it ever had.
fn keep_evidence(counter: &Counter, fork: &ForkEvidence) -> String {
    let size = fork.first().claimed().size();
    let path = counter
        .config
        .data_dir
        .join(format!("dos-historias-{size}.txt"));
    match std::fs::write(&path, fork.to_string()) {
        Ok(()) => path.display().to_string(),
        Err(error) => format!("ninguna parte, porque {} falló ({error})", path.display()),
    }
}

/// Checks, before controlled medicines are dispensed, that the witnesses saw the ledger lately. A
/// policy without witnesses asks for nothing.
///
/// # Errors
/// [`Unwitnessed`] within, and [`StoreError`].
pub fn check(counter: &Counter, now: Timestamp) -> Result<Result<(), Unwitnessed>, StoreError> {
    if !counter.ledger.demands_witnesses() {
        return Ok(Ok(()));
    }
    let Some(at) = last_witnessed(&counter.ledger, &counter.store())? else {
        return Ok(Err(Unwitnessed::Unknown));
    };
    let seen = shown_in(at, &counter.zone);
    let hours = counter.config.witnessed_max_age_hours;
    let max_age = SignedDuration::from_hours(i64::from(hours));
    Ok(if at > now + CLOCK_TOLERANCE {
        Err(Unwitnessed::Future { seen })
    } else if now.duration_since(at) > max_age {
        Err(Unwitnessed::Old { seen, hours })
    } else {
        Ok(())
    })
}

/// What is kept is verified again: the policy may have changed, and the file is not trusted.
fn last_witnessed(policy: &Policy, store: &Store) -> Result<Option<Timestamp>, StoreError> {
    let mut last = None;
    for log in policy.logs() {
        let kept = store.ledger_head(log.key.name())?;
        let verified = kept.and_then(|kept| policy.verify(&kept.checkpoint).ok());
        let at = verified.and_then(|verified| witnessed_at(&verified));
        last = last.max(at);
    }
    Ok(last)
}

/// When a quorum of witnesses saw it.
pub(crate) fn witnessed_at(witnessed: &WitnessedCheckpoint) -> Option<Timestamp> {
    let seconds = i64::try_from(witnessed.witnessed_at()?).ok()?;
    Timestamp::from_second(seconds).ok()
}

#[cfg(test)]
#[path = "witnessed_tests.rs"]
mod tests;
