//! Opening: everything that was committed is read, checked and taken up before anything is signed.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, RwLock};

use ledger::{
    Frontier, Hash, Log, Policy, PublishedTree, SignedCheckpoint, TileSource, TreeHead,
    VerifierKey, empty_root, leaf_hash, verify_directory,
};
use tokio::sync::{Notify, mpsc};

use super::batch::{PAGE, sign};
use super::files::{LedgerFiles, name_of};
use super::receipt::{Receipt, Waiting};
use super::shards::{SignersOf, keep_list};
use super::tree::Tree;
use super::witnesses::Witnesses;
use super::{Inner, SequenceError, Sequencer, Signers, append, log_error, sign_error};
use crate::store::{SequencedEntry, Shard, Store};

/// What a sequencer is made of.
pub struct SequencerParts<'k> {
    /// The database.
    pub store: Store,
    /// The keys of the log with an origin, or why there are none.
    pub signers: SignersOf<'k>,
    /// Where the ledger's files are.
    pub files: LedgerFiles,
    /// Origin of the first shard's checkpoints.
    pub origin: String,
    /// Who must cosign the public checkpoint, and where they are asked; absent: nobody.
    pub policy: Option<Policy>,
}

/// A log that no entry is added to any more.
pub(super) struct ClosedShard {
    pub(super) shard: Shard,
    tree: PublishedTree,
    checkpoint: Arc<SignedCheckpoint>,
}

impl Sequencer {
    /// Opens the log. Reads every entry that the database has given an index, checks each row, the
    /// roots that they lead to and every published tile, rebuilds the map, replays what the files
    /// do not show yet, and only then signs the head. Nothing gets an index before [`Self::run`].
    ///
    /// # Errors
    /// Another process holds the directory, or files and database contradict each other or
    /// themselves: nothing is signed then.
    pub async fn open(parts: SequencerParts<'_>) -> Result<Self, SequenceError> {
        let SequencerParts {
            store,
            signers: signers_for,
            files,
            origin,
            policy,
        } = parts;
        let mut shards = store.shards(&origin, empty_root().0).await?;
        let sources = sources_of(&shards, &files)?;
        let mut all = shards.clone();
        let signers_of = signers_by_origin(&all, signers_for)?;
        let mut shard = shards.pop().ok_or_else(|| log_error("no shard"))?;
        let signers = signers_for(&shard.origin).map_err(log_error)?;
        let policy = policy.unwrap_or_else(|| Policy::of_log(newest_key(&signers)));
        let log = files.follow(&shard)?;
        verify_published(&log, files.source_of(&shard)?, &signers).await?;
        let mut tree = Tree::new(log);
        let mut closed = Vec::with_capacity(shards.len());
        for earlier in shards {
            read_entries(&store, &earlier, &mut |index, page| {
                tree.replay_map(index, page)
            })
            .await?;
            closed.push(ClosedShard::open(earlier, &files)?);
        }
        take_up_all(&store, &shard, &mut tree).await?;
        // Only now: what the database says of its shards is signed in the list, once files and
        // entries agree with it.
        let shard_list = keep_list(&store, &mut all, signers_for).await?;
        if let Some(newest) = all.last() {
            shard.keys.clone_from(&newest.keys);
        }
        let checkpoint = tree.log.checkpoint().map_err(sign_error)?;
        let signed = sign(checkpoint, &signers).map_err(|error| sign_error(error.into()))?;
        let (to_append, queue) = mpsc::channel(append::QUEUE);
        let sequencer = Self(Arc::new(Inner {
            store,
            signers,
            shards: all,
            signers_of,
            shard,
            closed,
            sources,
            files,
            leads: AtomicBool::new(false),
            shard_list,
            tree: Mutex::new(tree),
            signed: RwLock::new(Arc::new(signed)),
            waiting: Waiting::default(),
            wake: Notify::new(),
            to_append,
            queue: Mutex::new(Some(queue)),
            stopped: RwLock::new(None),
            witnesses: Witnesses::new(policy),
            held_back: RwLock::new(None),
        }));
        let inner = &sequencer.0;
        inner
            .witnesses
            .check_not_behind(inner, &inner.signed())
            .await?;
        if !sequencer.0.witnesses.are_needed() && !sequencer.0.files.are_shared() {
            sequencer.publish().await?;
        }
        Ok(sequencer)
    }
}

fn signers_by_origin(
    shards: &[Shard],
    signers_of: SignersOf<'_>,
) -> Result<HashMap<String, Signers>, SequenceError> {
    let signers = shards.iter().map(|shard| {
        let signers = signers_of(&shard.origin).map_err(log_error)?;
        Ok((shard.origin.clone(), signers))
    });
    signers.collect()
}

