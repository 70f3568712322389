//! A transparency log of opaque entries: an RFC 6962 Merkle tree, kept as a directory of files that
//! any [C2SP tlog-tiles] client can read and verify.
//!
//! | Subject | Where |
//! |---|---|
//! | Appending: stage, adopt, sign, publish, replay | [`Log`], [`Staged`] |
//! | Proofs and their verification (RFC 9162 §2.1) | [`InclusionProof`], [`ConsistencyProof`], [`PublishedTree`] |
//! | Signed heads ([C2SP tlog-checkpoint], [C2SP signed-note]) | [`SignedCheckpoint`], [`VerifierKey`], [`NoteSigner`] |
//! | Witnesses' words ([C2SP tlog-cosignature]) | [`WitnessKey`], [`cosign`] |
//! | Witnessing ([C2SP tlog-witness]) | [`AddCheckpoint`], [`decide`], [`ForkEvidence`] |
//! | Who is to be believed ([C2SP tlog-policy]) | [`Policy`], [`WitnessedCheckpoint`] |
//! | Receipts ([C2SP tlog-proof], [RFC 9942]) | [`TlogProof`], [`CoseReceipt`] |
//! | One log after the other, one key after the other | [`ShardList`], [`ShardTrust`], [`ShardOpening`] |
//! | The files | [`Tile`], [`TileDirectory`], [`decode_bundle`] |
//! | Where they are kept: a directory, or any other store | [`TileSource`], [`TileStore`], [`LockedDirectory`] |
//! | Verifying all of it, with a key; a little at a time, while it is being written | [`verify_directory`], [`Scrub`] |
//! | An authenticated map: presence and absence with proof | [`PrefixMap`], [`MapProof`] |
//! | The entry that commits the map's root | [`MapHead`] |
//!
//! What is signed is believed only through a proof type ([`VerifiedCheckpoint`],
//! [`VerifiedInclusion`], [`VerifiedConsistency`], [`VerifiedReceipt`], [`VerifiedTree`],
//! [`VerifiedCosignature`], [`WitnessedCheckpoint`]), and each text format has exactly one spelling
//! per value: what parses is written back identically. (A policy, written by people, may have
//! comments and blanks; it is written back without them.)
//!
//! # What this crate does not do
//!
//! - It does not know what an entry means, and never looks into one.
//! - It does not make entries durable before they are published: the caller's database does, and
//!   decides which entry gets which index (see [`Log`]). Nor does it elect who may sequence; a lock
//!   file keeps two processes of one machine apart, and a checkpoint that somebody else replaced
//!   stops the log.
//! - It does not serve HTTP, read a clock, or draw random numbers. Keys come from outside; in
//!   production the private key stays in an HSM behind [`NoteSigner`].
//! - It does not choose witnesses, nor judge how fresh their word is: the policy and the time are
//!   the reader's ([`WitnessedCheckpoint::witnessed_at`]). Of cosignatures it knows the Ed25519
//!   type; lines of other types are carried and ignored.
//! - It does not detect, by itself, a log that shows different trees to different people. Whoever
//!   compares checkpoints does, with [`ConsistencyProof`] or [`verify_directory`]; a [`Policy`] that
//!   demands witnesses leaves that to them.
//! - It does not prune: every entry stays readable, forever.
//!
//! [C2SP tlog-tiles]: https://c2sp.org/tlog-tiles
//! [C2SP tlog-checkpoint]: https://c2sp.org/tlog-checkpoint
//! [C2SP signed-note]: https://c2sp.org/signed-note
//! [C2SP tlog-proof]: https://c2sp.org/tlog-proof
//! [C2SP tlog-cosignature]: https://c2sp.org/tlog-cosignature
//! [C2SP tlog-witness]: https://c2sp.org/tlog-witness
//! [C2SP tlog-policy]: https://c2sp.org/tlog-policy
//! [RFC 9942]: https://www.rfc-editor.org/rfc/rfc9942

