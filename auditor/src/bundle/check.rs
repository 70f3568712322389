//! Verifying a proof with nothing but the file and the pinned keys.

use std::io::{self, Cursor};

use ledger::{
    Hash, InclusionError, MapAnswer, MapHead, MapProof, MapProofError, MapProofFormatError,
    SignedCheckpoint, value_hash,
};
use prescription::Folio;
use prescription::leaf::{Leaf, Pseudonym};
use prescription::map::MappedState;

use super::scan::key_of;
use super::trees::{Trees, follow_lists};
use super::{Bundle, Claim, Entry, FormatError};
use crate::trust::{Distrust, LogTrust, TrustedCheckpoint};
use crate::verify::{Signers, Summary, selection};

/// Evidence that a bundle proves its claim. Only [`check`] makes one.
#[derive(Debug)]
pub struct CheckedBundle {
    bundle: Bundle,
    checkpoint: TrustedCheckpoint,
    head: MapHead,
    leaves: Vec<Leaf>,
    shards: usize,
    summary: Summary,
}

/// Why a bundle proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Not a bundle.
    #[error("el archivo {0}")]
    Format(#[from] FormatError),
    /// Its checkpoint is not believed.
    #[error("el checkpoint se rechaza: {0}")]
    Distrusted(#[from] Distrust),
    /// An entry is not in the signed tree.
    #[error("la entrada {index} no está en el árbol firmado (detalle: {reason})")]
    Inclusion {
        /// Its claimed index.
        index: u64,
        /// Why.
        reason: InclusionError,
    },
    /// Entries are repeated or not in order, or there are some where there must be none.
    #[error("las entradas están repetidas, fuera de orden o de más")]
    Order,
    /// An entry is not a leaf of the claim's prescription.
    #[error("la entrada {index} no es un acto de esta receta")]
    OtherPrescription {
        /// Its index.
        index: u64,
    },
    /// The lists of shards do not lead to the key of the checkpoint, or say something else of the
    /// shards than their openings.
    #[error("la lista de segmentos se rechaza: {0}")]
    Shards(String),
    /// The openings do not lead from the signed tree back to the first entry of the ledger.
    #[error("las aperturas de los segmentos no llevan hasta la primera entrada del registro")]
    Openings,
    /// The map head is not one, not the last entry, or carries a body.
    #[error("la cabeza del mapa no es la última entrada del árbol firmado")]
    MapHead,
    /// The proof of the map is malformed.
    #[error("la prueba del mapa está mal formada (detalle: {0})")]
    MapFormat(#[from] MapProofFormatError),
    /// The proof of the map says nothing of this key.
    #[error("la prueba del mapa no lleva a la raíz firmada (detalle: {0})")]
    Map(#[from] MapProofError),
    /// The map has another state than the last entry: entries are missing.
    #[error(
        "el estado que prueba el mapa no es el que dejan estas entradas: faltan o sobran actos"
    )]
    OtherState,
    /// The place is taken.
    #[error("el mapa prueba que sí hay una receta activa bajo esta clave")]
    NotAbsent,
    /// The entries or bodies are not lawful, or a signature is not valid.
    #[error("{} irregularidades en los actos:\n{}", .0.len(), .0.join("\n"))]
    Findings(Vec<String>),
    /// Reading from memory failed.
    #[error("no se pudo leer: {0}")]
    Io(#[from] io::Error),
}

impl CheckedBundle {
    /// What it is about.
    #[must_use]
    pub fn claim(&self) -> Claim {
        self.bundle.claim
    }

    /// The tree that it is in.
    #[must_use]
    pub fn checkpoint(&self) -> &TrustedCheckpoint {
        &self.checkpoint
    }

    /// How many shards the ledger had.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.shards
    }

    /// What the log committed of the map.
    #[must_use]
    pub fn map_head(&self) -> MapHead {
        self.head
    }

    /// The entries with their leaves, in order.
    pub fn steps(&self) -> impl Iterator<Item = (&Entry, &Leaf)> {
        self.bundle.entries.iter().zip(&self.leaves)
    }

    /// The proven state of the prescription; `None` where there is none, and of a place.
    #[must_use]
    pub fn state(&self) -> Option<MappedState> {
        state_after(&self.leaves)
    }

    /// What was counted over its entries, bodies and signatures.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.summary
    }
}

