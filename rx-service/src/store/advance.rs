//! Every step after the issue: dispensing, cancellation and expiry are written alike.

use std::sync::Arc;

use jiff::Timestamp;
use prescription::Prescription;

use super::record::{advance, insert_event_at};
use super::{EventRecord, Posting, Store, StoreError, stock};

/// A step that has been decided and signed.
#[derive(Debug, Clone)]
pub struct NextStep {
    /// The state after it.
    pub after: Prescription,
    /// When the validity ends after it, in UTC.
    pub ends_at: Timestamp,
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
        self.advance_with_stock(name, step, None).await
    }

    /// Writes a step and what it does to the pharmacy's stock and control books, both or neither.
    ///
    /// # Errors
    /// As [`Self::advance`]; [`super::Conflict::Stock`] when stock or books do not allow it.
    pub async fn advance_with_stock(
        &self,
        name: &'static str,
        step: NextStep,
        posting: Option<Posting>,
    ) -> Result<(), StoreError> {
        let (step, data_key) = (Arc::new((step, posting)), Arc::clone(&self.data_key));
        self.writer
            .transaction(name, move |connection| {
                let (step, data_key) = (Arc::clone(&step), Arc::clone(&data_key));
                Box::pin(async move {
                    let (step, posting) = &*step;
                    advance(connection, &step.after, step.ends_at, step.record.seq - 1).await?;
                    super::supply::follow(connection, &step.after).await?;
                    let places = match posting {
                        Some(posting) => stock::reserve(connection, posting).await?,
                        None => Vec::new(),
                    };
                    if let Some(access) = &step.access {
                        super::access::insert(connection, step.at, access).await?;
                    }
                    let position = insert_event_at(connection, &data_key, &step.record).await?;
                    if let Some(posting) = posting {
                        stock::write(connection, position, posting, &places).await?;
                    }
                    // Commit point (with the transaction): two counters in the same millisecond
                    // both get here, and the version lets one of them pass. Of two prescriptions
                    // that want the last box, the lot's balance lets one pass. A crash before it:
                    // nothing was handed over, entered or logged; after it: all three.
                    Ok(())
                })
            })
            .await
    }
}
