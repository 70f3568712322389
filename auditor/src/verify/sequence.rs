//! One shard after the other: each signed tree, whether it is the one that the list of shards and
//! the next shard's opening say, and where its entries begin among all.

use std::io;

use ledger::{Hash, Shard, ShardOpening, SignedCheckpoint, TileDirectory, TreeHead, VerifiedTree};

use super::{
    EarlierCheckpoint, Finding, Findings, LedgerSummary, Pass, Progress, ShardSummary, tree,
};
use crate::shards::MirrorShard;

/// What the opening of a shard can be wrong about, or the mirror of one that was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardField {
    /// The log before.
    Previous,
    /// The index of the first entry.
    First,
    /// The number of entries of the closed log.
    Size,
    /// The root of the closed log.
    Root,
    /// The root of the map at its end.
    MapRoot,
}

impl ShardField {
    pub(super) fn in_spanish(self) -> &'static str {
        match self {
            Self::Previous => "el registro anterior",
            Self::First => "el número de su primera entrada",
            Self::Size => "el número de entradas",
            Self::Root => "la raíz",
            Self::MapRoot => "la raíz del mapa",
        }
    }
}

/// A shard whose signed tree was verified.
pub(super) struct VerifiedShard {
    directory: TileDirectory,
    tree: VerifiedTree,
    /// Index of its first entry in the whole ledger.
    pub(super) first: u64,
    listed: Option<Shard>,
}

impl VerifiedShard {
    pub(super) fn origin(&self) -> &str {
        self.tree.origin()
    }

    pub(super) fn head(&self) -> TreeHead {
        TreeHead {
            size: self.tree.size(),
            root: self.tree.root(),
        }
    }
}

/// The shards that verified, from the first up to where one did not: what comes after that cannot
/// be counted.
#[derive(Default)]
pub(super) struct Sequence {
    pub(super) shards: Vec<VerifiedShard>,
    /// Whether all of them verified.
    complete: bool,
    earlier_checkpoints: u64,
}

impl Sequence {
    /// Verifies the signed tree of every shard.
    pub(super) fn verify(
        shards: &[MirrorShard],
        earlier: Vec<EarlierCheckpoint>,
        findings: &mut Findings,
        progress: &mut dyn FnMut(Progress),
    ) -> Self {
        let mut earlier = by_shard(shards, earlier).into_iter();
        let mut sequence = Self {
            complete: true,
            ..Self::default()
        };
        for shard in shards {
            let earlier = earlier.next().unwrap_or_default();
            if !sequence.complete && shard.listed.is_none() {
                // Nobody knows how many entries came before it.
                break;
            }
            let first = shard.listed.as_ref().map_or(sequence.end(), Shard::first);
            let mut of_shard = Findings::default();
            let verified = sequence.shard(shard, &earlier, &mut of_shard, progress);
            let refused = of_shard.total();
            match shards {
                [_] => findings.absorb(of_shard, &|finding| finding),
                _ => findings.absorb(of_shard, &|finding| Finding::InShard {
                    origin: shard.trust.origin().to_owned(),
                    first,
                    finding: Box::new(finding),
                }),
            }
            match verified {
                Some(verified) if sequence.complete => {
                    sequence.earlier_checkpoints += (earlier.len() as u64).saturating_sub(refused);
                    sequence.complete = is_as_listed(&verified, findings);
                    sequence.shards.push(verified);
                }
                Some(_) => {}
                None => sequence.complete = false,
            }
        }
        sequence
    }

    fn shard(
        &self,
        shard: &MirrorShard,
        earlier: &[EarlierCheckpoint],
        findings: &mut Findings,
        progress: &mut dyn FnMut(Progress),
    ) -> Option<VerifiedShard> {
        let Ok(directory) = TileDirectory::open(&shard.directory) else {
            findings.push(Finding::ShardMissing);
            return None;
        };
        let tree = tree::verify(&directory, &shard.trust, earlier, findings, progress)?;
        Some(VerifiedShard {
            directory,
            tree,
            first: self.end(),
            listed: shard.listed.clone(),
        })
    }

    /// Index after the last entry.
    fn end(&self) -> u64 {
        let last = self.shards.last();
        last.map_or(0, |shard| shard.first.saturating_add(shard.tree.size()))
    }

