//! What an audit can find wrong. One variant, one kind of finding.

use jiff::Timestamp;
use jiff::civil::Date;
use ledger::{CheckpointError, DirectoryError, Tile};
use prescription::Folio;
use prescription::leaf::LeafError;
use prescription::state::{ApplyError, Phase};
use signing::cms::CmsError;
use signing::cose::CoseError;
use signing::qr::QrError;

use super::bodies::LineProblem;
use super::document::DocumentField;
use super::fold::LeafField;
use super::pharmacy::PharmacyCertificateError;
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

impl Finding {
    /// The kind of finding, for machines. Never reused.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::CheckpointMissing => "checkpoint-missing",
            Self::CheckpointRefused(_) | Self::CheckpointDistrusted(_) => "checkpoint-refused",
            Self::EarlierCheckpointRefused { .. } | Self::EarlierCheckpointDistrusted { .. } => {
                "earlier-checkpoint-refused"
            }
            Self::RolledBack { .. } => "rolled-back",
            Self::OtherHistory { .. } => "other-history",
            Self::TreeTooLarge { .. } => "tree-too-large",
            Self::TileUnreadable(_) => "tile-unreadable",
            Self::EntryAltered { .. } => "entry-altered",
            Self::NodeAltered { .. } => "node-altered",
            Self::PartialDiffers { .. } => "partial-differs",
            Self::RootDiffers { .. } => "root-differs",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::NotALeaf { .. } => "not-a-leaf",
            Self::AfterEnd { .. } => "after-end",
            Self::ChainBroken { .. } => "chain-broken",
            Self::ImpossibleStep { .. } => "impossible-step",
            Self::ErasedEntries { .. } => "erased-entries",
            Self::TimeWentBack { .. } => "time-went-back",
            Self::BodyLine { .. } => "body-line",
            Self::BodyOutOfOrder { .. } => "body-out-of-order",
            Self::BodyWithoutEntry { .. } => "body-without-entry",
            Self::CommitmentMismatch { .. } => "commitment-mismatch",
            Self::BodyMalformed { .. } => "body-malformed",
            Self::EventDiffersFromLeaf { .. } => "event-differs-from-leaf",
            Self::HistoryUnlawful { .. } => "history-unlawful",
            Self::ExpiredTooEarly { .. } => "expired-too-early",
            Self::DayDiffers { .. } => "day-differs",
            Self::WrongEvidence { .. } => "wrong-evidence",
            Self::CadesRefused { .. } => "cades-refused",
            Self::OtherPrescriber { .. } => "other-prescriber",
            Self::DocumentDiffers { .. } => "document-differs",
            Self::QrRefused { .. } => "qr-refused",
            Self::QrDiffers { .. } => "qr-differs",
            Self::PharmacyCertificateRefused { .. } => "pharmacy-certificate-refused",
            Self::OtherPharmacy { .. } => "other-pharmacy",
            Self::PharmacyNotLicensed { .. } => "pharmacy-not-licensed",
            Self::CoseRefused { .. } => "cose-refused",
        }
    }

    /// The entry that it is about, where it is about one.
    #[must_use]
    pub fn entry(&self) -> Option<u64> {
        match self {
            Self::CheckpointMissing
            | Self::CheckpointRefused(_)
            | Self::CheckpointDistrusted(_)
            | Self::EarlierCheckpointDistrusted { .. }
            | Self::EarlierCheckpointRefused { .. }
            | Self::RolledBack { .. }
            | Self::OtherHistory { .. }
            | Self::TreeTooLarge { .. }
            | Self::TileUnreadable(_)
            | Self::NodeAltered { .. }
            | Self::PartialDiffers { .. }
            | Self::RootDiffers { .. }
            | Self::ChangedMeanwhile
            | Self::BodyLine { .. } => None,
            Self::EntryAltered { index, .. }
            | Self::NotALeaf { index, .. }
            | Self::AfterEnd { index, .. }
            | Self::ChainBroken { index, .. }
            | Self::ImpossibleStep { index, .. }
            | Self::ErasedEntries { index }
            | Self::TimeWentBack { index, .. }
            | Self::BodyOutOfOrder { index, .. }
            | Self::BodyWithoutEntry { index, .. }
            | Self::CommitmentMismatch { index }
            | Self::BodyMalformed { index }
            | Self::EventDiffersFromLeaf { index, .. }
            | Self::HistoryUnlawful { index, .. }
            | Self::ExpiredTooEarly { index, .. }
            | Self::DayDiffers { index, .. }
            | Self::WrongEvidence { index, .. }
            | Self::CadesRefused { index, .. }
            | Self::OtherPrescriber { index, .. }
            | Self::DocumentDiffers { index, .. }
            | Self::QrRefused { index, .. }
            | Self::QrDiffers { index, .. }
            | Self::PharmacyCertificateRefused { index, .. }
            | Self::OtherPharmacy { index, .. }
            | Self::PharmacyNotLicensed { index, .. }
            | Self::CoseRefused { index, .. } => Some(*index),
        }
    }
}