/// Verifies a bundle, every step. No network, no clock.
///
/// # Errors
/// [`CheckError`]: it proves nothing.
pub fn check(
    bytes: &[u8],
    trust: &LogTrust,
    signers: &Signers,
) -> Result<CheckedBundle, CheckError> {
    let bundle = Bundle::parse(bytes)?;
    let signed = SignedCheckpoint::parse(bundle.checkpoint.as_bytes());
    let origin = signed
        .as_ref()
        .map_or("", |signed| signed.claimed().origin());
    let (trust, list) = follow_lists(&bundle, origin, trust)?;
    let checkpoint = trust.read(bundle.checkpoint.as_bytes())?;
    let trees = Trees::of(&bundle, &checkpoint)?;
    if list.is_some_and(|list| !trees.agree_with(&list)) {
        let reason = "no dice de los segmentos lo mismo que sus aperturas";
        return Err(CheckError::Shards(reason.to_owned()));
    }
    let leaves = match bundle.claim {
        Claim::Folio(folio) => check_entries(&bundle.entries, folio, &trees)?,
        Claim::BlindedKey(_) if bundle.entries.is_empty() => Vec::new(),
        Claim::BlindedKey(_) => return Err(CheckError::Order),
    };
    let head = check_head(&bundle.map.head, &trees)?;
    let proof = MapProof::decode(&bundle.map.proof)?;
    let answer = proof.verify(head.root, &key_of(bundle.claim))?;
    compare(bundle.claim, answer, &leaves)?;
    let entries = bundle.entries.iter();
    let entries: Vec<_> = entries
        .map(|entry| (entry.index, entry.leaf.as_slice()))
        .collect();
    let bodies = Box::new(Cursor::new(bundle.bodies().into_bytes()));
    let (summary, findings) = selection::examine(&entries, bodies, signers)?;
    if findings.total() > 0 {
        let listed = findings.listed().iter();
        let listed = listed.map(|finding| format!("  - {}", finding.in_spanish()));
        return Err(CheckError::Findings(listed.collect()));
    }
    Ok(CheckedBundle {
        bundle,
        checkpoint,
        head,
        leaves,
        shards: trees.len(),
        summary,
    })
}

fn check_entries(entries: &[Entry], folio: Folio, trees: &Trees) -> Result<Vec<Leaf>, CheckError> {
    if !entries.is_sorted_by(|a, b| a.index < b.index) {
        return Err(CheckError::Order);
    }
    let check = |entry: &Entry| {
        trees.check(entry)?;
        let leaf = Leaf::decode(&entry.leaf).ok();
        let leaf = leaf.filter(|leaf| leaf.pseudonym == Pseudonym::of(folio));
        let index = entry.index;
        leaf.ok_or(CheckError::OtherPrescription { index })
    };
    entries.iter().map(check).collect()
}

/// The map head must be the last entry, so that nothing came after the state that it commits to.
fn check_head(entry: &Entry, trees: &Trees) -> Result<MapHead, CheckError> {
    trees.check(entry)?;
    let head = MapHead::decode(&entry.leaf).map_err(|_| CheckError::MapHead)?;
    let last = trees.is_last(entry.index) && head.entries == entry.index;
    if last && entry.opening.is_none() {
        Ok(head)
    } else {
        Err(CheckError::MapHead)
    }
}

/// The state after the last step. An erasure leaves it as it was.
fn state_after(leaves: &[Leaf]) -> Option<MappedState> {
    leaves.iter().rev().find_map(|leaf| {
        let totals = leaf.totals?;
        let phase = leaf.after;
        Some(MappedState { phase, totals })
    })
}

fn compare(claim: Claim, answer: MapAnswer, leaves: &[Leaf]) -> Result<(), CheckError> {
    let proven: Option<Hash> = match answer {
        MapAnswer::Present(value) => Some(value),
        MapAnswer::Absent => None,
    };
    match claim {
        Claim::Folio(_) => {
            let due = state_after(leaves).map(|state| value_hash(&state.encode()));
            (due == proven).then_some(()).ok_or(CheckError::OtherState)
        }
        Claim::BlindedKey(_) => proven.is_none().then_some(()).ok_or(CheckError::NotAbsent),
    }
}
