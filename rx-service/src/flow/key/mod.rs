//! Keys of prescribers: every verb decides by the rules of `prescription::key`, and commits the
//! change together with its act in the register `Key`.
//!
//! Nothing here needs the ledger's files: an officer may work beside the service that runs, which
//! gives the act its place in the ledger.

mod certify;
mod end;
mod make;
mod rewrap;
mod show;
mod wrapping;

use jiff::Timestamp;
use prescription::Cedula;
use prescription::body::Evidence;
use prescription::key::{
    Digest, KeyAct, KeyFacts, KeyHistory, KeyProblem, KeySeries, KeyState, KeyVerb,
};
use prescription::register::{Place, Register};

pub use self::certify::certify;
pub use self::end::{RevokeOrder, destroy, revoke};
pub(super) use self::make::first;
pub use self::make::{enrol, rotate};
pub use self::rewrap::{RewrapOrder, RewrapProgress, rewrap};
pub use self::show::{KeyActLine, acts, show};
pub(crate) use self::wrapping::current as current_wrapping;
pub use self::wrapping::{WrappingOrder, act_on_wrapping_key, wrapping_keys};

use super::FlowError;
use super::activation::Activated;
use super::officer::sign_act;
use super::register::act_record;
use crate::office::Office;
use crate::store::{
    Conflict, DecidedKeyAct, KeyChange, KeyRef, StoreError, StoredKey, StoredPrescriber,
};

/// How often an act that lost to another is decided again.
const ATTEMPTS: u32 = 5;

/// What is to become of a key.
struct Decision {
    number: u32,
    spki: Digest,
    verb: KeyVerb,
    change: KeyChange,
}

/// Decides with `decide`, signs where an officer orders it, and commits.
async fn act(
    office: &Office,
    cedula: &Cedula,
    by: Option<&Activated>,
    decide: impl Fn(&StoredPrescriber) -> Result<Decision, FlowError>,
) -> Result<KeyAct, FlowError> {
    if by.map(Activated::cedula) == Some(cedula) {
        return Err(KeyProblem::OwnKey.into());
    }
    for _ in 0..ATTEMPTS {
        // The number first: who acts in between takes it, and this one is decided again.
        let first = office.store.next_number(Register::Key, cedula.as_str());
        let first = first.await?;
        let stored = office.store.prescriber(cedula).await?;
        let stored = stored.ok_or(FlowError::NotEnrolled)?;
        let at = to_second(office.now().0)?;
        let mut acts = adopted(office, &stored, first, at)?;
        let decision = decide(&stored)?;
        let act = KeyAct {
            what: decision.verb,
            key: decision.number,
            spki: decision.spki,
            at,
            by: by.map(|officer| officer.cedula().clone()),
        };
        history(&stored)?.apply(&act)?;
        let number = first + u64::try_from(acts.len()).map_err(FlowError::internal)?;
        acts.push(decided(office, (cedula, number), &act, (decision.change, by)).await?);
        match office.store.act_on_keys(acts).await {
            Ok(()) => return Ok(act),
            // Another act was faster, or the officer's own key was changed meanwhile.
            Err(StoreError::Conflict(Conflict::Changed | Conflict::Taken | Conflict::Key)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(FlowError::internal(
        "others act on the same keys; try again",
    ))
}

async fn decided(
    office: &Office,
    (cedula, number): (&Cedula, u64),
    act: &KeyAct,
    (change, by): (KeyChange, Option<&Activated>),
) -> Result<DecidedKeyAct, FlowError> {
    let proof = sign_act(office, by, act.at, act).await?;
    let salt = office.entropy.draw()?.salt;
    Ok(DecidedKeyAct {
        key: KeyRef {
            cedula: cedula.clone(),
            number: act.key,
        },
        change,
        at: act.at,
        record: act_record(place(cedula, number), act.clone(), proof, act.at, salt)?,
    })
}

/// The act that enters a key from before the register in it, where there is one.
fn adopted(
    office: &Office,
    stored: &StoredPrescriber,
    first: u64,
    at: Timestamp,
) -> Result<Vec<DecidedKeyAct>, FlowError> {
    let (1, Some(key)) = (first, stored.keys.first()) else {
        return Ok(Vec::new());
    };
    let wrapped = key.wrapped.as_deref().unwrap_or_default();
    let act = KeyAct {
        what: KeyVerb::Adopt {
            state: key.state,
            wrapping: key.wrapping_label.clone(),
            wrapped: Digest::of(wrapped),
            certificate: key.certificate.as_deref().map(Digest::of),
        },
        key: key.number,
        spki: Digest::of(&key.spki),
        at,
        by: None,
    };
    KeyHistory::default().apply(&act)?;
    let salt = office.entropy.draw()?.salt;
    let cedula = stored.cedula.clone();
    let record = act_record(place(&cedula, 1), act, Evidence::OfLaw, at, salt)?;
    Ok(vec![DecidedKeyAct {
        key: KeyRef {
            cedula,
            number: key.number,
        },
        change: KeyChange::Adopt,
        at,
        record,
    }])
}

fn place(cedula: &Cedula, number: u64) -> Place {
    Place {
        register: Register::Key,
        subject: KeySeries::Prescriber(cedula.clone()).to_string(),
        number,
    }
}

/// The rows of a prescriber as the rules see them.
fn history(stored: &StoredPrescriber) -> Result<KeyHistory, FlowError> {
    for (expected, key) in (1..).zip(&stored.keys) {
        if key.number != expected {
            let row = format!("{}/{}", stored.cedula, key.number);
            return Err(StoreError::inconsistent("prescriber_key", "number", row).into());
        }
    }
    Ok(stored.keys.iter().map(facts).collect())
}

fn facts(key: &StoredKey) -> KeyFacts {
    KeyFacts {
        spki: Digest::of(&key.spki),
        state: key.state,
        wrapping: key.wrapping_label.clone(),
        wrapped: Digest::of(key.wrapped.as_deref().unwrap_or_default()),
        certificate: key.certificate.as_deref().map(Digest::of),
        compromised_since: key.times.revoked_since,
    }
}

/// The key with this number.
fn find(stored: &StoredPrescriber, number: u32) -> Result<&StoredKey, FlowError> {
    let key = stored.key(number);
    key.ok_or_else(|| KeyProblem::Unknown(number).into())
}

/// The key that waits for its certificate.
fn waiting(stored: &StoredPrescriber) -> Option<&StoredKey> {
    stored.keys.iter().find(|key| key.state == KeyState::Born)
}

/// Acts say the second.
fn to_second(at: Timestamp) -> Result<Timestamp, FlowError> {
    Timestamp::from_second(at.as_second()).map_err(FlowError::internal)
}
