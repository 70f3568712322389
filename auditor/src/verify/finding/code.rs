//! What machines read of a finding: its kind, and its entry.

use super::Finding;

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
            Self::InShard { finding, .. } => finding.code(),
            Self::Act { what, .. } => what.code(),
            Self::ShardListRefused(_) => "shard-list-refused",
            Self::ShardMissing => "shard-missing",
            Self::ShardDiffers { .. } => "shard-differs",
            Self::OpeningMissing { .. } => "opening-missing",
            Self::OpeningDiffers { .. } => "opening-differs",
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
            Self::ErasureRefused { .. } => "erasure-refused",
            Self::ErasureOrderDiffers { .. } => "erasure-order-differs",
            Self::OtherOfficer { .. } => "other-officer",
            Self::TwoMapKeys { .. } => "two-map-keys",
            Self::SharedMapKey { .. } => "shared-map-key",
            Self::TwoPseudonyms { .. } => "two-pseudonyms",
            Self::MapHeadDiffers { .. } => "map-head-differs",
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
            | Self::ShardListRefused(_)
            | Self::ShardMissing
            | Self::ShardDiffers { .. }
            | Self::BodyLine { .. } => None,
            Self::InShard { first, finding, .. } => {
                finding.entry().map(|place| first.saturating_add(place))
            }
            Self::EntryAltered { index, .. }
            | Self::Act { index, .. }
            | Self::OpeningMissing { index }
            | Self::OpeningDiffers { index, .. }
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
            | Self::CoseRefused { index, .. }
            | Self::ErasureRefused { index, .. }
            | Self::ErasureOrderDiffers { index, .. }
            | Self::OtherOfficer { index, .. }
            | Self::TwoMapKeys { index, .. }
            | Self::SharedMapKey { index, .. }
            | Self::TwoPseudonyms { index, .. }
            | Self::MapHeadDiffers { index, .. } => Some(*index),
        }
    }
}
