//! Proofs straight from the published files, without the lock and without the sequencer.

use std::sync::Arc;

use crate::consistency::ConsistencyProof;
use crate::directory::DirectoryError;
use crate::hash::Hash;
use crate::inclusion::InclusionProof;
use crate::subtree::{ProveError, root_from_subtrees};
use crate::tile_cache::TileCache;
use crate::tile_source::TileSource;

/// The tree of one published checkpoint, for making proofs about it and about smaller trees. The
/// tiles are read as they are: proofs made from a damaged tile do not verify.
#[derive(Debug)]
pub struct PublishedTree {
    cache: TileCache,
    size: u64,
}

impl PublishedTree {
    /// A tree of `size` entries, the size of a checkpoint that was published there: in a
    /// [`TileDirectory`](crate::TileDirectory), or in an `Arc` of any other source.
    #[must_use]
    pub fn new(source: impl TileSource + 'static, size: u64) -> Self {
        Self {
            cache: TileCache::new(Arc::new(source)),
            size,
        }
    }

    /// The root that the tiles give for the first `size` entries.
    ///
    /// # Errors
    /// When the tree is smaller, or a tile cannot be read.
    pub fn root(&self, size: u64) -> Result<Hash, ProveError<DirectoryError>> {
        self.check_known(size)?;
        root_from_subtrees(size, &mut |subtree| self.cache.node(subtree, self.size))
            .map_err(ProveError::Read)
    }

    /// Proof that the tree of `size` entries has entry `index`.
    ///
    /// # Errors
    /// When it has not, this tree is smaller, or a tile cannot be read.
    pub fn inclusion_proof(
        &self,
        index: u64,
        size: u64,
    ) -> Result<InclusionProof, ProveError<DirectoryError>> {
        self.check_known(size)?;
        InclusionProof::generate(index, size, &mut |subtree| {
            self.cache.node(subtree, self.size)
        })
    }

    /// Proof that the tree of `to` entries begins with the tree of `from` entries.
    ///
    /// # Errors
    /// When not `0 < from <= to`, this tree is smaller, or a tile cannot be read.
    pub fn consistency_proof(
        &self,
        from: u64,
        to: u64,
    ) -> Result<ConsistencyProof, ProveError<DirectoryError>> {
        self.check_known(to)?;
        ConsistencyProof::generate(from, to, &mut |subtree| self.cache.node(subtree, self.size))
    }

    fn check_known(&self, size: u64) -> Result<(), ProveError<DirectoryError>> {
        if size > self.size {
            return Err(ProveError::NotYet {
                size,
                known: self.size,
            });
        }
        Ok(())
    }
}
