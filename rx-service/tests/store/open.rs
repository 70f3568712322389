//! Opening: migrations, versions, odd paths.

use prescription::key::KeyState;
use prescription::special_folio::Fate;
use rx_service::store::{Backend, Locked, StoreError};
use tempfile::TempDir;

use crate::database::{self, Database};
use crate::fixture::{folio, issued, new, special};
use crate::on_both;

async fn opens_again_with_what_it_holds(db: Database) {
    db.store.issue(new(issued(1, &["losartan"]))).await.unwrap();
    let again = database::open(&db.url).await.unwrap();
    assert!(again.prescription(folio(1)).await.unwrap().is_some());
    let versions = db.texts("SELECT '' || version FROM schema_version ORDER BY version");
    let versions = versions.await;
    let each_once: Vec<_> = (1..=versions.len()).map(|n| n.to_string()).collect();
    assert_eq!(versions, each_once);
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
    first_schema(&db).await;
    db.put_blob(
        "INSERT INTO event (folio, seq, sealed, leaf) VALUES ('A', 1, $1, $1)",
        vec![1],
    )
    .await;
    let error = database::open(&db.url).await.map(drop).unwrap_err();
    assert!(
        matches!(&error, StoreError::Unusable(text) if text.contains("never released")),
        "{error}"
    );
    assert_eq!(db.texts("SELECT folio FROM event").await, ["A"]);
    db.execute("DELETE FROM event").await;
    assert!(database::open(&db.url).await.is_ok());
}

/// The database as the first migration left it.
async fn first_schema(db: &Database) {
    let (tables, bytes, id) = if db.url.starts_with("sqlite") {
        let tables = "SELECT name FROM sqlite_master
                      WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        (tables, "BLOB", "INTEGER PRIMARY KEY AUTOINCREMENT")
    } else {
        let tables = "SELECT CAST(tablename AS TEXT) FROM pg_tables WHERE schemaname = 'public'";
        (tables, "BYTEA", "BIGSERIAL PRIMARY KEY")
    };
    for table in db.texts(tables).await {
        db.execute(&format!("DROP TABLE {table}")).await;
    }
    let first = include_str!("../../migrations/0001_prescriptions.sql");
    let first = first.replace("{BYTES}", bytes).replace("{ID}", id);
    db.script(format!(
        "{first}
         CREATE TABLE schema_version (version BIGINT PRIMARY KEY);
         INSERT INTO schema_version (version) VALUES (1);"
    ))
    .await;
}

/// Keys from before they had a table of their own.
async fn brings_along_the_keys_of_the_first_schema(db: Database) {
    first_schema(&db).await;
    db.put_blob(
        "INSERT INTO prescriber VALUES ('1234567', 'physician', 1, $1, $1, $1)",
        vec![1],
    )
    .await;
    db.put_blob(
        "INSERT INTO prescriber VALUES ('7654321', 'nurse', 0, $1, $1, NULL)",
        vec![2],
    )
    .await;
    let store = database::open(&db.url).await.unwrap();
    for (cedula, byte, state) in [
        ("1234567", 1, KeyState::Certified),
        ("7654321", 2, KeyState::Born),
    ] {
        let stored = store.prescriber(&cedula.parse().unwrap()).await;
        let stored = stored.unwrap().unwrap();
        assert_eq!((stored.active, stored.curp.is_none()), (byte == 1, true));
        let [key] = &stored.keys[..] else {
            panic!("one key");
        };
        assert_eq!((key.number, key.state), (1, state));
        assert_eq!((&key.wrapped, &key.spki), (&Some(vec![byte]), &vec![byte]));
        assert_eq!(key.certificate.is_some(), state.signs());
        assert_eq!(key.wrapping_label, "receta-wrapping");
    }
}

/// What was active before there were supplies, and folios from before there were ranges.
async fn brings_along_what_the_first_schema_held(db: Database) {
    first_schema(&db).await;
    let used_by = folio(1);
    let used_by = used_by.compact();
    db.script(format!(
        "INSERT INTO prescription VALUES
           ('F', 1, 'active', 'P', '1234567', 'HGIMB000011', 0, 20780, 20810);
         INSERT INTO active_substance VALUES ('P', 'a', 'F', 1, 20810);
         INSERT INTO special_folio VALUES ('SSA-2026-000001', '1234567', 'delivered', NULL);
         INSERT INTO special_folio VALUES ('SSA-2026-000002', '1234567', 'used', '{used_by}');"
    ))
    .await;
    let store = database::open(&db.url).await.unwrap();
    let supply =
        "SELECT patient_id || ' ' || substance || ' ' || folio || ' ' || line || ' ' || clues
                    || ' ' || written_on || ' ' || held_until || ' ' || until_day FROM supply";
    assert_eq!(
        db.texts(supply).await,
        ["P a F 1 HGIMB000011 20780 -1 20810"]
    );
    // The midnight of the westernmost zone: nothing ends too early.
    let ends = db.texts("SELECT '' || ends_at FROM prescription").await;
    assert_eq!(ends, [(20811_i64 * 86_400_000 + 28_800_000).to_string()]);
    let (free, fate) = store.special_folio(&special(1)).await.unwrap();
    assert!(free.unwrap().delivered_at.is_some() && fate.is_none());
    let (used, fate) = store.special_folio(&special(2)).await.unwrap();
    assert!(used.is_some());
    assert_eq!(fate.unwrap().fate, Fate::Used);
}

on_both!(
    opens_again_with_what_it_holds,
    refuses_a_newer_schema,
    refuses_events_of_the_first_format,
    brings_along_what_the_first_schema_held,
    brings_along_the_keys_of_the_first_schema,
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
