//! Queue: what waits for the service, and what contradicts it.

use crate::counter::Counter;
use crate::store::{RecordedAct, StoreError};

/// Pending acts and conflicts, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn queue(counter: &Counter) -> Result<Vec<RecordedAct>, StoreError> {
    counter.store().queue()
}
