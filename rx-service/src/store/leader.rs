//! Who sequences: one of the replicas on a database, elected by a lock in it.

use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyPool, Row};

use super::error::During;
use super::{Backend, Store, StoreError};

/// The advisory lock of the sequencer: any number that nothing else of this database locks.
const LOCK: i64 = 0x7265_6365_7461_0001;

/// Leadership over a database, for as long as its connection lives: the process ends, however, and
/// PostgreSQL gives the lock to the next who asks.
///
/// It decides who works, not what is true: two leaders at once, which a broken network can make,
/// meet at the compare-and-set of the tree head, and one of them is refused.
pub struct Leadership {
    /// A pool of the one connection that holds the lock; none for SQLite, whose one process is
    /// kept alone by the lock on the ledger's directory.
    connection: Option<AnyPool>,
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
        let pool = AnyPoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .acquire_timeout(Duration::from_secs(5))
            .connect(&self.url)
            .await
            .during(NAME)?;
        let row = sqlx::query("SELECT CASE WHEN pg_try_advisory_lock($1) THEN 1 ELSE 0 END")
            .bind(LOCK)
            .fetch_one(&pool)
            .await
            .during(NAME)?;
        let locked: i32 = row.try_get(0).during(NAME)?;
        if locked == 1 {
            return Ok(Some(Leadership {
                connection: Some(pool),
            }));
        }
        pool.close().await;
        Ok(None)
    }
}

impl Leadership {
    /// Whether the lock is still ours: a connection that was lost took the lock with it.
    pub async fn is_held(&self) -> bool {
        let Some(pool) = &self.connection else {
            return true;
        };
        // The pool would replace a lost connection by one without the lock: ask for the lock.
        let held = sqlx::query(
            "SELECT CAST(COUNT(*) AS BIGINT) FROM pg_locks WHERE locktype = 'advisory'
             AND pid = pg_backend_pid() AND granted
             AND ((CAST(classid AS BIGINT) << 32) | CAST(objid AS BIGINT)) = $1",
        )
        .bind(LOCK)
        .fetch_one(pool)
        .await
        .and_then(|row| row.try_get::<i64, _>(0));
        matches!(held, Ok(1))
    }

    /// Gives the lock back at once, for a replica that stops in good order.
    pub async fn resign(self) {
        if let Some(pool) = self.connection {
            pool.close().await;
        }
    }
}
