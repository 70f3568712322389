//! One establishment's answer behind few movements and behind many: the service's own store and
//! questions over tables that hold the lines of the whole country.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::{Date, date};
use prescription::Clues;
use rusqlite::{Connection, Statement, params};
use rx_service::clock::day_number;
use rx_service::store::{BookRange, DataKey, Locked, Store, SumFilter};

use super::super::percentiles::{Summary, Times};
use crate::processes::interrupted;

/// Lines of each establishment in the month that is asked for; its other lines are of other months.
const LINES_A_MONTH: u64 = 200;
/// Claves that an establishment keeps.
const CLAVES: u64 = 10;
/// Lines of an establishment in all: a pharmacy's control book of some years.
const LINES: u64 = 5_000;
/// Lines of one transaction while the tables are filled.
const BATCH: u64 = 50_000;
/// Questions of each kind that are timed.
const COUNT: u64 = 300;
/// The first and the last day of the month that is asked for.
const MONTH: (Date, Date) = (date(2026, 10, 1), date(2026, 10, 31));

/// What was found.
pub(super) struct Found {
    /// Sums of the month, by medicine, kind and prescriber.
    pub(super) sums: Summary,
    /// The control book of the month, line by line.
    pub(super) book: Summary,
    /// Size of the database's file.
    pub(super) bytes: u64,
}

/// Fills a database with `movements` lines of books, and asks for establishments all over it.
///
/// # Errors
/// The disk refuses, Ctrl-C, or an answer has not what was written.
pub(super) fn measure(folder: &Path, movements: u64) -> Result<Found> {
    let file = folder.join(format!("books-{movements}.db"));
    let runtime = tokio::runtime::Runtime::new()?;
    let store = runtime.block_on(open(&file))?;
    let establishments = (movements / LINES).max(1);
    fill(&file, establishments)?;
    let (sums, book) = runtime.block_on(ask(&store, establishments))?;
    let bytes = std::fs::metadata(&file)?.len();
    drop(store);
    std::fs::remove_file(&file)?;
    Ok(Found {
        sums: sums.summary(),
        book: book.summary(),
        bytes,
    })
}

async fn open(file: &Path) -> Result<Store> {
    let data_key = DataKey::new(&[1; DataKey::SECRET_LEN])?;
    let database = Locked::open(&Locked::sqlite_url(file)).await?;
    Ok(database.unlock(data_key))
}

fn fill(file: &Path, establishments: u64) -> Result<()> {
    let progress = ProgressBar::new(establishments * LINES);
    let style = "filling {bar:30} {human_pos}/{human_len}, {eta} left";
    progress.set_style(ProgressStyle::with_template(style)?);
    let mut connection = Connection::open(file)?;
    // Nothing of it is kept: a crash of the machine may lose it.
    connection.pragma_update(None, "synchronous", "OFF")?;
    let each = (BATCH / LINES).max(1);
    let mut next = 0;
    while next < establishments {
        ensure!(!interrupted(), "interrupted");
        let until = establishments.min(next + each);
        let transaction = connection.transaction()?;
        {
            let mut line = transaction.prepare_cached(
                "INSERT INTO book_line (establishment, class, number, position, book_day, on_day,
                   what, clave, lot, expiry, other, units_in, units_out, balance, lot_balance, cedula)
                 VALUES (?1, 'II', ?2, ?3, ?4, ?4, 'dispensing', ?5, 'L1', 30000, 'patients',
                   0, 30, 1000, 1000, ?6)",
            )?;
            let mut page = transaction.prepare_cached(
                "INSERT INTO book_page (establishment, class, clave, units, open)
                 VALUES (?1, 'II', ?2, 1000, 1)",
            )?;
            let mut entry = transaction.prepare_cached(
                "INSERT INTO entry (position, identity, checked, log_index) VALUES (?1, ?2, ?2, ?1)",
            )?;
            for number in next..until {
                for place in 0..CLAVES {
                    page.execute(params![clues(number)?.as_str(), clave(place)])?;
                }
                keep_books(number, &mut line, &mut entry)?;
            }
        }
        transaction.execute(
            "INSERT INTO book_month (establishment, clave, month, what, cedula, class, units_in,
               units_out, lines)
             SELECT establishment, clave, book_day / 31, what, cedula, class, 0, SUM(units_out),
               COUNT(*)
             FROM book_line WHERE position >= ?1 AND position < ?2
             GROUP BY establishment, clave, book_day / 31, what, cedula, class",
            params![position(next, 0)?, position(until, 0)?],
        )?;
        transaction.commit()?;
        next = until;
        progress.set_position(next * LINES);
    }
    progress.finish_and_clear();
    Ok(())
}

/// The lines of establishment `number`: the asked month's first, then those of earlier months.
fn keep_books(number: u64, line: &mut Statement<'_>, entry: &mut Statement<'_>) -> Result<()> {
    let establishment = clues(number)?;
    let first = day_number(MONTH.0);
    for place in 0..LINES {
        let position = position(number, place)?;
        let back = i64::try_from(place / LINES_A_MONTH)? * 31;
        let within = i64::try_from(place % LINES_A_MONTH)? % 31;
        let cedula = format!("{:07}", 1_000_000 + place % 50);
        line.execute(params![
            establishment.as_str(),
            i64::try_from(LINES - place)?,
            position,
            first - back + within,
            clave(place),
            cedula
        ])?;
        entry.execute(params![position, position.to_be_bytes()])?;
    }
    Ok(())
}

async fn ask(store: &Store, establishments: u64) -> Result<(Times, Times)> {
    let (mut sums, mut book) = (Times::default(), Times::default());
    let month = day_number(MONTH.0) / 31;
    for number in 0..COUNT {
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % establishments;
        let establishment = clues(spread)?;
        let filter = SumFilter {
            establishment: Some(establishment.clone()),
            clave: None,
            class: None,
            months: (month, month + 1),
        };
        let mut lines = 0;
        let once = Instant::now();
        store
            .month_sums(&filter, &mut |sum| lines += sum.lines)
            .await?;
        sums.push(once.elapsed());
        ensure!(lines > 0, "an establishment without sums");
        let range = BookRange {
            establishment,
            class: "II",
            from: MONTH.0,
            to: MONTH.1,
        };
        let once = Instant::now();
        let pages = store.book_pages(&range).await?;
        let entries = store.book_entries(&range, 20_000).await?;
        book.push(once.elapsed());
        ensure!(!pages.is_empty() && entries.len() == usize::try_from(LINES_A_MONTH)?);
    }
    Ok((sums, book))
}

/// Where line `place` of establishment `number` stands among the entries of the ledger.
fn position(number: u64, place: u64) -> Result<i64> {
    Ok(i64::try_from(number * LINES + place + 1)?)
}

/// The clave of line `place`.
fn clave(place: u64) -> String {
    format!("040.000.{:04}.00", 2000 + place % CLAVES)
}

/// The CLUES of establishment `number`.
fn clues(number: u64) -> Result<Clues> {
    Ok(format!("HGIMB{number:06}").parse()?)
}
