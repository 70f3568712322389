//! Reading a log's directory: tiles, entry bundles and the checkpoint. Needs no lock; the auditor
//! and the HTTP server read while the sequencer writes, because what is published never changes.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::entry_bundle::BundleError;
use crate::hash::Hash;
use crate::subtree::Subtree;
use crate::tile::Tile;
use crate::tile_source::{LogFile, TileSource};

/// A directory laid out as C2SP tlog-tiles prescribes, for reading. What it can do is
/// [`TileSource`]; the methods of that name are here too, so that its users need no trait.
#[derive(Clone, Debug)]
pub struct TileDirectory {
    root: PathBuf,
}

/// Why something could not be read from the directory, or from any other [`TileSource`] (a `path`
/// is then whatever names the object there). Paths of tiles are relative to the log's prefix.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The path is not a directory.
    #[error("{} is not a directory; check the configured path of the log", path.display())]
    NotADirectory {
        /// The configured path.
        path: PathBuf,
    },
    /// The operating system or the server refused.
    #[error("cannot read {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The reason given.
        #[source]
        source: io::Error,
    },
    /// Neither the tile nor the full tile at its place exists.
    #[error("{tile} is missing (entries {first} to {last}); restore it from a copy of the log",
        first = tile.entries().start, last = tile.entries().end - 1)]
    Missing {
        /// The tile that the tree must have.
        tile: Tile,
    },
    /// A file has more bytes than any valid content.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Largest valid size in bytes.
        limit: usize,
    },
    /// A hash tile is not 32 bytes per hash.
    #[error("{tile} has {found} bytes, not 32 for each of its {} hashes", tile.width())]
    WrongLength {
        /// The tile as found on disk.
        tile: Tile,
        /// Its length in bytes.
        found: usize,
    },
    /// An entry bundle does not split into its entries.
    #[error("{tile} is damaged: {source}")]
    Bundle {
        /// The bundle as found on disk.
        tile: Tile,
        /// Where it fails to parse.
        source: BundleError,
    },
    /// The tree does not have the node: the caller asks for more than was published.
    #[error("a tree of {size} entries has no complete subtree {subtree:?}")]
    NoSuchNode {
        /// The subtree asked for.
        subtree: Subtree,
        /// Number of entries of the tree.
        size: u64,
    },
    /// The `checkpoint` file is malformed.
    #[error("the checkpoint file is damaged: {0}")]
    Checkpoint(#[from] CheckpointError),
}

impl TileDirectory {
    /// Opens a directory for reading.
    ///
    /// # Errors
    /// When there is none.
    pub fn open(path: &Path) -> Result<Self, DirectoryError> {
        if path.is_dir() {
            Ok(Self {
                root: path.to_owned(),
            })
        } else {
            Err(DirectoryError::NotADirectory {
                path: path.to_owned(),
            })
        }
    }

    /// The directory itself.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a tile's file is, whether or not it exists.
    #[must_use]
    pub fn path_of(&self, tile: Tile) -> PathBuf {
        self.path(LogFile::Tile(tile))
    }

    pub(crate) fn path(&self, file: LogFile) -> PathBuf {
        self.root.join(file.to_string())
    }

    /// See [`TileSource::read_file`].
    ///
    /// # Errors
    /// When the file cannot be read or is larger than any tile.
    pub fn read_file(&self, tile: Tile) -> Result<Option<Vec<u8>>, DirectoryError> {
        TileSource::read_file(self, tile)
    }

    /// See [`TileSource::read_hashes`].
    ///
    /// # Errors
    /// When the tile does not exist or has the wrong length.
    pub fn read_hashes(&self, tile: Tile) -> Result<Vec<Hash>, DirectoryError> {
        TileSource::read_hashes(self, tile)
    }

    /// See [`TileSource::read_bundle`].
    ///
    /// # Errors
    /// When the bundle does not exist or does not parse.
    pub fn read_bundle(&self, tile: Tile) -> Result<Vec<u8>, DirectoryError> {
        TileSource::read_bundle(self, tile)
    }

    /// See [`TileSource::read_checkpoint`].
    ///
    /// # Errors
    /// When the file cannot be read or is malformed.
    pub fn read_checkpoint(&self) -> Result<Option<SignedCheckpoint>, DirectoryError> {
        TileSource::read_checkpoint(self)
    }
}

impl TileSource for TileDirectory {
    fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, DirectoryError> {
        read_limited(&self.path(file), file.max_bytes())
    }

