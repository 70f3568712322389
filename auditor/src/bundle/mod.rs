//! Self-contained proofs: one file that says something of a prescription, or of a place in the
//! ledger's map, and that a machine without network verifies against a pinned key.
//!
//! [`prove`] makes a [`Bundle`] from a mirror, [`check`] verifies it, [`explain`] tells a court what
//! that means. The file is canonical JSON (RFC 8785): there is one spelling, and everything in it
//! is either signed, or hashed into what is signed, or compared with it.

use data_encoding::BASE64;
use ledger::Hash;
use prescription::{BlindedKey, Folio};
use serde::{Deserialize, Serialize};

pub mod check;
pub mod explain;
mod fields;
pub mod prove;
mod scan;
mod trees;

/// The first member of every bundle.
const FORMAT: &str = "receta.bundle/v1";
/// Most entries of one prescription.
const MAX_ENTRIES: usize = 4096;
/// Most shards of a ledger, and most lists of them.
const MAX_SHARDS: usize = 512;

/// A proof as read or made: well-formed, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    format: String,
    /// What it is about.
    pub claim: Claim,
    /// The signed and cosigned tree that everything else is in.
    pub checkpoint: String,
    /// All entries of the prescription, in ascending order. Of a place in the map: none.
    pub entries: Vec<Entry>,
    /// What the map says at the end of that tree.
    pub map: MapPart,
    /// The openings of the shard of that tree and of every shard before it but the first, newest
    /// first: each is in the tree of its shard, and names the last tree of the one before. Never
    /// opened.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub openings: Vec<Entry>,
    /// Signed lists of shards that lead from a pinned key to the one that signed the checkpoint,
    /// oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub shards: Vec<String>,
}

/// What a bundle is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// All entries of this prescription and its state; or that there is none.
    Folio(Folio),
    /// No active prescription holds this place (a substance for a patient, blinded).
    BlindedKey(BlindedKey),
}

/// An entry of the log, and that it is in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its index over all shards, from 0.
    pub index: u64,
    /// Its bytes.
    #[serde(with = "fields::bytes")]
    pub leaf: Vec<u8>,
    /// Its inclusion path (RFC 9162 §2.1.3), from the leaf's sibling up.
    #[serde(with = "fields::hashes")]
    pub path: Vec<Hash>,
    /// What opens its commitment, where it was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opening: Option<Opening>,
}

/// Salt and body behind a commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// The salt.
    #[serde(with = "fields::salt")]
    pub salt: [u8; 32],
    /// The canonical event body.
    #[serde(with = "fields::bytes")]
    pub body: Vec<u8>,
}

/// The map at the end of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapPart {
    /// The map head: the last entry of the tree. Never opened.
    pub head: Entry,
    /// `ledger::MapProof` of the claim's key.
    #[serde(with = "fields::bytes")]
    pub proof: Vec<u8>,
}

/// Why bytes are not a bundle.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Not JSON of this shape.
    #[error("no tiene la forma de una prueba (detalle: {0})")]
    Shape(#[from] serde_json::Error),
    /// A format that this program does not know.
    #[error("es de otro formato («{0}»)")]
    Format(String),
    /// More entries than a prescription has, or more shards than a ledger.
    #[error("tiene más de {MAX_ENTRIES} entradas, o más de {MAX_SHARDS} segmentos")]
    TooManyEntries,
    /// The same content is written in another way.
    #[error("no está en JSON canónico (RFC 8785)")]
    NotCanonical,
}

impl Bundle {
    /// The one spelling of this bundle.
    ///
    /// # Errors
    /// [`FormatError::Shape`], which no bundle made here causes.
    pub fn encode(&self) -> Result<Vec<u8>, FormatError> {
        Ok(serde_json_canonicalizer::to_vec(self)?)
    }

    /// Reads a bundle strictly. Nothing is verified yet.
    ///
    /// # Errors
    /// [`FormatError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, FormatError> {
        let bundle: Self = serde_json::from_slice(bytes)?;
        if bundle.format != FORMAT {
            return Err(FormatError::Format(bundle.format));
        }
        let shards = bundle.openings.len().max(bundle.shards.len());
        if bundle.entries.len() > MAX_ENTRIES || shards > MAX_SHARDS {
            return Err(FormatError::TooManyEntries);
        }
        if bundle.encode()? != bytes {
            return Err(FormatError::NotCanonical);
        }
        Ok(bundle)
    }

    /// The openings as lines of a bodies' file.
    fn bodies(&self) -> String {
        let lines = self.entries.iter().filter_map(|entry| {
            let Opening { salt, body } = entry.opening.as_ref()?;
            let line = serde_json::json!({
                "index": entry.index, "salt": BASE64.encode(salt), "body": BASE64.encode(body),
            });
            Some(format!("{line}\n"))
        });
        lines.collect()
    }
}
