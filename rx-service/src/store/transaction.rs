//! Named transactions, with group commit on SQLite and bounded retries on PostgreSQL.
//!
//! SQLite has one writer. Transactions that arrive while one is being committed wait in a queue and
//! are then committed together, each inside its own savepoint: the price of one `fdatasync` is
//! shared, and one that fails takes back only its own changes.

use std::future::Future;
use std::pin::Pin;

use sqlx::AnyConnection;
use sqlx::{AnyPool, Connection};
use tokio::sync::{mpsc, oneshot};

use super::error::During;
use super::{Backend, StoreError};

/// What a group is called in errors.
const GROUP_NAME: &str = "group";
/// Transactions that share one commit at most.
const GROUP: usize = 128;
/// Transactions that may wait; more callers wait for a place.
const QUEUE: usize = 4096;
/// How often a transaction that lost to another is run again.
const RETRIES: u32 = 5;

/// A boxed future, as closures over a connection need it.
pub(super) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Runs transactions.
#[derive(Clone)]
pub(super) enum Writer {
    /// Through the queue of the one writer.
    Queue(mpsc::Sender<Box<dyn Job>>),
    /// Each on a connection of its own.
    Pool(AnyPool),
}

/// A transaction in the queue.
pub(super) trait Job: Send {
    /// Does the work, inside a savepoint. `false`: roll it back.
    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection) -> BoxFuture<'c, bool>;
    /// Why the work failed, if it did.
    fn failure(&self) -> Option<&StoreError>;
    /// Answers the caller, after the commit.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct TypedJob<T, F> {
    work: F,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T, F> Job for TypedJob<T, F>
where
    T: Send,
    F: for<'c> Fn(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send,
{
    fn run<'c>(&'c mut self, connection: &'c mut AnyConnection) -> BoxFuture<'c, bool> {
        Box::pin(async move {
            let result = (self.work)(connection).await;
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        })
    }

    fn failure(&self) -> Option<&StoreError> {
        self.result.as_ref()?.as_ref().err()
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            // Even a refusal means nothing then: it may rest on what another member wrote.
            (Err(failed), _) => Err(failed),
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(stopped("group")),
        };
        // A caller that has gone away does not need the answer; the commit stands.
        drop(self.reply.send(result));
    }
}

impl Writer {
    /// A writer over `pool`, which has a single connection for SQLite.
    pub(super) fn new(backend: Backend, pool: AnyPool) -> Self {
        match backend {
            Backend::Postgres => Self::Pool(pool),
            Backend::Sqlite => {
                let (sender, receiver) = mpsc::channel(QUEUE);
                tokio::spawn(commit_groups(pool, receiver));
                Self::Queue(sender)
            }
        }
    }

    /// Runs `work` in a transaction called `name` and returns once it is durable. `work` may run
    /// more than once; what it changed is taken back when it fails.
    pub(super) async fn transaction<T, F>(
        &self,
        name: &'static str,
        work: F,
    ) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> Fn(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        match self {
            Self::Queue(queue) => {
                let (reply, answer) = oneshot::channel();
                let job = Box::new(TypedJob {
                    work,
                    result: None,
                    reply,
                });
                queue.send(job).await.map_err(|_| stopped(name))?;
                answer.await.map_err(|_| stopped(name))?
            }
            Self::Pool(pool) => run_on_pool(pool, name, work).await,
        }
    }
}

fn stopped(name: &'static str) -> StoreError {
    StoreError::Database {
        during: name,
        source: sqlx::Error::PoolClosed,
    }
}

async fn run_on_pool<T, F>(pool: &AnyPool, name: &'static str, work: F) -> Result<T, StoreError>
where
    F: for<'c> Fn(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>,
{
    let mut attempt = 0;
    loop {
        let mut transaction = pool.begin().await.during(name)?;
        let result = match work(&mut transaction).await {
            Ok(done) => transaction.commit().await.during(name).map(|()| done),
            Err(refused) => {
                transaction.rollback().await.during(name)?;
                Err(refused)
            }
        };
        match result {
            Err(error) if error.is_transient() && attempt < RETRIES => attempt += 1,
            result => return result,
        }
    }
}

/// The one writer of a SQLite database.
async fn commit_groups(pool: AnyPool, mut queue: mpsc::Receiver<Box<dyn Job>>) {
    while let Some(first) = queue.recv().await {
        let mut group = Vec::new();
        let committed = commit_group(&pool, first, &mut queue, &mut group).await;
        for job in group {
            let outcome = match &committed {
                Ok(()) => Ok(()),
                Err(error) => Err(again(error)),
            };
            job.answer(outcome);
        }
    }
}

/// The same failure for every member of a group.
fn again(error: &StoreError) -> StoreError {
    if let StoreError::Full(during) = error {
        StoreError::Full(during)
    } else {
        StoreError::Unusable(format!("the group commit failed: {error}"))
    }
}

async fn commit_group(
    pool: &AnyPool,
    first: Box<dyn Job>,
    queue: &mut mpsc::Receiver<Box<dyn Job>>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<(), StoreError> {
    group.push(first);
    let mut connection = pool.acquire().await.during(GROUP_NAME)?;
    let committed = run_group(&mut connection, queue, group).await;
    if committed.is_err() {
        // When the disk is full, SQLite ends the transaction by itself. sqlx would still count it
        // as open and refuse every later one: go on with a new connection.
        connection.close_on_drop();
    }
    committed
}

async fn run_group(
    connection: &mut AnyConnection,
    queue: &mut mpsc::Receiver<Box<dyn Job>>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<(), StoreError> {
    // IMMEDIATE: take the write lock now, so that no read inside can go stale.
    let mut transaction = connection
        .begin_with("BEGIN IMMEDIATE")
        .await
        .during(GROUP_NAME)?;
    let mut next = 0;
    while let Some(job) = group.get_mut(next) {
        sqlx::raw_sql("SAVEPOINT job")
            .execute(&mut *transaction)
            .await
            .during(GROUP_NAME)?;
        let keep = job.run(&mut transaction).await;
        let end = if keep {
            "RELEASE job"
        } else {
            "ROLLBACK TO job; RELEASE job"
        };
        let ended = sqlx::raw_sql(end)
            .execute(&mut *transaction)
            .await
            .during(GROUP_NAME);
        if let Err(error) = ended {
            // Not even the savepoint is left: what the job met is the reason.
            return Err(job.failure().map_or(error, again));
        }
        next += 1;
        if next == group.len() && next < GROUP {
            group.extend(queue.try_recv().ok());
        }
    }
    // Commit point. A crash before it: no member of the group happened, and none was answered. A
    // crash after it: all of them happened; a caller that retries is recognised by its identifier
    // or refused as a duplicate.
    transaction.commit().await.during(GROUP_NAME)
}
