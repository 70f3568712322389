//! A bit that flips while the service is down is found before the next signature.

use std::path::Path;

use sqlx::{AnyPool, AssertSqlSafe, Row};
use tempfile::TempDir;

use crate::fixture::{Place, entry};

/// A ledger of 600 entries and two map heads, published, and 3 entries that wait.
async fn ledger(folder: &TempDir) -> Place {
    let place = Place::sqlite(folder.path());
    let running = place.start().await;
    let store = running.store.clone();
    store
        .append((0..600).map(|n| entry(n, 1)).collect())
        .await
        .unwrap();
    running.sequencer.append(entry(600, 1)).await.unwrap();
    running.end().await;
    store
        .append((601..604).map(|n| entry(n, 1)).collect())
        .await
        .unwrap();
    place
}

/// Whether the place is refused, at the start or when it sequences what waits: before it signs
/// anything in any case.
async fn is_refused(place: &Place) -> bool {
    let Ok(running) = place.try_start().await else {
        return true;
    };
    let size = running.sequencer.size();
    let answer = running.sequencer.append(entry(603, 2)).await;
    let signed = running.sequencer.size();
    running.end().await;
    answer.is_err() && signed == size
}

fn files_below(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for file in folder.read_dir().unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            files_below(&path, found);
        } else if path.file_name().is_some_and(|name| name != "lock") {
            found.push(path);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_any_published_file() {
    let folder = TempDir::new().unwrap();
    let place = ledger(&folder).await;
    let mut files = Vec::new();
    files_below(&place.directory, &mut files);
    assert!(files.len() >= 8, "{files:?}");
    for file in files {
        let good = std::fs::read(&file).unwrap();
        for place_in_file in [0, good.len() / 2, good.len() - 1] {
            let mut bad = good.clone();
            bad[place_in_file] ^= 0x04;
            std::fs::write(&file, bad).unwrap();
            let refused = is_refused(&place).await;
            assert!(refused, "{}, byte {place_in_file}", file.display());
        }
        std::fs::write(&file, good).unwrap();
    }
    assert!(!is_refused(&place).await, "undamaged, it goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_any_row_of_the_ledger() {
    let folder = TempDir::new().unwrap();
    let place = ledger(&folder).await;
    let rows = AnyPool::connect(&place.url).await.unwrap();
    for (table, column, which) in [
        ("entry", "checked", "log_index = 0"),
        ("entry", "checked", "log_index = 300"),
        ("entry", "identity", "log_index = 301"),
        ("entry", "checked", "log_index IS NULL"),
        ("entry", "identity", "log_index IS NULL"),
        ("shard", "root", "number = 1"),
    ] {
        let read = format!("SELECT {column} FROM {table} WHERE {which} LIMIT 1");
        let row = sqlx::query(AssertSqlSafe(read))
            .fetch_one(&rows)
            .await
            .unwrap();
        let good: Vec<u8> = row.try_get(0).unwrap();
        for bit in [0, 77, good.len() * 8 - 1] {
            let bit = bit % (good.len() * 8);
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            swap(&rows, (table, column), &good, &bad).await;
            assert!(
                is_refused(&place).await,
                "{table}.{column} {which}, bit {bit}"
            );
            swap(&rows, (table, column), &bad, &good).await;
        }
    }
    for (damage, repair) in [
        (
            "UPDATE shard SET size = size + 256",
            "UPDATE shard SET size = size - 256",
        ),
        (
            "UPDATE shard SET size = size - 1",
            "UPDATE shard SET size = size + 1",
        ),
        (
            "UPDATE shard SET first = first + 256",
            "UPDATE shard SET first = first - 256",
        ),
        (
            "UPDATE shard SET number = number + 2",
            "UPDATE shard SET number = number - 2",
        ),
        (
            "UPDATE shard SET origin = origin || 'x'",
            "UPDATE shard SET origin = substr(origin, 1, length(origin) - 1)",
        ),
        (
            "UPDATE entry SET log_index = 1048583 WHERE log_index = 7",
            "UPDATE entry SET log_index = 7 WHERE log_index = 1048583",
        ),
    ] {
        sqlx::query(damage).execute(&rows).await.unwrap();
        assert!(is_refused(&place).await, "{damage}");
        sqlx::query(repair).execute(&rows).await.unwrap();
    }
    rows.close().await;
    assert!(!is_refused(&place).await, "undamaged, it goes on");
}

async fn swap(rows: &AnyPool, (table, column): (&str, &str), from: &[u8], to: &[u8]) {
    let sql = format!("UPDATE {table} SET {column} = $1 WHERE {column} = $2");
    let query = sqlx::query(AssertSqlSafe(sql));
    let done = query
        .bind(to.to_vec())
        .bind(from.to_vec())
        .execute(rows)
        .await;
    assert_eq!(done.unwrap().rows_affected(), 1);
}
