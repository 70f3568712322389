//! Entries of the ledger before they have an index: written with what they are about, once.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::error::During;
use super::record::log_index;
use super::{Conflict, Store, StoreError};

const NAME: &str = "append-entries";
/// Bytes behind a leaf that tell when its row was damaged.
const CHECK: usize = 8;
/// Entries that one statement writes: few sizes, so that each is prepared once.
/// SQLite looks parameters up one by one, so that the largest is not the cheapest for an entry.
const STATEMENT_SIZES: [usize; 3] = [64, 8, 1];

/// What an entry is about, whatever salt its leaf carries: the same thing twice is one entry.
///
/// The first eight bytes are the time of what it names (seconds since 1970, big-endian), so that
/// neighbours in time are neighbours in the index; the rest is a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Identity([u8; 32]);

impl Identity {
    /// The identity of what `parts` name, of which `second` (since 1970) is the time: the same at
    /// every attempt. Parts are length-prefixed, so that no two lists of parts are confused.
    #[must_use]
    pub fn new(second: i64, parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new().chain_update(b"receta/identity/v1\0");
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            digest.update(length.to_be_bytes());
            digest.update(part);
        }
        let mut bytes: [u8; 32] = digest.finalize().into();
        // Negative times, before 1970, sort behind: nothing here is that old.
        bytes[..8].copy_from_slice(&second.to_be_bytes());
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(super) fn from_row(bytes: &[u8], position: i64) -> Result<Self, StoreError> {
        let bytes = bytes.try_into();
        let bytes = bytes.map_err(|_| StoreError::inconsistent("entry", "identity", position))?;
        Ok(Self(bytes))
    }
}

/// An entry to be written.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// What it is about.
    pub identity: Identity,
    /// What the tree hashes.
    pub leaf: Vec<u8>,
}

/// What became of an entry that was written, or had been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It waits for its index.
    Waits,
    /// It was there already, with this index.
    Known(u64),
}

/// A leaf as its row keeps it.
pub(super) fn to_checked(identity: &Identity, leaf: &[u8]) -> Vec<u8> {
    let mut checked = Vec::with_capacity(leaf.len() + CHECK);
    checked.extend_from_slice(leaf);
    checked.extend_from_slice(&check(identity, leaf));
    checked
}

/// The leaf of a row.
///
/// # Errors
/// A bit of identity or leaf is not what was written.
pub(super) fn from_checked(
    identity: &Identity,
    mut checked: Vec<u8>,
    position: i64,
) -> Result<Vec<u8>, StoreError> {
    let damaged = || StoreError::inconsistent("entry", "checked", position);
    let length = checked.len().checked_sub(CHECK).ok_or_else(damaged)?;
    if checked[length..] != check(identity, &checked[..length]) {
        return Err(damaged());
    }
    checked.truncate(length);
    Ok(checked)
}

fn check(identity: &Identity, leaf: &[u8]) -> [u8; CHECK] {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(identity.0)
        .chain_update(leaf)
        .finalize()
        .into();
    let mut check = [0; CHECK];
    check.copy_from_slice(&digest[..CHECK]);
    check
}

/// Inserts one entry inside the transaction of what it is about, and returns its position.
///
/// # Errors
/// [`Conflict::Recorded`] when the same thing is an entry already: nothing may be written.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    entry: &NewEntry,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "INSERT INTO entry (identity, checked) VALUES ($1, $2)
         ON CONFLICT (identity) DO NOTHING RETURNING position",
    )
    .bind(entry.identity.0.to_vec())
    .bind(to_checked(&entry.identity, &entry.leaf))
    .fetch_optional(connection)
    .await
    .during("insert-entry")?;
    let row = row.ok_or(StoreError::Conflict(Conflict::Recorded))?;
    row.try_get(0).during("insert-entry")
}

