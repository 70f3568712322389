//! Entries that belong to no transaction of their own, written together.

use tokio::sync::mpsc;

use super::{SequenceError, Sequencer};
use crate::store::{Appended, NewEntry};

/// Entries of one transaction at most.
const MOST: usize = 1024;
/// Entries that may wait to be written; more callers wait for a place.
pub(super) const QUEUE: usize = 4096;

/// Writes what arrives until the queue is closed: the next transaction begins when the last is
/// durable, with all that has arrived meanwhile.
pub(super) async fn run(sequencer: Sequencer, mut queue: mpsc::Receiver<NewEntry>) {
    loop {
        let mut entries = Vec::with_capacity(MOST);
        if queue.recv_many(&mut entries, MOST).await == 0 {
            return;
        }
        let identities: Vec<_> = entries.iter().map(|entry| entry.identity).collect();
        match sequencer.0.store.append(entries).await {
            Ok(outcomes) => {
                sequencer.wake();
                for (identity, outcome) in identities.iter().zip(outcomes) {
                    if let Appended::Known(index) = outcome
                        && let Err(error) = answer_known(&sequencer, identity, index)
                    {
                        tracing::error!(%error, index, "no receipt for an entry that was there");
                        sequencer.0.waiting.dismiss(identity);
                    }
                }
            }
            Err(error) => {
                let why = error.to_string();
                for identity in &identities {
                    let refuse = || Ok::<_, SequenceError>(Err(why.clone()));
                    // Making this answer cannot fail.
                    drop(sequencer.0.waiting.answer(identity, refuse));
                }
            }
        }
    }
}

/// The entry has had its index since before its caller came: nobody else would answer.
fn answer_known(
    sequencer: &Sequencer,
    identity: &crate::store::Identity,
    index: u64,
) -> Result<(), SequenceError> {
    // None while the head over it is being signed: then it is answered when that is done, if
    // whoever signs it had read it before its caller came.
    if let Some(receipt) = sequencer.receipt(index)? {
        return sequencer.0.waiting.answer(identity, || Ok(Ok(receipt)));
    }
    sequencer.0.waiting.expect_index(identity, index);
    // It may have been signed since we asked.
    match sequencer.receipt(index)? {
        Some(receipt) => sequencer.0.waiting.answer(identity, || Ok(Ok(receipt))),
        None => Ok(()),
    }
}
