//! The program: appends entries as the service does, and says what it signs and acknowledges.

use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use ledger::{NoteSignError, NoteSigner, SoftwareSigner, VerifierKey, leaf_hash};
use rx_service::store::{DataKey, Identity, Locked, NewEntry};
use rx_service::worker::sequence::{LedgerFiles, Receipt, Sequencer, SequencerParts, Signers};
use tokio::sync::oneshot;

/// Origin of the log.
pub const ORIGIN: &str = "receta.faults/append";
/// Folder of the published files, beside the database.
pub const LEDGER: &str = "ledger";
/// Callers at once: entries of a batch.
const CALLERS: u64 = 30;
/// Short, so that tiles are written while entries are appended.
const PUBLISH_EVERY: Duration = Duration::from_millis(5);

/// The key of the log.
///
/// # Errors
/// Never: the origin can be a key name.
pub fn signer() -> Result<SoftwareSigner> {
    Ok(SoftwareSigner::from_seed(ORIGIN, &[3; 32])?)
}

/// What the tree hashes for the entry with this number.
#[must_use]
pub fn leaf(number: u64) -> Vec<u8> {
    number.to_be_bytes().repeat(8)
}

/// A key that says which head it signs before it signs: `signed <size> <root>`. What cannot be said
/// is not signed.
#[derive(Debug)]
struct Announcing(SoftwareSigner);

impl NoteSigner for Announcing {
    fn verifier_key(&self) -> &VerifierKey {
        self.0.verifier_key()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoteSignError> {
        let text = String::from_utf8_lossy(message);
        // The key signs the list of shards as well.
        if let Some(head) = text.strip_prefix(&format!("{ORIGIN}\n")) {
            let (size, root) = head.trim_end().split_once('\n').unwrap_or((head, "?"));
            let said = say(format!("signed {size} {root}\n").as_bytes());
            said.map_err(|error| NoteSignError::Device(error.into()))?;
        }
        self.0.sign(message)
    }
}

/// One `write` to the pipe that whoever started this program reads.
fn say(lines: &[u8]) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(lines)?;
    out.flush()
}

/// Appends the entries with these numbers, `CALLERS` at a time, each waiting for its receipt, and
/// says `ack <index> <leaf hash>` for each. What was appended before gets the index it has.
///
/// # Errors
/// Whatever stops the ledger.
pub async fn append(folder: &Path, numbers: Range<u64>) -> Result<()> {
    let url = Locked::sqlite_url(&folder.join("receta.db"));
    let data_key = DataKey::new(&[1; DataKey::SECRET_LEN])?;
    let store = Locked::open(&url).await?.unlock(data_key);
    let signer = Arc::new(Announcing(signer()?));
    let key = signer.verifier_key().clone();
    let sequencer = Sequencer::open(SequencerParts {
        store,
        signers: &move |_| Ok(Signers::new(signer.clone(), Vec::new())),
        files: LedgerFiles::Directory(folder.join(LEDGER)),
        origin: ORIGIN.to_owned(),
        policy: None,
    })
    .await?;
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async {
        // Dropped or sent: either way it is time.
        drop(stopped.await);
    };
    let sequencing = tokio::spawn(sequencer.clone().run(PUBLISH_EVERY, shutdown));
    let mut next = numbers.start;
    while next < numbers.end {
        let end = numbers.end.min(next + CALLERS);
        append_at_once(&sequencer, &key, next..end).await?;
        next = end;
    }
    drop(stop);
    sequencing.await?;
    Ok(sequencer.health()?)
}

async fn append_at_once(
    sequencer: &Sequencer,
    key: &VerifierKey,
    numbers: Range<u64>,
) -> Result<()> {
    let call = |number| {
        let sequencer = sequencer.clone();
        tokio::spawn(async move { sequencer.append(entry(number)).await })
    };
    let calls: Vec<_> = numbers.clone().map(call).collect();
    let mut lines = Vec::new();
    for (number, call) in numbers.zip(calls) {
        let receipt: Receipt = call.await??;
        let proof = receipt.to_tlog_proof()?;
        proof.verify(&leaf(number), key).context("a receipt")?;
        let leaf = leaf_hash(&leaf(number));
        writeln!(lines, "ack {} {leaf:?}", receipt.index)?;
    }
    Ok(say(&lines)?)
}

/// The clock goes backwards from entry to entry: an index comes from the order of arrival, and
/// nothing in store, sequencer and ledger is decided by a time.
fn entry(number: u64) -> NewEntry {
    let second = 2_000_000_000_i64.saturating_sub_unsigned(number);
    NewEntry {
        identity: Identity::new(second, &[&number.to_be_bytes()]),
        leaf: leaf(number),
    }
}
