//! The signed tree: checkpoint, tiles, entry bundles, and the checkpoints published before.

use ledger::{
    AuditError, AuditProgress, Frontier, PublishedTree, TILE_WIDTH, Tile, TileDirectory, TileKind,
    TreeHead, VerifiedTree, decode_bundle, leaf_hash, verify_directory,
};

use super::{EarlierCheckpoint, Finding, Findings, Progress, Stage};
use crate::trust::{LogTrust, TrustedCheckpoint};

/// Verifies everything that needs the pinned key of the ledger and nothing else. Without a
/// verified tree nobody vouches for any entry, and there is nothing more to examine.
pub(super) fn verify(
    directory: &TileDirectory,
    trust: &LogTrust,
    earlier: &[EarlierCheckpoint],
    findings: &mut Findings,
    progress: &mut dyn FnMut(Progress),
) -> Option<VerifiedTree> {
    let published = published(directory, trust, findings)?;
    let size = published.head().size;
    let earlier = believable(earlier, trust, size, findings);
    let mut report = |audit: AuditProgress| {
        progress(Progress {
            stage: Stage::Tree,
            entries: audit.entries,
            size: audit.size,
        });
    };
    match verify_directory(directory, published.key(), &[], &mut report) {
        Ok(tree) => compare_earlier(directory, &tree, &earlier, findings).then_some(tree),
        Err(error) => {
            list_damage(directory, size, error, findings);
            None
        }
    }
}

/// The published checkpoint, once its signature and witnesses are verified.
fn published(
    directory: &TileDirectory,
    trust: &LogTrust,
    findings: &mut Findings,
) -> Option<TrustedCheckpoint> {
    let signed = match directory.read_checkpoint() {
        Ok(Some(signed)) => signed,
        Ok(None) => {
            findings.push(Finding::CheckpointMissing);
            return None;
        }
        Err(error) => {
            findings.push(finding(AuditError::Directory(error)));
            return None;
        }
    };
    match trust.verify(&signed) {
        Ok(published) => Some(published),
        Err(reason) => {
            findings.push(Finding::CheckpointDistrusted(reason));
            None
        }
    }
}

/// The earlier checkpoints that the tree can be compared with; the others are findings. A log that
/// has changed its key signed them with another one of the policy.
fn believable(
    earlier: &[EarlierCheckpoint],
    trust: &LogTrust,
    size: u64,
    findings: &mut Findings,
) -> Vec<TreeHead> {
    let mut believed = Vec::new();
    for EarlierCheckpoint { file, bytes } in earlier {
        match trust.read_log(bytes) {
            Err(reason) => {
                findings.push(Finding::EarlierCheckpointDistrusted {
                    file: file.clone(),
                    reason,
                });
            }
            Ok(known) if known.head().size > size => {
                findings.push(Finding::RolledBack {
                    file: file.clone(),
                    earlier: known.head().size,
                    size,
                });
            }
            Ok(known) => believed.push(known.head()),
        }
    }
    believed
}

/// Compares the roots that a verified tree had in passing with those of earlier checkpoints.
fn compare_earlier(
    directory: &TileDirectory,
    tree: &VerifiedTree,
    earlier: &[TreeHead],
    findings: &mut Findings,
) -> bool {
    let published = PublishedTree::new(directory.clone(), tree.size());
    let mut all = true;
    for head in earlier {
        match published.root(head.size) {
            Ok(root) if root == head.root => {}
            Ok(_) | Err(_) => {
                all = false;
                findings.push(Finding::OtherHistory { size: head.size });
            }
        }
    }
    all
}

/// [`verify_directory`] stops at the first thing wrong. Whoever investigates wants all of them:
/// compares every entry with the hash that the tree has at its place.
fn list_damage(directory: &TileDirectory, size: u64, first: AuditError, findings: &mut Findings) {
    let listed_before = findings.total();
    let among_entries = matches!(first, AuditError::Entry { .. } | AuditError::Directory(_));
    if !among_entries {
        findings.push(finding(first));
        return compare_entries(directory, size, findings);
    }
    compare_entries(directory, size, findings);
    // A tile above level 0: the comparison below it finds nothing.
    if findings.total() == listed_before {
        findings.push(finding(first));
    }
}

