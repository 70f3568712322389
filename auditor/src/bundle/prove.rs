//! Making a proof from a mirror, with all its shards.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use ledger::{
    DirectoryError, InclusionProof, MapHead, ProveError, PublishedTree, SignedCheckpoint,
    TileDirectory,
};

use super::scan::{Scanned, ShardTree, key_of, trees};
use super::{Bundle, Claim, Entry, FORMAT, MapPart, Opening};
use crate::shards::{self, ShardsError};
use crate::trust::{Distrust, LogTrust};
use crate::verify::bodies::{BodyLine, MAX_LINE, parse_line};

/// Why no proof was made.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The mirror has no checkpoint.
    #[error("el espejo no tiene checkpoint")]
    NoCheckpoint,
    /// The mirror's checkpoint is not believed.
    #[error("el checkpoint del espejo se rechaza: {0}")]
    Distrusted(#[from] Distrust),
    /// The list of shards in the mirror is not believed, or cannot be read.
    #[error("la lista de segmentos del espejo se rechaza: {0}")]
    Shards(#[from] ShardsError),
    /// The directory is the mirror of a later shard only.
    #[error(
        "es sólo un segmento, que continúa el registro {0}: dé el espejo que tiene todos, o no se \
         puede reconstruir el mapa"
    )]
    LaterShard(String),
    /// A later shard does not begin with its opening.
    #[error("HALLAZGO: el segmento en {} no empieza con su apertura", .0.display())]
    NoOpening(PathBuf),
    /// A file of the mirror is missing or damaged.
    #[error("el espejo está dañado; repárelo con auditor follow --repair (detalle: {0})")]
    Directory(#[from] DirectoryError),
    /// The leaves do not have the signed root.
    #[error(
        "el espejo está dañado: sus hojas no dan la raíz firmada; repárelo con auditor follow --repair"
    )]
    Root,
    /// The last entry is not a map head.
    #[error("la última entrada del árbol no es una cabeza de mapa: no se puede probar el estado")]
    NoMapHead,
    /// The log committed to another map than its leaves make.
    #[error("HALLAZGO: la raíz del mapa que el registro firmó no es la que resulta de sus hojas")]
    OtherMap,
    /// A proof could not be made from the tiles.
    #[error("no se pudo formar una prueba de inclusión (detalle: {0})")]
    Inclusion(String),
    /// The bodies could not be read.
    #[error("no se pueden leer los cuerpos: {0}")]
    Bodies(#[from] io::Error),
}

impl From<ProveError<DirectoryError>> for ProofError {
    fn from(error: ProveError<DirectoryError>) -> Self {
        Self::Inclusion(error.to_string())
    }
}

