//! The shards of a mirror: which folders are logs of the ledger, in which order, and by whose keys.
//!
//! The first shard is the mirror itself; each later one is a folder of its name. The signed list of
//! them is kept as `shards`, and every list that was believed on the way to it as
//! `shards.<version>`: whoever pinned an old key follows them again, offline.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ledger::{
    MAX_NOTE_BYTES, NoteError, Shard, ShardList, ShardRefusal, ShardTrust, SignedCheckpoint,
    SignedNote, VerifierKey,
};

use crate::trust::LogTrust;

/// The newest list, in the mirror and at the server.
pub(crate) const LIST: &str = "shards";
/// Names that a mirror or a server uses for something else.
const RESERVED: [&str; 7] = [
    "tile",
    "evidence",
    "checkpoint",
    "shards",
    "lock",
    "map",
    "bodies",
];
/// Older lists looked at in a mirror.
const MOST_LISTS: usize = 4096;

/// One log of a mirror, and whose checkpoints are believed for it.
#[derive(Debug, Clone)]
pub struct MirrorShard {
    /// Where its files are.
    pub directory: PathBuf,
    /// The pinned witnesses, and the keys of this log alone.
    pub trust: LogTrust,
    /// What the signed list says of it, where there is one.
    pub listed: Option<Shard>,
}

/// Why the shards of a mirror are not known.
#[derive(Debug, thiserror::Error)]
pub enum ShardsError {
    /// The operating system refused.
    #[error("{} no se puede leer: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The list is not believed.
    #[error("{}", in_spanish(.0))]
    Refused(Box<ShardRefusal>),
    /// An origin of the list is not the first one, a slash and a name.
    #[error("el origen «{0}» no nombra un segmento")]
    Origin(String),
    /// The keys of a shard make no policy.
    #[error("{0}")]
    Keys(String),
}

impl From<ShardRefusal> for ShardsError {
    fn from(refusal: ShardRefusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// Why a list of shards is not believed.
fn in_spanish(refusal: &ShardRefusal) -> String {
    match refusal {
        ShardRefusal::List(reason) => format!("no tiene la forma publicada (detalle: {reason})"),
        ShardRefusal::Note(reason) => {
            format!("no la firmó ninguna llave en la que ya se crea (detalle: {reason})")
        }
        ShardRefusal::NewestKey(reason) => {
            format!("no la firmó la llave del segmento más nuevo (detalle: {reason})")
        }
        ShardRefusal::SignerNotListed => "no nombra la llave que la firmó".to_owned(),
        ShardRefusal::Older { offered, known } => {
            format!("es la versión {offered}, y ya se conoce la {known}")
        }
        ShardRefusal::Fork { reason, .. } => {
            format!("contradice otra que el registro firmó (detalle: {reason})")
        }
    }
}

/// The shards of the mirror in `root`, oldest first; never none. Where it has no list, the later
/// ones are those that `pinned` names besides, in its order, as far as there are folders of them.
///
/// # Errors
/// [`ShardsError`]: there is a list, and it is not believed.
pub fn of_mirror(root: &Path, pinned: &LogTrust) -> Result<Vec<MirrorShard>, ShardsError> {
    if let Some(believed) = kept(root, pinned)?
        && let Some(list) = believed.list()
    {
        return of_list(root, pinned, list);
    }
    let alone = |directory: PathBuf, trust| MirrorShard {
        directory,
        trust,
        listed: None,
    };
    let Some(first) = claimed_origin(root) else {
        return Ok(vec![alone(root.to_owned(), pinned.clone())]);
    };
    let mut shards = vec![alone(root.to_owned(), pinned.clone())];
    for origin in pinned.origins() {
        let folder = name_of(&first, &origin).map(|name| root.join(name));
        if let Some(folder) = folder.filter(|folder| folder.is_dir()) {
            shards.push(alone(folder, of_origin(pinned, &origin, &[])?));
        }
    }
    if let [shard, _, ..] = shards.as_mut_slice() {
        shard.trust = of_origin(pinned, &first, &[])?;
    }
    Ok(shards)
}

/// The shards that a believed list names, in the mirror in `root`.
pub(crate) fn of_list(
    root: &Path,
    pinned: &LogTrust,
    list: &ShardList,
) -> Result<Vec<MirrorShard>, ShardsError> {
    let first = list.shards().first().map_or("", Shard::origin);
    let each = list.shards().iter().map(|shard| {
        let directory = if shard.origin() == first {
            root.to_owned()
        } else {
            let name = name_of(first, shard.origin());
            root.join(name.ok_or_else(|| ShardsError::Origin(shard.origin().to_owned()))?)
        };
        Ok(MirrorShard {
            directory,
            trust: of_origin(pinned, shard.origin(), shard.keys())?,
            listed: Some(shard.clone()),
        })
    });
    each.collect()
}

fn of_origin(
    pinned: &LogTrust,
    origin: &str,
    keys: &[VerifierKey],
) -> Result<LogTrust, ShardsError> {
    let trust = pinned.of_origin(origin, keys);
    trust.map_err(|reason| ShardsError::Keys(reason.to_string()))
}

/// A later shard's origin is that of the first, a slash, and its name, which is also its folder in
/// the mirror and at the server: nothing that could lead elsewhere.
pub(crate) fn name_of<'o>(first: &str, origin: &'o str) -> Option<&'o str> {
    let name = origin.strip_prefix(first)?.strip_prefix('/')?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let allowed = (1..=64).contains(&name.len()) && name.bytes().all(plain);
    Some(name).filter(|name| allowed && !RESERVED.contains(name))
}

