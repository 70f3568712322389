//! What an audit can find wrong. One variant, one kind of finding.

mod code;

use jiff::Timestamp;
use jiff::civil::Date;
use ledger::{CheckpointError, DirectoryError, Tile};
use prescription::Folio;
use prescription::leaf::LeafError;
use prescription::state::{ApplyError, Phase};
use signing::cms::CmsError;
use signing::cose::CoseError;
use signing::qr::QrError;

use super::act::ActFinding;
use super::bodies::LineProblem;
use super::document::DocumentField;
use super::fold::LeafField;
use super::map::MapHeadField;
use super::pharmacy::PharmacyCertificateError;
use super::sequence::ShardField;
use crate::trust::Distrust;

/// Something wrong. Entries are counted from 0 over the whole ledger; `folio` names the
/// prescription where its body is known. No variant carries personal data.
#[derive(Debug)]
pub enum Finding {
    // The tree
    /// There is no checkpoint file.
    CheckpointMissing,
    /// The published checkpoint is malformed or not by the pinned key.
    CheckpointRefused(CheckpointError),
    /// The published checkpoint is not one that the policy believes.
    CheckpointDistrusted(Distrust),
    /// An earlier checkpoint is not one of the pinned log.
    EarlierCheckpointDistrusted {
        /// Its file.
        file: String,
        /// Why.
        reason: Distrust,
    },
    /// An earlier checkpoint is malformed or not by the pinned key.
    EarlierCheckpointRefused {
        /// Its file.
        file: String,
        /// Why.
        reason: CheckpointError,
    },
    /// An earlier checkpoint has more entries than the published one: entries were taken back.
    RolledBack {
        /// File of the earlier checkpoint.
        file: String,
        /// Its size.
        earlier: u64,
        /// Size of the published one.
        size: u64,
    },
    /// The log signed another tree of this size.
    OtherHistory {
        /// Size of the earlier checkpoint.
        size: u64,
    },
    /// The checkpoint claims more entries than any tree has.
    TreeTooLarge {
        /// The claimed size.
        size: u64,
    },
    /// A tile or bundle is missing or cannot be read as one.
    TileUnreadable(DirectoryError),
    /// An entry does not hash to what the tree has at its place.
    EntryAltered {
        /// The entry.
        index: u64,
        /// Bundle of the entry.
        bundle: Tile,
        /// Tile of its hash.
        tile: Tile,
    },
    /// A hash above level 0 does not follow from the entries below it.
    NodeAltered {
        /// Its tile.
        tile: Tile,
        /// Position in the tile, from 0.
        position: u64,
        /// First entry below it.
        first: u64,
        /// Last entry below it.
        last: u64,
    },
    /// A leftover partial tile is not the beginning of the wider one.
    PartialDiffers {
        /// The leftover.
        partial: Tile,
        /// The wider tile.
        tile: Tile,
    },
    /// The tiles agree with each other, but not with the signed root.
    RootDiffers {
        /// Size of the checkpoint.
        size: u64,
    },
    /// The entries read for the second pass are not those of the first.
    ChangedMeanwhile,

    // The shards
    /// Something wrong with the signed tree of one shard of several.
    InShard {
        /// Identity of its log.
        origin: String,
        /// Index of its first entry in the whole ledger.
        first: u64,
        /// What is wrong; its entries are counted within that log.
        finding: Box<Finding>,
    },
    /// The signed list of shards in the mirror is not believed.
    ShardListRefused(String),
    /// The mirror lacks a shard that the list names.
    ShardMissing,
    /// The mirror of a shard is not the one that the list names.
    ShardDiffers {
        /// Identity of its log.
        origin: String,
        /// What differs.
        field: ShardField,
    },
    /// A later shard does not begin with its opening.
    OpeningMissing {
        /// Its first entry.
        index: u64,
    },
    /// The opening of a shard says something else than the shard before.
    OpeningDiffers {
        /// The entry.
        index: u64,
        /// What differs.
        field: ShardField,
    },

