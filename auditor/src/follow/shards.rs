//! The shards of a ledger: which logs to follow, and with which keys, from its signed list.
//!
//! The list is kept in the mirror as `shards`, so that an older or a contradicting one is found out
//! later. The first shard is mirrored in the mirror itself, each later one in a folder of its name.

use std::path::PathBuf;

use ledger::{MAX_NOTE_BYTES, Shard, ShardRefusal, ShardTrust, SignedNote};

use super::evidence;
use super::mirror::{Mirror, MirrorError, replace, sync_folder};
use super::retry::Fetcher;
use super::{Lie, RoundError};
use crate::trust::LogTrust;

const FILE: &str = "shards";
/// Two lists that contradict each other, in the evidence of the mirror (`ledger::ShardFork`).
const FORK: &str = "listas-de-segmentos.txt";

/// A later shard, to be followed like the first.
#[derive(Debug)]
pub struct LaterShard {
    /// Its name below the address of the first.
    pub name: String,
    /// Where it is mirrored.
    pub directory: PathBuf,
    /// The pinned witnesses, and the keys that the list names.
    pub trust: LogTrust,
}

/// Fetches the list of shards, if the ledger has one, and returns the later shards that it names.
pub(super) fn later(
    mirror: &Mirror,
    fetcher: &Fetcher<'_>,
    trust: &LogTrust,
) -> Result<Vec<LaterShard>, RoundError> {
    let path = mirror.root().join(FILE);
    let mut believed = ShardTrust::pinned(trust.keys());
    let kept = Mirror::read_note(&path)?;
    if let Some(kept) = &kept {
        follow(&mut believed, kept).map_err(|reason| MirrorError::Checkpoint {
            path: path.clone(),
            reason: reason.to_string(),
        })?;
    }
    match fetcher.get(FILE, MAX_NOTE_BYTES)? {
        None if kept.is_some() => {
            return Err(Lie::Shards("el servidor ya no publica la que publicó".to_owned()).into());
        }
        None => return Ok(Vec::new()),
        Some(bytes) if kept.as_ref() == Some(&bytes) => {}
        Some(bytes) => {
            if let Err(reason) = follow(&mut believed, &bytes) {
                keep_fork(mirror, &reason)?;
                return Err(Lie::Shards(reason.to_string()).into());
            }
            replace(&path, &bytes)?;
            sync_folder(mirror.root())?;
        }
    }
    let shards = believed.list().map_or(&[][..], ledger::ShardList::shards);
    let Some((first, later)) = shards.split_first() else {
        return Ok(Vec::new());
    };
    let later = later.iter();
    later
        .map(|shard| named(mirror, trust, first.origin(), shard))
        .collect()
}

fn follow(believed: &mut ShardTrust, bytes: &[u8]) -> Result<(), ShardRefusal> {
    believed.follow(&SignedNote::parse(bytes)?)
}

/// Keeps two lists that contradict each other.
fn keep_fork(mirror: &Mirror, reason: &ShardRefusal) -> Result<(), MirrorError> {
    if let ShardRefusal::Fork { evidence, .. } = reason {
        let folder = mirror.root().join(evidence::FOLDER);
        replace(&folder.join(FORK), evidence.to_string().as_bytes())?;
        sync_folder(&folder)?;
    }
    Ok(())
}

/// A shard's origin is that of the first, a slash, and its name, which is also its folder here and
/// at the server: nothing that could lead elsewhere.
fn named(
    mirror: &Mirror,
    trust: &LogTrust,
    first: &str,
    shard: &Shard,
) -> Result<LaterShard, RoundError> {
    let name = shard.origin().strip_prefix(first);
    let name = name.and_then(|rest| rest.strip_prefix('/'));
    let plain = |name: &&str| {
        let letters = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        letters && !name.is_empty() && name.len() <= 64 && !["tile", "evidence"].contains(name)
    };
    let Some(name) = name.filter(plain) else {
        let reason = format!("el origen «{}» no nombra un segmento", shard.origin());
        return Err(Lie::Shards(reason).into());
    };
    let trust = trust.with_keys(shard.keys());
    Ok(LaterShard {
        name: name.to_owned(),
        directory: mirror.root().join(name),
        trust: trust.map_err(|reason| Lie::Shards(reason.to_string()))?,
    })
}
