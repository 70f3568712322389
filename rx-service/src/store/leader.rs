//! Who sequences: one of the replicas on a database, elected by a lock in it.

use std::future::Future;
use std::time::Duration;

use sqlx::{AnyConnection, Connection, Row};

use super::error::During;
use super::{Backend, Store, StoreError};

/// The advisory lock of the sequencer: any number that nothing else of this database locks.
const LOCK: i64 = 0x7265_6365_7461_0001;
/// Time that the server has to answer about the lock.
const PATIENCE: Duration = Duration::from_secs(5);

/// Leadership over a database, for as long as its connection lives: the process ends, however, and
/// PostgreSQL gives the lock to the next who asks.
///
/// It decides who works, not what is true: two leaders at once, which a broken network can make,
/// meet at the compare-and-set of the tree head, and one of them is refused.
pub struct Leadership {
    /// The connection that holds the lock; none for SQLite, whose one process is kept alone by the
    /// lock on the ledger's directory.
    connection: Option<AnyConnection>,
}

impl Store {
    /// Asks for leadership without waiting: `None` while another replica has it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn try_lead(&self) -> Result<Option<Leadership>, StoreError> {
        const NAME: &str = "try-lead";
        if self.backend == Backend::Sqlite {
            return Ok(Some(Leadership { connection: None }));
        }
        // A connection of its own, outside the pool, which would replace it when it is lost.
        let connected = in_time(AnyConnection::connect(&self.url)).await;
        let mut connection = connected.during(NAME)?;
        let lock = sqlx::query("SELECT CASE WHEN pg_try_advisory_lock($1) THEN 1 ELSE 0 END")
            .bind(LOCK)
            .fetch_one(&mut connection);
        let locked: i32 = in_time(lock)
            .await
            .and_then(|row| row.try_get(0))
            .during(NAME)?;
        if locked == 1 {
            return Ok(Some(Leadership {
                connection: Some(connection),
            }));
        }
        in_time(connection.close()).await.during(NAME)?;
        Ok(None)
    }
}

impl Leadership {
    /// Whether the lock is still ours: it goes with the connection.
    pub async fn is_held(&mut self) -> bool {
        match &mut self.connection {
            Some(connection) => in_time(connection.ping()).await.is_ok(),
            None => true,
        }
    }

    /// Gives the lock back at once, for a replica that stops in good order.
    pub async fn resign(self) {
        if let Some(connection) = self.connection
            && let Err(error) = in_time(connection.close()).await
        {
            tracing::warn!(%error, "the lock of the ledger goes with its connection");
        }
    }
}

/// Gives up on a server that does not answer.
async fn in_time<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, sqlx::Error> {
    let answer = tokio::time::timeout(PATIENCE, work).await;
    answer.unwrap_or(Err(sqlx::Error::PoolTimedOut))
}
