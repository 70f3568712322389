//! The shards of a ledger: which logs to follow, and with which keys, from its signed list.
//!
//! The list is kept in the mirror as `shards`, so that an older or a contradicting one is found out
//! later, and beside it every list that led to it.

use ledger::{MAX_NOTE_BYTES, ShardList, ShardRefusal, ShardTrust, SignedNote};

use super::evidence;
use super::mirror::{Mirror, MirrorError, replace, sync_folder};
use super::retry::Fetcher;
use super::{Lie, RoundError};
use crate::shards::{
    self, LIST, MirrorShard, ShardsError, claimed_list, follow_newest, follow_through, note_of,
    of_list, path_of_version,
};
use crate::trust::LogTrust;

/// Two lists that contradict each other, in the evidence of the mirror (`ledger::ShardFork`).
const FORK: &str = "listas-de-segmentos.txt";
/// Older lists asked for in a round. Each new shard and each new key makes one.
const MOST_ASKED: usize = 1024;

impl From<ShardsError> for RoundError {
    fn from(error: ShardsError) -> Self {
        Self::Lie(Lie::Shards(error.to_string()))
    }
}

/// The shards that the mirror knows of without asking anyone; the first at least.
pub(super) fn known(mirror: &Mirror, pinned: &LogTrust) -> Result<Vec<MirrorShard>, RoundError> {
    let believed = kept(mirror, pinned)?;
    named(mirror, pinned, believed.list())
}

/// Fetches the list of shards, if the ledger has one, and returns the shards that it names.
pub(super) fn fetch(
    mirror: &Mirror,
    fetcher: &Fetcher<'_>,
    pinned: &LogTrust,
) -> Result<Vec<MirrorShard>, RoundError> {
    let mut believed = kept(mirror, pinned)?;
    match fetcher.get(LIST, MAX_NOTE_BYTES)? {
        None if believed.list().is_some() => {
            return Err(Lie::Shards("el servidor ya no publica la que publicó".to_owned()).into());
        }
        None => {}
        Some(bytes) => follow(mirror, fetcher, &mut believed, &bytes)?,
    }
    named(mirror, pinned, believed.list())
}

/// What the mirror believes so far. A list that is there and is not believed is a matter of this
/// computer: it was, when it was kept.
fn kept(mirror: &Mirror, pinned: &LogTrust) -> Result<ShardTrust, RoundError> {
    let kept = shards::kept(mirror.root(), pinned);
    let kept = kept.map_err(|reason| MirrorError::Checkpoint {
        path: mirror.root().join(LIST),
        reason: reason.to_string(),
    })?;
    Ok(kept.unwrap_or_else(|| ShardTrust::pinned(pinned.keys())))
}

/// Follows to what the server shows, through older lists where need be, and keeps all of them.
fn follow(
    mirror: &Mirror,
    fetcher: &Fetcher<'_>,
    believed: &mut ShardTrust,
    bytes: &[u8],
) -> Result<(), RoundError> {
    let path = mirror.root().join(LIST);
    if Mirror::read_note(&path)?.as_deref() == Some(bytes) {
        return Ok(());
    }
    let newest = note_of(bytes)?;
    let mut lists = Vec::new();
    if !accept(mirror, follow_newest(believed, &newest))? {
        let older = older(fetcher, believed, &newest)?;
        lists = accept(mirror, follow_through(believed, older, &newest))?;
    }
    lists.push(newest);
    for list in &lists {
        if let Some(version) = version_of(list) {
            let path = path_of_version(mirror.root(), version);
            replace(&path, list.to_string().as_bytes())?;
        }
    }
    // COMMIT POINT of a list. Before it the mirror knows the old one, and perhaps lists between the
    // two, which say nothing by themselves.
    sync_folder(mirror.root())?;
    replace(&path, bytes)?;
    Ok(sync_folder(mirror.root())?)
}

/// The lists between what is believed and the newest, as far as the server has them.
fn older(
    fetcher: &Fetcher<'_>,
    believed: &ShardTrust,
    newest: &SignedNote,
) -> Result<Vec<SignedNote>, RoundError> {
    let known = believed.list().map_or(0, ShardList::version);
    let from = known.saturating_add(1);
    let to = version_of(newest).unwrap_or_default();
    let mut found = Vec::new();
    for version in (from..to).take(MOST_ASKED) {
        let list = fetcher.get(&format!("{LIST}/{version}"), MAX_NOTE_BYTES)?;
        found.extend(list.and_then(|bytes| SignedNote::parse(&bytes).ok()));
    }
    Ok(found)
}

fn version_of(note: &SignedNote) -> Option<u64> {
    claimed_list(note).map(|list| list.version())
}

/// Passes on what came of a list; keeps two that contradict each other.
fn accept<T>(mirror: &Mirror, followed: Result<T, ShardsError>) -> Result<T, RoundError> {
    if let Err(ShardsError::Refused(refusal)) = &followed
        && let ShardRefusal::Fork { evidence, .. } = refusal.as_ref()
    {
        let folder = mirror.root().join(evidence::FOLDER);
        replace(&folder.join(FORK), evidence.to_string().as_bytes())?;
        sync_folder(&folder)?;
    }
    Ok(followed?)
}

fn named(
    mirror: &Mirror,
    pinned: &LogTrust,
    list: Option<&ShardList>,
) -> Result<Vec<MirrorShard>, RoundError> {
    Ok(match list {
        Some(list) => of_list(mirror.root(), pinned, list)?,
        None => vec![MirrorShard {
            directory: mirror.root().to_owned(),
            trust: pinned.clone(),
            listed: None,
        }],
    })
}
