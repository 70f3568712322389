//! Writing a log's directory: one writer at a time, nothing published ever altered, everything
//! durable before the next step relies on it.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::checkpoint::SignedCheckpoint;
use crate::directory::{DirectoryError, TileDirectory};
use crate::tile::Tile;
use crate::tile_source::{LogFile, TileSource};
use crate::tile_store::{TileStore, WriteError};

const LOCK: &str = "lock";

/// A tile directory held by this process alone, until dropped: the [`TileStore`] on a disk.
#[derive(Debug)]
pub struct LockedDirectory {
    directory: TileDirectory,
    /// Holds the advisory lock (`flock`); the kernel releases it when the process ends, however.
    _lock: File,
}

/// Why the directory could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process (or another `Log` in this one) writes this directory.
    #[error("another process writes the log in {}; stop it first: two writers would fork the log",
        path.display())]
    Held {
        /// The log's directory.
        path: PathBuf,
    },
    /// The directory or its lock file cannot be created or opened.
    #[error("cannot create or lock the log directory {}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The operating system's reason.
        #[source]
        source: io::Error,
    },
}

impl LockedDirectory {
    /// Creates the directory if need be and locks it.
    ///
    /// # Errors
    /// When another process (or another `LockedDirectory` of this one) holds it, or it cannot be
    /// created.
    pub fn open(path: &Path) -> Result<Self, LockError> {
        let failed = |path: &Path, source| LockError::Io {
            path: path.to_owned(),
            source,
        };
        fs::create_dir_all(path).map_err(|error| failed(path, error))?;
        let lock_path = path.join(LOCK);
        let lock = File::options().create(true).append(true).open(&lock_path);
        let lock = lock.map_err(|error| failed(&lock_path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(LockError::Held {
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(failed(&lock_path, error)),
        }
        let directory =
            TileDirectory::open(path).map_err(|error| failed(path, io::Error::other(error)))?;
        Ok(Self {
            directory,
            _lock: lock,
        })
    }
}

impl TileSource for LockedDirectory {
    fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, DirectoryError> {
        self.directory.read(file)
    }

    fn partial_tiles(&self, tile: Tile) -> Result<Vec<Tile>, DirectoryError> {
        self.directory.partial_tiles(tile)
    }
}

impl TileStore for LockedDirectory {
    /// Returns once the files and the directory entries leading to them are durable.
    fn create_tiles(&self, tiles: &[(Tile, Vec<u8>)]) -> Result<(), WriteError> {
        let mut folders = BTreeSet::new();
        for (tile, content) in tiles {
            let path = self.directory.path_of(*tile);
            match self.directory.read_file(*tile)? {
                Some(published) if published == *content => {}
                Some(_) => return Err(WriteError::Conflict { path }),
                None => replace_file(&path, content)?,
            }
            let within = path.ancestors().skip(1);
            let within = within.take_while(|folder| folder.starts_with(self.directory.root()));
            folders.extend(within.map(Path::to_owned));
        }
        // Also folders that existed: an earlier run may have died between creating and syncing.
        folders.iter().try_for_each(|folder| sync_folder(folder))
    }

    /// The lock keeps other sequencers away, so that comparing first is comparing and setting.
    fn replace_checkpoint(
        &self,
        expected: Option<&SignedCheckpoint>,
        checkpoint: &SignedCheckpoint,
    ) -> Result<(), WriteError> {
        let path = self.directory.path(LogFile::Checkpoint);
        let expected = expected.map(|published| published.to_string().into_bytes());
        if self.directory.read(LogFile::Checkpoint)? != expected {
            return Err(WriteError::CheckpointMoved { path });
        }
        replace_file(&path, checkpoint.to_string().as_bytes())?;
        sync_folder(self.directory.root())
    }

    fn remove_partials_of(&self, tile: Tile) -> Result<(), WriteError> {
        let mut path = self.directory.path_of(tile.to_full()).into_os_string();
        path.push(".p");
        let path = PathBuf::from(path);
        match fs::remove_dir_all(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(WriteError::Io { path, source })
            }
            _ => Ok(()),
        }
    }
}

/// Writes beside, syncs, renames: the name never refers to half a file, even after a power cut.
fn replace_file(path: &Path, content: &[u8]) -> Result<(), WriteError> {
    let failed = |source| WriteError::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    // The lock makes us the only writer: a fixed name is free, or a leftover of a crash.
    let beside = path.with_extension("tmp");
    let mut file = File::create(&beside).map_err(failed)?;
    file.write_all(content).map_err(failed)?;
    file.sync_all().map_err(failed)?;
    fs::rename(&beside, path).map_err(failed)
}

fn sync_folder(folder: &Path) -> Result<(), WriteError> {
    File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(|source| WriteError::Io {
            path: folder.to_owned(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(path: &str) -> Tile {
        Tile::parse(path).unwrap()
    }

    #[test]
    fn one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let first = LockedDirectory::open(&path).unwrap();
        let second = LockedDirectory::open(&path).unwrap_err();
        assert!(
            matches!(&second, LockError::Held { path: held } if *held == path),
            "{second}"
        );
        drop(first);
        assert!(LockedDirectory::open(&path).is_ok());
    }

    #[test]
    fn a_published_tile_is_never_altered() {
        let folder = tempfile::tempdir().unwrap();
        let locked = LockedDirectory::open(folder.path()).unwrap();
        let place = tile("tile/0/x001/000.p/1");
        locked.create_tiles(&[(place, vec![1; 32])]).unwrap();
        locked.create_tiles(&[(place, vec![1; 32])]).unwrap();
        let refused = locked.create_tiles(&[(place, vec![2; 32])]);
        assert!(
            matches!(refused, Err(WriteError::Conflict { .. })),
            "{refused:?}"
        );
        assert_eq!(locked.read_file(place).unwrap(), Some(vec![1; 32]));
    }

    #[test]
    fn partial_tiles_go_and_the_full_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let locked = LockedDirectory::open(folder.path()).unwrap();
        let (partial, full) = (tile("tile/0/000.p/1"), tile("tile/0/000"));
        locked
            .create_tiles(&[(partial, vec![1; 32]), (full, vec![1; 8192])])
            .unwrap();
        locked.remove_partials_of(full).unwrap();
        locked.remove_partials_of(full).unwrap();
        assert_eq!(locked.read_file(partial).unwrap(), None);
        assert_eq!(locked.read_hashes(partial).unwrap().len(), 1);
    }

    #[test]
    fn a_file_in_the_way_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let locked = LockedDirectory::open(folder.path()).unwrap();
        fs::write(folder.path().join("tile"), b"not a directory").unwrap();
        let refused = locked.create_tiles(&[(tile("tile/0/000.p/1"), vec![1; 32])]);
        assert!(refused.is_err());
    }
}
