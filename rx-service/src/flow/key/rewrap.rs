//! All keys from under one wrapping key to another: in batches, each its own transaction and act,
//! so that it can be stopped at any moment and goes on where it was. The services that run sign
//! meanwhile: each row says under which key it is.

use hsm::{HsmError, WrappedKey};
use prescription::key::{Digest, KeyProblem, KeySeries, RewrapAct, Rewrapped, WrappingKeys};
use prescription::register::{Place, Register};

use super::to_second;
use super::wrapping::wrapping_keys;
use crate::flow::FlowError;
use crate::flow::register::act_record;
use crate::office::Office;
use crate::store::{ActRecord, Conflict, KeyRef, KeyUnder, RewrapBatch, StoreError};

/// How often a batch is read again that others changed meanwhile.
const ATTEMPTS: u32 = 20;

/// What is ordered. Who made the wrapping key answers for it (`WrappingAct`): the job is the
/// operator's.
#[derive(Debug, Clone)]
pub struct RewrapOrder {
    /// Label of the wrapping key before.
    pub from: String,
    /// Label of the wrapping key after.
    pub to: String,
    /// Keys of one batch.
    pub batch: u16,
}

/// How far the job is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RewrapProgress {
    /// Keys that went over.
    pub done: u64,
    /// Keys still under the wrapping key before.
    pub left: u64,
    /// Keys that the token refuses: their rows are damaged, and stay as they are.
    pub refused: Vec<KeyRef>,
}

/// Re-wraps until nothing is left, or until `go_on` says no between two batches.
///
/// # Errors
/// [`FlowError::Key`] where one of the two is not in use, [`FlowError::Hsm`] where the token refuses
/// altogether. What went over before stays.
pub async fn rewrap(
    office: &Office,
    order: &RewrapOrder,
    go_on: &mut (dyn FnMut(&RewrapProgress) -> bool + Send),
) -> Result<RewrapProgress, FlowError> {
    let known = wrapping_keys(&office.store).await?;
    let mut progress = RewrapProgress {
        left: office.store.count_keys_under(&order.from).await?,
        ..RewrapProgress::default()
    };
    let mut lost = 0;
    while go_on(&progress) {
        let limit = i64::from(order.batch.max(1));
        // Those that were refused stay in front.
        let refused = i64::try_from(progress.refused.len()).map_err(FlowError::internal)?;
        let mut keys = office
            .store
            .keys_under(&order.from, limit + refused)
            .await?;
        keys.retain(|under| !progress.refused.contains(&under.key));
        if keys.is_empty() {
            break;
        }
        let (moved, refused) = in_token(office, order, keys).await?;
        progress.refused.extend(refused);
        if moved.is_empty() {
            continue;
        }
        let count = u64::try_from(moved.len()).map_err(FlowError::internal)?;
        match commit(office, order, &known, moved).await {
            Ok(()) => {
                lost = 0;
                progress.done += count;
                progress.left = progress.left.saturating_sub(count);
            }
            // A key of the batch was destroyed, or another job is at work: read again.
            Err(FlowError::Store(StoreError::Conflict(Conflict::Changed))) if lost < ATTEMPTS => {
                lost += 1;
            }
            Err(error) => return Err(error),
        }
    }
    progress.left = office.store.count_keys_under(&order.from).await?;
    Ok(progress)
}

type Moved = Vec<(KeyUnder, Vec<u8>)>;

/// Wraps each key anew inside the token.
async fn in_token(
    office: &Office,
    order: &RewrapOrder,
    keys: Vec<KeyUnder>,
) -> Result<(Moved, Vec<KeyRef>), FlowError> {
    let (wrapping, from, to) = (
        office.keys.wrapping.clone(),
        order.from.clone(),
        order.to.clone(),
    );
    let work = tokio::task::spawn_blocking(move || {
        let (from, to) = (wrapping.find(&from)?, wrapping.find(&to)?);
        let (mut moved, mut refused) = (Vec::with_capacity(keys.len()), Vec::new());
        for under in keys {
            let read = WrappedKey::from_bytes(under.wrapped.clone());
            match read.and_then(|key| from.rewrap(&key, &to)) {
                Ok(new) => moved.push((under, new.as_bytes().to_vec())),
                Err(HsmError::WrappedKeyRefused | HsmError::WrappedKeyMalformed) => {
                    refused.push(under.key);
                }
                Err(error) => return Err(error),
            }
        }
        Ok((moved, refused))
    });
    Ok(work.await.map_err(FlowError::internal)??)
}

async fn commit(
    office: &Office,
    order: &RewrapOrder,
    known: &WrappingKeys,
    keys: Moved,
) -> Result<(), FlowError> {
    let record = record(office, order, known, &keys).await?;
    let batch = RewrapBatch {
        from: order.from.clone(),
        to: order.to.clone(),
        keys,
        record,
    };
    Ok(office.store.rewrap_keys(batch).await?)
}

async fn record(
    office: &Office,
    order: &RewrapOrder,
    known: &WrappingKeys,
    keys: &Moved,
) -> Result<ActRecord, FlowError> {
    let each = keys.iter().map(|(before, wrapped)| Rewrapped {
        cedula: before.key.cedula.clone(),
        key: before.key.number,
        wrapped: Digest::of(wrapped),
    });
    let act = RewrapAct {
        from: order.from.clone(),
        to: order.to.clone(),
        keys: each.collect(),
        at: to_second(office.now().0)?,
    };
    known
        .check_batch(&act)
        .map_err(|problem: KeyProblem| problem)?;
    let subject = KeySeries::Rewrap(order.to.clone()).to_string();
    let number = office.store.next_number(Register::Key, &subject).await?;
    let place = Place {
        register: Register::Key,
        subject,
        number,
    };
    let (salt, at) = (office.entropy.draw()?.salt, act.at);
    act_record(place, act, prescription::body::Evidence::OfLaw, at, salt)
}
