//! A directory whose operations fail when told, before or after their effect.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ledger::{
    DirectoryError, LockedDirectory, Log, LogFile, OpenError, SignedCheckpoint, Tile, TileSource,
    TileStore, WriteError,
};

use crate::fixture::ORIGIN;

/// What fails, shared by the stores of one test.
#[derive(Debug, Default)]
pub(crate) struct Fault {
    /// Operations until one fails; 0 when none will.
    left: AtomicU64,
    after: AtomicBool,
    done: AtomicU64,
}

impl Fault {
    /// The operation number `n` from now on (counted from 1) fails, before or after its effect.
    pub(crate) fn arm(&self, n: u64, after: bool) {
        self.after.store(after, Ordering::SeqCst);
        self.left.store(n, Ordering::SeqCst);
    }

    pub(crate) fn disarm(&self) {
        self.left.store(0, Ordering::SeqCst);
    }

    /// Whether the fault has yet to happen.
    pub(crate) fn is_armed(&self) -> bool {
        self.left.load(Ordering::SeqCst) > 0
    }

    /// Operations since the last call.
    pub(crate) fn take_count(&self) -> u64 {
        self.done.swap(0, Ordering::SeqCst)
    }

    fn around<T, E>(
        &self,
        failed: impl FnOnce() -> E,
        effect: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        self.done.fetch_add(1, Ordering::SeqCst);
        let left = self.left.load(Ordering::SeqCst);
        self.left.store(left.saturating_sub(1), Ordering::SeqCst);
        if left != 1 {
            return effect();
        }
        if self.after.load(Ordering::SeqCst) {
            effect()?;
        }
        Err(failed())
    }
}

/// A locked directory under a [`Fault`]. Each tile written is an operation of its own.
#[derive(Debug)]
pub(crate) struct FaultyStore {
    directory: LockedDirectory,
    fault: Arc<Fault>,
}

pub(crate) fn open_faulty(path: &Path, fault: &Arc<Fault>) -> Result<Log, OpenError> {
    let store = FaultyStore {
        directory: LockedDirectory::open(path)?,
        fault: Arc::clone(fault),
    };
    Log::open_on(Arc::new(store), ORIGIN)
}

fn reason() -> io::Error {
    io::Error::other("injected")
}

fn unreadable(name: &str) -> DirectoryError {
    DirectoryError::Io {
        path: name.into(),
        source: reason(),
    }
}

fn unwritable(name: &str) -> WriteError {
    WriteError::Io {
        path: name.into(),
        source: reason(),
    }
}

impl TileSource for FaultyStore {
    fn read(&self, file: LogFile) -> Result<Option<Vec<u8>>, DirectoryError> {
        let failed = || unreadable(&file.to_string());
        self.fault.around(failed, || self.directory.read(file))
    }

    fn partial_tiles(&self, tile: Tile) -> Result<Vec<Tile>, DirectoryError> {
        let failed = || unreadable(&tile.to_string());
        self.fault
            .around(failed, || self.directory.partial_tiles(tile))
    }
}

impl TileStore for FaultyStore {
    fn create_tiles(&self, tiles: &[(Tile, Vec<u8>)]) -> Result<(), WriteError> {
        tiles.iter().try_for_each(|one| {
            let failed = || unwritable(&one.0.to_string());
            let effect = || self.directory.create_tiles(std::slice::from_ref(one));
            self.fault.around(failed, effect)
        })
    }

    fn replace_checkpoint(
        &self,
        expected: Option<&SignedCheckpoint>,
        checkpoint: &SignedCheckpoint,
    ) -> Result<(), WriteError> {
        let effect = || self.directory.replace_checkpoint(expected, checkpoint);
        self.fault.around(|| unwritable("checkpoint"), effect)
    }

    fn remove_partials_of(&self, tile: Tile) -> Result<(), WriteError> {
        let failed = || unwritable(&tile.to_string());
        let effect = || self.directory.remove_partials_of(tile);
        self.fault.around(failed, effect)
    }
}