    /// The first shard, and where there are several, all of them.
    pub(super) fn summaries(&self) -> (Option<LedgerSummary>, Vec<ShardSummary>) {
        let ledger = self.shards.first().map(|shard| LedgerSummary {
            origin: shard.origin().to_owned(),
            size: shard.tree.size(),
            root: shard.tree.root().to_base64(),
            earlier_checkpoints: self.earlier_checkpoints,
        });
        let each = self.shards.iter().enumerate().map(|(place, shard)| {
            let followed = place + 1 < self.shards.len();
            let listed = shard.listed.as_ref();
            ShardSummary {
                origin: shard.origin().to_owned(),
                first: shard.first,
                size: shard.tree.size(),
                root: shard.tree.root().to_base64(),
                closed: followed || listed.is_some_and(|listed| listed.closed().is_some()),
            }
        });
        let each: Vec<_> = each.collect();
        (ledger, if each.len() > 1 { each } else { Vec::new() })
    }

    /// Examines the entries of all shards in order. Returns whether the last of them was reached.
    pub(super) fn examine(
        &self,
        pass: &mut Pass<'_>,
        progress: &mut dyn FnMut(Progress),
    ) -> io::Result<bool> {
        for (place, shard) in self.shards.iter().enumerate() {
            let first = shard.first;
            let before = place
                .checked_sub(1)
                .and_then(|before| self.shards.get(before));
            pass.opens = before.map(|before| Opens {
                first,
                previous: before.origin().to_owned(),
                head: before.head(),
            });
            let read = pass.shard(&shard.directory, &shard.tree, first, progress)?;
            if let Err(finding) = read {
                pass.findings.push(match self.shards.as_slice() {
                    [_] => finding,
                    _ => Finding::InShard {
                        origin: shard.origin().to_owned(),
                        first,
                        finding: Box::new(finding),
                    },
                });
                return Ok(false);
            }
        }
        Ok(self.complete)
    }
}

/// A shard that begins: what its first entry must say.
pub(super) struct Opens {
    first: u64,
    previous: String,
    head: TreeHead,
}

impl Opens {
    /// Holds the first entry against the shard before, and against the map at its end.
    pub(super) fn check(&self, entry: &[u8], map_root: Option<Hash>, findings: &mut Findings) {
        let index = self.first;
        let Ok(opening) = ShardOpening::decode(entry) else {
            return findings.push(Finding::OpeningMissing { index });
        };
        let other_map = map_root.is_some_and(|root| root != opening.map_root);
        let differing = [
            (opening.previous != self.previous, ShardField::Previous),
            (opening.head.size != self.head.size, ShardField::Size),
            (opening.head.root != self.head.root, ShardField::Root),
            (other_map, ShardField::MapRoot),
        ];
        for (_, field) in differing.into_iter().filter(|(differs, _)| *differs) {
            findings.push(Finding::OpeningDiffers { index, field });
        }
    }
}

/// Whether the mirror of a shard is the one that the signed list names.
fn is_as_listed(shard: &VerifiedShard, findings: &mut Findings) -> bool {
    let Some(listed) = &shard.listed else {
        return true;
    };
    let closed = listed.closed();
    let head = shard.head();
    let differing = [
        (listed.first() != shard.first, ShardField::First),
        (
            closed.is_some_and(|end| end.size != head.size),
            ShardField::Size,
        ),
        (
            closed.is_some_and(|end| end.root != head.root),
            ShardField::Root,
        ),
    ];
    let mut same = true;
    for (_, field) in differing.into_iter().filter(|(differs, _)| *differs) {
        same = false;
        findings.push(Finding::ShardDiffers {
            origin: shard.origin().to_owned(),
            field,
        });
    }
    same
}

/// The earlier checkpoints of each shard, by the origin that they claim; those of none go to the
/// first, which refuses them.
fn by_shard(
    shards: &[MirrorShard],
    earlier: Vec<EarlierCheckpoint>,
) -> Vec<Vec<EarlierCheckpoint>> {
    let mut sorted: Vec<Vec<EarlierCheckpoint>> = shards.iter().map(|_| Vec::new()).collect();
    for checkpoint in earlier {
        let signed = SignedCheckpoint::parse(&checkpoint.bytes).ok();
        let origin = signed.as_ref().map(|signed| signed.claimed().origin());
        let of = shards
            .iter()
            .position(|shard| Some(shard.trust.origin()) == origin);
        if let Some(checkpoints) = sorted.get_mut(of.unwrap_or_default()) {
            checkpoints.push(checkpoint);
        }
    }
    sorted
}