/// Makes the proof of `claim` at the newest checkpoint of the mirror. Without `trust` nobody has
/// checked who signed that; whoever checks the proof does. `bodies` are lines of a bodies' file;
/// `progress` gets entries done, and in all.
///
/// # Errors
/// [`ProofError`].
pub fn prove(
    mirror: &Path,
    trust: Option<&LogTrust>,
    claim: Claim,
    bodies: Option<&mut dyn BufRead>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Bundle, ProofError> {
    let (directories, signed) = newest(mirror, trust)?;
    let trees = trees(directories, signed.claimed().head())?;
    let mut scanned = Scanned::of(&trees, claim, progress)?;
    let newest = trees.last().ok_or(ProofError::NoCheckpoint)?;
    let end = newest.first + newest.head.size;
    let head = MapHead::decode(&scanned.last).map_err(|_| ProofError::NoMapHead)?;
    if head.root != scanned.map.root() || head.entries.checked_add(1) != Some(end) {
        return Err(ProofError::OtherMap);
    }
    let wanted: Vec<u64> = scanned.entries.iter().map(|(_, index, _)| *index).collect();
    let mut openings = match bodies {
        Some(bodies) => openings(bodies, &wanted)?,
        None => HashMap::new(),
    };
    let mut entries = Vec::with_capacity(scanned.entries.len());
    for (shard, index, leaf) in std::mem::take(&mut scanned.entries) {
        let tree = trees.get(shard).ok_or(ProofError::Root)?;
        let mut entry = entry(tree, index, leaf)?;
        entry.opening = openings.remove(&index);
        entries.push(entry);
    }
    Ok(Bundle {
        format: FORMAT.to_owned(),
        claim,
        checkpoint: signed.to_string(),
        entries,
        map: MapPart {
            head: entry(newest, end - 1, scanned.last)?,
            proof: scanned.map.prove(&key_of(claim)).encode(),
        },
        openings: shard_openings(&trees)?,
        shards: lists(mirror, trust, &signed, trees.len())?,
    })
}

/// The folders of the mirror's shards, and the checkpoint of the newest.
fn newest(
    mirror: &Path,
    trust: Option<&LogTrust>,
) -> Result<(Vec<PathBuf>, SignedCheckpoint), ProofError> {
    let (directories, trust) = match trust {
        Some(trust) => {
            let shards = shards::of_mirror(mirror, trust)?;
            let trust = shards.last().map(|shard| shard.trust.clone());
            let directories = shards.into_iter().map(|shard| shard.directory);
            (directories.collect(), trust)
        }
        None => (shards::claimed(mirror)?, None),
    };
    let directory = TileDirectory::open(directories.last().map_or(mirror, PathBuf::as_path))?;
    let signed = directory.read_checkpoint()?;
    let signed = signed.ok_or(ProofError::NoCheckpoint)?;
    if let Some(trust) = trust {
        trust.verify(&signed)?;
    }
    Ok((directories, signed))
}

/// An entry with its inclusion in the tree of its shard.
fn entry(tree: &ShardTree, index: u64, leaf: Vec<u8>) -> Result<Entry, ProofError> {
    let size = tree.head.size;
    let published = PublishedTree::new(tree.directory.clone(), size);
    let InclusionProof { path, .. } = published.inclusion_proof(index - tree.first, size)?;
    Ok(Entry {
        index,
        leaf,
        path,
        opening: None,
    })
}

/// The openings of the shards after the first, newest first.
fn shard_openings(trees: &[ShardTree]) -> Result<Vec<Entry>, ProofError> {
    let later = trees.iter().rev().filter(|tree| tree.first > 0);
    let opening = |tree: &ShardTree| Some((tree.first, tree.opening.clone()?));
    let openings = later.filter_map(|tree| Some((tree, opening(tree)?)));
    openings
        .map(|(tree, (first, opening))| entry(tree, first, opening))
        .collect()
}

/// The lists that whoever checks needs: none where the ledger has one shard, whose key is pinned.
fn lists(
    mirror: &Path,
    trust: Option<&LogTrust>,
    signed: &SignedCheckpoint,
    shards: usize,
) -> Result<Vec<String>, ProofError> {
    let pinned = trust.is_none_or(|trust| trust.verify_log(signed).is_ok());
    if shards == 1 && pinned {
        return Ok(Vec::new());
    }
    let lists = shards::lists(mirror, trust)?;
    Ok(lists.iter().map(ToString::to_string).collect())
}

/// The bodies of some entries. Lines of others, and what is no line, are passed over: what is taken
/// must open its leaf, and [`check`](super::check) says whether it does.
fn openings(mut bodies: &mut dyn BufRead, wanted: &[u64]) -> io::Result<HashMap<u64, Opening>> {
    let mut found = HashMap::new();
    loop {
        let mut line = Vec::new();
        let limit = MAX_LINE as u64 + 1;
        let mut limited = Read::take(&mut bodies, limit);
        if limited.read_until(b'\n', &mut line)? == 0 {
            return Ok(found);
        }
        if line.last() == Some(&b'\n') {
            line.pop();
        } else if line.len() > MAX_LINE {
            bodies.skip_until(b'\n')?;
            continue;
        }
        if let Ok(BodyLine::Kept(record)) = parse_line(&line)
            && wanted.contains(&record.index)
        {
            let (salt, body) = (record.salt, record.body);
            found.insert(record.index, Opening { salt, body });
        }
    }
}
