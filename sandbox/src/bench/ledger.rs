//! The ledger: appending with a thousand callers who wait for their receipts, the same on a tree that
//! has grown, and the bare tree.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use ledger::{TileDirectory, verify_directory};
use rusqlite::Connection;

use super::append::{self, CALLERS, ENTRY, Load, Running};
use super::figure::{Figure, each, nanos, per_second, share};
use super::map;
use super::process::memory;
use super::report::Report;
use super::tree::Bare;
use super::{LedgerArguments, scratch};

/// Entries that are appended twice.
const REPEATED: u64 = 500;
/// Rows of a commit of the bare database: as many as callers wait.
const GROUP: u64 = 1000;
/// Time for the bare database.
const BARE: Duration = Duration::from_secs(2);

/// What the appending came to.
struct Appended {
    load: Load,
    /// Of the grown tree: its size before the load, and the load.
    grown: Option<(u64, Load)>,
    /// Bytes on disk of an entry: database, and tiles.
    database_bytes: u64,
    tile_bytes: u64,
    /// Resident memory of this process after the load, and at most.
    memory: super::process::Memory,
}

/// Measures and reports.
///
/// # Errors
/// The disk refuses, or the tree does not verify.
pub(super) fn main(arguments: &LedgerArguments) -> Result<Report> {
    let folder = scratch()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    let appended = runtime.block_on(measure_append(folder.path(), arguments))?;
    let bare_rows = bare_rows(folder.path())?;
    let bare = Bare::measure(folder.path(), arguments)?;

    let mut report = Report::new("ledger");
    append_rows(&mut report, appended, bare_rows, bare.hashing_rate());
    bare.rows(&mut report);
    map::measure(arguments.keys)?.rows(&mut report);
    Ok(report)
}

async fn measure_append(folder: &Path, arguments: &LedgerArguments) -> Result<Appended> {
    let running = append::start(folder).await?;
    let limit = Duration::from_secs(arguments.seconds);
    let load = running.load(0, arguments.entries, limit).await?;
    running.repeat(0, REPEATED.min(load.count)).await?;
    let grown = grow(&running, arguments, &load).await?;
    let memory = memory(std::process::id())?;
    let size = running.size();
    let key = running.end().await?;

    let ledger = folder.join("ledger");
    let verified = verify_directory(&TileDirectory::open(&ledger)?, &key, &[], &mut |_| {})?;
    ensure!(verified.size() >= size, "entries are missing");
    Ok(Appended {
        load,
        grown,
        database_bytes: bytes_below(&folder.join("append.db"))? / size.max(1),
        tile_bytes: bytes_below(&ledger)? / size.max(1),
        memory,
    })
}

/// Fills the tree to the size asked for, and loads it again.
async fn grow(
    running: &Running,
    arguments: &LedgerArguments,
    first: &Load,
) -> Result<Option<(u64, Load)>> {
    if arguments.grow == 0 {
        return Ok(None);
    }
    // Numbers that the first load has not used: a caller may have drawn one after the last.
    let from = arguments.entries + u64::try_from(CALLERS)?;
    let to = from + arguments.grow.saturating_sub(first.count);
    let bar = ProgressBar::new(to - from);
    let style = "{msg} [{bar:30}] {pos}/{len} ({per_sec}, {eta} left)";
    bar.set_style(ProgressStyle::with_template(style)?);
    bar.set_message("filling the tree");
    running
        .fill(from, to, &mut |written| bar.set_position(written - from))
        .await?;
    bar.finish_and_clear();
    let size = running.size();
    let limit = Duration::from_secs(arguments.seconds);
    let load = running.load(to, first.count, limit).await?;
    Ok(Some((size, load)))
}

fn append_rows(report: &mut Report, appended: Appended, bare_rows: u64, hashing: u64) {
    let load = &appended.load;
    let rate = per_second(load.count, load.wall);
    report.section("append: 1,000 callers, each waits for its receipt; deduplication on");
    report.row("entries", Figure::Count(load.count));
    report.row(
        "bytes of an entry",
        Figure::Count(u64::try_from(ENTRY).unwrap_or(0)),
    );
    report.row("throughput (aim: 14,000/s)", Figure::PerSecond(rate));
    report.row(
        "CPU of an entry, callers included (aim: 15 µs)",
        cpu_of(load),
    );
    let busy = share(nanos(load.cpu), nanos(load.wall), 100);
    report.row("processors busy (of 200 %)", Figure::Percent(busy));
    let first_cpu = each(load.cpu, load.count);
    report.words("appended twice", "each had its first index");
    report.row(
        "bytes of an entry in the database",
        Figure::Count(appended.database_bytes),
    );
    report.row(
        "bytes of an entry in tiles",
        Figure::Count(appended.tile_bytes),
    );
    appended.load.times.summary().rows(report);
    report.section("limits of appending, measured in the same run");
    let measured = rate;
    let label = "bare SQLite: rows durable in batches of 1,000";
    report.row(
        label,
        Figure::Limit {
            rate: bare_rows,
            measured,
        },
    );
    report.row(
        "bare SHA-256: a leaf hash and a node hash",
        Figure::Limit {
            rate: hashing,
            measured,
        },
    );
    if let Some((size, grown)) = appended.grown {
        report.section("the same on a tree that has grown");
        report.row("entries before", Figure::Count(size));
        report.row(
            "throughput",
            Figure::PerSecond(per_second(grown.count, grown.wall)),
        );
        report.row("CPU of an entry", cpu_of(&grown));
        let ratio = share(each(grown.cpu, grown.count), first_cpu, 100);
        report.row(
            "CPU of an entry, to that on an empty tree (aim: 120 %)",
            Figure::Percent(ratio),
        );
        grown.times.summary().rows(report);
    }
    report.section("this process: callers, sequencer, database");
    report.row(
        "memory, resident (aim: 200 MiB)",
        Figure::Bytes(appended.memory.now),
    );
    report.row("memory, peak", Figure::Bytes(appended.memory.peak));
}

fn cpu_of(load: &Load) -> Figure {
    Figure::each(load.cpu, load.count)
}

/// Rows of the same size with a unique key, durable in batches, per second: what the database
/// could do if nothing else had to be done.
fn bare_rows(folder: &Path) -> Result<u64> {
    let mut connection = Connection::open(folder.join("bare.db"))?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    ensure!(
        mode == "wal",
        "SQLite does not use its write-ahead log here"
    );
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         CREATE TABLE row (position INTEGER PRIMARY KEY, identity BLOB UNIQUE, bytes BLOB)",
    )?;
    let bytes = vec![0x5a; ENTRY];
    let (mut count, begun) = (0_u64, Instant::now());
    while begun.elapsed() < BARE {
        let transaction = connection.transaction()?;
        for number in count..count + GROUP {
            let mut identity = [0x5a; 32];
            identity[..8].copy_from_slice(&number.to_be_bytes());
            transaction
                .prepare_cached("INSERT INTO row (identity, bytes) VALUES (?1, ?2)")?
                .execute((&identity, &bytes))?;
        }
        transaction.commit()?;
        count += GROUP;
    }
    Ok(per_second(count, begun.elapsed()))
}

/// Bytes of a file, or of all files below a folder.
fn bytes_below(path: &Path) -> Result<u64> {
    if !path.is_dir() {
        return Ok(path.metadata()?.len());
    }
    let mut bytes = 0;
    for entry in path.read_dir()? {
        bytes += bytes_below(&entry?.path())?;
    }
    Ok(bytes)
}
