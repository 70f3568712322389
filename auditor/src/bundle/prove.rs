//! Making a proof from a mirror: one pass over all leaves, which finds the entries, rebuilds the
//! map and recomputes the root.

use std::collections::HashMap;
use std::io::{self, BufRead, Read};

use ledger::{
    DirectoryError, Frontier, InclusionProof, MapHead, MapKey, PrefixMap, ProveError,
    PublishedTree, TILE_WIDTH, Tile, TileDirectory, TileKind, TreeHead, decode_bundle, leaf_hash,
};
use prescription::leaf::{Leaf, Pseudonym};
use prescription::map::{prescription_key, substance_key};

use super::{Bundle, Claim, Entry, MapPart, Opening};
use crate::map;
use crate::trust::{Distrust, LogTrust};
use crate::verify::bodies::{MAX_LINE, parse_line};

/// Why no proof was made.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The mirror has no checkpoint.
    #[error("el espejo no tiene checkpoint")]
    NoCheckpoint,
    /// The mirror's checkpoint is not believed.
    #[error("el checkpoint del espejo se rechaza: {0}")]
    Distrusted(#[from] Distrust),
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

/// What the pass over a mirror found.
struct Scanned {
    entries: Vec<(u64, Vec<u8>)>,
    last: Vec<u8>,
    map: PrefixMap,
}

/// Makes the proof of `claim` at the mirror's checkpoint. Without `trust` nobody has checked who
/// signed that; whoever checks the proof does. `bodies` are lines of a bodies' file; `progress`
/// gets entries done, and in all.
///
/// # Errors
/// [`ProofError`].
pub fn prove(
    directory: &TileDirectory,
    trust: Option<&LogTrust>,
    claim: Claim,
    bodies: Option<&mut dyn BufRead>,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Bundle, ProofError> {
    let signed = directory
        .read_checkpoint()?
        .ok_or(ProofError::NoCheckpoint)?;
    if let Some(trust) = trust {
        trust.verify(&signed)?;
    }
    let tree_head = signed.claimed().head();
    let mut scanned = scan(directory, tree_head, claim, progress)?;
    let size = tree_head.size;
    let head = MapHead::decode(&scanned.last).map_err(|_| ProofError::NoMapHead)?;
    if head.root != scanned.map.root() || head.entries + 1 != size {
        return Err(ProofError::OtherMap);
    }
    let wanted = scanned.entries.iter().map(|(index, _)| *index);
    let wanted: Vec<u64> = wanted.collect();
    let mut openings = match bodies {
        Some(bodies) => openings(bodies, &wanted)?,
        None => HashMap::new(),
    };
    let tree = PublishedTree::new(directory.clone(), size);
    let mut entry = |index: u64, leaf: Vec<u8>| -> Result<Entry, ProofError> {
        let InclusionProof { path, .. } = tree.inclusion_proof(index, size)?;
        let opening = openings.remove(&index);
        Ok(Entry {
            index,
            leaf,
            path,
            opening,
        })
    };
    let entries = scanned.entries.into_iter();
    let entries = entries.map(|(index, leaf)| entry(index, leaf));
    let entries = entries.collect::<Result<_, _>>()?;
    let map = MapPart {
        head: entry(size - 1, scanned.last)?,
        proof: scanned.map.prove(&key_of(claim)).encode(),
    };
    Ok(Bundle::new(claim, signed.to_string(), entries, map))
}

/// The key of the map that the claim is about.
pub(super) fn key_of(claim: Claim) -> MapKey {
    MapKey(match claim {
        Claim::Folio(folio) => prescription_key(Pseudonym::of(folio)),
        Claim::BlindedKey(blinded) => substance_key(blinded),
    })
}

fn scan(
    directory: &TileDirectory,
    head: TreeHead,
    claim: Claim,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Scanned, ProofError> {
    let sought = match claim {
        Claim::Folio(folio) => Some(Pseudonym::of(folio)),
        Claim::BlindedKey(_) => None,
    };
    let mut found = Scanned {
        entries: Vec::new(),
        last: Vec::new(),
        map: PrefixMap::new(),
    };
    let mut frontier = Frontier::new();
    for index in 0..head.size.div_ceil(u64::from(TILE_WIDTH)) {
        let bundle = Tile::in_tree(TileKind::Entries, index, head.size).ok_or(ProofError::Root)?;
        let bytes = directory.read_bundle(bundle)?;
        for entry in decode_bundle(&bytes, bundle.width()).unwrap_or_default() {
            let at = frontier.size();
            frontier.push(leaf_hash(entry), &mut |_, _| {});
            // What is no leaf does nothing to the map.
            if let Ok(leaf) = Leaf::decode(entry) {
                map::apply(&mut found.map, &leaf);
                if sought == Some(leaf.pseudonym) {
                    found.entries.push((at, entry.to_vec()));
                }
            }
            if at + 1 == head.size {
                found.last = entry.to_vec();
            }
        }
        progress(frontier.size(), head.size);
    }
    if frontier.root() == head.root {
        Ok(found)
    } else {
        Err(ProofError::Root)
    }
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
        if let Ok(record) = parse_line(&line)
            && wanted.contains(&record.index)
        {
            let (salt, body) = (record.salt, record.body);
            found.insert(record.index, Opening { salt, body });
        }
    }
}
