//! Acts on wrapping keys: two persons made one in the token, or nothing is under one any more.

use hsm::HsmError;
use prescription::Cedula;
use prescription::key::{KeyProblem, KeySeries, WrappingAct, WrappingKeys, WrappingVerb};
use prescription::register::{Place, Register, RegisterBody};

use super::{ATTEMPTS, to_second};
use crate::flow::FlowError;
use crate::flow::activation::Activated;
use crate::flow::officer::sign_act;
use crate::flow::register::act_record;
use crate::office::Office;
use crate::store::{Conflict, Store, StoreError};

/// What is ordered.
#[derive(Debug, Clone)]
pub struct WrappingOrder {
    /// What.
    pub what: WrappingVerb,
    /// Label of the key in the token.
    pub label: String,
    /// The two persons at the ceremony.
    pub custodians: [Cedula; 2],
}

/// The wrapping keys, by the acts on them.
///
/// # Errors
/// The database failed, or holds acts that cannot have happened.
pub async fn wrapping_keys(store: &Store) -> Result<WrappingKeys, FlowError> {
    let mut keys = WrappingKeys::default();
    for bytes in store.wrapping_acts().await? {
        let body = RegisterBody::<WrappingAct>::from_canonical(&bytes);
        let act = body.map_err(FlowError::internal)?.act;
        // Whether it was empty then, its own transaction has judged.
        keys = keys.apply(&act, 0)?;
    }
    Ok(keys)
}

/// Label of the wrapping key for new keys.
pub(crate) async fn current(store: &Store) -> Result<String, FlowError> {
    let keys = wrapping_keys(store).await?;
    let current = keys.current().map(str::to_owned);
    current.ok_or_else(|| KeyProblem::WrappingNotInUse.into())
}

/// Records an act on a wrapping key, which must be in the token when it is put to use. The officer
/// `by` signs it; without one the operator records it.
///
/// # Errors
/// [`FlowError::Key`]; [`FlowError::Hsm`] where the key is not in the token, or is none of a
/// ceremony by two persons: nothing could be re-wrapped from under it later.
pub async fn act_on_wrapping_key(
    office: &Office,
    order: &WrappingOrder,
    by: Option<&Activated>,
) -> Result<WrappingAct, FlowError> {
    if order.what == WrappingVerb::Made {
        check_in_token(office, order.label.clone()).await?;
    }
    let subject = KeySeries::Wrapping(order.label.clone()).to_string();
    for _ in 0..ATTEMPTS {
        let number = office.store.next_number(Register::Key, &subject).await?;
        let under = office.store.count_keys_under(&order.label).await?;
        let act = WrappingAct {
            what: order.what,
            label: order.label.clone(),
            custodians: order.custodians.clone(),
            at: to_second(office.now().0)?,
            by: by.map(|officer| officer.cedula().clone()),
        };
        wrapping_keys(&office.store).await?.apply(&act, under)?;
        let proof = sign_act(office, by, act.at, &act).await?;
        let place = Place {
            register: Register::Key,
            subject: subject.clone(),
            number,
        };
        let salt = office.entropy.draw()?.salt;
        let record = act_record(place, act.clone(), proof, act.at, salt)?;
        let written = office
            .store
            .act_on_wrapping_key(order.label.clone(), under, record);
        match written.await {
            Ok(()) => return Ok(act),
            Err(StoreError::Conflict(Conflict::Changed | Conflict::Key)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(FlowError::internal(
        "keys are made or re-wrapped under it; try again",
    ))
}

async fn check_in_token(office: &Office, label: String) -> Result<(), FlowError> {
    let wrapping = office.keys.wrapping.clone();
    let found = tokio::task::spawn_blocking(move || {
        let key = wrapping.find(&label)?;
        if key.is_trusted() {
            Ok(())
        } else {
            Err(HsmError::NotTrusted { label })
        }
    });
    Ok(found.await.map_err(FlowError::internal)??)
}