    fn partial_tiles(&self, tile: Tile) -> Result<Vec<Tile>, DirectoryError> {
        let Ok(narrowest) = tile.with_width(1) else {
            return Ok(Vec::new());
        };
        let file = self.path_of(narrowest);
        let Some(folder) = file.parent() else {
            return Ok(Vec::new());
        };
        let failed = |source| DirectoryError::Io {
            path: folder.to_owned(),
            source,
        };
        let listing = match folder.read_dir() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.map_err(failed)?,
        };
        let mut tiles = Vec::new();
        for file in listing {
            let name = file.map_err(failed)?.file_name();
            let path = format!("{}.p/{}", tile.to_full(), name.display());
            tiles.extend(Tile::parse(&path).ok().filter(|found| *found != tile));
        }
        tiles.sort_unstable();
        Ok(tiles)
    }
}

fn read_limited(path: &Path, limit: usize) -> Result<Option<Vec<u8>>, DirectoryError> {
    let failed = |source| DirectoryError::Io {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(failed)?,
    };
    let mut bytes = Vec::new();
    // One byte more than allowed tells "too large" from "just fits"; the limits are below 2^32.
    let cap = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    file.take(cap).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > limit {
        return Err(DirectoryError::TooLarge {
            path: path.to_owned(),
            limit,
        });
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::entry_bundle::encode_bundle;
    use crate::hash::leaf_hash;

    fn directory() -> (tempfile::TempDir, TileDirectory) {
        let folder = tempfile::tempdir().unwrap();
        let directory = TileDirectory::open(folder.path()).unwrap();
        (folder, directory)
    }

    fn put(directory: &TileDirectory, tile: Tile, bytes: &[u8]) {
        let path = directory.path_of(tile);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn tile(path: &str) -> Tile {
        Tile::parse(path).unwrap()
    }

    #[test]
    fn falls_back_to_the_full_tile() {
        let (_folder, directory) = directory();
        let hashes: Vec<Hash> = (0..=255_u8).map(|n| leaf_hash(&[n])).collect();
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        let wanted = tile("tile/0/000.p/3");
        assert!(matches!(
            directory.read_hashes(wanted),
            Err(DirectoryError::Missing { .. })
        ));
        put(&directory, wanted.to_full(), &bytes);
        assert_eq!(directory.read_hashes(wanted).unwrap(), hashes[..3]);

        let entries: Vec<Vec<u8>> = (0..=255_u8).map(|n| vec![n; 2]).collect();
        let bundle = encode_bundle(entries.iter().map(Vec::as_slice)).unwrap();
        put(&directory, tile("tile/entries/000"), &bundle);
        let cut = directory.read_bundle(tile("tile/entries/000.p/2")).unwrap();
        assert_eq!(cut, [0, 2, 0, 0, 0, 2, 1, 1]);
    }

    #[test]
    fn damaged_files_are_named() {
        let (_folder, directory) = directory();
        put(&directory, tile("tile/0/000.p/2"), &[0; 63]);
        let error = directory.read_hashes(tile("tile/0/000.p/2")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "tile/0/000.p/2 has 63 bytes, not 32 for each of its 2 hashes"
        );

        put(&directory, tile("tile/entries/000.p/1"), b"\x00\x05abc");
        let error = directory
            .read_bundle(tile("tile/entries/000.p/1"))
            .unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("tile/entries/000.p/1 is damaged"),
            "{error}"
        );

        put(&directory, tile("tile/0/001"), &[0; 8193]);
        let error = directory.read_hashes(tile("tile/0/001")).unwrap_err();
        assert!(
            matches!(error, DirectoryError::TooLarge { limit: 8192, .. }),
            "{error}"
        );
    }

    /// Sparse files larger than any memory: what is read is bounded, not only what is returned.
    #[test]
    fn a_file_without_end_is_not_read_to_its_end() {
        let (_folder, directory) = directory();
        for name in ["checkpoint", "tile/0/000", "tile/entries/000"] {
            let path = directory.root().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            File::create(&path).unwrap().set_len(1 << 40).unwrap();
        }
        let hashes = directory.read_hashes(tile("tile/0/000")).unwrap_err();
        let bundle = directory.read_bundle(tile("tile/entries/000"));
        let checkpoint = directory.read_checkpoint().unwrap_err();
        for (error, bytes) in [
            (hashes, 8192),
            (bundle.unwrap_err(), 16_777_472),
            (checkpoint, crate::note::MAX_NOTE_BYTES),
        ] {
            assert!(
                matches!(error, DirectoryError::TooLarge { limit, .. } if limit == bytes),
                "{error}"
            );
        }
    }

    #[test]
    fn lists_partial_tiles_and_nothing_else() {
        let (_folder, directory) = directory();
        for width in ["9", "10", "10.tmp", "256", "x"] {
            let path = directory.root().join("tile/0/000.p").join(width);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"").unwrap();
        }
        let found = directory.partial_tiles(tile("tile/0/000")).unwrap();
        assert_eq!(found, [tile("tile/0/000.p/9"), tile("tile/0/000.p/10")]);
        assert_eq!(directory.partial_tiles(found[1]).unwrap(), found[..1]);
        assert_eq!(directory.partial_tiles(tile("tile/0/001")).unwrap(), []);
    }
}
