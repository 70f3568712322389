//! The mirror on disk: tlog-tiles files, written durably, the checkpoint last.
//!
//! | File | What |
//! |---|---|
//! | `checkpoint` | the newest verified tree; every file that it needs is here |
//! | `follow.target` | the verified checkpoint that is being downloaded, from before its first file |
//! | `tile/…` | tiles and bundles; each was verified up to a signed root before it was written |
//! | `evidence/…` | checkpoints that cannot both be true |
//! | `lock` | held by the process that writes |

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ledger::{DirectoryError, MAX_NOTE_BYTES, Tile, TileDirectory};

const CHECKPOINT: &str = "checkpoint";
const TARGET: &str = "follow.target";
const LOCK: &str = "lock";

/// The mirror cannot be used: a matter of this computer, not of the server.
#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// The operating system refused.
    #[error("no se puede usar {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// Another process writes it.
    #[error("otro proceso escribe en {}", .0.display())]
    Held(PathBuf),
    /// A tile that was written cannot be read.
    #[error("el espejo no se puede leer (detalle: {0})")]
    Read(#[from] DirectoryError),
    /// A checkpoint file of the mirror is not by the pinned log.
    #[error("{} no es un checkpoint del registro fijado: {reason}", path.display())]
    Checkpoint {
        /// The file.
        path: PathBuf,
        /// Why it is not believed.
        reason: String,
    },
}

/// A mirror that this process alone writes.
#[derive(Debug)]
pub(super) struct Mirror {
    root: PathBuf,
    tiles: TileDirectory,
    /// Directories with new names in them that are not yet durable.
    touched: Mutex<BTreeSet<PathBuf>>,
    /// The advisory lock; the kernel releases it when the process ends, however.
    _lock: File,
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> MirrorError {
    let path = path.to_owned();
    move |source| MirrorError::Io { path, source }
}

impl Mirror {
    /// Opens the directory, and creates it if need be.
    pub(super) fn open(root: &Path) -> Result<Self, MirrorError> {
        fs::create_dir_all(root).map_err(failed(root))?;
        let path = root.join(LOCK);
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(failed(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(MirrorError::Held(root.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(&path)(error)),
        }
        Ok(Self {
            root: root.to_owned(),
            tiles: TileDirectory::open(root)?,
            touched: Mutex::default(),
            _lock: lock,
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn checkpoint_path(&self) -> PathBuf {
        self.root.join(CHECKPOINT)
    }

    pub(super) fn target_path(&self) -> PathBuf {
        self.root.join(TARGET)
    }

    /// A checkpoint file of the mirror, unverified.
    pub(super) fn read_note(path: &Path) -> Result<Option<Vec<u8>>, MirrorError> {
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(failed(path))?,
        };
        let mut bytes = Vec::new();
        file.take(MAX_NOTE_BYTES as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(failed(path))?;
        Ok(Some(bytes))
    }

    /// Exactly this file; `None` when it is not there or is no tile, as after a damage: then it is
    /// fetched again.
    pub(super) fn read(&self, tile: Tile) -> Result<Option<Vec<u8>>, MirrorError> {
        match self.tiles.read_file(tile) {
            Err(DirectoryError::TooLarge { .. }) => Ok(None),
            other => Ok(other?),
        }
    }

    /// Writes a verified tile: beside, synced, renamed, so that its name never refers to half of
    /// it. The name itself is durable after [`Mirror::sync`].
    pub(super) fn write(&self, tile: Tile, bytes: &[u8]) -> Result<(), MirrorError> {
        let path = self.tiles.path_of(tile);
        replace(&path, bytes)?;
        let within = path.ancestors().skip(1);
        let within = within.take_while(|folder| folder.starts_with(&self.root));
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.extend(within.map(Path::to_owned));
        Ok(())
    }

    /// Makes every name that was written durable.
    pub(super) fn sync(&self) -> Result<(), MirrorError> {
        let mut touched = self.touched.lock().unwrap_or_else(PoisonError::into_inner);
        touched.iter().try_for_each(|folder| sync_folder(folder))?;
        touched.clear();
        Ok(())
    }

    /// Remembers which verified checkpoint the following tiles belong to.
    ///
    /// COMMIT POINT of a round's intent. A crash from here to [`Mirror::publish`] leaves tiles of
    /// this checkpoint beside those of the published one; the next run holds whatever the server
    /// then shows against both.
    pub(super) fn aim(&self, checkpoint: &str) -> Result<(), MirrorError> {
        replace(&self.target_path(), checkpoint.as_bytes())?;
        sync_folder(&self.root)
    }

    /// Replaces the checkpoint.
    ///
    /// COMMIT POINT of a round. Before the rename readers see the old tree, after it the new one;
    /// either way all its tiles are durable. A crash after it leaves `follow.target`, equal to
    /// `checkpoint`, which does no harm.
    pub(super) fn publish(&self, checkpoint: &str) -> Result<(), MirrorError> {
        self.sync()?;
        replace(&self.checkpoint_path(), checkpoint.as_bytes())?;
        sync_folder(&self.root)?;
        let target = self.target_path();
        match fs::remove_file(&target) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&target)(error)),
            _ => Ok(()),
        }
    }

    /// Deletes the partial tiles at the place of a full one. A crash half-way leaves some behind,
    /// which is harmless: readers check them as the beginning of the full one.
    pub(super) fn remove_partials_of(&self, tile: Tile) -> Result<(), MirrorError> {
        let mut path = self.tiles.path_of(tile.to_full()).into_os_string();
        path.push(".p");
        let path = PathBuf::from(path);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&path)(error)),
            _ => Ok(()),
        }
    }
}

/// Writes beside, syncs, renames. Each file has one writer at a time, so that the name beside it is
/// free or a leftover of a crash.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), MirrorError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".tmp");
    let beside = PathBuf::from(beside);
    let mut file = File::create(&beside).map_err(failed(&beside))?;
    file.write_all(bytes).map_err(failed(&beside))?;
    file.sync_data().map_err(failed(&beside))?;
    fs::rename(&beside, path).map_err(failed(path))
}

/// Makes the names in a directory durable. Only Unix has such a call.
pub(super) fn sync_folder(folder: &Path) -> Result<(), MirrorError> {
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|file| file.sync_all());
        synced.map_err(failed(folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writer_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let first = Mirror::open(folder.path()).unwrap();
        assert!(matches!(
            Mirror::open(folder.path()),
            Err(MirrorError::Held(_))
        ));
        drop(first);
        assert!(Mirror::open(folder.path()).is_ok());
    }

    #[test]
    fn the_target_goes_with_the_publication() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Mirror::open(folder.path()).unwrap();
        mirror.aim("one").unwrap();
        let read = |path: PathBuf| Mirror::read_note(&path).unwrap();
        assert_eq!(read(mirror.target_path()), Some(b"one".to_vec()));
        mirror.publish("one").unwrap();
        assert_eq!(read(mirror.target_path()), None);
        assert_eq!(read(mirror.checkpoint_path()), Some(b"one".to_vec()));
        mirror.publish("two").unwrap();
        assert_eq!(read(mirror.checkpoint_path()), Some(b"two".to_vec()));
    }

    #[test]
    fn an_overgrown_tile_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let mirror = Mirror::open(folder.path()).unwrap();
        let tile = Tile::parse("tile/0/000").unwrap();
        mirror.write(tile, &[0; 8193]).unwrap();
        assert_eq!(mirror.read(tile).unwrap(), None);
        mirror.write(tile, &[0; 8192]).unwrap();
        assert_eq!(mirror.read(tile).unwrap().unwrap().len(), 8192);
    }
}
