//! One log after the other: the signed list of them, and the end of one with the beginning of the
//! next.

use ledger::{Hash, ShardList, ShardOpening, SignedNote, TreeHead, VerifierKey};

use super::open::SequencerParts;
use super::tree::committed;
use super::{SequenceError, Sequencer, Signers, log_error};
use crate::store::{Identity, NewEntry, Shard, Store};

/// The keys of the log with an origin, or why there are none.
pub type SignersOf<'k> = &'k (dyn Fn(&str) -> Result<Signers, String> + Send + Sync);

/// Names that the ledger's own paths have.
const RESERVED: [&str; 6] = ["tile", "checkpoint", "shards", "map", "bodies", "newest"];

/// A shard that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedShard {
    /// Origin of the log that ended, and its last size.
    pub closed: (String, u64),
    /// Origin of the new log.
    pub origin: String,
    /// Where its files are: a folder, or the beginning of their names in the bucket.
    pub place: String,
}

/// Takes note of the keys that sign the newest shard from now on, and signs the list of shards.
pub(super) async fn keep_list(
    store: &Store,
    shards: &mut [Shard],
    signers_of: SignersOf<'_>,
) -> Result<String, SequenceError> {
    let Some(newest) = shards.last_mut() else {
        return Err(log_error("no shard"));
    };
    let signers = signers_of(&newest.origin).map_err(log_error)?;
    // Oldest first: the signers are newest first.
    let in_use: Vec<_> = signers.verifier_keys().map(ToString::to_string).collect();
    let known = newest.keys.len();
    for key in in_use.into_iter().rev() {
        if !newest.keys.contains(&key) {
            newest.keys.push(key);
        }
    }
    if newest.keys.len() > known {
        store.set_shard_keys(newest.number, &newest.keys).await?;
    }
    let list = to_list(shards)?;
    let note = sign_list(&list, shards, signers_of)?;
    Ok(store.keep_shard_list(list.version(), note).await?)
}

/// Both a new key and a new shard make a new version.
fn to_list(shards: &[Shard]) -> Result<ShardList, SequenceError> {
    let keys: usize = shards.iter().map(|shard| shard.keys.len()).sum();
    let version = u64::try_from(keys + shards.len() - 1).map_err(log_error)?;
    let listed = shards.iter().enumerate().map(|(place, shard)| {
        let closed = (place + 1 < shards.len()).then_some(TreeHead {
            size: shard.head.size,
            root: Hash(shard.head.root),
        });
        let keys = shard.keys.iter().map(|key| key.parse::<VerifierKey>());
        let keys = keys.collect::<Result<_, _>>().map_err(log_error)?;
        ledger::Shard::new(shard.first, closed, keys).map_err(log_error)
    });
    ShardList::new(version, listed.collect::<Result<_, _>>()?).map_err(log_error)
}

/// Signed by every key in use of the two newest shards: who believes the one follows to the other.
fn sign_list(
    list: &ShardList,
    shards: &[Shard],
    signers_of: SignersOf<'_>,
) -> Result<String, SequenceError> {
    let mut note: Option<SignedNote> = None;
    for shard in shards.iter().rev().take(2) {
        let signers = signers_of(&shard.origin).map_err(log_error)?;
        for signer in signers.all() {
            if !shard.keys.contains(&signer.verifier_key().to_string()) {
                continue;
            }
            match &mut note {
                Some(note) => note.sign_also(signer).map_err(log_error)?,
                None => note = Some(SignedNote::sign(list.to_string(), signer).map_err(log_error)?),
            }
        }
    }
    let note = note.ok_or_else(|| log_error("no key in use signs the list of shards"))?;
    Ok(note.to_string())
}

/// Ends the open log and begins the next, called `name` (such as `2027`), while nothing else runs
/// on its directory. What waits is sequenced first, and the last head is published.
///
/// # Errors
/// The name cannot be one; the last head cannot be published, because a witness is missing; or
/// [`SequenceError`]. The old log is then open, as before.
pub async fn open_shard(
    parts: SequencerParts<'_>,
    name: &str,
) -> Result<OpenedShard, SequenceError> {
    check_name(name)?;
    let (signers_of, files) = (parts.signers, parts.files.clone());
    let sequencer = Sequencer::open(parts).await?;
    let leadership = sequencer.0.store.try_lead().await?;
    let leadership = leadership.ok_or_else(|| log_error("another replica leads; stop it first"))?;
    sequencer.take_the_lead().await?;
    sequencer.sequence_waiting().await?;
    sequencer.publish().await?;
    if let Some(missing) = sequencer.held_back() {
        return Err(log_error(format!(
            "the last head cannot be published: {missing}"
        )));
    }
    let inner = &sequencer.0;
    let (head, map_root) = {
        let mut tree = inner.tree();
        (tree.log.head(), tree.map.root())
    };
    let closing = Shard {
        head: committed(head),
        ..inner.shard.clone()
    };
    let first = inner
        .closed
        .first()
        .map_or(&closing.origin, |shard| &shard.shard.origin);
    let origin = format!("{first}/{name}");
    let opening = ShardOpening {
        previous: closing.origin.clone(),
        head,
        map_root,
    };
    let entry = NewEntry {
        identity: Identity::new(0, &[b"shard-opening", origin.as_bytes()]),
        leaf: opening.encode(),
    };
    let mut next = Shard {
        number: closing.number + 1,
        origin: origin.clone(),
        first: closing.end(),
        head: closing.head,
        keys: keys_of(signers_of, &origin)?,
    };
    let log = files.open(&next)?;
    let staged = log.stage(&[&entry.leaf]).map_err(log_error)?;
    next.head = committed(TreeHead {
        size: staged.size(),
        root: staged.root(),
    });
    let closed = (closing.origin.clone(), head.size);
    let place = files.place_of(&next);
    inner.store.open_shard(closing, next, entry).await?;
    leadership.resign().await;
    Ok(OpenedShard {
        closed,
        origin,
        place,
    })
}

fn keys_of(signers_of: SignersOf<'_>, origin: &str) -> Result<Vec<String>, SequenceError> {
    let signers = signers_of(origin).map_err(log_error)?;
    let mut keys: Vec<_> = signers.verifier_keys().map(ToString::to_string).collect();
    keys.reverse();
    Ok(keys)
}

/// A name is a folder and part of a URL and of an origin.
fn check_name(name: &str) -> Result<(), SequenceError> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=32).contains(&name.len()) && name.bytes().all(allowed) && !RESERVED.contains(&name) {
        return Ok(());
    }
    Err(log_error(format!(
        "a shard is called by at most 32 small letters, digits and hyphens, such as 2027, and not \
         one of {}",
        RESERVED.join(", ")
    )))
}
