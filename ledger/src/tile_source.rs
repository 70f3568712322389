//! Reading a log's files wherever they are kept: a directory, an object store, memory.

use std::fmt;
use std::sync::Arc;

use crate::checkpoint::SignedCheckpoint;
use crate::directory::DirectoryError;
use crate::entry_bundle::{MAX_BUNDLE_BYTES, bundle_prefix, decode_bundle};
use crate::hash::Hash;
use crate::note::MAX_NOTE_BYTES;
use crate::tile::{TILE_WIDTH, Tile, TileKind};

/// One of the files that C2SP tlog-tiles puts below the prefix of a log. Displays as its path
/// relative to that prefix, which never leads out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFile {
    /// The newest signed checkpoint.
    Checkpoint,
    /// A tile of hashes, or a bundle of entries.
    Tile(Tile),
}

impl LogFile {
    /// The most bytes that a valid file of this kind has, and that a store may hand out or hold in
    /// memory for it: whoever keeps the files may be hostile.
    #[must_use]
    pub fn max_bytes(self) -> usize {
        match self {
            Self::Checkpoint => MAX_NOTE_BYTES,
            Self::Tile(tile) => match tile.kind() {
                TileKind::Hashes { .. } => usize::from(TILE_WIDTH) * Hash::LEN,
                TileKind::Entries => MAX_BUNDLE_BYTES,
            },
        }
    }
}

impl fmt::Display for LogFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checkpoint => f.write_str("checkpoint"),
            Self::Tile(tile) => tile.fmt(f),
        }
    }
}

/// Files of a log, for reading. Needs no lock: whoever reads while the sequencer writes sees only
/// what is published, and that never changes.
///
/// An implementation provides [`read`](Self::read) and [`partial_tiles`](Self::partial_tiles);
/// the other methods say what the bytes must look like, the same for all.
pub trait TileSource: fmt::Debug + Send + Sync {
    /// The bytes of exactly this file, unchecked; `None` when it does not exist (partial tiles
    /// disappear once the full one exists).
    ///
    /// # Errors
    /// When the file cannot be read, or has more than [`LogFile::max_bytes`]: an implementation
    /// stops reading there.
    fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, DirectoryError>;

    /// The partial tiles stored at the place of `tile`, narrowest first, without `tile` itself.
    /// Files with other names are ignored.
    ///
    /// # Errors
    /// When they cannot be listed.
    fn partial_tiles(&self, tile: Tile) -> Result<Vec<Tile>, DirectoryError>;

    /// The bytes of exactly this tile, unchecked: what the HTTP server sends.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    fn read_file(&self, tile: Tile) -> Result<Option<Vec<u8>>, DirectoryError> {
        self.read(LogFile::Tile(tile))
    }

    /// The hashes of a tile, cut from the full tile where the partial one is gone.
    ///
    /// # Errors
    /// When neither exists, or the length is wrong. Whether the hashes are right is for the root
    /// of a checkpoint to say.
    fn read_hashes(&self, tile: Tile) -> Result<Vec<Hash>, DirectoryError> {
        let (found, bytes) = self.read_or_full(tile)?;
        let (hashes, rest) = bytes.as_chunks::<{ Hash::LEN }>();
        if !rest.is_empty() || hashes.len() != usize::from(found.width()) {
            return Err(DirectoryError::WrongLength {
                tile: found,
                found: bytes.len(),
            });
        }
        let wanted = hashes.iter().take(usize::from(tile.width()));
        Ok(wanted.copied().map(Hash).collect())
    }

    /// The bytes of an entry bundle with exactly the width asked for, cut from the full bundle
    /// where the partial one is gone. They [decode](crate::decode_bundle) without error.
    ///
    /// # Errors
    /// When neither exists, or the bundle found does not parse.
    fn read_bundle(&self, tile: Tile) -> Result<Vec<u8>, DirectoryError> {
        let (found, mut bytes) = self.read_or_full(tile)?;
        let damaged = |source| DirectoryError::Bundle {
            tile: found,
            source,
        };
        decode_bundle(&bytes, found.width()).map_err(damaged)?;
        let wanted = bundle_prefix(&bytes, tile.width()).map_err(damaged)?.len();
        bytes.truncate(wanted);
        Ok(bytes)
    }

    /// The published checkpoint, unverified; `None` when nothing was published yet.
    ///
    /// # Errors
    /// When the file cannot be read or is malformed.
    fn read_checkpoint(&self) -> Result<Option<SignedCheckpoint>, DirectoryError> {
        let bytes = self.read(LogFile::Checkpoint)?;
        Ok(bytes
            .map(|bytes| SignedCheckpoint::parse(&bytes))
            .transpose()?)
    }

    /// The bytes of the tile, or else of the full tile at its place (tlog-tiles, "Partial Tiles":
    /// a partial tile may be deleted once the full one is available), and which of them it is.
    ///
    /// # Errors
    /// When neither exists or can be read.
    fn read_or_full(&self, tile: Tile) -> Result<(Tile, Vec<u8>), DirectoryError> {
        for candidate in [tile, tile.to_full()] {
            if let Some(bytes) = self.read_file(candidate)? {
                return Ok((candidate, bytes));
            }
        }
        Err(DirectoryError::Missing { tile })
    }
}

impl<S: TileSource + ?Sized> TileSource for Arc<S> {
    fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, DirectoryError> {
        (**self).read(file)
    }

    fn partial_tiles(&self, tile: Tile) -> Result<Vec<Tile>, DirectoryError> {
        (**self).partial_tiles(tile)
    }
}
