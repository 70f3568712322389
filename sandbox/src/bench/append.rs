//! Appending through [`Sequencer::append`]: a thousand callers, each waiting for its receipt; the
//! database stages, the sequencer numbers, signs and publishes. Strong deduplication is always on.
//! Entries that arrive together share a transaction; a request of the service commits its event and
//! entry in one of its own, which `bench issue` measures.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use ledger::{NoteSigner, SoftwareSigner, VerifierKey};
use rx_service::store::{DataKey, Identity, Locked, NewEntry, Store};
use rx_service::worker::sequence::{LedgerFiles, Receipt, Sequencer, SequencerParts, Signers};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::percentiles::Times;
use super::process::own_cpu;
use crate::processes::interrupted;

/// Origin of the log.
const ORIGIN: &str = "receta.bench/append";
/// Bytes of an entry: about a leaf.
pub(super) const ENTRY: usize = 200;
/// Callers at once.
pub(super) const CALLERS: usize = 1000;
/// Time between public checkpoints.
const PUBLISH_EVERY: Duration = Duration::from_secs(1);
/// Entries of one write while a tree is filled.
const FILL: u64 = 1024;

/// A sequencer at work in a folder.
pub(super) struct Running {
    store: Store,
    sequencer: Sequencer,
    key: VerifierKey,
    stop: oneshot::Sender<()>,
    sequencing: JoinHandle<()>,
}

/// What a load came to.
pub(super) struct Load {
    /// Entries with their receipts.
    pub(super) count: u64,
    pub(super) wall: Duration,
    /// Processor time of this process: callers, sequencer, database.
    pub(super) cpu: Duration,
    pub(super) times: Times,
}

/// Starts a sequencer on a new log in `folder`, with SQLite beside it.
///
/// # Errors
/// The disk refuses.
pub(super) async fn start(folder: &Path) -> Result<Running> {
    let url = Locked::sqlite_url(&folder.join("append.db"));
    let data_key = DataKey::new(&[1; DataKey::SECRET_LEN])?;
    let store = Locked::open(&url).await?.unlock(data_key);
    let signer = Arc::new(SoftwareSigner::from_seed(ORIGIN, &[1; 32])?);
    let key = signer.verifier_key().clone();
    let sequencer = Sequencer::open(SequencerParts {
        store: store.clone(),
        signers: &move |_| Ok(Signers::new(signer.clone(), Vec::new())),
        files: LedgerFiles::Directory(folder.join("ledger")),
        origin: ORIGIN.to_owned(),
        policy: None,
    })
    .await?;
    let (stop, stopped) = oneshot::channel();
    let shutdown = async {
        // Dropped or sent: either way it is time.
        drop(stopped.await);
    };
    let sequencing = tokio::spawn(sequencer.clone().run(PUBLISH_EVERY, shutdown));
    Ok(Running {
        store,
        sequencer,
        key,
        stop,
        sequencing,
    })
}

impl Running {
    /// Entries under the newest signed head: those that were appended, and the map heads.
    pub(super) fn size(&self) -> u64 {
        self.sequencer.size()
    }

