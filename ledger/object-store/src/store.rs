//! Writing a log's objects: nothing published is ever altered, the checkpoint is compared and set.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, TryStreamExt, stream};
use ledger::{DirectoryError, LogFile, SignedCheckpoint, Tile, TileSource, TileStore, WriteError};
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions, PutPayload};
use tokio::runtime::Handle;

use crate::open::{ConditionalPuts, OpenStoreError, probe};
use crate::source::ObjectTileSource;

/// Objects written at the same time.
const CONCURRENT: usize = 8;
/// Times that a put is tried whose fate is unknown: the connection broke before the answer.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// A log's objects below a prefix, for the one sequencer to write.
#[derive(Clone, Debug)]
pub struct ObjectTileStore {
    source: ObjectTileSource,
    puts: ConditionalPuts,
}

impl ObjectTileStore {
    /// Opens the log below `prefix` for writing; see [`ObjectTileSource::new`].
    ///
    /// # Errors
    /// When the server cannot be written, or ignores conditions that are
    /// [`Required`](ConditionalPuts::Required).
    pub fn open(
        objects: Arc<dyn ObjectStore>,
        prefix: &str,
        runtime: Handle,
        puts: ConditionalPuts,
    ) -> Result<Self, OpenStoreError> {
        let source = ObjectTileSource::new(objects, prefix, runtime);
        if puts == ConditionalPuts::Required {
            source.block_on(probe(&source))?;
        }
        Ok(Self { source, puts })
    }

    /// The same objects, for reading.
    #[must_use]
    pub fn source(&self) -> ObjectTileSource {
        self.source.clone()
    }

    async fn create(&self, tile: Tile, content: &[u8]) -> Result<(), WriteError> {
        let file = LogFile::Tile(tile);
        let mode = match self.puts {
            ConditionalPuts::Required => PutMode::Create,
            ConditionalPuts::Unavailable => match self.source.get(file).await? {
                Some(published) => return self.compare(file, &published.bytes, content),
                None => PutMode::Overwrite,
            },
        };
        match self.put(file, content, mode).await {
            // An interrupted publication is being repeated, or the answer to our own put was lost.
            Err(Error::AlreadyExists { .. }) => {
                let published = self.source.get(file).await?;
                let published = published.ok_or(DirectoryError::Missing { tile })?;
                self.compare(file, &published.bytes, content)
            }
            other => other.map_err(|error| self.unwritable(file, error)),
        }
    }

    fn compare(&self, file: LogFile, published: &[u8], content: &[u8]) -> Result<(), WriteError> {
        if published == content {
            return Ok(());
        }
        let path = self.source.name(&self.source.location(file));
        Err(WriteError::Conflict { path })
    }

    async fn replace(&self, expected: Option<&[u8]>, new: &[u8]) -> Result<(), WriteError> {
        let file = LogFile::Checkpoint;
        let moved = || WriteError::CheckpointMoved {
            path: self.source.name(&self.source.location(file)),
        };
        let found = self.source.get(file).await?;
        if found.as_ref().map(|found| found.bytes.as_slice()) != expected {
            return Err(moved());
        }
        let mode = match (self.puts, found) {
            (ConditionalPuts::Unavailable, _) => PutMode::Overwrite,
            (ConditionalPuts::Required, None) => PutMode::Create,
            (ConditionalPuts::Required, Some(found)) => PutMode::Update(found.version),
        };
        match self.put(file, new, mode).await {
            Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                // Ours, if only its answer was lost; else another sequencer's.
                let stored = self.source.get(file).await?;
                let ours = stored.is_some_and(|stored| stored.bytes == new);
                if ours { Ok(()) } else { Err(moved()) }
            }
            other => other.map_err(|error| self.unwritable(file, error)),
        }
    }

    /// One object, durably. Repeating a put is safe in every mode: if the first did happen, the
    /// second writes the same bytes or fails its condition, and the caller compares.
    async fn put(&self, file: LogFile, content: &[u8], mode: PutMode) -> Result<(), Error> {
        let location = self.source.location(file);
        let payload = PutPayload::from(content.to_vec());
        let mut attempt = 1;
        loop {
            let options = PutOptions::from(mode.clone());
            let put = self
                .source
                .objects
                .put_opts(&location, payload.clone(), options);
            match put.await {
                Err(Error::Generic { .. }) if attempt < ATTEMPTS => {
                    tokio::time::sleep(PAUSE * attempt).await;
                    attempt += 1;
                }
                other => return other.map(|_| ()),
            }
        }
    }

    async fn remove(&self, tile: Tile) -> Result<(), WriteError> {
        let file = LogFile::Tile(tile);
        match self
            .source
            .objects
            .delete(&self.source.location(file))
            .await
        {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(self.unwritable(file, error)),
        }
    }

    fn unwritable(&self, file: LogFile, error: Error) -> WriteError {
        WriteError::Io {
            path: self.source.name(&self.source.location(file)),
            source: io::Error::other(error),
        }
    }
}

impl TileSource for ObjectTileStore {
    fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, DirectoryError> {
        self.source.read(file)
    }

    fn partial_tiles(&self, tile: Tile) -> Result<Vec<Tile>, DirectoryError> {
        self.source.partial_tiles(tile)
    }
}

impl TileStore for ObjectTileStore {
    /// In any order, several at a time: no checkpoint covers them yet. A crash between two puts
    /// leaves tiles that the next publication computes again and finds equal.
    fn create_tiles(&self, tiles: &[(Tile, Vec<u8>)]) -> Result<(), WriteError> {
        let puts = stream::iter(tiles).map(|(tile, content)| self.create(*tile, content));
        let all = puts.buffer_unordered(CONCURRENT).try_collect::<Vec<()>>();
        self.source.block_on(all).map(|_| ())
    }

    /// COMMIT POINT of the publication: a put that the server does only over `expected`. A crash
    /// before it leaves the old checkpoint; one after it, before the answer, the new one, which the
    /// restart reads.
    fn replace_checkpoint(
        &self,
        expected: Option<&SignedCheckpoint>,
        checkpoint: &SignedCheckpoint,
    ) -> Result<(), WriteError> {
        let expected = expected.map(SignedCheckpoint::to_string);
        let expected = expected.as_ref().map(String::as_bytes);
        let new = checkpoint.to_string();
        self.source.block_on(self.replace(expected, new.as_bytes()))
    }

    fn remove_partials_of(&self, tile: Tile) -> Result<(), WriteError> {
        let full = tile.to_full();
        self.source.block_on(async {
            for partial in self.source.list(full).await? {
                self.remove(partial).await?;
            }
            Ok(())
        })
    }
}
