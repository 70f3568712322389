//! The trees of all shards, from one signed checkpoint: each shard's opening is an entry of its tree
//! and names the last tree of the shard before, so that the newest signature binds every entry.

use ledger::{
    InclusionProof, ShardList, ShardOpening, ShardTrust, SignedNote, TreeHead, leaf_hash,
};

use super::check::CheckError;
use super::{Bundle, Entry};
use crate::shards::{claimed_list, follow_newest};
use crate::trust::{LogTrust, TrustedCheckpoint};

/// The tree of one shard.
struct ShardTree {
    /// Index of its first entry in the whole ledger.
    first: u64,
    head: TreeHead,
    origin: String,
}

/// The trees of the shards, newest first.
pub(super) struct Trees(Vec<ShardTree>);

impl Trees {
    /// Follows the openings of `bundle` from the signed tree down to the first shard.
    pub(super) fn of(bundle: &Bundle, signed: &TrustedCheckpoint) -> Result<Self, CheckError> {
        let head = signed.head();
        // The map head is the last entry of the signed tree, and names its own index.
        let end = bundle.map.head.index.checked_add(1);
        let first = end.and_then(|end| end.checked_sub(head.size));
        let newest = ShardTree {
            first: first.ok_or(CheckError::MapHead)?,
            head,
            origin: signed.checkpoint().origin().to_owned(),
        };
        let mut trees = Self(vec![newest]);
        for opening in &bundle.openings {
            let before = trees.before(opening)?;
            trees.0.push(before);
        }
        match trees.0.last() {
            Some(ShardTree { first: 0, .. }) => Ok(trees),
            _ => Err(CheckError::Openings),
        }
    }

    /// The tree before the oldest so far, which begins with `opening`.
    fn before(&self, opening: &Entry) -> Result<ShardTree, CheckError> {
        let oldest = self.0.last().ok_or(CheckError::Openings)?;
        if opening.index != oldest.first || oldest.first == 0 || opening.opening.is_some() {
            return Err(CheckError::Openings);
        }
        self.check(opening)?;
        let said = ShardOpening::decode(&opening.leaf).map_err(|_| CheckError::Openings)?;
        let first = oldest.first.checked_sub(said.head.size);
        Ok(ShardTree {
            first: first.ok_or(CheckError::Openings)?,
            head: said.head,
            origin: said.previous,
        })
    }

    /// Checks that an entry is in the tree of its shard.
    pub(super) fn check(&self, entry: &Entry) -> Result<(), CheckError> {
        let index = entry.index;
        let tree = self.0.iter().find(|tree| tree.first <= index);
        let tree = tree.ok_or(CheckError::Openings)?;
        let proof = InclusionProof {
            index: index - tree.first,
            size: tree.head.size,
            path: entry.path.clone(),
        };
        let included = proof.verify(leaf_hash(&entry.leaf), tree.head.root);
        included.map_err(|reason| CheckError::Inclusion { index, reason })?;
        Ok(())
    }

    /// Whether `index` is of the last entry of the signed tree.
    pub(super) fn is_last(&self, index: u64) -> bool {
        let newest = self.0.first();
        newest.is_some_and(|tree| index.checked_sub(tree.first) == tree.head.size.checked_sub(1))
    }

    /// How many shards there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the list says the same of all of them.
    pub(super) fn agree_with(&self, list: &ShardList) -> bool {
        let listed = list.shards();
        let Some(listed) = listed.get(..self.0.len()) else {
            return false;
        };
        let mut pairs = listed.iter().zip(self.0.iter().rev()).enumerate();
        pairs.all(|(place, (listed, tree))| {
            let is_newest = place + 1 == self.0.len();
            let ended = match listed.closed() {
                // The signed tree may be from before the end.
                Some(end) if is_newest => tree.head.size <= end.size,
                Some(end) => tree.head == end,
                None => is_newest,
            };
            ended && listed.origin() == tree.origin && listed.first() == tree.first
        })
    }
}

/// What the lists of a bundle lead to: whose checkpoints are believed for `origin`, and the list
/// that says so.
pub(super) fn follow_lists(
    bundle: &Bundle,
    origin: &str,
    pinned: &LogTrust,
) -> Result<(LogTrust, Option<ShardList>), CheckError> {
    let Some(newest) = bundle.shards.last() else {
        return Ok((pinned.clone(), None));
    };
    let mut believed = ShardTrust::pinned(pinned.keys());
    for text in &bundle.shards {
        let note = SignedNote::parse(text.as_bytes());
        let note = note.map_err(|reason| CheckError::Shards(reason.to_string()))?;
        // Lists from before the pinned key was in use say nothing to whoever pinned it.
        let followed = follow_newest(&mut believed, &note);
        let followed = followed.map_err(|reason| CheckError::Shards(reason.to_string()))?;
        if !followed && (believed.list().is_some() || text == newest) {
            let reason = "ninguna llave en la que ya se crea la firmó";
            return Err(CheckError::Shards(reason.to_owned()));
        }
        if !followed && claimed_list(&note).is_none() {
            return Err(CheckError::Shards("no es una lista".to_owned()));
        }
    }
    let list = believed.list().cloned();
    let keys = list.as_ref().map_or(&[][..], |list| list.keys_of(origin));
    Ok((pinned.of_origin(origin, keys)?, list))
}
