//! The map, rebuilt from the leaves: each map head in the log must say what it amounts to.

use ledger::{Hash, MapHead, PrefixMap};
use prescription::leaf::Leaf;

use super::{Finding, Findings, MapTally};
use crate::map::apply;

/// Kind of an entry that commits the root of the map.
pub(super) const MAP_HEAD: u8 = 16;
/// Kind of the entry that opens a log which continues another.
pub(super) const OPENING: u8 = 17;

/// What a map head can be wrong about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MapHeadField {
    /// Not in its format.
    Form,
    /// How many entries it is over.
    Entries,
    /// How many keys the map has.
    Keys,
    /// The root.
    Root,
}

impl MapHeadField {
    pub(super) fn in_spanish(self) -> &'static str {
        match self {
            Self::Form => "no tiene la forma publicada",
            Self::Entries => "declara otro número de entradas que el de su lugar",
            Self::Keys => "declara otro número de claves que el que dan las entradas anteriores",
            Self::Root => "declara otra raíz que la que dan las entradas anteriores",
        }
    }
}

/// The map over the leaves so far.
#[derive(Default)]
pub(super) struct Rebuilt {
    map: PrefixMap,
    heads: u64,
}

impl Rebuilt {
    pub(super) fn follow(&mut self, leaf: &Leaf) {
        apply(&mut self.map, leaf);
    }

    /// Holds the map head at `index` against the map before it.
    pub(super) fn head(&mut self, index: u64, entry: &[u8], findings: &mut Findings) {
        self.heads += 1;
        let Ok(head) = MapHead::decode(entry) else {
            let field = MapHeadField::Form;
            return findings.push(Finding::MapHeadDiffers { index, field });
        };
        let differing = [
            (head.entries != index, MapHeadField::Entries),
            (head.keys != self.map.len(), MapHeadField::Keys),
            (head.root != self.map.root(), MapHeadField::Root),
        ];
        for (_, field) in differing.into_iter().filter(|(differs, _)| *differs) {
            findings.push(Finding::MapHeadDiffers { index, field });
        }
    }

    pub(super) fn root(&mut self) -> Hash {
        self.map.root()
    }

    pub(super) fn tally(&self) -> MapTally {
        MapTally {
            heads: self.heads,
            keys: self.map.len(),
        }
    }
}
