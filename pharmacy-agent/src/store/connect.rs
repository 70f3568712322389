//! Opening the database: exclusive, durable, of the right version.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use super::StoreError;

/// File name in the data folder.
const FILE: &str = "counter.db";
/// How long to wait for a command that is just ending.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);
/// The first version of SQLite without the WAL-reset bug.
const SQLITE_SOUND: i32 = 3_051_003;

/// Each step takes the schema from its position in this list to the next.
const MIGRATIONS: &[&str] = &[
    include_str!("schema.sql"),
    include_str!("schema_2.sql"),
    include_str!("schema_3.sql"),
];

/// The counter's database. One process has it at a time.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
}

impl Store {
    /// Opens or creates the database in `folder` and locks it.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process has it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        created.map_err(|source| StoreError::Folder {
            path: folder.to_owned(),
            source,
        })?;
        if rusqlite::version_number() < SQLITE_SOUND {
            return Err(StoreError::Sqlite(rusqlite::version().to_owned()));
        }
        let path = folder.join(FILE);
        let open = || {
            let connection = Connection::open(&path)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            // With exclusive locking the first transaction takes the lock, and keeps it.
            connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            // What is deleted is overwritten: the text of a QR names the patient.
            connection.pragma_update(None, "secure_delete", true)?;
            connection.execute_batch("BEGIN EXCLUSIVE; COMMIT;")?;
            Ok(connection)
        };
        let connection =
            open().map_err(|error: rusqlite::Error| match error.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                    StoreError::Locked(path.clone())
                }
                _ => StoreError::Database(error),
            })?;
        let mut store = Self { connection };
        store.migrate()?;
        Ok(store)
    }

    fn migrate(&mut self) -> Result<(), StoreError> {
        let version: i64 = self
            .connection
            .pragma_query_value(None, "user_version", |row| row.get(0))?;
        let done = usize::try_from(version).map_err(|_| StoreError::Newer(version))?;
        let missing = MIGRATIONS.get(done..).ok_or(StoreError::Newer(version))?;
        for (step, script) in (done + 1..).zip(missing) {
            let transaction = self.connection.transaction()?;
            transaction.execute_batch(script)?;
            transaction.pragma_update(None, "user_version", step.to_string())?;
            transaction.commit()?;
        }
        Ok(())
    }
}

#[cfg(test)]
impl Store {
    /// A database in a folder of its own, which lives as long as the first of the pair.
    pub(crate) fn temporary() -> (tempfile::TempDir, Self) {
        let folder = tempfile::tempdir().unwrap();
        let store = Self::open(folder.path()).unwrap();
        (folder, store)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_process_is_told_so() {
        let (folder, first) = Store::temporary();
        let refused = Store::open(folder.path()).unwrap_err();
        assert!(matches!(refused, StoreError::Locked(_)));
        assert!(refused.to_string().contains("counter.db"));
        drop(first);
        assert!(Store::open(folder.path()).is_ok());
    }

    #[test]
    fn it_is_durable() {
        let (_folder, store) = Store::temporary();
        let pragma = |name: &str| -> String {
            let read = |row: &rusqlite::Row<'_>| {
                let value: rusqlite::types::Value = row.get(0)?;
                Ok(format!("{value:?}"))
            };
            store
                .connection
                .pragma_query_value(None, name, read)
                .unwrap()
        };
        assert_eq!(pragma("journal_mode"), r#"Text("wal")"#);
        assert_eq!(pragma("synchronous"), "Integer(2)");
        assert_eq!(pragma("locking_mode"), r#"Text("exclusive")"#);
    }

    #[test]
    fn a_newer_database_is_left_alone() {
        let (folder, store) = Store::temporary();
        store
            .connection
            .pragma_update(None, "user_version", 99)
            .unwrap();
        drop(store);
        assert!(matches!(
            Store::open(folder.path()),
            Err(StoreError::Newer(99))
        ));
    }
}