/// The shards of the mirror in `root` as its list claims them, for whoever leaves the check to
/// others.
///
/// # Errors
/// [`ShardsError`]: the list cannot be read.
pub(crate) fn claimed(root: &Path) -> Result<Vec<PathBuf>, ShardsError> {
    let bytes = read(&root.join(LIST))?;
    let list = bytes.and_then(|bytes| claimed_list(&SignedNote::parse(&bytes).ok()?));
    let Some((list, first)) = list.as_ref().zip(claimed_origin(root)) else {
        return Ok(vec![root.to_owned()]);
    };
    let later = list.shards().iter().skip(1).map(|shard| {
        let name = name_of(&first, shard.origin());
        let name = name.ok_or_else(|| ShardsError::Origin(shard.origin().to_owned()));
        Ok(root.join(name?))
    });
    std::iter::once(Ok(root.to_owned())).chain(later).collect()
}

/// The kept lists that lead from the pinned keys to the newest, oldest first; without pinned keys
/// all of them.
///
/// # Errors
/// [`ShardsError`].
pub(crate) fn lists(
    root: &Path,
    pinned: Option<&LogTrust>,
) -> Result<Vec<SignedNote>, ShardsError> {
    let Some(newest) = read(&root.join(LIST))? else {
        return Ok(Vec::new());
    };
    let newest = note_of(&newest)?;
    let mut lists = older_lists(root)?;
    if let Some(pinned) = pinned {
        let mut believed = ShardTrust::pinned(pinned.keys());
        lists = if follow_newest(&mut believed, &newest)? {
            Vec::new()
        } else {
            follow_through(&mut believed, lists, &newest)?
        };
    }
    lists.retain(|list| *list != newest);
    lists.push(newest);
    Ok(lists)
}

/// The newest list that the mirror keeps, believed from the pinned keys on; `None` where it keeps
/// none.
///
/// # Errors
/// [`ShardsError`].
pub(crate) fn kept(root: &Path, pinned: &LogTrust) -> Result<Option<ShardTrust>, ShardsError> {
    let Some(newest) = read(&root.join(LIST))? else {
        return Ok(None);
    };
    let mut believed = ShardTrust::pinned(pinned.keys());
    let newest = note_of(&newest)?;
    if !follow_newest(&mut believed, &newest)? {
        follow_through(&mut believed, older_lists(root)?, &newest)?;
    }
    Ok(Some(believed))
}