mod audit_directory;
mod base64;
mod cbor;
mod checkpoint;
mod consistency;
mod cose_receipt;
mod cosignature;
mod decimal;
mod directory;
mod entry_bundle;
mod follow;
mod fork;
mod frontier;
mod hash;
mod inclusion;
mod locked_directory;
mod log;
mod map;
mod map_head;
mod note;
mod note_signer;
mod open;
mod policy;
#[cfg(test)]
mod policy_tests;
mod policy_text;
#[cfg(test)]
mod policy_text_tests;
mod publish;
mod published_tree;
mod right_edge;
mod scrub;
mod shard_list;
mod shard_opening;
#[cfg(test)]
mod shard_tests;
mod shard_trust;
mod staged;
mod subtree;
mod tile;
mod tile_cache;
mod tile_source;
mod tile_store;
mod tlog_proof;
mod verifier_key;
mod vkey;
mod witness;
#[cfg(test)]
mod witness_tests;
#[cfg(test)]
mod wycheproof;

pub use audit_directory::{AuditError, AuditProgress, VerifiedTree, verify_directory};
pub use cbor::CborError;
pub use checkpoint::{
    Checkpoint, CheckpointError, CheckpointTextError, SignedCheckpoint, TreeHead,
    VerifiedCheckpoint,
};
pub use consistency::{ConsistencyError, ConsistencyProof, VerifiedConsistency};
pub use cose_receipt::{
    CoseProof, CoseReceipt, CoseReceiptError, CoseReceiptFormatError, CoseSignError,
    MAX_COSE_RECEIPT_BYTES, VerifiedCoseConsistency, VerifiedCoseInclusion,
};
pub use cosignature::{CosignatureError, VerifiedCosignature, WitnessKey, cosign};
pub use directory::{DirectoryError, TileDirectory};
pub use entry_bundle::{BundleError, EntryTooLong, MAX_ENTRY_BYTES, decode_bundle, encode_bundle};
pub use follow::AdvanceError;
pub use fork::{ForkError, ForkEvidence};
pub use frontier::Frontier;
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use inclusion::{InclusionError, InclusionProof, VerifiedInclusion};
pub use locked_directory::{LockError, LockedDirectory};
pub use log::{HeadMismatch, Log, ReplayError, SignError, StageError, StaleStaged};
pub use map::{
    KeysNotAscending, MAX_MAP_PROOF_BYTES, MapAnswer, MapIter, MapKey, MapProof, MapProofError,
    MapProofFormatError, PrefixMap, value_hash,
};
pub use map_head::{MapHead, MapHeadError};
pub use note::{
    MAX_NOTE_BYTES, MAX_SIGNATURES, NoteError, NoteSignature, SignedNote, VerifiedNote,
};
pub use note_signer::{NoteSignError, NoteSigner, SoftwareSigner};
pub use open::OpenError;
pub use policy::{Policy, PolicyLog, PolicyRefusal, PolicyWitness, WitnessedCheckpoint};
pub use policy_text::{PolicyError, PolicyProblem};
pub use publish::{Publication, PublishError, Published};
pub use published_tree::PublishedTree;
pub use right_edge::EdgeError;
pub use scrub::{Scrub, ScrubBase, ScrubError, ScrubProgress};
pub use shard_list::{Shard, ShardContradiction, ShardKeyError, ShardList, ShardListError};
pub use shard_opening::{ShardOpening, ShardOpeningError};
pub use shard_trust::{ShardFork, ShardRefusal, ShardTrust, VerifiedShardList};
pub use staged::Staged;
pub use subtree::{ProveError, Subtree, root_from_subtrees};
pub use tile::{MAX_TREE_SIZE, TILE_WIDTH, Tile, TileError, TileKind};
pub use tile_source::{LogFile, TileSource};
pub use tile_store::{TileStore, WriteError};
pub use tlog_proof::{TlogProof, TlogProofError, VerifiedReceipt};
pub use verifier_key::{VerifierKey, VerifierKeyError};
pub use witness::{
    AddCheckpoint, AddCheckpointError, AddRefusal, AnswerError, MAX_ADD_CHECKPOINT_BYTES,
    SIZE_MEDIA_TYPE, decide, read_answer, read_size_answer,
};
