//! The duplicate check behind many active prescriptions: the service's own store and question, and
//! the rules over what it answers.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use prescription::PatientId;
use rusqlite::{Connection, params};
use rx_service::clock::day_number;
use rx_service::store::{DataKey, Locked, Store};

use super::super::percentiles::{Summary, Times};
use super::decision::TODAY;
use crate::processes::interrupted;

/// Lines that a patient has at once, on average.
const LINES_A_PATIENT: u64 = 5;
/// Rows of one transaction while the table is filled.
const BATCH: u64 = 100_000;
/// Questions that are timed.
const COUNT: u64 = 20_000;

/// What was found.
pub(super) struct Found {
    /// One check.
    pub(super) times: Summary,
    /// One row by its primary key.
    pub(super) bare: Summary,
    /// Size of the database's file.
    pub(super) bytes: u64,
}

/// Fills a database with `rows` active lines, and asks for patients all over it.
///
/// # Errors
/// The disk refuses, Ctrl-C, or an answer is not what was written.
pub(super) fn measure(folder: &Path, rows: u64) -> Result<Found> {
    let file = folder.join(format!("active-{rows}.db"));
    let runtime = tokio::runtime::Runtime::new()?;
    let store = runtime.block_on(open(&file))?;
    fill(&file, rows)?;
    let patients = rows / LINES_A_PATIENT;
    let (times, bare) = runtime.block_on(async {
        let times = ask(&store, patients).await?;
        anyhow::Ok((times, bare(&file, rows)?))
    })?;
    let bytes = std::fs::metadata(&file)?.len();
    drop(store);
    std::fs::remove_file(&file)?;
    Ok(Found {
        times: times.summary(),
        bare: bare.summary(),
        bytes,
    })
}

async fn open(file: &Path) -> Result<Store> {
    let data_key = DataKey::new(&[1; DataKey::SECRET_LEN])?;
    let database = Locked::open(&Locked::sqlite_url(file)).await?;
    Ok(database.unlock(data_key))
}

/// Writes the rows as issues would have: each patient's are apart from each other.
fn fill(file: &Path, rows: u64) -> Result<()> {
    let progress = ProgressBar::new(rows);
    let style = "filling {bar:30} {human_pos}/{human_len}, {eta} left";
    progress.set_style(ProgressStyle::with_template(style)?);
    let mut connection = Connection::open(file)?;
    // Nothing of it is kept: a crash of the machine may lose it.
    connection.pragma_update(None, "synchronous", "OFF")?;
    let patients = rows / LINES_A_PATIENT;
    let today = day_number(TODAY);
    let mut next = 0;
    while next < rows {
        ensure!(!interrupted(), "interrupted");
        let transaction = connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO supply (folio, line, patient_id, clave, substance, therapeutic_group,
                   fraction, remainder, clues, written_on, held_until, until_day)
                 VALUES (?1, 1, ?2, '010.000.0104.00', ?3, '', 4, 1, 'HGIMB000163', ?4, -1, ?5)",
            )?;
            for row in next..rows.min(next + BATCH) {
                let patient = patient(row % patients)?;
                let substance = format!("SUBSTANCE {}", row / patients);
                insert.execute(params![
                    folio(row),
                    patient.as_str(),
                    substance,
                    today - 1,
                    today + 30
                ])?;
            }
        }
        transaction.commit()?;
        next = rows.min(next + BATCH);
        progress.set_position(next);
    }
    progress.finish_and_clear();
    Ok(())
}

/// Asks for patients all over the table.
async fn ask(store: &Store, patients: u64) -> Result<Times> {
    let mut times = Times::default();
    let today = day_number(TODAY);
    for number in all_over(patients).take(usize::try_from(COUNT)?) {
        let patient = patient(number)?;
        let once = Instant::now();
        let has = store.supplies(&patient, today).await?;
        let overlaps = has.iter().any(|held| held.substance == "CLONAZEPAM");
        times.push(once.elapsed());
        ensure!(!overlaps && has.len() == usize::try_from(LINES_A_PATIENT)?);
    }
    Ok(times)
}

/// Reads rows by their primary key, on a bare connection.
fn bare(file: &Path, rows: u64) -> Result<Times> {
    let connection = Connection::open(file)?;
    let mut read =
        connection.prepare("SELECT until_day FROM supply WHERE folio = ?1 AND line = 1")?;
    let mut times = Times::default();
    for number in all_over(rows).take(usize::try_from(COUNT)?) {
        let folio = folio(number);
        let once = Instant::now();
        let day: i64 = read.query_row(params![folio], |row| row.get(0))?;
        times.push(once.elapsed());
        ensure!(day > 0);
    }
    Ok(times)
}

/// Numbers below `end` all over it, the same each time: a large odd step does not come back to the
/// same numbers soon.
fn all_over(end: u64) -> impl Iterator<Item = u64> {
    (1_u64..).map(move |n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % end)
}

/// The folio of row `number`, spread as random ones are.
fn folio(number: u64) -> String {
    let mut bytes = [0; 10];
    bytes[..8].copy_from_slice(&number.wrapping_mul(0xd6e8_feb8_6659_fd93).to_be_bytes());
    prescription::Folio::from_random(bytes).compact().to_owned()
}

/// The pseudonym of patient `number`, spread as they are.
fn patient(number: u64) -> Result<PatientId> {
    let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("{spread:016x}{number:016x}")
        .parse()
        .context("a pseudonym")
}
