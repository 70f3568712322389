//! The log and the map that its entries lead to, in step.

use ledger::{Hash, Log, MapHead, MapKey, PrefixMap, Staged, TreeHead, value_hash};
use prescription::leaf::Leaf;
use prescription::map::{MapUpdate, updates};

use super::{SequenceError, log_error};
use crate::store::{Batch, CommittedHead, Identity, NewEntry, SequencedEntry, Shard};

/// The log under way, with the map of everything before it and in it.
pub(super) struct Tree {
    pub(super) log: Log,
    pub(super) map: PrefixMap,
    /// A batch is staged: the map is ahead of what is committed.
    ahead: bool,
}

/// A batch with its place in the tree, before the database has committed to it.
pub(super) struct StagedBatch {
    pub(super) batch: Batch,
    staged: Staged,
    undo: Undo,
}

/// What the map held before, newest change last.
#[derive(Default)]
struct Undo(Vec<(MapKey, Option<Hash>)>);

impl Tree {
    /// A log, and the empty map before its first entry.
    pub(super) fn new(log: Log) -> Self {
        Self {
            log,
            map: PrefixMap::new(),
            ahead: false,
        }
    }

    /// Whether a batch is staged, so that the map says more than is committed.
    pub(super) fn is_ahead(&self) -> bool {
        self.ahead
    }

    /// Computes indices, map head and root for waiting entries.
    ///
    /// The map goes ahead of the database by this batch: [`Self::adopt`] or [`Self::abandon`] what
    /// this returns, before anything else happens to the tree.
    pub(super) fn stage(
        &mut self,
        shard: &Shard,
        entries: Vec<SequencedEntry>,
    ) -> Result<StagedBatch, SequenceError> {
        let before = self.log.head();
        let first_index = shard.first + before.size;
        let mut undo = Undo::default();
        for entry in &entries {
            apply_leaf(&mut self.map, &entry.leaf, &mut undo);
        }
        let count = u64::try_from(entries.len()).map_err(log_error)?;
        let last = self.map_head(first_index + count);
        let leaves = entries.iter().map(|entry| entry.leaf.as_slice());
        let leaves: Vec<_> = leaves.chain([last.leaf.as_slice()]).collect();
        let staged = self.log.stage(&leaves).map_err(log_error);
        let staged = match staged {
            Ok(staged) => staged,
            Err(error) => {
                undo.run(&mut self.map);
                return Err(error);
            }
        };
        self.ahead = true;
        let after = CommittedHead {
            size: staged.size(),
            root: staged.root().0,
        };
        let batch = Batch {
            shard: shard.number,
            before: committed(before),
            after,
            first_index,
            entries: entries.into(),
            last,
        };
        Ok(StagedBatch {
            batch,
            staged,
            undo,
        })
    }

    /// The database committed the batch.
    pub(super) fn adopt(&mut self, staged: StagedBatch) -> Result<(), SequenceError> {
        self.ahead = false;
        self.log.adopt(staged.staged).map_err(log_error)
    }

    /// The database did not commit the batch: the map goes back.
    pub(super) fn abandon(&mut self, staged: StagedBatch) {
        self.ahead = false;
        staged.undo.run(&mut self.map);
    }

    /// Takes up entries that the database committed, from index `first_index` on. The map heads
    /// among them must be those of this map.
    pub(super) fn replay(
        &mut self,
        shard: &Shard,
        first_index: u64,
        entries: &[SequencedEntry],
    ) -> Result<(), SequenceError> {
        self.replay_map(first_index, entries)?;
        let in_tree = first_index.checked_sub(shard.first);
        let in_tree = in_tree.ok_or_else(|| log_error("an entry of a closed shard"))?;
        let leaves: Vec<_> = entries.iter().map(|entry| entry.leaf.as_slice()).collect();
        self.log.replay(in_tree, &leaves).map_err(log_error)
    }

    /// The map's part of [`Self::replay`], for entries that the log has already.
    pub(super) fn replay_map(
        &mut self,
        first_index: u64,
        entries: &[SequencedEntry],
    ) -> Result<(), SequenceError> {
        for (index, entry) in (first_index..).zip(entries) {
            if let Ok(head) = MapHead::decode(&entry.leaf) {
                self.check_map_head(&head, index)?;
            } else {
                apply_leaf(&mut self.map, &entry.leaf, &mut Undo::default());
            }
        }
        Ok(())
    }

    fn check_map_head(&mut self, found: &MapHead, index: u64) -> Result<(), SequenceError> {
        let due = MapHead {
            entries: index,
            keys: self.map.len(),
            root: self.map.root(),
        };
        if *found == due {
            return Ok(());
        }
        Err(log_error(format!(
            "the map head at entry {index} is not of the entries before it; the database is damaged"
        )))
    }

    fn map_head(&mut self, index: u64) -> NewEntry {
        let head = MapHead {
            entries: index,
            keys: self.map.len(),
            root: self.map.root(),
        };
        // An index is no time, but it grows like one.
        let second = i64::try_from(index).unwrap_or(i64::MAX);
        NewEntry {
            identity: Identity::new(second, &[b"map-head", &index.to_be_bytes()]),
            leaf: head.encode(),
        }
    }
}

impl Undo {
    fn run(self, map: &mut PrefixMap) {
        for (key, before) in self.0.into_iter().rev() {
            match before {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
    }
}

pub(super) fn committed(head: TreeHead) -> CommittedHead {
    CommittedHead {
        size: head.size,
        root: head.root.0,
    }
}

/// What a leaf does to the map; an entry that is no step of a prescription does nothing.
fn apply_leaf(map: &mut PrefixMap, leaf: &[u8], undo: &mut Undo) {
    let Ok(leaf) = Leaf::decode(leaf) else {
        return;
    };
    for update in updates(&leaf) {
        match update {
            MapUpdate::Set { key, value } => {
                let key = MapKey(key);
                let before = map.insert(key, value_hash(&value));
                undo.0.push((key, before));
            }
            MapUpdate::Release { key, holder } => {
                let (key, holder) = (MapKey(key), value_hash(&holder));
                if map.get(&key) == Some(holder) {
                    map.remove(&key);
                    undo.0.push((key, Some(holder)));
                }
            }
        }
    }
}
