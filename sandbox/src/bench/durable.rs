//! What the disk allows: rows that SQLite has made durable, with nothing else around them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::Connection;

use super::figure::per_second;

/// Time for each measurement.
const TIME: Duration = Duration::from_secs(1);
/// Rows of one commit, as when 32 callers wait.
const GROUP: u64 = 32;
/// Bytes of a row: about what the event of a prescription takes.
const ROW: usize = 6_000;

/// Durable rows per second.
#[derive(Debug, Clone, Copy)]
pub(super) struct DurableRates {
    /// One row per commit.
    pub(super) single: u64,
    /// [`GROUP`] rows per commit.
    pub(super) grouped: u64,
}

/// Measures in a new database in `folder`, which must be on the file system of the service's data.
///
/// # Errors
/// The disk refuses.
pub(super) fn measure(folder: &Path) -> Result<DurableRates> {
    let mut connection = Connection::open(folder.join("durable.db"))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    ensure!(
        mode == "wal",
        "SQLite does not use its write-ahead log here"
    );
    connection.execute_batch(
        "PRAGMA synchronous = FULL; CREATE TABLE row (position INTEGER PRIMARY KEY, bytes BLOB)",
    )?;
    Ok(DurableRates {
        single: rate(&mut connection, 1)?,
        grouped: rate(&mut connection, GROUP)?,
    })
}

fn rate(connection: &mut Connection, group: u64) -> Result<u64> {
    let bytes = vec![0x5a; ROW];
    let (mut count, begun) = (0, Instant::now());
    while begun.elapsed() < TIME {
        let transaction = connection.transaction()?;
        for _ in 0..group {
            transaction
                .prepare_cached("INSERT INTO row (bytes) VALUES (?1)")?
                .execute([&bytes])?;
        }
        transaction.commit()?;
        count += group;
    }
    Ok(per_second(count, begun.elapsed()))
}
