//! Reading again, a little every second and for ever, what was published and what the database
//! holds: a bit that flips is found while the copies that could replace it are still fresh.

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
    pub(super) async fn scrub(&self, mut scrubber: Scrubber) -> Result<Scrubber, SequenceError> {
        let entries = self.0.store.sequenced_entries(scrubber.next, ROWS).await?;
        scrubber.next = if entries.is_empty() {
            0
        } else {
            scrubber.next + u64::try_from(entries.len()).map_err(log_error)?
        };
        let sequencer = self.clone();
        let read = move || {
            let base = sequencer.0.tree().log.scrub_base().map_err(log_error)?;
            scrubber.files.step(&base, BUNDLES).map_err(log_error)?;
            Ok(scrubber)
        };
        tokio::task::spawn_blocking(read).await.map_err(log_error)?
    }
}
