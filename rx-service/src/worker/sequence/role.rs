//! Leading and following: which replica gives indices, and what the others do meanwhile.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ledger::Log;
use tokio::time::Instant;

use super::batch::PAGE;
use super::{SequenceError, Sequencer, append, log_error};
use crate::store::{Backend, Conflict, Leadership, StoreError};

/// The longest time between looking for waiting entries: another replica may have written them.
const IDLE: Duration = Duration::from_millis(50);
/// How often a replica that does not lead asks for leadership, and one that leads makes sure of it.
const ELECTION: Duration = Duration::from_millis(500);

/// What this replica is.
struct Role {
    leadership: Option<Leadership>,
    /// The log is open for publishing: shared files are given back when leadership is lost.
    publishes: bool,
    /// When leadership was last asked for or made sure of.
    asked: Option<Instant>,
}

impl Sequencer {
    /// Sequences until `shutdown` resolves or something fails, and publishes every `publish_every`.
    /// On failure the ledger stops: no head is signed any more, and [`Self::health`] says why. For
    /// a token that is gone, or a database server, it waits.
    pub async fn run(self, publish_every: Duration, shutdown: impl Future<Output = ()>) {
        let (stop, stopped) = tokio::sync::watch::channel(());
        let publishing = tokio::spawn(self.clone().publish_every(publish_every, stopped));
        let queue = self
            .0
            .queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let appending = queue.map(|queue| tokio::spawn(append::run(self.clone(), queue)));
        let role = self.clone().sequence_until(shutdown).await;
        // Requests have ended: nobody appends any more.
        if let Some(appending) = appending {
            appending.abort();
        }
        // The publisher publishes once more, now that the last head is signed.
        drop(stop);
        if publishing.await.is_err() {
            tracing::error!("the publisher did not end well");
        }
        if let Some(leadership) = role.leadership {
            leadership.resign().await;
        }
    }

    async fn sequence_until(self, shutdown: impl Future<Output = ()>) -> Role {
        tokio::pin!(shutdown);
        let mut role = Role {
            leadership: None,
            publishes: false,
            asked: None,
        };
        let mut failing = false;
        loop {
            tokio::select! {
                () = &mut shutdown => break,
                () = self.0.wake.notified() => {}
                () = tokio::time::sleep(IDLE) => {}
            }
            match self.step(&mut role).await {
                Ok(()) => failing = false,
                Err(error) if self.is_passing(&error) => {
                    if !failing {
                        tracing::error!(%error, "the ledger waits");
                    }
                    failing = true;
                    // A leader whose commit has an unknown outcome reads it as a follower.
                    if !matches!(error, SequenceError::Token(_)) {
                        role.leadership = None;
                        self.0.leads.store(false, Ordering::Release);
                    }
                    self.0.waiting.dismiss_all();
                }
                Err(error) => {
                    self.stop(&error);
                    return role;
                }
            }
        }
        if let Err(error) = self.step(&mut role).await {
            self.stop(&error);
        }
        role
    }

    /// One round as leader or as follower.
    async fn step(&self, role: &mut Role) -> Result<(), SequenceError> {
        self.elect(role).await?;
        if role.leadership.is_some() {
            self.sequence_waiting().await?;
            if self.0.store.backend() == Backend::Sqlite {
                return Ok(());
            }
            // A batch of the leader before may have been committed after we took up what there was.
        }
        self.take_up().await.map(drop)
    }

    /// Asks for leadership, or makes sure of it, when it is time.
    async fn elect(&self, role: &mut Role) -> Result<(), SequenceError> {
        if role.asked.is_some_and(|asked| asked.elapsed() < ELECTION) {
            return Ok(());
        }
        role.asked = Some(Instant::now());
        if self.0.store.newest_shard().await? != self.0.shard.number {
            let why = "a new shard was opened; restart the service to go on in it";
            return Err(SequenceError::Stopped(why.to_owned()));
        }
        if let Some(leadership) = &mut role.leadership {
            if leadership.is_held().await {
                return Ok(());
            }
            tracing::warn!("leadership of the ledger was lost");
            role.leadership = None;
            self.0.leads.store(false, Ordering::Release);
        }
        role.leadership = self.0.store.try_lead().await?;
        if role.leadership.is_some() {
            tracing::info!(shard = self.0.shard.number, "leads the ledger");
            role.publishes = true;
            return self.take_the_lead().await;
        }
        if role.publishes && self.0.files.are_shared() {
            // Another replica publishes now: this one reads, and gives back memory as that one goes.
            self.reopen(self.0.files.follow(&self.0.shard)?).await?;
        }
        role.publishes = false;
        Ok(())
    }

    /// Takes up what the leader before committed and this replica has not seen, and opens shared
    /// files for writing.
    pub(super) async fn take_the_lead(&self) -> Result<(), SequenceError> {
        self.take_up().await?;
        if self.0.files.are_shared() {
            self.reopen(self.0.files.open(&self.0.shard)?).await?;
        }
        self.0.leads.store(true, Ordering::Release);
        Ok(())
    }

    /// Brings a log that was just opened to the entries of this one, and takes it in its place.
    async fn reopen(&self, mut log: Log) -> Result<(), SequenceError> {
        let inner = &self.0;
        let head = inner.tree().log.head();
        while log.size() < head.size {
            let left = i64::try_from(head.size - log.size()).unwrap_or(PAGE);
            let index = inner.shard.first + log.size();
            let page = inner.store.sequenced_entries(index, PAGE.min(left)).await?;
            let leaves: Vec<_> = page.iter().map(|entry| entry.leaf.as_slice()).collect();
            if leaves.is_empty() {
                return Err(log_error("the database lacks entries below its tree head"));
            }
            log.replay(log.size(), &leaves).map_err(log_error)?;
        }
        log.confirm_head(head).map_err(log_error)?;
        inner.tree().log = log;
        Ok(())
    }

    /// Whether to wait for the cause to pass. A database server comes back, and its head says what
    /// was committed; a file that could not be written does not heal.
    pub(super) fn is_passing(&self, error: &SequenceError) -> bool {
        match error {
            SequenceError::Token(_) => true,
            SequenceError::Store(
                StoreError::Database { .. } | StoreError::Conflict(Conflict::TreeHead),
            ) => self.0.store.backend() == Backend::Postgres,
            SequenceError::Store(
                StoreError::Full(_)
                | StoreError::Inconsistent { .. }
                | StoreError::Erased { .. }
                | StoreError::Conflict(_)
                | StoreError::Unusable(_),
            )
            | SequenceError::Log(_)
            | SequenceError::NotWritten(_)
            | SequenceError::Stopped(_) => false,
        }
    }
}