    /// A thousand callers append entries `from..`, `count` in all or for `limit`, each waiting for
    /// its receipt before its next.
    ///
    /// # Errors
    /// The ledger stops, or a receipt does not verify (one of a thousand is checked).
    pub(super) async fn load(&self, from: u64, count: u64, limit: Duration) -> Result<Load> {
        let next = Arc::new(AtomicU64::new(from));
        let end = from + count;
        let (begun, before) = (Instant::now(), own_cpu());
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                let (sequencer, next) = (self.sequencer.clone(), Arc::clone(&next));
                tokio::spawn(call(sequencer, next, end, begun + limit))
            })
            .collect();
        let mut times = Times::default();
        let mut checked = Vec::new();
        for caller in callers {
            let (of_caller, receipts) = caller.await??;
            times.append(of_caller);
            checked.extend(receipts);
        }
        let (wall, cpu) = (begun.elapsed(), own_cpu().saturating_sub(before));
        for (number, receipt) in checked {
            let proof = receipt.to_tlog_proof()?;
            proof
                .verify(&entry(number).leaf, &self.key)
                .context("a receipt of our own")?;
        }
        ensure!(!interrupted(), "interrupted");
        Ok(Load {
            count: times.count(),
            wall,
            cpu,
            times,
        })
    }

    /// Appends entries `from..to` without waiting for receipts, as fast as they are durable, and
    /// waits until all are under a signed head.
    ///
    /// # Errors
    /// The database refuses, or the ledger stops.
    pub(super) async fn fill(
        &self,
        from: u64,
        to: u64,
        progress: &mut dyn FnMut(u64),
    ) -> Result<()> {
        let mut written = from;
        while written < to {
            ensure!(!interrupted(), "interrupted");
            let end = to.min(written + FILL);
            self.store
                .append((written..end).map(entry).collect())
                .await?;
            self.sequencer.wake();
            written = end;
            progress(written);
        }
        while !self.store.waiting_entries(1).await?.is_empty() {
            self.sequencer.health()?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// The same entries again: each must come back with the index it has.
    ///
    /// # Errors
    /// A second index, or none; or there is nothing to repeat.
    pub(super) async fn repeat(&self, from: u64, count: u64) -> Result<()> {
        ensure!(count > 0, "nothing was appended that could be repeated");
        for number in from..from + count {
            let first = self.sequencer.append(entry(number)).await?.index;
            let again = self.sequencer.append(salted(number)).await?.index;
            ensure!(first == again, "entry {number} has two indices");
        }
        Ok(())
    }

    /// Stops in good order: the last head is published.
    ///
    /// # Errors
    /// The ledger had stopped.
    pub(super) async fn end(self) -> Result<VerifierKey> {
        let ended = self.sequencer.health();
        drop(self.stop);
        self.sequencing.await?;
        ended?;
        Ok(self.key)
    }
}

/// One caller: its times, and each thousandth receipt.
async fn call(
    sequencer: Sequencer,
    next: Arc<AtomicU64>,
    end: u64,
    until: Instant,
) -> Result<(Times, Vec<(u64, Receipt)>)> {
    let (mut times, mut receipts) = (Times::default(), Vec::new());
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= end || Instant::now() >= until || interrupted() {
            return Ok((times, receipts));
        }
        let begun = Instant::now();
        let receipt = sequencer.append(entry(number)).await?;
        times.push(begun.elapsed());
        if number.is_multiple_of(1000) {
            receipts.push((number, receipt));
        }
    }
}

/// Entry number `number`: its number, and filling. A thousand share a second, as at the national
/// peak.
fn entry(number: u64) -> NewEntry {
    let second = i64::try_from(number / 1000).unwrap_or(i64::MAX);
    let mut leaf = vec![0x5a; ENTRY];
    leaf[..8].copy_from_slice(&number.to_be_bytes());
    NewEntry {
        identity: Identity::new(second, &[&number.to_be_bytes()]),
        leaf,
    }
}

/// The same thing with another salt.
fn salted(number: u64) -> NewEntry {
    let mut salted = entry(number);
    salted.leaf[8] ^= 0xff;
    salted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn every_caller_gets_its_receipt_and_the_same_twice_one_index() {
        let folder = tempfile::tempdir().unwrap();
        let running = start(folder.path()).await.unwrap();
        let load = running.load(0, 3000, Duration::from_mins(1)).await.unwrap();
        assert_eq!(load.count, 3000);
        let mut seen = 0;
        running
            .fill(3000, 5000, &mut |written| seen = written)
            .await
            .unwrap();
        assert_eq!(seen, 5000);
        running.repeat(2990, 20).await.unwrap();
        assert!(running.size() > 5000);
        running.end().await.unwrap();
    }
}
