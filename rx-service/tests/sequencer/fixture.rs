//! A sequencer that runs, and what it is given.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ledger::{NoteSigner, Policy, SoftwareSigner, TileDirectory, VerifierKey, verify_directory};
use rx_service::store::{DataKey, Identity, Locked, NewEntry, Store};
use rx_service::worker::sequence::{Receipt, SequenceError, Sequencer, SequencerParts, Signers};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub(crate) const ORIGIN: &str = "receta.example/ledger";
const PUBLISH_EVERY: Duration = Duration::from_millis(20);

pub(crate) fn signer() -> SoftwareSigner {
    SoftwareSigner::from_seed(ORIGIN, &[1; 32]).unwrap()
}

pub(crate) fn key() -> VerifierKey {
    signer().verifier_key().clone()
}

/// Where a sequencer works.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) url: String,
    pub(crate) directory: PathBuf,
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
            url: Locked::sqlite_url(&folder.join("receta.db")),
            directory: folder.join("ledger"),
            policy: None,
        }
    }

    pub(crate) async fn try_start(&self) -> Result<Running, SequenceError> {
        let data_key = DataKey::new(&[7; DataKey::SECRET_LEN]).unwrap();
        let store = Locked::open(&self.url).await?.unlock(data_key);
        let signers = |_: &str| Ok(Signers::new(Arc::new(signer()), Vec::new()));
        let sequencer = Sequencer::open(SequencerParts {
            store: store.clone(),
            signers: &signers,
            directory: self.directory.clone(),
            origin: ORIGIN.to_owned(),
            policy: self.policy.clone(),
        })
        .await?;
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

/// The receipt proves that the log of the test's key holds `leaf` where it says.
pub(crate) fn check(receipt: &Receipt, leaf: &[u8]) {
    let proof = receipt.to_tlog_proof().unwrap();
    let verified = proof.verify(leaf, &key()).unwrap();
    assert_eq!(verified.index(), receipt.index);
}