/// Follows to a list. `false` where no believed key signed it: older ones may lead there.
///
/// # Errors
/// [`ShardsError`]: it is wrong otherwise.
pub(crate) fn follow_newest(
    believed: &mut ShardTrust,
    newest: &SignedNote,
) -> Result<bool, ShardsError> {
    match believed.follow(newest) {
        Ok(()) => Ok(true),
        Err(ShardRefusal::Note(NoteError::UnknownSigner)) => Ok(false),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Follows the older lists in their order, and then the newest. Those that are not believed, or
/// older than what is, are passed over; returns the others.
///
/// # Errors
/// [`ShardsError`]: they contradict each other, or do not lead to the newest.
pub(crate) fn follow_through(
    believed: &mut ShardTrust,
    older: Vec<SignedNote>,
    newest: &SignedNote,
) -> Result<Vec<SignedNote>, ShardsError> {
    let mut steps = Vec::new();
    for note in older {
        match believed.follow(&note) {
            Ok(()) => steps.push(note),
            Err(fork @ ShardRefusal::Fork { .. }) => return Err(fork.into()),
            Err(_) => {}
        }
    }
    believed.follow(newest)?;
    Ok(steps)
}

/// The lists that the mirror keeps, the newest included, in the order of their versions.
pub(crate) fn older_lists(root: &Path) -> Result<Vec<SignedNote>, ShardsError> {
    let failed = |source| ShardsError::Io {
        path: root.to_owned(),
        source,
    };
    let mut versions = Vec::new();
    for entry in fs::read_dir(root).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let version = name.to_str().and_then(|name| name.strip_prefix("shards."));
        versions.extend(version.and_then(|version| version.parse::<u64>().ok()));
    }
    versions.sort_unstable();
    versions.truncate(MOST_LISTS);
    let mut lists = Vec::new();
    for version in versions {
        let bytes = read(&path_of_version(root, version))?;
        lists.extend(bytes.and_then(|bytes| SignedNote::parse(&bytes).ok()));
    }
    Ok(lists)
}

/// Where the mirror keeps a list by its version.
pub(crate) fn path_of_version(root: &Path, version: u64) -> PathBuf {
    root.join(format!("{LIST}.{version}"))
}

pub(crate) fn note_of(bytes: &[u8]) -> Result<SignedNote, ShardsError> {
    SignedNote::parse(bytes).map_err(|reason| ShardRefusal::Note(reason).into())
}

/// What a list says, signed by nobody yet.
pub(crate) fn claimed_list(note: &SignedNote) -> Option<ShardList> {
    let note = note.to_string();
    // A list has no blank lines: the first one ends it.
    let end = note.find("\n\n")?;
    ShardList::parse(note.get(..=end)?).ok()
}

/// A small file; `None` where there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, ShardsError> {
    let failed = |source| ShardsError::Io {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?,
    };
    let mut bytes = Vec::new();
    let mut limited = file.take(MAX_NOTE_BYTES as u64 + 1);
    limited.read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

/// The origin that the checkpoint in a folder claims. Nothing is verified.
fn claimed_origin(folder: &Path) -> Option<String> {
    let bytes = read(&folder.join("checkpoint")).ok()??;
    let signed = SignedCheckpoint::parse(&bytes).ok()?;
    Some(signed.claimed().origin().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(name_of("a.mx/l", "a.mx/l/2027"), Some("2027"));
        for origin in [
            "a.mx/l",
            "a.mx/l/",
            "a.mx/l2027",
            "a.mx/l/..",
            "a.mx/l/a/b",
            "a.mx/l/tile",
            "a.mx/l/checkpoint",
            "b.mx/l/2027",
        ] {
            assert_eq!(name_of("a.mx/l", origin), None, "{origin}");
        }
    }
}
