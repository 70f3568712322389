//! A full disk: said so to everybody concerned, survived, and forgotten once there is space.

use std::sync::Arc;

use tempfile::TempDir;

use super::error::During;
use super::{Locked, StoreError};

const LARGE: usize = 1 << 20;

/// Lets the database of `locked` grow by `pages` of 4 KiB and no more, for as long as it keeps its
/// connection.
async fn limit(locked: &Locked, pages: i64) {
    let set = locked.writer.transaction("limit", move |connection| {
        Box::pin(async move {
            use sqlx::Row;
            let row = sqlx::query("PRAGMA page_count").fetch_one(&mut *connection).await;
            let count: i64 = row.and_then(|row| row.try_get(0)).during("limit")?;
            let limit = format!("PRAGMA max_page_count = {}", count + pages);
            sqlx::raw_sql(sqlx::AssertSqlSafe(limit)).execute(connection).await.during("limit")
        })
    });
    set.await.unwrap();
}

async fn new_database() -> (TempDir, Arc<Locked>) {
    let dir = TempDir::new().unwrap();
    let url = Locked::sqlite_url(&dir.path().join("receta.db"));
    (dir, Arc::new(Locked::open(&url).await.unwrap()))
}

#[tokio::test]
async fn a_full_disk_has_its_own_error_and_does_not_last() {
    let (_dir, locked) = new_database().await;
    for name in ["first", "second", "third"] {
        limit(&locked, 1).await;
        let refused = locked.set_once(name, vec![1; LARGE]).await;
        assert!(matches!(refused, Err(StoreError::Full("set-setting"))), "{refused:?}");
        assert_eq!(locked.setting(name).await.unwrap(), None);
        // The limit is gone with its connection: there is space again.
        assert_eq!(locked.set_once(name, vec![2; LARGE]).await.unwrap(), vec![2; LARGE]);
    }
}

/// Members of a group that meets a full disk are told that, and nothing else; whoever is told of
/// success finds what it wrote.
#[tokio::test]
async fn no_member_of_the_group_is_told_anything_else() {
    const NAMES: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let (_dir, locked) = new_database().await;
    limit(&locked, 1).await;
    let callers: Vec<_> = NAMES
        .into_iter()
        .zip(0..)
        .map(|(name, n)| {
            let locked = Arc::clone(&locked);
            let length = if n == 5 { LARGE } else { 10 };
            tokio::spawn(async move { (name, locked.set_once(name, vec![n; length]).await) })
        })
        .collect();
    let mut full = 0;
    for caller in callers {
        let (name, answer) = caller.await.unwrap();
        let stored = locked.setting(name).await.unwrap();
        match answer {
            Ok(value) => assert_eq!(stored, Some(value), "{name}"),
            Err(StoreError::Full(_)) => {
                full += 1;
                assert_eq!(stored, None, "{name}");
            }
            Err(other) => panic!("{name}: {other}"),
        }
    }
    assert!(full > 0);
    assert_eq!(locked.set_once("f", vec![1; LARGE]).await.unwrap().len(), LARGE);
}