fn compare_entries(directory: &TileDirectory, size: u64, findings: &mut Findings) {
    for index in 0..size.div_ceil(u64::from(TILE_WIDTH)) {
        let bundle = Tile::in_tree(TileKind::Entries, index, size);
        let hashes = Tile::in_tree(TileKind::Hashes { level: 0 }, index, size);
        let Some((bundle, tile)) = bundle.zip(hashes) else {
            return;
        };
        let read = directory
            .read_bundle(bundle)
            .and_then(|bytes| directory.read_hashes(tile).map(|hashes| (bytes, hashes)));
        let (bytes, hashes) = match read {
            Ok(read) => read,
            Err(error) => {
                findings.push(Finding::TileUnreadable(error));
                continue;
            }
        };
        let entries = decode_bundle(&bytes, bundle.width()).unwrap_or_default();
        for ((entry, hash), index) in entries.into_iter().zip(hashes).zip(bundle.entries()) {
            if leaf_hash(entry) != hash {
                findings.push(Finding::EntryAltered {
                    index,
                    bundle,
                    tile,
                });
            }
        }
    }
}

fn finding(error: AuditError) -> Finding {
    match error {
        AuditError::Directory(ledger::DirectoryError::Checkpoint(reason))
        | AuditError::Checkpoint(reason) => Finding::CheckpointRefused(reason),
        AuditError::Directory(error) => Finding::TileUnreadable(error),
        AuditError::NoCheckpoint => Finding::CheckpointMissing,
        AuditError::TooLarge { size } => Finding::TreeTooLarge { size },
        AuditError::EarlierCheckpoint { size, reason } => Finding::EarlierCheckpointRefused {
            file: size.to_string(),
            reason,
        },
        AuditError::Shrunk { earlier, size } => Finding::RolledBack {
            file: earlier.to_string(),
            earlier,
            size,
        },
        AuditError::OtherHistory { size } => Finding::OtherHistory { size },
        AuditError::Entry {
            index,
            bundle,
            tile,
        } => Finding::EntryAltered {
            index,
            bundle,
            tile,
        },
        AuditError::Node {
            tile,
            position,
            first,
            last,
        } => Finding::NodeAltered {
            tile,
            position,
            first,
            last,
        },
        AuditError::Partial { partial, tile } => Finding::PartialDiffers { partial, tile },
        AuditError::Root { size } => Finding::RootDiffers { size },
    }
}

/// Hands every entry of a verified tree to `visit`, in order, one bundle in memory at a time.
///
/// The files are read a second time, so their root is computed a second time: what `visit` saw is
/// vouched for only when this returns without a finding.
pub(super) fn each_entry(
    directory: &TileDirectory,
    tree: &VerifiedTree,
    visit: &mut dyn FnMut(u64, &[u8]),
) -> Result<(), Finding> {
    let mut frontier = Frontier::new();
    for index in 0..tree.size().div_ceil(u64::from(TILE_WIDTH)) {
        let bundle = Tile::in_tree(TileKind::Entries, index, tree.size())
            .ok_or(Finding::TreeTooLarge { size: tree.size() })?;
        let bytes = directory
            .read_bundle(bundle)
            .map_err(Finding::TileUnreadable)?;
        let entries =
            decode_bundle(&bytes, bundle.width()).map_err(|_| Finding::ChangedMeanwhile)?;
        for entry in entries {
            visit(frontier.size(), entry);
            frontier.push(leaf_hash(entry), &mut |_, _| {});
        }
    }
    if frontier.root() == tree.root() {
        Ok(())
    } else {
        Err(Finding::ChangedMeanwhile)
    }
}