impl Store {
    /// Writes entries, all in one transaction; what had been written before stays as it is. Says
    /// what became of each, in the order of `entries`.
    ///
    /// # Errors
    /// The database failed; nothing was written.
    pub async fn append(&self, entries: Vec<NewEntry>) -> Result<Vec<Appended>, StoreError> {
        let entries = Arc::new(entries);
        self.writer
            .transaction(NAME, move |connection| {
                let entries = Arc::clone(&entries);
                Box::pin(async move {
                    let mut outcomes = Vec::with_capacity(entries.len());
                    let mut rest = &entries[..];
                    while let Some(size) = STATEMENT_SIZES.iter().find(|size| **size <= rest.len())
                    {
                        let (chunk, after) = rest.split_at(*size);
                        append_chunk(connection, chunk, &mut outcomes).await?;
                        rest = after;
                    }
                    // Commit point (with the transaction). A crash before it: none of the entries
                    // exists, and no caller was told anything. A crash after it: all of them wait
                    // and get their index after the restart; who asks again is told the same one.
                    Ok(outcomes)
                })
            })
            .await
    }
}

async fn append_chunk(
    connection: &mut AnyConnection,
    chunk: &[NewEntry],
    outcomes: &mut Vec<Appended>,
) -> Result<(), StoreError> {
    let mut query = sqlx::query(insert_statement(chunk.len()));
    for entry in chunk {
        query = query
            .bind(entry.identity.0.to_vec())
            .bind(to_checked(&entry.identity, &entry.leaf));
    }
    let written = query.execute(&mut *connection).await.during(NAME)?;
    if usize::try_from(written.rows_affected()) == Ok(chunk.len()) {
        outcomes.extend(chunk.iter().map(|_| Appended::Waits));
        return Ok(());
    }
    // Some were there. Each is asked for: this is the rare case.
    for entry in chunk {
        outcomes.push(outcome_of(connection, entry).await?);
    }
    Ok(())
}

/// What became of an entry that is in the database, new or not.
async fn outcome_of(
    connection: &mut AnyConnection,
    entry: &NewEntry,
) -> Result<Appended, StoreError> {
    let row = sqlx::query("SELECT log_index FROM entry WHERE identity = $1")
        .bind(entry.identity.0.to_vec())
        .fetch_one(connection)
        .await
        .during(NAME)?;
    Ok(log_index(&row, "log_index")?.map_or(Appended::Waits, Appended::Known))
}

fn insert_statement(rows: usize) -> AssertSqlSafe<String> {
    let places: Vec<_> = (0..rows)
        .map(|row| format!("(${}, ${})", 2 * row + 1, 2 * row + 2))
        .collect();
    AssertSqlSafe(format!(
        "INSERT INTO entry (identity, checked) VALUES {} ON CONFLICT (identity) DO NOTHING",
        places.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_begins_with_its_time_and_tells_parts_apart() {
        let one = Identity::new(7, &[b"ab", b"c"]);
        assert_eq!(one.0[..8], [0, 0, 0, 0, 0, 0, 0, 7]);
        assert_eq!(one, Identity::new(7, &[b"ab", b"c"]));
        assert_ne!(one, Identity::new(7, &[b"a", b"bc"]));
        assert_ne!(one, Identity::new(7, &[b"abc"]));
        assert_ne!(one, Identity::new(8, &[b"ab", b"c"]));
    }

    #[test]
    fn a_flipped_bit_anywhere_is_found() {
        let identity = Identity::new(1, &[b"x"]);
        let checked = to_checked(&identity, b"leaf");
        assert_eq!(
            from_checked(&identity, checked.clone(), 1).unwrap(),
            b"leaf"
        );
        for bit in 0..checked.len() * 8 {
            let mut damaged = checked.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(from_checked(&identity, damaged, 1).is_err(), "bit {bit}");
        }
        for bit in 0..256 {
            let mut other = identity;
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(
                from_checked(&other, checked.clone(), 1).is_err(),
                "bit {bit}"
            );
        }
        assert!(from_checked(&identity, vec![1; CHECK - 1], 1).is_err());
    }

    #[test]
    fn statements_number_their_places() {
        assert!(insert_statement(2).0.contains("($1, $2), ($3, $4)"));
    }
}
