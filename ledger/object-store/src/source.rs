//! Reading a log's objects, never more of one than a valid file has.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::StreamExt;
use ledger::{DirectoryError, LogFile, Tile, TileSource};
use object_store::path::Path;
use object_store::{Error, ObjectStore, ObjectStoreExt, UpdateVersion};
use tokio::runtime::Handle;

/// Names looked at for the partial tiles of one place. There are at most 255 of them, and a server
/// that lists without end is not followed.
const MAX_LISTED: usize = 4096;

/// A log's objects below a prefix, for reading. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ObjectTileSource {
    pub(crate) objects: Arc<dyn ObjectStore>,
    prefix: Path,
    runtime: Handle,
}

/// An object's bytes, and which version they are of.
pub(crate) struct Found {
    pub(crate) bytes: Vec<u8>,
    pub(crate) version: UpdateVersion,
}

impl ObjectTileSource {
    /// The log below `prefix` (empty: the whole bucket). `runtime` drives the requests: a
    /// multi-threaded one.
    #[must_use]
    pub fn new(objects: Arc<dyn ObjectStore>, prefix: &str, runtime: Handle) -> Self {
        let prefix = Path::from(prefix);
        Self {
            objects,
            prefix,
            runtime,
        }
    }

    /// Waits for the work, from any thread but one of a current-thread runtime. From a task it
    /// first hands the thread's other tasks to another thread.
    pub(crate) fn block_on<F: Future>(&self, work: F) -> F::Output {
        tokio::task::block_in_place(|| self.runtime.block_on(work))
    }

    pub(crate) fn location(&self, file: LogFile) -> Path {
        self.below(&file.to_string())
    }

    /// An object below the prefix.
    pub(crate) fn below(&self, name: &str) -> Path {
        let name = Path::from(name);
        self.prefix.parts().chain(name.parts()).collect()
    }

    /// How errors name an object.
    pub(crate) fn name(&self, location: &Path) -> PathBuf {
        PathBuf::from(format!("{} {location}", self.objects))
    }

    /// The error of a read that failed.
    fn unreadable(&self, location: &Path) -> impl Fn(Error) -> DirectoryError {
        let path = self.name(location);
        move |source| DirectoryError::Io {
            path: path.clone(),
            source: io::Error::other(source),
        }
    }

    /// The object's bytes; `None` when there is none.
    pub(crate) async fn get(&self, file: LogFile) -> Result<Option<Found>, DirectoryError> {
        let location = self.location(file);
        let limit = file.max_bytes();
        let too_large = || DirectoryError::TooLarge {
            path: self.name(&location),
            limit,
        };
        let answer = match self.objects.get(&location).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            other => other.map_err(self.unreadable(&location))?,
        };
        // What the server claims is refused before it is read, and then not believed.
        if usize::try_from(answer.meta.size).map_or(true, |claimed| claimed > limit) {
            return Err(too_large());
        }
        let version = UpdateVersion {
            e_tag: answer.meta.e_tag.clone(),
            version: answer.meta.version.clone(),
        };
        let mut bytes = Vec::new();
        let mut body = answer.into_stream();
        while let Some(piece) = body.next().await {
            let piece = piece.map_err(self.unreadable(&location))?;
            if piece.len() > limit - bytes.len() {
                return Err(too_large());
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(Some(Found { bytes, version }))
    }

    /// The partial tiles at the place of `tile`, narrowest first, without `tile` itself.
    pub(crate) async fn list(&self, tile: Tile) -> Result<Vec<Tile>, DirectoryError> {
        let folder = self.below(&format!("{}.p", tile.to_full()));
        let mut listing = self.objects.list(Some(&folder)).take(MAX_LISTED);
        let mut tiles = BTreeSet::new();
        while let Some(object) = listing.next().await {
            let object = object.map_err(self.unreadable(&folder))?;
            let name = object.location.filename().unwrap_or_default();
            let path = format!("{}.p/{name}", tile.to_full());
            let found = Tile::parse(&path).ok().filter(|found| *found != tile);
            tiles.extend(found.filter(|found| {
                // Not an object of the same last name further below.
                self.location(LogFile::Tile(*found)) == object.location
            }));
        }
        Ok(tiles.into_iter().collect())
    }
}

impl TileSource for ObjectTileSource {
    fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, DirectoryError> {
        let found = self.block_on(self.get(file))?;
        Ok(found.map(|found| found.bytes))
    }

    fn partial_tiles(&self, tile: Tile) -> Result<Vec<Tile>, DirectoryError> {
        self.block_on(self.list(tile))
    }
}
