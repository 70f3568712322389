//! A sequencer that runs, and what it is given.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ledger::{NoteSigner, Policy, SoftwareSigner, TileDirectory, VerifierKey, verify_directory};
use rx_service::store::{DataKey, Identity, Locked, NewEntry, Store};
use rx_service::worker::sequence::{
    LedgerFiles, OpenedShard, Receipt, SequenceError, Sequencer, SequencerParts, SharedSigner,
    Signers, SignersOf, open_shard,
};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const ORIGIN: &str = "receta.example/ledger";
const PUBLISH_EVERY: Duration = Duration::from_millis(20);

/// The key of most tests.
pub(crate) fn key() -> VerifierKey {
    key_of(ORIGIN, 1)
}

/// Where a sequencer works.
#[derive(Clone)]
pub(crate) struct Place {
    /// Seeds of the log's keys, newest first.
    pub(crate) keys: Vec<u8>,
    pub(crate) url: String,
    pub(crate) directory: PathBuf,
    /// Instead of the directory.
    pub(crate) files: Option<LedgerFiles>,
    pub(crate) policy: Option<Policy>,
}

/// A sequencer at work.
pub(crate) struct Running {
    pub(crate) store: Store,
    pub(crate) sequencer: Sequencer,
    stop: oneshot::Sender<()>,
    sequencing: JoinHandle<()>,
}

impl Place {
    /// SQLite in `folder`, with the ledger's files beside it.
    pub(crate) fn sqlite(folder: &Path) -> Self {
        Self {
            keys: vec![1],
            url: Locked::sqlite_url(&folder.join("receta.db")),
            directory: folder.join("ledger"),
            files: None,
            policy: None,
        }
    }

    async fn store(&self) -> Result<Store, SequenceError> {
        let data_key = DataKey::new(&[7; DataKey::SECRET_LEN]).unwrap();
        Ok(Locked::open(&self.url).await?.unlock(data_key))
    }

    fn signers(&self, origin: &str) -> Result<Signers, String> {
        let mut keys = self.keys.iter().map(|seed| -> SharedSigner {
            Arc::new(SoftwareSigner::from_seed(origin, &[*seed; 32]).unwrap())
        });
        let newest = keys.next().ok_or("no key")?;
        Ok(Signers::new(newest, keys.collect()))
    }

    /// Ends the open log and begins the next.
    pub(crate) async fn open_shard(&self, name: &str) -> Result<OpenedShard, SequenceError> {
        let store = self.store().await?;
        let signers = |origin: &str| self.signers(origin);
        open_shard(self.parts(store, &signers), name).await
    }

    fn parts<'k>(&self, store: Store, signers: SignersOf<'k>) -> SequencerParts<'k> {
        SequencerParts {
            store,
            signers,
            files: self
                .files
                .clone()
                .unwrap_or(LedgerFiles::Directory(self.directory.clone())),
            origin: ORIGIN.to_owned(),
            policy: self.policy.clone(),
        }
    }

    pub(crate) async fn try_start(&self) -> Result<Running, SequenceError> {
        let store = self.store().await?;
        let signers = |origin: &str| self.signers(origin);
        let sequencer = Sequencer::open(self.parts(store.clone(), &signers)).await?;
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async { drop(stopped.await) };
        let sequencing = tokio::spawn(sequencer.clone().run(PUBLISH_EVERY, shutdown));
        Ok(Running {
            store,
            sequencer,
            stop,
            sequencing,
        })
    }

    pub(crate) async fn start(&self) -> Running {
        self.try_start().await.unwrap()
    }

    pub(crate) fn files(&self) -> TileDirectory {
        TileDirectory::open(&self.directory).unwrap()
    }

    /// Verifies everything that is published; returns its size.
    pub(crate) fn verify(&self) -> u64 {
        let verified = verify_directory(&self.files(), &key(), &[], &mut |_| {});
        verified.unwrap().size()
    }

    /// Waits until `size` entries are public.
    pub(crate) async fn wait_for_public(&self, size: u64) {
        for _ in 0..500 {
            let published = self.files().read_checkpoint().unwrap();
            if published.is_some_and(|checkpoint| checkpoint.claimed().size() >= size) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{size} entries were not published in 10 seconds");
    }
}

impl Running {
    /// Stops in good order.
    pub(crate) async fn end(self) {
        drop(self.stop);
        self.sequencing.await.unwrap();
    }
}

/// Entry `n`, whatever its salt.
pub(crate) fn entry(n: u64, salt: u8) -> NewEntry {
    let mut leaf = vec![salt];
    leaf.extend_from_slice(&n.to_be_bytes());
    NewEntry {
        identity: Identity::new(i64::try_from(n).unwrap(), &[b"test", &n.to_be_bytes()]),
        leaf,
    }
}

/// The key with this seed, of the log called `origin`.
pub(crate) fn key_of(origin: &str, seed: u8) -> VerifierKey {
    let signer = SoftwareSigner::from_seed(origin, &[seed; 32]).unwrap();
    signer.verifier_key().clone()
}

/// The receipt proves that the log of the test's key holds `leaf` where it says.
pub(crate) fn check(receipt: &Receipt, leaf: &[u8]) {
    let proof = receipt.to_tlog_proof().unwrap();
    let verified = proof.verify(leaf, &key()).unwrap();
    assert_eq!(verified.index(), receipt.index);
}
