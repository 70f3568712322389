//! Bringing the schema up to date.

use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection, Row};

use super::error::During;
use super::{Backend, StoreError};

const NAME: &str = "migrate";
/// The migrations, in order. A migration is never edited after it has landed.
const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../../migrations/0001_prescriptions.sql")),
    (2, include_str!("../../migrations/0002_ledger.sql")),
    (3, include_str!("../../migrations/0003_register.sql")),
    (4, include_str!("../../migrations/0004_life.sql")),
    (5, include_str!("../../migrations/0005_stock.sql")),
    (6, include_str!("../../migrations/0006_catalog.sql")),
    (7, include_str!("../../migrations/0007_keys.sql")),
    (8, include_str!("../../migrations/0008_activation.sql")),
    (9, include_str!("../../migrations/0009_own_signature.sql")),
    (
        10,
        include_str!("../../migrations/0010_signature_extension.sql"),
    ),
    (11, include_str!("../../migrations/0011_trust.sql")),
];
/// The migration that begins the ledger anew: the leaves before it were of a format that was never
/// released.
const SECOND_LEDGER: i64 = 2;

/// Runs what is missing of [`MIGRATIONS`], all or nothing.
pub(super) async fn migrate(pool: &AnyPool, backend: Backend) -> Result<(), StoreError> {
    let (bytes, id) = match backend {
        Backend::Sqlite => ("BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT"),
        Backend::Postgres => ("BYTEA", "BIGSERIAL PRIMARY KEY"),
    };
    let (begin, lock) = match backend {
        Backend::Sqlite => ("BEGIN IMMEDIATE", ""),
        Backend::Postgres => (
            "BEGIN",
            "DO $$ BEGIN PERFORM pg_advisory_xact_lock(1); END $$",
        ),
    };
    // One transaction: a crash leaves the earlier schema whole. Processes that start together take
    // turns in it.
    let mut connection = pool.acquire().await.during(NAME)?;
    let mut transaction = connection.begin_with(begin).await.during(NAME)?;
    sqlx::raw_sql(lock)
        .execute(&mut *transaction)
        .await
        .during(NAME)?;
    sqlx::raw_sql("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT PRIMARY KEY)")
        .execute(&mut *transaction)
        .await
        .during(NAME)?;
    let row = sqlx::query("SELECT COALESCE(MAX(version), 0) FROM schema_version")
        .fetch_one(&mut *transaction)
        .await
        .during(NAME)?;
    let current: i64 = row.try_get(0).during(NAME)?;
    let newest = MIGRATIONS
        .iter()
        .map(|(version, _)| *version)
        .max()
        .unwrap_or(0);
    if current > newest {
        return Err(StoreError::Unusable(format!(
            "the database has schema {current}, this program knows {newest}: use a newer program"
        )));
    }
    for (version, sql) in MIGRATIONS.iter().filter(|(version, _)| *version > current) {
        if *version == SECOND_LEDGER && current > 0 {
            refuse_first_ledger(&mut transaction).await?;
        }
        let sql = sql.replace("{BYTES}", bytes).replace("{ID}", id);
        let script = format!("{sql}\nINSERT INTO schema_version (version) VALUES ({version});");
        sqlx::raw_sql(AssertSqlSafe(script))
            .execute(&mut *transaction)
            .await
            .during(NAME)?;
    }
    transaction.commit().await.during(NAME)
}

/// A ledger of the first, unreleased format cannot be continued, and nothing in it may be lost.
async fn refuse_first_ledger(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT CAST(COUNT(*) AS BIGINT) FROM event")
        .fetch_one(connection)
        .await
        .during(NAME)?;
    let events: i64 = row.try_get(0).during(NAME)?;
    if events == 0 {
        return Ok(());
    }
    Err(StoreError::Unusable(format!(
        "the database holds {events} events of a ledger format that was never released; keep it \
         as it is and begin with an empty data_dir and database"
    )))
}
