//! A new database for a test, the store on it, and a way past the store.

use rx_service::store::{DataKey, Locked, Store, StoreError};
use sqlx::{AnyPool, AssertSqlSafe, Row};
use tempfile::TempDir;

use crate::fixture::patient;

/// Everything a row says, as text. `sealed` and `leaf` are left out: they are random or long.
const CONTENTS: [&str; 14] = [
    "SELECT 'request ' || client || ' ' || identifier || ' ' || folio FROM request",
    "SELECT 'prescription ' || folio || ' ' || version || ' ' || phase || ' ' || patient_id || ' '
        || cedula || ' ' || clues || ' ' || issued_at || ' ' || written_on || ' ' || valid_until
     FROM prescription",
    "SELECT 'supply ' || patient_id || ' ' || substance || ' ' || folio || ' ' || line || ' '
        || held_until || ' ' || until_day FROM supply",
    "SELECT 'special ' || special_folio || ' ' || cedula || ' ' || status || ' '
        || COALESCE(used_by, '-') FROM special_folio",
    "SELECT 'event ' || folio || ' ' || seq || ' ' || COALESCE('' || log_index, '-')
     FROM event JOIN entry ON entry.position = event.position",
    "SELECT 'entry ' || position || ' ' || COALESCE('' || log_index, '-') FROM entry",
    "SELECT 'access ' || at || ' ' || record FROM access",
    "SELECT 'stock ' || party || ' ' || lot || ' ' || units FROM stock",
    "SELECT 'book ' || class || ' ' || number || ' ' || on_day || ' ' || retained FROM book",
    "SELECT 'book_page ' || class || ' ' || clave || ' ' || units || ' ' || open FROM book_page",
    "SELECT 'book_line ' || class || ' ' || number || ' ' || balance FROM book_line",
    "SELECT 'book_month ' || what || ' ' || units_in || ' ' || units_out FROM book_month",
    "SELECT 'movement ' || establishment || ' ' || number FROM movement",
    "SELECT 'movement_line ' || number || ' ' || line || ' ' || taken FROM movement_line",
];

/// A database of one test.
pub(crate) struct Database {
    /// What the test is about.
    pub(crate) store: Store,
    pub(crate) url: String,
    rows: AnyPool,
    dir: Option<TempDir>,
}

/// Patients with a number below this are registered in every new database.
const REGISTERED: u32 = 1024;

/// The key of every test's personal data.
pub(crate) fn data_key() -> DataKey {
    DataKey::new(&[7; DataKey::SECRET_LEN]).unwrap()
}

/// Opens the store at `url`, as a service that starts does.
pub(crate) async fn open(url: &str) -> Result<Store, StoreError> {
    Ok(Locked::open(url).await?.unlock(data_key()))
}

/// Registers the patients of [`crate::fixture::issued`] with records that nobody opens.
async fn register_patients(rows: &AnyPool) {
    let values = (0..REGISTERED).map(|n| format!("('{}', $1, 0)", patient(n)));
    let values = values.collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO patient (patient_id, sealed, registered_at) VALUES {values}");
    let query = sqlx::query(AssertSqlSafe(sql)).bind(vec![0_u8; 64]);
    query.execute(rows).await.unwrap();
}

impl Database {
    pub(crate) async fn sqlite() -> Self {
        let dir = TempDir::new().unwrap();
        let url = Locked::sqlite_url(&dir.path().join("receta.db"));
        Self::at(url, Some(dir)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::at(throwaway_postgres::fresh_database(), None).await
    }

    async fn at(url: String, dir: Option<TempDir>) -> Self {
        let store = open(&url).await.unwrap();
        let rows = AnyPool::connect(&url).await.unwrap();
        register_patients(&rows).await;
        Self {
            store,
            url,
            rows,
            dir,
        }
    }

    /// Runs SQL behind the store's back and returns how many rows it changed.
    pub(crate) async fn execute(&self, sql: &str) -> u64 {
        let query = sqlx::query(AssertSqlSafe(sql.to_owned()));
        query.execute(&self.rows).await.unwrap().rows_affected()
    }

    /// Whether the database refuses this SQL.
    pub(crate) async fn refuses(&self, sql: &'static str) -> bool {
        sqlx::query(sql).execute(&self.rows).await.is_err()
    }

    /// The only column of the rows that `sql` selects.
    pub(crate) async fn texts(&self, sql: &'static str) -> Vec<String> {
        let rows = sqlx::query(sql).fetch_all(&self.rows).await.unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap()).collect()
    }

    /// How the database would answer `sql`. The table is analysed
    /// first, as a database in use is.
    pub(crate) async fn plan(&self, sql: &str) -> String {
        if self.url.starts_with("sqlite") {
            self.execute("ANALYZE").await;
            let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
            let rows = sqlx::query(explain).fetch_all(&self.rows).await.unwrap();
            let details = rows
                .iter()
                .map(|row| row.try_get::<String, _>("detail").unwrap());
            return details.collect::<Vec<_>>().join("\n");
        }
        self.execute("ANALYZE supply").await;
        let explain = AssertSqlSafe(format!("EXPLAIN {sql}"));
        let rows = sqlx::raw_sql(explain).fetch_all(&self.rows).await.unwrap();
        let lines = rows.iter().map(|row| row.try_get::<String, _>(0).unwrap());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Runs a script behind the store's back.
    pub(crate) async fn script(&self, sql: String) {
        sqlx::raw_sql(AssertSqlSafe(sql))
            .execute(&self.rows)
            .await
            .unwrap();
    }

    /// The only column of the rows that `sql` selects.
    pub(crate) async fn blobs(&self, sql: &'static str) -> Vec<Vec<u8>> {
        let rows = sqlx::query(sql).fetch_all(&self.rows).await.unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap()).collect()
    }

    /// Puts `bytes` where `sql` says `$1`.
    pub(crate) async fn put_blob(&self, sql: &'static str, bytes: Vec<u8>) {
        let query = sqlx::query(sql).bind(bytes);
        assert_eq!(query.execute(&self.rows).await.unwrap().rows_affected(), 1);
    }

    /// Whether a file of this SQLite database, or its log, holds these bytes.
    pub(crate) fn file_holds(&self, bytes: &[u8]) -> bool {
        let dir = self.dir.as_ref().unwrap().path();
        let files = std::fs::read_dir(dir).unwrap();
        let mut contents = files.map(|file| std::fs::read(file.unwrap().path()).unwrap());
        contents.any(|held| held.windows(bytes.len()).any(|window| window == bytes))
    }

    /// Every row that an issue or a later step writes, in order.
    pub(crate) async fn contents(&self) -> Vec<String> {
        let mut contents = Vec::new();
        for sql in CONTENTS {
            contents.extend(self.texts(sql).await);
        }
        contents.sort();
        contents
    }
}
