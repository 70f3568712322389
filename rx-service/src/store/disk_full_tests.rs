//! A full disk: said so to everybody concerned, survived, and forgotten once there is space.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Row};
use tempfile::TempDir;

use super::error::During;
use super::{Locked, StoreError};

const LARGE: usize = 1 << 20;

/// SQLite takes back the statement alone, and the transaction goes on.
const KEEPS_TRANSACTION: &str = "INSERT INTO setting (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING name";
/// SQLite ends the whole transaction.
const ENDS_TRANSACTION: &str = "INSERT INTO setting (name, value) VALUES ($1, $2)";

async fn new_database() -> (TempDir, Arc<Locked>) {
    let dir = TempDir::new().unwrap();
    let url = Locked::sqlite_url(&dir.path().join("receta.db"));
    (dir, Arc::new(Locked::open(&url).await.unwrap()))
}

/// Lets the database grow by `pages` of 4 KiB and no more.
async fn set_space(locked: &Locked, pages: i64) {
    let set = locked.writer.transaction("space", move |connection| {
        Box::pin(async move {
            let row = sqlx::query("PRAGMA page_count")
                .fetch_one(&mut *connection)
                .await;
            let count: i64 = row.and_then(|row| row.try_get(0)).during("space")?;
            let limit = format!("PRAGMA max_page_count = {}", count + pages);
            sqlx::raw_sql(AssertSqlSafe(limit))
                .execute(connection)
                .await
                .during("space")
        })
    });
    set.await.unwrap();
}

async fn write(
    locked: &Locked,
    sql: &'static str,
    name: &'static str,
    length: usize,
) -> Result<(), StoreError> {
    let write = locked.writer.transaction("write", move |connection| {
        let query = sqlx::query(sql).bind(name).bind(vec![1; length]);
        Box::pin(async move { query.fetch_all(connection).await.during("write").map(drop) })
    });
    write.await
}

#[tokio::test]
async fn a_full_disk_has_its_own_error_and_does_not_last() {
    for sql in [KEEPS_TRANSACTION, ENDS_TRANSACTION] {
        let (_dir, locked) = new_database().await;
        for name in ["first", "second", "third"] {
            set_space(&locked, 1).await;
            let refused = write(&locked, sql, name, LARGE).await;
            assert!(
                matches!(refused, Err(StoreError::Full("write"))),
                "{refused:?}"
            );
            assert_eq!(locked.setting(name).await.unwrap(), None);
            set_space(&locked, 1000).await;
            write(&locked, sql, name, LARGE).await.unwrap();
            assert_eq!(locked.setting(name).await.unwrap().unwrap().len(), LARGE);
        }
    }
}

/// The others of a group may be told that the disk is full, and nothing else; whoever is told of
/// success finds what it wrote, and no other does.
#[tokio::test]
async fn the_others_of_the_group_learn_the_truth() {
    const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    // The first six are in one group when the sixth finds the disk full.
    for (sql, refused) in [(KEEPS_TRANSACTION, 1), (ENDS_TRANSACTION, 6)] {
        let (_dir, locked) = new_database().await;
        set_space(&locked, 2).await;
        let writes = NAMES.map(|name| {
            let locked = Arc::clone(&locked);
            let length = if name == "f" { LARGE } else { 10 };
            // One thread: all of them are in the queue before the writer takes the first.
            tokio::spawn(async move { (name, write(&locked, sql, name, length).await) })
        });
        let mut full = 0;
        for write in writes {
            let (name, answer) = write.await.unwrap();
            let stored = locked.setting(name).await.unwrap();
            match answer {
                Ok(()) => assert!(stored.is_some(), "{name}"),
                Err(StoreError::Full("write")) => {
                    full += 1;
                    assert_eq!(stored, None, "{name}");
                }
                Err(other) => panic!("{name}: {other}"),
            }
        }
        assert_eq!(full, refused);
    }
}
