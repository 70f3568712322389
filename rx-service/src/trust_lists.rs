//! Trust lists in use: the versions that were kept, the one in force today, and new ones.
//!
//! A version is believed when a pinned key signed it and it follows the newest that is kept
//! ([`TrustList::follows`]); then it is written into `trust-lists` in the data folder, for good.
//! Older versions need no key: each is named by the one after it. What the list in force says is
//! added to the authorities of the configuration.

mod files;

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use signing::trust::TrustStore;
use signing::trust::list::{
    ListedAuthority, ListedPolicy, ListedRole, TrustList, TrustListError, on_day, read_key,
};

use crate::config::{Config, ConfigError, read_file};
use crate::live_trust::LiveTrust;
use files::Folder;

/// Why no version was taken in; those that are kept go on counting.
#[derive(Debug, thiserror::Error)]
pub enum TrustListProblem {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ConfigError),
    /// The folder of the versions cannot be read or written.
    #[error("cannot keep trust lists in {}: {source}", path.display())]
    Folder {
        /// Of the versions.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A version is refused.
    #[error("{}: {reason}", path.display())]
    Refused {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: TrustListError,
    },
    /// A version that was kept is missing or is not what its name says.
    #[error("{} is missing or altered; put it back from a copy", .0.display())]
    Damaged(PathBuf),
    /// No key is pinned.
    #[error("[trust_list] keys is empty: pin the key of the list's publisher")]
    NoKey,
}

/// The trust lists of this service.
#[derive(Debug)]
pub struct TrustLists {
    keys: Vec<Vec<u8>>,
    folder: Folder,
    /// A file or a folder where new versions are put.
    offered: Option<PathBuf>,
    /// The authorities of the configuration, which a list must not contradict.
    configured: TrustStore,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Version 1, 2, 3…
    kept: Vec<TrustList>,
    /// The version that the store in use was built with.
    in_use: Option<u64>,
}

impl TrustLists {
    /// Reads what is kept; `None` where the configuration has no `[trust_list]`.
    ///
    /// # Errors
    /// [`TrustListProblem`].
    pub fn open(
        config: &Config,
        configured: &TrustStore,
    ) -> Result<Option<Self>, TrustListProblem> {
        let Some(section) = &config.trust_list else {
            return Ok(None);
        };
        if section.keys.is_empty() {
            return Err(TrustListProblem::NoKey);
        }
        let keys = section.keys.iter().map(|path| {
            let key = read_key(&read_file(path)?);
            key.map_err(|reason| refused(path, reason))
        });
        let keys = keys.collect::<Result<Vec<_>, TrustListProblem>>()?;
        let folder = Folder::new(config.data_dir.join("trust-lists"));
        let kept = folder.read(&keys)?;
        Ok(Some(Self {
            keys,
            folder,
            offered: section.path.clone(),
            configured: configured.clone(),
            state: Mutex::new(State { kept, in_use: None }),
        }))
    }

    /// The newest version that is kept.
    #[must_use]
    pub fn newest(&self) -> Option<TrustList> {
        self.with(|state| state.kept.last().cloned())
    }

    /// The version that counts on `day`.
    #[must_use]
    pub fn on(&self, day: Date) -> Option<TrustList> {
        self.with(|state| on_day(&state.kept, day).cloned())
    }

    /// Reads the file at `path` as the next version. Nothing is kept.
    ///
    /// # Errors
    /// [`TrustListProblem::Refused`] with the reason.
    pub fn check(
        &self,
        path: &std::path::Path,
        now: Timestamp,
    ) -> Result<TrustList, TrustListProblem> {
        self.take_in_kept()?;
        let (list, _) = self.verify(path)?;
        self.check_follows(&list, now)
            .map_err(|reason| refused(path, reason))?;
        Ok(list)
    }

    /// Reads the file at `path` as the next version, and keeps it for good. A service that runs
    /// takes it in within half a minute.
    ///
    /// # Errors
    /// [`TrustListProblem`]; then nothing has changed.
    pub fn apply(
        &self,
        path: &std::path::Path,
        now: Timestamp,
    ) -> Result<TrustList, TrustListProblem> {
        self.take_in_kept()?;
        let (list, bytes) = self.verify(path)?;
        self.keep(path, &list, &bytes, now)?;
        Ok(list)
    }

    /// Takes in what was kept by another process and what is offered, and changes the store in use
    /// when another version is in force than before. Says which then is.
    ///
    /// # Errors
    /// [`TrustListProblem`]. The versions that are kept count all the same.
    pub fn refresh(
        &self,
        live: &LiveTrust,
        now: Timestamp,
        day: Date,
    ) -> Result<Option<u64>, TrustListProblem> {
        let taken = self.take_in_kept().and_then(|()| self.take_in_offered(now));
        let in_use = self.with(|state| state.in_use);
        let news = self.on(day).filter(|list| in_use != Some(list.version));
        if let Some(list) = &news {
            live.update(|store| list.apply(store))
                .map_err(|reason| refused(&self.folder.path_of(list.version), reason))?;
            self.with(|state| state.in_use = Some(list.version));
        }
        taken.map(|()| news.map(|list| list.version))
    }

