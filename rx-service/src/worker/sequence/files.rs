//! Where the ledger's files are kept: a directory of this replica's own, or a bucket that all
//! replicas share.

use std::path::PathBuf;
use std::sync::Arc;

use ledger::{Log, TileDirectory, TileSource};
use ledger_object_store::{ConditionalPuts, ObjectTileSource, ObjectTileStore};
use object_store::ObjectStore;
use tokio::runtime::Handle;

use super::{SequenceError, log_error};
use crate::store::Shard;

/// Where the files are.
#[derive(Debug, Clone)]
pub enum LedgerFiles {
    /// In this folder. Every replica has its own, and publishes into it.
    Directory(PathBuf),
    /// In a bucket that speaks S3. The leader publishes; the others read.
    Objects(Bucket),
}

/// A bucket, or a part of one.
#[derive(Debug, Clone)]
pub struct Bucket {
    /// The client.
    pub client: Arc<dyn ObjectStore>,
    /// What comes before every name.
    pub prefix: String,
    /// Whether the server honours conditional puts.
    pub puts: ConditionalPuts,
    /// What drives the requests. Not the runtime of the service: its tasks wait for the log while
    /// one of them reads a tile, and a connection that waits for them in turn would wait for ever.
    pub runtime: Handle,
}

impl LedgerFiles {
    /// Whether other replicas write the same files: then only the leader may.
    pub(super) fn are_shared(&self) -> bool {
        matches!(self, Self::Objects(_))
    }

    /// The files of a shard, for reading.
    pub(super) fn source_of(&self, shard: &Shard) -> Result<Arc<dyn TileSource>, SequenceError> {
        match self {
            Self::Directory(directory) => {
                let folder = directory.join(name_of(shard));
                std::fs::create_dir_all(&folder).map_err(log_error)?;
                Ok(Arc::new(TileDirectory::open(&folder).map_err(log_error)?))
            }
            Self::Objects(bucket) => Ok(Arc::new(bucket.source_of(shard))),
        }
    }

    /// The log of a shard, for whoever publishes it.
    pub(super) fn open(&self, shard: &Shard) -> Result<Log, SequenceError> {
        let opened = match self {
            Self::Directory(directory) => Log::open(&directory.join(name_of(shard)), &shard.origin),
            Self::Objects(bucket) => {
                let store = ObjectTileStore::open(
                    Arc::clone(&bucket.client),
                    &bucket.prefix_of(shard),
                    bucket.runtime.clone(),
                    bucket.puts,
                );
                Log::open_on(Arc::new(store.map_err(log_error)?), &shard.origin)
            }
        };
        opened.map_err(log_error)
    }

    /// The log of a shard, for whoever does not publish it (yet).
    pub(super) fn follow(&self, shard: &Shard) -> Result<Log, SequenceError> {
        if self.are_shared() {
            Log::follow(self.source_of(shard)?, &shard.origin).map_err(log_error)
        } else {
            self.open(shard)
        }
    }

    /// Where a shard's files are, for people.
    pub(super) fn place_of(&self, shard: &Shard) -> String {
        match self {
            Self::Directory(directory) => directory.join(name_of(shard)).display().to_string(),
            Self::Objects(bucket) => bucket.prefix_of(shard),
        }
    }
}

impl Bucket {
    fn prefix_of(&self, shard: &Shard) -> String {
        let parts = [self.prefix.as_str(), name_of(shard)];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("/")
    }

    fn source_of(&self, shard: &Shard) -> ObjectTileSource {
        let client = Arc::clone(&self.client);
        ObjectTileSource::new(client, &self.prefix_of(shard), self.runtime.clone())
    }
}

/// The name of a shard: the last part of its origin; the first has none.
pub(super) fn name_of(shard: &Shard) -> &str {
    match shard.origin.rsplit_once('/') {
        Some((_, name)) if shard.number > 1 => name,
        _ => "",
    }
}
