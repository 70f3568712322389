//! Reading again, a little every second and for ever, what was published and what the database
//! holds: a bit that flips is found while the copies that could replace it are still fresh.

use std::sync::atomic::Ordering;

use ledger::Scrub;

use super::{SequenceError, Sequencer, log_error};

/// Entry bundles with their tiles that are read at a time: some 30 ms of work.
const BUNDLES: u64 = 32;
/// Rows of the database that are read at a time.
const ROWS: i64 = 1024;

/// Where the reading is.
#[derive(Default)]
pub(super) struct Scrubber {
    files: Scrub,
    /// Index of the next entry in the database.
    next: u64,
}

impl Sequencer {
    /// Reads the next files and rows. Call it while nothing is being published.
    ///
    /// # Errors
    /// What is damaged, by name: the ledger must stop.
    pub(super) async fn scrub(&self, scrubber: &mut Scrubber) -> Result<(), SequenceError> {
        let entries = self.0.store.sequenced_entries(scrubber.next, ROWS).await?;
        scrubber.next = if entries.is_empty() {
            0
        } else {
            scrubber.next + u64::try_from(entries.len()).map_err(log_error)?
        };
        // Of files that all replicas share, only the leader knows every width that is there.
        if self.0.files.are_shared() && !self.0.leads.load(Ordering::Acquire) {
            return Ok(());
        }
        let (sequencer, mut files) = (self.clone(), std::mem::take(&mut scrubber.files));
        let read = move || -> Result<Scrub, SequenceError> {
            let base = sequencer.0.tree().log.scrub_base().map_err(log_error)?;
            files.step(&base, BUNDLES).map_err(log_error)?;
            Ok(files)
        };
        let read = tokio::task::spawn_blocking(read).await.map_err(log_error)?;
        scrubber.files = read?;
        Ok(())
    }
}
