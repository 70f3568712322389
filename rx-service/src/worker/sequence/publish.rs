//! Publication: the newest signed head, with its witnesses' cosignatures, and the tiles below it.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use ledger::AdvanceError;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::scrub::Scrubber;
use super::{SequenceError, Sequencer, log_error};

impl Sequencer {
    /// Publishes until `stop` is dropped, and once more then.
    pub(super) async fn publish_every(self, every: Duration, mut stop: watch::Receiver<()>) {
        let mut tick = tokio::time::interval(every);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut scrubber = Scrubber::default();
        loop {
            let ends = tokio::select! {
                _ = tick.tick() => false,
                changed = stop.changed() => changed.is_err(),
            };
            if self.health().is_err() {
                return;
            }
            if let Err(error) = self.publish().await {
                return self.stop(&error);
            }
            if ends {
                return;
            }
            // Between publications: the files stand still.
            match self.scrub(&mut scrubber).await {
                // A database server that is gone is the sequencer's matter.
                Err(error) if !self.is_passing(&error) => return self.stop(&error),
                _ => {}
            }
        }
    }

    /// Publishes the newest signed head, unless it is public already or too few witnesses cosign
    /// it: then what is public stays, and [`Self::held_back`] says what is missing.
    ///
    /// # Errors
    /// Tiles or checkpoint could not be written: what cannot be published must not be signed.
    pub(super) async fn publish(&self) -> Result<(), SequenceError> {
        if self.0.files.are_shared() && !self.0.leads.load(Ordering::Acquire) {
            return self.advance_published().await;
        }
        let signed = self.0.signed();
        if self.is_public(&signed) {
            return Ok(());
        }
        let cosigned = match self.0.witnesses.cosign(&self.0, &signed).await {
            Ok(cosigned) => cosigned,
            Err(missing) => {
                self.hold_back(Some(missing.to_string()));
                return Ok(());
            }
        };
        let inner = Arc::clone(&self.0);
        let publish = move || {
            // The batches go on while tiles are written.
            let prepared = inner.tree().log.prepare_publication(&cosigned);
            let written = prepared.and_then(|publication| Ok(publication.write()?));
            match written {
                Ok(published) => {
                    inner.tree().log.published(published);
                    Ok(())
                }
                Err(error) => {
                    inner.tree().log.poison();
                    Err(log_error(error))
                }
            }
        };
        tokio::task::spawn_blocking(publish)
            .await
            .map_err(log_error)??;
        self.hold_back(None);
        Ok(())
    }

    /// Another replica publishes: gives back the memory of what it did.
    async fn advance_published(&self) -> Result<(), SequenceError> {
        let inner = Arc::clone(&self.0);
        let advance = move || match inner.tree().log.advance_published() {
            // The bucket does not answer, or says what it said a moment ago: next time.
            Ok(_) | Err(AdvanceError::Read(_) | AdvanceError::Shrunk { .. }) => Ok(()),
            Err(error @ (AdvanceError::OtherOrigin { .. } | AdvanceError::OtherRoot { .. })) => {
                Err(log_error(error))
            }
        };
        tokio::task::spawn_blocking(advance)
            .await
            .map_err(log_error)?
    }

    /// Whether a checkpoint of this size is published. At the first start the empty tree is not.
    fn is_public(&self, signed: &ledger::SignedCheckpoint) -> bool {
        let size = signed.claimed().size();
        size > 0 && size <= self.0.tree().log.published_size()
    }

    fn hold_back(&self, why: Option<String>) {
        let mut held_back = self
            .0
            .held_back
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if *held_back != why {
            if let Some(missing) = &why {
                tracing::warn!(%missing, "the public checkpoint is held back");
            } else {
                tracing::info!("the public checkpoint goes on");
            }
        }
        *held_back = why;
    }
}