    // The leaves
    /// An entry is not a leaf.
    NotALeaf {
        /// The entry.
        index: u64,
        /// Why.
        reason: LeafError,
    },
    /// A leaf follows the end of its prescription.
    AfterEnd {
        /// The entry.
        index: u64,
        /// How it had ended.
        ended: Phase,
    },
    /// A leaf does not start where the previous one of its prescription ended.
    ChainBroken {
        /// The entry.
        index: u64,
        /// State after the previous leaf.
        expected: Phase,
        /// State before this leaf, as it says.
        found: Phase,
    },
    /// What the leaf says happened cannot take a prescription from this state to that one, or
    /// carries fields that such a step does not have.
    ImpossibleStep {
        /// The entry.
        index: u64,
        /// State before.
        before: Phase,
        /// State after.
        after: Phase,
    },
    /// An erasure lists other entries than the ones that its prescription has.
    ErasedEntries {
        /// The entry of the erasure.
        index: u64,
    },
    /// A leaf is older than the previous one of its prescription by more than clocks and offline
    /// dispensing explain.
    TimeWentBack {
        /// The entry.
        index: u64,
        /// Time of the previous leaf.
        previous: Timestamp,
        /// Time of this leaf.
        at: Timestamp,
    },

    // The map
    /// A map head does not say what the entries before it amount to.
    MapHeadDiffers {
        /// The entry.
        index: u64,
        /// What is wrong about it.
        field: MapHeadField,
    },

    // The bodies
    /// A line of the bodies' file cannot be read.
    BodyLine {
        /// The line, from 1.
        line: u64,
        /// Why.
        problem: LineProblem,
    },
    /// A body stands after one of a later or of the same entry.
    BodyOutOfOrder {
        /// The line, from 1.
        line: u64,
        /// The entry that it names.
        index: u64,
    },
    /// A body names an entry that the tree does not have.
    BodyWithoutEntry {
        /// The line, from 1.
        line: u64,
        /// The entry that it names.
        index: u64,
    },
    /// Salt and body do not open the commitment of the leaf.
    CommitmentMismatch {
        /// The entry.
        index: u64,
    },
    /// The committed bytes are not a canonical event body.
    BodyMalformed {
        /// The entry.
        index: u64,
    },
    /// The event says something else than the leaf.
    EventDiffersFromLeaf {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
        /// What differs.
        field: LeafField,
    },
    /// The event cannot have happened to this prescription in its state.
    HistoryUnlawful {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
        /// Why.
        reason: ApplyError,
    },
    /// Expired by the law on a day on which it was still valid.
    ExpiredTooEarly {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
        /// The last valid day.
        until: Date,
    },
    /// The law's day of the event is not the day of its instant anywhere in Mexico.
    DayDiffers {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },

    // The signatures
    /// The evidence is not of the kind that the event needs.
    WrongEvidence {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },
    /// The prescriber's legal signature is refused.
    CadesRefused {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
        /// Why.
        reason: CmsError,
    },
    /// Somebody else than the event's prescriber signed.
    OtherPrescriber {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },
    /// The signed document says something else than the event.
    DocumentDiffers {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
        /// What differs.
        field: DocumentField,
    },
    /// The QR is malformed or not signed by the key of the legal signature.
    QrRefused {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
        /// Why.
        reason: QrError,
    },
    /// The QR says something else than the event or names another document.
    QrDiffers {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },
    /// The pharmacy's certificate is refused.
    PharmacyCertificateRefused {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
        /// Why.
        reason: PharmacyCertificateError,
    },
    /// The certificate is of another pharmacy than the event's.
    OtherPharmacy {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },
    /// Controlled medicine handed over by a pharmacy whose certificate carries no licence.
    PharmacyNotLicensed {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },
    /// The signature of the officer who ordered an erasure is refused.
    ErasureRefused {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
        /// Why.
        reason: CmsError,
    },
    /// What the officer signed is not the order that the event records.
    ErasureOrderDiffers {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },
    /// Somebody else than the event's officer signed an erasure.
    OtherOfficer {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },

    // The registers
    /// Something wrong with an act in a register, or with what it does to a stock.
    Act {
        /// The entry.
        index: u64,
        /// What is wrong.
        what: ActFinding,
    },

    // The persons
    /// A patient's substance has another place in the map than before: two secrets for one patient.
    TwoMapKeys {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },
    /// Another patient, or another substance, had this place in the map before: two patients with
    /// one secret, so that the one who gives the place back proves an absence for both.
    SharedMapKey {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },
    /// A person has another pseudonym than before.
    TwoPseudonyms {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
    },
    /// The pharmacy's signature is refused.
    CoseRefused {
        /// The entry.
        index: u64,
        /// The prescription.
        folio: Folio,
        /// Why.
        reason: CoseError,
    },
}