    /// At start: takes in what is offered, and adds the authorities of the version in force to
    /// `store`. The issuing authorities of professionals among them, DER.
    ///
    /// # Errors
    /// [`TrustListProblem`]: what the configuration offers must be no older than what is kept.
    pub fn load(
        &self,
        store: &mut TrustStore,
        now: Timestamp,
        day: Date,
    ) -> Result<Vec<Vec<u8>>, TrustListProblem> {
        self.take_in_offered(now)?;
        let Some(list) = self.on(day) else {
            tracing::warn!("no trust list is in force: only the configured authorities count");
            return Ok(Vec::new());
        };
        list.apply(store)
            .map_err(|reason| refused(&self.folder.path_of(list.version), reason))?;
        self.with(|state| state.in_use = Some(list.version));
        let issuers = list.authorities.iter().filter(|one| is_issuer(one));
        Ok(issuers.filter_map(ListedAuthority::der).collect())
    }

    fn take_in_kept(&self) -> Result<(), TrustListProblem> {
        let known = self.with(|state| state.kept.len());
        let count = self.folder.count()?;
        if count < known {
            let version = u64::try_from(known).unwrap_or(u64::MAX);
            return Err(TrustListProblem::Damaged(self.folder.path_of(version)));
        }
        if count > known {
            let kept = self.folder.read(&self.keys)?;
            self.with(|state| state.kept = kept);
        }
        Ok(())
    }

    /// Every version that is offered and not kept yet, in their order. An offer that ends before
    /// what is kept is a rollback, though nothing in it is new.
    fn take_in_offered(&self, now: Timestamp) -> Result<(), TrustListProblem> {
        let Some(place) = &self.offered else {
            return Ok(());
        };
        let mut offered = Vec::new();
        for path in files::offered(place)? {
            let bytes = files::read_bounded(&path)?;
            let list = match self.folder.version_of(&bytes)? {
                Some(version) => self.with(|state| at(&state.kept, version)),
                None => None,
            };
            let list = match list {
                Some(kept) => kept,
                None => self.verify(&path)?.0,
            };
            offered.push((path, list, bytes));
        }
        offered.sort_by_key(|(_, list, _)| list.version);
        for (path, list, bytes) in &offered {
            let is_kept = self.with(|state| at(&state.kept, list.version).as_ref() == Some(list));
            if !is_kept {
                self.keep(path, list, bytes, now)?;
            }
        }
        let (Some((path, last, _)), Some(newest)) = (offered.last(), self.newest()) else {
            return Ok(());
        };
        let (got, known) = (last.version, newest.version);
        if got < known {
            return Err(refused(path, TrustListError::Rollback { got, known }));
        }
        Ok(())
    }

    fn verify(&self, path: &std::path::Path) -> Result<(TrustList, Vec<u8>), TrustListProblem> {
        let bytes = files::read_bounded(path)?;
        let keys: Vec<&[u8]> = self.keys.iter().map(Vec::as_slice).collect();
        let list = TrustList::verify(&bytes, &keys).map_err(|reason| refused(path, reason))?;
        Ok((list, bytes))
    }

    fn check_follows(&self, list: &TrustList, now: Timestamp) -> Result<(), TrustListError> {
        list.follows(self.newest().as_ref(), now)?;
        list.apply(&mut self.configured.clone())
    }

    fn keep(
        &self,
        path: &std::path::Path,
        list: &TrustList,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), TrustListProblem> {
        self.check_follows(list, now)
            .map_err(|reason| refused(path, reason))?;
        if !self.folder.write(list.version, bytes)? {
            // Another process was faster. The same version: fine. Another: its history counts.
            self.take_in_kept()?;
            let kept = self.with(|state| at(&state.kept, list.version));
            if kept.as_ref() != Some(list) {
                let reason = TrustListError::Rollback {
                    got: list.version,
                    known: list.version,
                };
                return Err(refused(path, reason));
            }
            return Ok(());
        }
        self.with(|state| state.kept.push(list.clone()));
        Ok(())
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn at(kept: &[TrustList], version: u64) -> Option<TrustList> {
    kept.iter().find(|list| list.version == version).cloned()
}

fn is_issuer(authority: &ListedAuthority) -> bool {
    (authority.policy, authority.role) == (ListedPolicy::Professional, ListedRole::Issuer)
}

fn refused(path: &std::path::Path, reason: TrustListError) -> TrustListProblem {
    TrustListProblem::Refused {
        path: path.to_owned(),
        reason,
    }
}
