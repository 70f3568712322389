//! The folder of kept versions, and where new ones are offered.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use signing::trust::list::{MAX_BYTES, TrustList};

use super::{TrustListProblem, refused};
use crate::config::ConfigError;

/// `trust-lists` in the data folder: `0000000001.json`, `0000000002.json`… Files are added, and
/// never changed.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    pub(super) fn path_of(&self, version: u64) -> PathBuf {
        self.0.join(format!("{version:010}.json"))
    }

    fn failed(&self, source: std::io::Error) -> TrustListProblem {
        TrustListProblem::Folder {
            path: self.0.clone(),
            source,
        }
    }

    /// How many versions are there.
    pub(super) fn count(&self) -> Result<usize, TrustListProblem> {
        Ok(self.versions()?.len())
    }

    fn versions(&self) -> Result<Vec<u64>, TrustListProblem> {
        let entries = match std::fs::read_dir(&self.0) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(self.failed(error)),
        };
        let mut versions = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| self.failed(error))?.file_name();
            let number = name.to_str().and_then(|name| name.strip_suffix(".json"));
            versions.extend(number.and_then(|number| number.parse::<u64>().ok()));
        }
        versions.sort_unstable();
        Ok(versions)
    }

    /// Every version: the newest by its signature, each other because the one after it names it.
    pub(super) fn read(&self, keys: &[Vec<u8>]) -> Result<Vec<TrustList>, TrustListProblem> {
        let versions = self.versions()?;
        for (expected, found) in (1..).zip(&versions) {
            if expected != *found {
                return Err(TrustListProblem::Damaged(self.path_of(expected)));
            }
        }
        let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
        let mut newer: Option<TrustList> = None;
        let mut kept = Vec::new();
        for version in versions.into_iter().rev() {
            let path = self.path_of(version);
            let bytes = read_bounded(&path)?;
            let list = match &newer {
                None => TrustList::verify(&bytes, &keys),
                Some(newer) => TrustList::vouched(&bytes, newer),
            };
            let list = list.map_err(|reason| refused(&path, reason))?;
            if list.version != version {
                return Err(TrustListProblem::Damaged(path));
            }
            newer = Some(list.clone());
            kept.push(list);
        }
        kept.reverse();
        Ok(kept)
    }

    /// The version that is kept in exactly these bytes.
    pub(super) fn version_of(&self, bytes: &[u8]) -> Result<Option<u64>, TrustListProblem> {
        for version in self.versions()? {
            if read_bounded(&self.path_of(version))? == bytes {
                return Ok(Some(version));
            }
        }
        Ok(None)
    }

    /// Writes a version so that a power cut leaves all of it or nothing; `false` when that version
    /// is there already.
    pub(super) fn write(&self, version: u64, bytes: &[u8]) -> Result<bool, TrustListProblem> {
        self.try_write(version, bytes)
            .map_err(|error| self.failed(error))
    }

    fn try_write(&self, version: u64, bytes: &[u8]) -> std::io::Result<bool> {
        std::fs::create_dir_all(&self.0)?;
        let draft = self.0.join(format!(".draft-{}", std::process::id()));
        let mut file = OpenOptions::new();
        let mut file = file.write(true).create(true).truncate(true).open(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // A link, unlike a rename, never takes the place of what is there.
        let linked = std::fs::hard_link(&draft, self.path_of(version));
        std::fs::remove_file(&draft)?;
        match linked {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
            Err(error) => return Err(error),
        }
        File::open(&self.0)?.sync_all()?;
        Ok(true)
    }
}

/// The files at `place`: itself, or those of a folder that end in `.json`.
pub(super) fn offered(place: &Path) -> Result<Vec<PathBuf>, TrustListProblem> {
    if !place.is_dir() {
        return Ok(vec![place.to_owned()]);
    }
    let failed = |source| ConfigError::Read {
        path: place.to_owned(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(place).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            paths.push(path);
        }
    }
    Ok(paths)
}

/// A file's bytes, as many as a list may have and one more: the list itself is then refused.
pub(super) fn read_bounded(path: &Path) -> Result<Vec<u8>, TrustListProblem> {
    let failed = |source| ConfigError::Read {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    let file = File::open(path).map_err(failed)?;
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}
