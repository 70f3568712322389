//! Opening: migrations, versions, odd paths.

use rx_service::store::{Backend, Locked, StoreError};
use tempfile::TempDir;

use crate::database::{self, Database};
use crate::fixture::{folio, issued, new};
use crate::on_both;

async fn opens_again_with_what_it_holds(db: Database) {
    db.store.issue(new(issued(1, &["losartan"]))).await.unwrap();
    let again = database::open(&db.url).await.unwrap();
    assert!(again.prescription(folio(1)).await.unwrap().is_some());
    assert_eq!(
        db.texts("SELECT '' || version FROM schema_version").await,
        ["1", "2"]
    );
    again.ping().await.unwrap();
    assert_eq!(again.backend(), db.store.backend());
}

async fn refuses_a_newer_schema(db: Database) {
    db.execute("INSERT INTO schema_version (version) VALUES (99)")
        .await;
    let error = database::open(&db.url).await.map(drop).unwrap_err();
    assert!(
        matches!(&error, StoreError::Unusable(text) if text.contains("schema 99")),
        "{error}"
    );
}

/// Events of the first, unreleased ledger format cannot be continued, and are not thrown away.
async fn refuses_events_of_the_first_format(db: Database) {
    for sql in [
        "DELETE FROM schema_version WHERE version = 2",
        "DROP TABLE shard",
        "DROP TABLE shard_list",
        "DROP TABLE event",
        "DROP TABLE entry",
        "CREATE TABLE event (position BIGINT PRIMARY KEY, folio TEXT NOT NULL)",
        "CREATE TABLE tree_head (one BIGINT PRIMARY KEY)",
        "INSERT INTO event (position, folio) VALUES (1, 'A')",
    ] {
        db.execute(sql).await;
    }
    let error = database::open(&db.url).await.map(drop).unwrap_err();
    assert!(
        matches!(&error, StoreError::Unusable(text) if text.contains("never released")),
        "{error}"
    );
    assert_eq!(db.texts("SELECT folio FROM event").await, ["A"]);
    db.execute("DELETE FROM event").await;
    assert!(database::open(&db.url).await.is_ok());
}

on_both!(
    opens_again_with_what_it_holds,
    refuses_a_newer_schema,
    refuses_events_of_the_first_format,
);

async fn eight_open_at_once(url: String) {
    let openers: Vec<_> = (0..8)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { database::open(&url).await.map(drop) })
        })
        .collect();
    for opener in openers {
        opener.await.unwrap().unwrap();
    }
}

/// Replicas that start together on a new database must all come up.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_together_migrate_postgres_once() {
    eight_open_at_once(throwaway_postgres::fresh_database()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_start_together_migrate_sqlite_once() {
    let dir = TempDir::new().unwrap();
    eight_open_at_once(Locked::sqlite_url(&dir.path().join("receta.db"))).await;
}

#[tokio::test]
async fn the_path_of_a_file_may_hold_any_character() {
    let dir = TempDir::new().unwrap();
    for name in [
        "con espacio.db",
        "farmacia ñandú.db",
        "100%.db",
        "a?b#c.db",
        "%41.db",
    ] {
        let file = dir.path().join(name);
        let store = database::open(&Locked::sqlite_url(&file)).await.unwrap();
        assert_eq!(store.backend(), Backend::Sqlite);
        assert!(file.is_file(), "{name}");
    }
}

#[tokio::test]
async fn refuses_what_is_no_database_url() {
    let error = Locked::open("mysql://localhost/receta")
        .await
        .map(drop)
        .unwrap_err();
    assert!(
        error.to_string().contains("sqlite: or postgres:"),
        "{error}"
    );
    let nowhere = Locked::sqlite_url(std::path::Path::new("/nonexistent/receta.db"));
    let error = Locked::open(&nowhere).await.map(drop).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Database {
                during: "connect",
                ..
            }
        ),
        "{error}"
    );
}

/// A commit that is acknowledged is on disk; a reader never blocks the writer.
#[tokio::test]
async fn sqlite_keeps_a_write_ahead_log() {
    let db = Database::sqlite().await;
    assert_eq!(db.texts("PRAGMA journal_mode").await, ["wal"]);
}
