//! Opening a database: connections, pragmas, version check, migrations.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{AnyConnection, AnyPool, Row};

use super::error::During;
use super::migrate::migrate;
use super::transaction::Writer;
use super::{DataKey, StoreError};

/// Earlier SQLite versions can lose commits when the WAL is reset.
const OLDEST_SQLITE: [u32; 3] = [3, 51, 3];
/// The longest wait for a connection; also how long a file that cannot be read is tried.
const CONNECTION: Duration = Duration::from_secs(10);

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Embedded.
    Sqlite,
    /// Scale.
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(super) backend: Backend,
    pub(super) url: Arc<str>,
    pub(super) read: AnyPool,
    pub(super) writer: Writer,
    pub(super) data_key: Arc<DataKey>,
    /// Whether the signature of an issue is queued for its extension.
    pub(super) extends: Arc<AtomicBool>,
}

/// A database whose personal data cannot be read yet: the data key is still sealed.
pub struct Locked {
    backend: Backend,
    url: Arc<str>,
    read: AnyPool,
    pub(super) writer: Writer,
}

impl Locked {
    /// The URL of a SQLite file, which is made where it does not exist.
    #[must_use]
    pub fn sqlite_url(file: &Path) -> String {
        let path = file.display().to_string();
        let path = path
            .replace('%', "%25")
            .replace('?', "%3F")
            .replace('#', "%23");
        format!("sqlite://{path}?mode=rwc")
    }

    /// Opens the database at `url` (`sqlite:///dir/file.db`, `postgres://…`), makes it if it is a
    /// SQLite file that does not exist, and brings its schema up to date.
    ///
    /// # Errors
    /// The database cannot be reached, is of a version known to lose data, or was written by a
    /// newer version of this program.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let backend = backend_of(url)?;
        let (read, write) = match backend {
            Backend::Sqlite => (connect_sqlite(url, 4).await?, connect_sqlite(url, 1).await?),
            Backend::Postgres => {
                let pool = AnyPoolOptions::new()
                    .max_connections(16)
                    .acquire_timeout(CONNECTION)
                    .connect(url)
                    .await
                    .during("connect")?;
                (pool.clone(), pool)
            }
        };
        if backend == Backend::Sqlite {
            check_sqlite_version(&read).await?;
        }
        migrate(&write, backend).await?;
        let writer = Writer::new(backend, write);
        Ok(Self {
            backend,
            url: url.into(),
            read,
            writer,
        })
    }

    /// The setting called `name`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn setting(&self, name: &'static str) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT value FROM setting WHERE name = $1")
            .bind(name)
            .fetch_optional(&self.read)
            .await
            .during("setting")?;
        row.map(|row| row.try_get(0)).transpose().during("setting")
    }

    /// Sets `name` once; the value that was there first wins and is returned.
    ///
    /// # Errors
    /// The database failed.
    pub async fn set_once(
        &self,
        name: &'static str,
        value: Vec<u8>,
    ) -> Result<Vec<u8>, StoreError> {
        self.writer
            .transaction("set-setting", move |connection| {
                let value = value.clone();
                Box::pin(async move {
                    let row = sqlx::query(
                        "INSERT INTO setting (name, value) VALUES ($1, $2)
                         ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING value",
                    )
                    .bind(name)
                    .bind(value)
                    .fetch_one(connection)
                    .await
                    .during("set-setting")?;
                    row.try_get(0).during("set-setting")
                })
            })
            .await
    }

    /// The store, with the key that opens its personal data.
    #[must_use]
    pub fn unlock(self, data_key: DataKey) -> Store {
        let Self {
            backend,
            url,
            read,
            writer,
        } = self;
        Store {
            backend,
            url,
            read,
            writer,
            data_key: Arc::new(data_key),
            extends: Arc::default(),
        }
    }
}

impl Store {
    /// Which database this is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1")
            .fetch_one(&self.read)
            .await
            .during("ping")
            .map(drop)
    }
}

fn backend_of(url: &str) -> Result<Backend, StoreError> {
    if url.starts_with("sqlite:") {
        Ok(Backend::Sqlite)
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        Ok(Backend::Postgres)
    } else {
        Err(StoreError::Unusable(
            "the database URL must begin with sqlite: or postgres:".to_owned(),
        ))
    }
}

async fn connect_sqlite(url: &str, connections: u32) -> Result<AnyPool, StoreError> {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECTION)
        .after_connect(|connection, _| Box::pin(set_pragmas(connection)))
        .connect(url)
        .await
        .during("connect")
}

async fn set_pragmas(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    for pragma in [
        "PRAGMA busy_timeout = 5000",
        "PRAGMA journal_mode = WAL",
        // A commit that is acknowledged is on disk.
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA temp_store = MEMORY",
        // What is deleted or overwritten is overwritten with zeros: an erased body is gone.
        "PRAGMA secure_delete = ON",
    ] {
        sqlx::raw_sql(pragma).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn check_sqlite_version(pool: &AnyPool) -> Result<(), StoreError> {
    let row = sqlx::query("SELECT sqlite_version()")
        .fetch_one(pool)
        .await
        .during("version")?;
    let text: String = row.try_get(0).during("version")?;
    let mut version = [0_u32; 3];
    for (part, value) in text.split('.').zip(&mut version) {
        *value = part.parse().unwrap_or(0);
    }
    if version < OLDEST_SQLITE {
        return Err(StoreError::Unusable(format!(
            "SQLite {text} can lose commits; 3.51.3 or newer is needed"
        )));
    }
    Ok(())
}
