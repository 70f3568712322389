//! Every step after the issue: dispensing, cancellation and expiry are written alike.

use std::sync::Arc;

use jiff::Timestamp;
use prescription::Prescription;

use super::record::{advance, insert_event};
use super::{EventRecord, Held, Store, StoreError};

/// A step that has been decided and signed.
#[derive(Debug, Clone)]
pub struct NextStep {
    /// The state after it.
    pub after: Prescription,
    /// When the validity ends after it, in UTC.
    pub ends_at: Timestamp,
    /// What the patient has, after it, of the lines that it was about.
    pub held: Vec<Held>,
    /// Its event.
    pub record: EventRecord,
    /// When it was taken.
    pub at: Timestamp,
    /// The access record to write with it, as JSON; none where nobody acted.
    pub access: Option<String>,
}

impl Store {
    /// Writes a step of a prescription, called `name`.
    ///
    /// # Errors
    /// [`super::Conflict::Changed`] when the prescription changed since it was read: read and
    /// decide again. Nothing was written.
    pub async fn advance(&self, name: &'static str, step: NextStep) -> Result<(), StoreError> {
        let (step, data_key) = (Arc::new(step), Arc::clone(&self.data_key));
        self.writer
            .transaction(name, move |connection| {
                let (step, data_key) = (Arc::clone(&step), Arc::clone(&data_key));
                Box::pin(async move {
                    advance(connection, &step.after, step.ends_at, step.record.seq - 1).await?;
                    super::supply::follow(connection, &step.after, &step.held).await?;
                    if let Some(access) = &step.access {
                        super::access::insert(connection, step.at, access).await?;
                    }
                    // Commit point (with the transaction): two counters in the same millisecond
                    // both get here, and the version lets one of them pass.
                    insert_event(connection, &data_key, &step.record).await
                })
            })
            .await
    }
}
