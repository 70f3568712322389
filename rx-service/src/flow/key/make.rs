//! A key is born in the token, wrapped, under the newest wrapping key.

use jiff::Timestamp;
use prescription::Cedula;
use prescription::key::{Digest, KeyAct, KeyHistory, KeyVerb};

use super::{Decision, act, history, place, to_second};
use crate::flow::FlowError;
use crate::flow::activation::Activated;
use crate::flow::officer::sign_act;
use crate::flow::register::act_record;
use crate::office::Office;
use crate::store::{BornKey, KeyChange, NewKey};

/// Makes the first key of a prescriber who is about to be enrolled.
pub(in crate::flow) async fn first(
    office: &Office,
    cedula: &Cedula,
    by: Option<&Activated>,
) -> Result<NewKey, FlowError> {
    if by.map(Activated::cedula) == Some(cedula) {
        return Err(prescription::key::KeyProblem::OwnKey.into());
    }
    let at = to_second(office.now().0)?;
    let born = born(office, at).await?;
    let act = KeyAct {
        what: KeyVerb::Enrol {
            wrapping: born.wrapping_label.clone(),
            wrapped: Digest::of(&born.wrapped),
        },
        key: 1,
        spki: Digest::of(&born.spki),
        at,
        by: by.map(|officer| officer.cedula().clone()),
    };
    KeyHistory::default().apply(&act)?;
    let proof = sign_act(office, by, at, &act).await?;
    let salt = office.entropy.draw()?.salt;
    let act = act_record(place(cedula, 1), act, proof, at, salt)?;
    Ok(NewKey { born, act })
}

/// Makes the first key of a prescriber who is enrolled without one, and returns its
/// `SubjectPublicKeyInfo` (DER) for the authority.
///
/// # Errors
/// [`FlowError::Key`] where there are keys already, [`FlowError::NotEnrolled`], or the token refuses.
pub async fn enrol(
    office: &Office,
    cedula: &Cedula,
    by: Option<&Activated>,
) -> Result<Vec<u8>, FlowError> {
    make(office, cedula, by, |wrapping, wrapped| KeyVerb::Enrol {
        wrapping,
        wrapped,
    })
    .await
}

/// Makes the next key of a prescriber and returns its `SubjectPublicKeyInfo` (DER). The key that
/// signs goes on signing until the new one has its certificate.
///
/// # Errors
/// [`FlowError::Key`] where there is none yet, or another waits; [`FlowError::NotEnrolled`], or the
/// token refuses.
pub async fn rotate(
    office: &Office,
    cedula: &Cedula,
    by: Option<&Activated>,
) -> Result<Vec<u8>, FlowError> {
    make(office, cedula, by, |wrapping, wrapped| KeyVerb::Rotate {
        wrapping,
        wrapped,
    })
    .await
}

async fn make(
    office: &Office,
    cedula: &Cedula,
    by: Option<&Activated>,
    verb: fn(String, Digest) -> KeyVerb,
) -> Result<Vec<u8>, FlowError> {
    let born = born(office, to_second(office.now().0)?).await?;
    let decide = |stored: &crate::store::StoredPrescriber| {
        Ok(Decision {
            number: history(stored)?.next(),
            spki: Digest::of(&born.spki),
            verb: verb(born.wrapping_label.clone(), Digest::of(&born.wrapped)),
            change: KeyChange::Make(born.clone()),
        })
    };
    act(office, cedula, by, decide).await?;
    Ok(born.spki)
}

async fn born(office: &Office, at: Timestamp) -> Result<BornKey, FlowError> {
    let label = super::wrapping::current(&office.store).await?;
    let wrapping = office.keys.wrapping.clone();
    let made = tokio::task::spawn_blocking(move || {
        let wrapping = wrapping.find(&label)?;
        wrapping.generate_p256().map(|made| (made, label))
    });
    let ((key, spki), label) = made.await.map_err(FlowError::internal)??;
    Ok(BornKey {
        wrapped: key.as_bytes().to_vec(),
        wrapping_label: label,
        spki,
        at,
    })
}