/// Where the files of each shard are read, by the name of the shard; the first has none.
fn sources_of(
    shards: &[Shard],
    files: &LedgerFiles,
) -> Result<HashMap<String, Arc<dyn TileSource>>, SequenceError> {
    let sources = shards.iter().map(|shard| {
        let source = files.source_of(shard)?;
        Ok((name_of(shard).to_owned(), source))
    });
    sources.collect()
}

fn newest_key(signers: &Signers) -> VerifierKey {
    signers.newest().verifier_key().clone()
}

/// Verifies every published tile against the signed checkpoint, before anything is built on it.
async fn verify_published(
    log: &Log,
    source: Arc<dyn TileSource>,
    signers: &Signers,
) -> Result<(), SequenceError> {
    if log.published_size() == 0 {
        return Ok(());
    }
    let published = source.read_checkpoint().map_err(log_error)?;
    let published = published.ok_or_else(|| log_error("the published checkpoint is gone"))?;
    // During a rotation the newest key may not have signed what is public.
    let key = signers
        .verifier_keys()
        .find(|key| published.verify(key).is_ok())
        .cloned();
    let key = key.ok_or_else(|| log_error("the published checkpoint is not by a key of ours"))?;
    let verify = move || verify_directory(&source, &key, &[], &mut |_| {});
    tokio::task::spawn_blocking(verify)
        .await
        .map_err(log_error)?
        .map_err(log_error)
        .map(drop)
}

/// Takes a page of entries, the first of which has this index.
type Visit<'v> = &'v mut dyn FnMut(u64, &[SequencedEntry]) -> Result<(), SequenceError>;

/// Reads the entries of a shard, page by page, and checks that they lead to its committed root.
async fn read_entries(store: &Store, shard: &Shard, visit: Visit<'_>) -> Result<(), SequenceError> {
    let mut frontier = Frontier::new();
    while frontier.size() < shard.head.size {
        let left = i64::try_from(shard.head.size - frontier.size()).unwrap_or(PAGE);
        let index = shard.first + frontier.size();
        let page = store.sequenced_entries(index, PAGE.min(left)).await?;
        if page.is_empty() {
            return Err(log_error("the database lacks entries below its tree head"));
        }
        for entry in &page {
            frontier.push(leaf_hash(&entry.leaf), &mut |_, _| {});
        }
        visit(index, &page)?;
    }
    if frontier.root() == Hash(shard.head.root) {
        return Ok(());
    }
    Err(log_error(format!(
        "the entries in the database do not lead to the root of shard {}; restore it from a copy",
        shard.origin
    )))
}

/// Brings log and map to the committed head.
async fn take_up_all(store: &Store, shard: &Shard, tree: &mut Tree) -> Result<(), SequenceError> {
    if tree.log.size() > shard.head.size {
        return Err(log_error(format!(
            "{} entries are published, the database committed {}: it was restored from an older \
             copy; do not append",
            tree.log.size(),
            shard.head.size
        )));
    }
    read_entries(store, shard, &mut |index, page| {
        // What is published already is only checked; a page may lie on both sides.
        let known = (shard.first + tree.log.size()).saturating_sub(index);
        let known = usize::try_from(known).unwrap_or(usize::MAX).min(page.len());
        let (published, new) = page.split_at(known);
        tree.replay_map(index, published)?;
        if new.is_empty() {
            return Ok(());
        }
        tree.replay(shard, shard.first + tree.log.size(), new)
    })
    .await?;
    let expected = TreeHead {
        size: shard.head.size,
        root: Hash(shard.head.root),
    };
    tree.log.confirm_head(expected).map_err(log_error)
}

impl ClosedShard {
    fn open(shard: Shard, files: &LedgerFiles) -> Result<Self, SequenceError> {
        let files = files.source_of(&shard)?;
        let checkpoint = files.read_checkpoint().map_err(log_error)?;
        let checkpoint = checkpoint
            .filter(|checkpoint| {
                let head = checkpoint.claimed().head();
                (head.size, head.root.0) == (shard.head.size, shard.head.root)
            })
            .ok_or_else(|| log_error(format!("{} is not published to its end", shard.origin)))?;
        Ok(Self {
            tree: PublishedTree::new(files, shard.head.size),
            shard,
            checkpoint: Arc::new(checkpoint),
        })
    }
}

/// The receipt of an entry of a closed shard, under that shard's last checkpoint.
pub(super) fn receipt_of_closed(
    closed: &[ClosedShard],
    index: u64,
) -> Result<Receipt, SequenceError> {
    let of = closed
        .iter()
        .find(|closed| (closed.shard.first..closed.shard.end()).contains(&index));
    let of = of.ok_or_else(|| log_error(format!("no shard has entry {index}")))?;
    let in_tree = index - of.shard.first;
    let inclusion = of.tree.inclusion_proof(in_tree, of.shard.head.size);
    Ok(Receipt::new(
        inclusion.map_err(log_error)?,
        Arc::clone(&of.checkpoint),
        of.shard.first,
    ))
}
